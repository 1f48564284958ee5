"""Clients as commands: good ones, and broken ones that differ from a good one in one small thing."""
