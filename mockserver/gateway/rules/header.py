"""The wsse:Security header and the ids in the message (WSS SOAP Message Security; Basic Security Profile 1.0 and 1.1).

The cookbook does not name the Basic Security Profile; that a breach of it is SOA-01001 is decided, not known.
"""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Final

from lxml import etree

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.envelope import ACTOR, SECURITY, is_addressed_to_us, local_name, path_of
from mockserver.gateway.message.ids import is_ncname
from mockserver.gateway.message.security import (
    ASSERTION,
    BINARY_SECURITY_TOKEN,
    SECURITY_TOKEN_REFERENCE,
    SIGNATURE,
    TIMESTAMP,
)
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Level, Severity, Stage
from mockserver.namespaces import SOAP_12, WSSE, XENC

security = partial(RULES.rule, stage=Stage.SECURITY, soa="SOA-01001")

_ROLE_NAMES: Final = ("actor", "role")
_KNOWN_CHILDREN: Final = (TIMESTAMP, ASSERTION, SIGNATURE, SECURITY_TOKEN_REFERENCE, BINARY_SECURITY_TOKEN)


@security(
    "S01",
    "There is a Security header for us",
    source="cookbook 5.1.2; BSP 1.0 R3206, R3210",
    advice="Add one wsse:Security block without actor to the SOAP Header, with Timestamp, token and signature in it.",
    requires=("Q30",),
    essential=True,
    judges_outline=True,
)
def security_header(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Exactly one wsse:Security is a direct child of Header and addressed to us (no actor, an empty one, or next)."""
    if exchange.envelope is None:
        return
    count = sum(block.tag == SECURITY and is_addressed_to_us(block) for block in exchange.envelope.blocks)
    if count == 0:
        yield Breach("there is no wsse:Security block addressed to us", "Envelope/Header")
    elif count > 1:
        yield Breach(f"{count} wsse:Security blocks are addressed to us", "Envelope/Header")


@security(
    "S03",
    "No two Security headers for one actor",
    source="BSP 1.0 R3210",
    advice="Merge them into one.",
    requires=("Q30",),
    judges_outline=True,
)
def one_header_an_actor(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Security blocks differ in their actor; an absent and an empty actor are the same."""
    if exchange.envelope is None:
        return
    actors = Counter(block.get(ACTOR, "") for block in exchange.envelope.blocks if block.tag == SECURITY)
    for actor, count in actors.items():
        if count > 1:
            yield Breach(f"{count} Security blocks with actor {actor[:60]!r}", "Envelope/Header")


@security(
    "S04",
    "Security stands nowhere else",
    source="hardening: rules S04, attacks A13, A22",
    advice="Keep wsse:Security a direct child of the SOAP Header.",
    level=Level.HARDENING,
    requires=("Q30",),
    essential=True,
    judges_outline=True,
)
def security_nowhere_else(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """No wsse:Security stands anywhere but directly in Header."""
    if exchange.envelope is None:
        return
    for element in exchange.envelope.root.iter(SECURITY):
        if element.getparent() is not exchange.envelope.header:
            yield Breach("wsse:Security stands elsewhere than directly in Header", path_of(element))


@security(
    "S05",
    "The actor is SOAP 1.1's",
    source="hardening: rules S05, attack A24",
    advice="Leave the actor out.",
    level=Level.HARDENING,
    requires=("Q30",),
    judges_outline=True,
)
def actor_is_soap_11(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """A Security block carries no role or actor attribute of another vocabulary than SOAP 1.1."""
    if exchange.envelope is None:
        return
    for block in exchange.envelope.blocks:
        if block.tag != SECURITY:
            continue
        for name in block.attrib:
            if name != ACTOR and etree.QName(name).localname.lower() in _ROLE_NAMES:
                kind = "SOAP 1.2's role" if name.startswith(f"{{{SOAP_12}}}") else "an actor of another vocabulary"
                yield Breach(kind, path_of(block))


@security(
    "S06",
    "No referenced id occurs twice",
    source="BSP 1.0 R3204; cookbook 5.2.1.1 for the business Id",
    advice="Give Body, Timestamp and token ids of their own, unique in the envelope.",
    requires=("Q30",),
    essential=True,
    judges_outline=True,
)
def referenced_ids_are_unique(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """An id that a signature or token reference names stands in one place only, whatever attribute carries it. The
    business attribute Id of the request is no id in this sense."""
    root = exchange.document.root
    if root is None or exchange.ids is None:
        return
    for value in sorted(exchange.ids.referenced):
        places = exchange.ids.places.get(value, ())
        if len(places) > 1:
            yield Breach(f"the id occurs {len(places)} times", ", ".join(path_of(place) for place in places[:5]))


@security(
    "S06-unused",
    "Ids are unique",
    source="BSP 1.0 R3204",
    advice="Give each element an id of its own.",
    severity=Severity.WARN,
    requires=("Q30",),
    judges_outline=True,
)
def other_ids_are_unique(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Ids that nothing refers to are unique too."""
    if exchange.ids is None:
        return
    for value, places in exchange.ids.places.items():
        if len(places) > 1 and value not in exchange.ids.referenced:
            yield Breach(f"an id occurs {len(places)} times", ", ".join(path_of(place) for place in places[:5]))


@security(
    "S07",
    "A referenced id is an NCName",
    source="hardening: rules S07; XML Namespaces 1.0 (NCName)",
    advice='Begin ids with a letter or underscore: "id-" before a UUID does it.',
    level=Level.HARDENING,
    requires=("Q30",),
    judges_outline=True,
)
def referenced_ids_are_ncnames(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """A referenced id is an NCName of at most 256 characters (a limit of ours)."""
    if exchange.ids is None:
        return
    for value in sorted(exchange.ids.referenced):
        if len(value) > policy.limits.id_length:
            yield Breach(f"an id of {len(value)} characters", "ds:Reference")
        elif not is_ncname(value):
            yield Breach("an id that is no NCName", "ds:Reference")


@security(
    "S09",
    "Nothing is encrypted",
    source="cookbook 5.1.2 asks for a signature only; rules S09",
    advice="Send the message in clear over TLS.",
    requires=("Q30",),
    judges_outline=True,
)
def nothing_encrypted(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """No element of XML Encryption occurs."""
    if exchange.envelope is None:
        return
    for element in exchange.envelope.root.iter(f"{{{XENC}}}*"):
        yield Breach(f"xenc:{local_name(element)}", path_of(element))


@security(
    "S10-limit",
    "The Security header has few children",
    source="reconstructed: rules I11",
    advice="Timestamp, Assertion and Signature are all it needs.",
    level=Level.HARDENING,
    requires=("S01",),
    essential=True,
    reconstructed=True,
    judges_outline=True,
)
def few_children(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The header has at most eight children."""
    if exchange.security is not None and len(exchange.security.children) > policy.limits.security_children:
        yield Breach(f"{len(exchange.security.children)} children", path_of(exchange.security.element))


@security(
    "S10",
    "The Security header holds what is expected",
    source="cookbook 5.1.2; rules S10",
    advice="Send only Timestamp, Assertion and Signature.",
    level=Level.HARDENING,
    severity=Severity.WARN,
    requires=("S01",),
    judges_outline=True,
)
def known_children(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Children are Timestamp, Assertion, Signature, and at most a SecurityTokenReference or BinarySecurityToken, which
    is never a source of keys."""
    if exchange.security is None:
        return
    for child in exchange.security.children:
        if child.tag not in _KNOWN_CHILDREN:
            yield Breach(f"{local_name(child)} is not expected here", path_of(child))


@security(
    "S10-secext",
    "The Security header is that of WSS 1.0",
    source="OASIS WSS SOAP Message Security 1.0, section 4",
    advice=f"The namespace is {WSSE}.",
    level=Level.SHOULD,
    requires=("Q30",),
    judges_outline=True,
)
def security_namespace(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """No header block is called Security in another namespace, such as one of a draft."""
    if exchange.envelope is None:
        return
    for block in exchange.envelope.blocks:
        if local_name(block) == "Security" and block.tag != SECURITY:
            yield Breach("a block called Security in another namespace", path_of(block))
