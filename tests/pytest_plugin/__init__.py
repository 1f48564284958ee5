"""The plugin in the tests of a client: pytest runs inside pytest."""
