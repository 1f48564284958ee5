"""Sessions: one server shared by tests that must not see each other."""
