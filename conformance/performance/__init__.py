"""How long an endpoint takes to answer: the "performance results" that cookbook 7.1.3 asks for."""
