"""Allow-listed algorithms, canonical forms, trust: what verification is made of."""
