"""Measures what a request costs, beside a floor in the same process: `make bench`. No test asserts a time."""
