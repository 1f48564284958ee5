"""What stands beside the service: the journal of exchanges, and the port that shows it."""
