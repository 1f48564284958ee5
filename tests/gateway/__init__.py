"""The gateway's own machinery, in this process."""
