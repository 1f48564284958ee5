"""Answers over real HTTP."""
