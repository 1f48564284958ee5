"""Attacks on the gateway, one function each, and what must come of them (`rules.md` section 6)."""
