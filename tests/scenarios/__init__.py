"""Scenarios: every answer over real HTTP."""
