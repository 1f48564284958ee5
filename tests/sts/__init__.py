"""The STS mock, the suite's client of it, and an independent one."""
