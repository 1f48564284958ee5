"""Fixtures for the tests of a client: endpoint, session, credentials. `plugin.py` is what pytest loads."""
