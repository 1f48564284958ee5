"""Scenarios: answers that are wrong, late or broken, by script and never by dice."""
