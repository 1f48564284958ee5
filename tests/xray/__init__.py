"""Signature X-ray: each mistake made in truth, and what is said of it."""
