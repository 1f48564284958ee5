"""TLS on the service port, with the test CA and with certificates of the user's own."""
