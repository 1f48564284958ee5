"""The reference client: credentials, message, signature, transport, and a strict reader of answers."""
