"""HTTP/1.1 as the gateway needs it: raw, ordered, strict, and bounded everywhere.

`docs/http-server.md` has the measurements behind the choice of parser, and what is refused where.
"""
