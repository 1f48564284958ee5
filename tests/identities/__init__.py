"""Tests of mockserver.identities."""
