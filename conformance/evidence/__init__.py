"""The bundle that a partner sends to eHealth before a release (cookbook 7.1.3)."""
