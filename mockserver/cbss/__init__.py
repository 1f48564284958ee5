"""The back end: what CBSS does with a request that the gateway let through (cookbook section 4)."""

import mockserver.gateway.rules  # noqa: F401  rooms here hold rules too: whoever comes here first, all register in order
