"""The client of the STS: keystore, request, answer, and tokens that are renewed before they end."""
