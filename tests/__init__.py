"""Tests: they read like the specification, and prefer real HTTP, real files and foreign messages."""
