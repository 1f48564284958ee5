"""Several workers: what they share, and what becomes of one that dies."""
