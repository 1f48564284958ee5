"""Hostile and mutated messages by the thousand, in process."""
