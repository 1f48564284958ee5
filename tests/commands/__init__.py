"""The command line of the mock, as its users meet it: real processes."""
