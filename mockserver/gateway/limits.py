"""Limits on what one message may cost (`rules.md` I11). All are settings; reaching a limit is allowed.

What HTTP itself takes (bytes of head and body, seconds) is bounded in `mockserver.http.limits`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds of a request. The defaults are ours ("reconstructed"): eHealth publishes none."""

    depth: int = 64
    """Nested elements; libxml2 itself stops at 256."""
    nodes: int = 50_000
    """Elements, comments and processing instructions."""
    attributes: int = 64
    """Attributes on one element; libxml2 has no limit."""
    namespace_declarations: int = 64
    """Namespace declarations on one element; libxml2 has no limit."""
    references: int = 4
    """ds:Reference in the message signature: Body, Timestamp, token, and one to spare."""
    security_children: int = 8
    """Children of wsse:Security."""
    id_length: int = 256
    """Characters of an id."""
    certificate: int = 16 * 1024
    """Bytes of a certificate, or of its base64 text."""
    signature_value: int = 2048
    """Characters of a SignatureValue or DigestValue; RSA of 8192 bits needs 1,366."""
    replays: int = 20_000
    """Accepted messages remembered to tell replays, about 6 MB: 30 a second for the eleven minutes after which one
    could not pass any more and is forgotten anyway. Workers share a table of fixed size instead
    (`mockserver.workers.accepted_file`)."""
