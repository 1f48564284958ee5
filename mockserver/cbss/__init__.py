"""The back end: what CBSS does with a request that the gateway let through (cookbook section 4)."""
