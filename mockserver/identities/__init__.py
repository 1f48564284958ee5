"""Who may call: personas, the test PKI that certifies them, and the assertions that the mock's STS issues."""
