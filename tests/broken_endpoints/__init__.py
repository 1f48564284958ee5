"""Endpoints broken on purpose, one for each case of the suite: a case that nothing can fail proves nothing."""
