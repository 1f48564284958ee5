"""Mutation tests of the rules: `make mutants`."""
