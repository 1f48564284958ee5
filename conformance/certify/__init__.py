"""Certifying a client: an endpoint that audits what it receives, and answers as each case wants it."""
