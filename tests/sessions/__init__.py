"""Sessions: isolation, names, limits."""
