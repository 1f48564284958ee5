"""What the suite can be asked to do: drive an endpoint."""
