"""The management port of a whole mock."""
