"""A01 to A10: the signed Body is moved aside and another stands in its place.

The attacker has one signed message and no key. Nothing that is signed is changed, only moved.
"""

from lxml import etree

from mockserver.namespaces import DS, SOAP
from tests.attacks.catalogue import attack
from tests.attacks.forgery import (
    ACTOR,
    FOREIGN,
    MUST_UNDERSTAND,
    WSU_ID,
    evil_body,
    find,
    part,
    reference_to,
    swap_body,
    wrapper,
)
from tests.conftest import Mock
from tests.forge import Forge, moved

_COVERAGE = ("S52",)


@attack("A01", soa="SOA-01001", rules=_COVERAGE)
def in_a_header_block(mock: Mock) -> Forge:
    """The signed Body stands in a header block after Security; the Body has no id"""
    forge = mock.forge()
    swap_body(forge, wrapper(forge.header))
    return forge


@attack("A01-first", soa="SOA-01001", rules=_COVERAGE)
def in_the_first_header_block(mock: Mock) -> Forge:
    """The signed Body stands in a header block before Security, where a search in document order meets it first"""
    forge = mock.forge()
    block = wrapper(forge.header)
    forge.header.insert(0, block)
    swap_body(forge, block)
    return forge


@attack("A01-other-id", soa="SOA-01001", rules=_COVERAGE)
def with_another_id(mock: Mock) -> Forge:
    """As A01, and the Body has an id of its own"""
    forge = mock.forge()
    evil, _ = swap_body(forge, wrapper(forge.header))
    evil.set(WSU_ID, "id-evil")
    return forge


# SOAP's schema has no block of its own namespace in Header: a broken structure, ahead of security (decisions 2.3).
@attack("A01-bare", soa="SOA-03002", rules=("Q31",))
def as_a_header_block(mock: Mock) -> Forge:
    """The signed Body is a header block itself: a direct child of Header may be signed, but it is not the Body"""
    forge = mock.forge()
    swap_body(forge, forge.header)
    return forge


@attack("A01-renamed-envelope", soa="SOA-01001", rules=_COVERAGE)
def in_an_inner_envelope(mock: Mock) -> Forge:
    """The signed Body keeps an Envelope as its parent, so that a path from the nearest Envelope still fits"""
    forge = mock.forge()
    inner = etree.SubElement(wrapper(forge.header), f"{{{SOAP}}}Envelope")
    swap_body(forge, inner)
    return forge


@attack("A02", soa="SOA-01001", rules=_COVERAGE)
def in_an_optional_block(mock: Mock) -> Forge:
    """The wrapper need not be understood and is meant for another actor ("optional element context")"""
    forge = mock.forge()
    swap_body(forge, wrapper(forge.header, **{MUST_UNDERSTAND: "0", ACTOR: "urn:example:other"}))
    return forge


@attack("A02-actor", soa="SOA-01001", rules=_COVERAGE)
def in_a_block_that_another_must_understand(mock: Mock) -> Forge:
    """Another actor must understand the wrapper; we need not, and must not take anything from it"""
    forge = mock.forge()
    swap_body(forge, wrapper(forge.header, **{MUST_UNDERSTAND: "1", ACTOR: "urn:example:other"}))
    return forge


@attack("A02-must-understand", soa="SOA-03002", rules=("Q49",))
def in_a_block_that_we_must_understand(mock: Mock) -> Forge:
    """We must understand the wrapper: refused before any signature is looked at (decisions 2.4)"""
    forge = mock.forge()
    swap_body(forge, wrapper(forge.header, **{MUST_UNDERSTAND: "1"}))
    return forge


@attack("A03", soa="SOA-01001", rules=_COVERAGE)
def in_the_security_header(mock: Mock) -> Forge:
    """The wrapper is a child of Security, where no check of unknown header blocks looks"""
    forge = mock.forge()
    swap_body(forge, wrapper(forge.security))
    return forge


@attack("A03-bare", soa="SOA-01001", rules=_COVERAGE)
def as_a_child_of_security(mock: Mock) -> Forge:
    """The signed Body is a child of Security"""
    forge = mock.forge()
    swap_body(forge, forge.security)
    return forge


@attack("A04", soa="SOA-01001", rules=("S54",))
def in_an_object(mock: Mock) -> Forge:
    """The signed Body stands in a ds:Object of the signature, which becomes an enveloping one (R3102)"""
    forge = mock.forge()
    swap_body(forge, etree.SubElement(forge.signature, f"{{{DS}}}Object"))
    return forge


@attack("A04-key-info", soa="SOA-01001", rules=("S41",))
def in_the_key_info(mock: Mock) -> Forge:
    """The signed Body stands in KeyInfo, which SignedInfo does not cover"""
    forge = mock.forge()
    swap_body(forge, part(forge, "KeyInfo"))
    return forge


@attack("A04-token-reference", soa="SOA-01001", rules=("S60",))
def in_the_token_reference(mock: Mock) -> Forge:
    """The signed Body stands in the SecurityTokenReference"""
    forge = mock.forge()
    swap_body(forge, part(forge, "KeyInfo")[0])
    return forge


# Two Bodies are SOA-03002: decisions 2.3 puts them with the broken structure, ahead of WS-I (R1011) and of security.
@attack("A05", soa="SOA-03002", rules=("Q31",))
def after_the_body(mock: Mock) -> Forge:
    """The signed Body follows the Body"""
    forge = mock.forge()
    swap_body(forge, forge.root)
    return forge


@attack("A05-wrapped", soa="SOA-03004", rules=("Q37",))
def wrapped_after_the_body(mock: Mock) -> Forge:
    """The signed Body stands in a wrapper after the Body, which SOAP's schema allows and R1011 does not"""
    forge = mock.forge()
    trailer = wrapper(forge.root)
    swap_body(forge, trailer)
    return forge


@attack("A05-between", soa="SOA-03002", rules=("Q31",))
def wrapped_before_the_body(mock: Mock) -> Forge:
    """The signed Body stands in a wrapper between Header and Body"""
    forge = mock.forge()
    block = wrapper(forge.root)
    forge.root.insert(1, block)
    swap_body(forge, block)
    return forge


# Two children of Body are SOA-03004 (R9981): WS-I stands before security (decisions 2.5).
@attack("A06", soa="SOA-03004", rules=("Q39",))
def behind_the_operation(mock: Mock) -> Forge:
    """The Body holds its own operation and then the signed Body"""
    forge = mock.forge()
    evil, signed = swap_body(forge)
    moved(signed, evil)
    return forge


@attack("A06-first", soa="SOA-03004", rules=("Q39",))
def before_the_operation(mock: Mock) -> Forge:
    """The Body holds the signed Body and then its own operation"""
    forge = mock.forge()
    evil, signed = swap_body(forge)
    evil.insert(0, signed)
    return forge


@attack("A06-alone", soa="SOA-01001", rules=_COVERAGE)
def alone_in_the_body(mock: Mock) -> Forge:
    """The Body holds nothing but the signed Body"""
    forge = mock.forge()
    evil, signed = swap_body(forge)
    evil[:] = [signed]
    return forge


@attack("A07", soa="SOA-01001", rules=_COVERAGE)
def at_the_end_of_the_operation(mock: Mock) -> Forge:
    """The signed Body is an unexpected child of the operation: security answers, not the schema"""
    forge = mock.forge()
    evil, signed = swap_body(forge)
    moved(signed, evil[0])
    return forge


@attack("A07-first", soa="SOA-01001", rules=_COVERAGE)
def at_the_start_of_the_operation(mock: Mock) -> Forge:
    """As A07, before the operation's own children"""
    forge = mock.forge()
    evil, signed = swap_body(forge)
    evil[0].insert(0, signed)
    return forge


@attack("A07-deep", soa="SOA-01001", rules=_COVERAGE)
def deep_in_the_operation(mock: Mock) -> Forge:
    """As A07, inside the person's data"""
    forge = mock.forge()
    evil, signed = swap_body(forge)
    moved(signed, find(evil, "Person"))
    return forge


@attack("A08", soa="SOA-03002", rules=("Q31",))
def second_of_two_bodies(mock: Mock) -> Forge:
    """Two Bodies, the signed one last"""
    forge = mock.forge()
    forge.root.insert(1, evil_body(forge))
    return forge


@attack("A08-first", soa="SOA-03002", rules=("Q31",))
def first_of_two_bodies(mock: Mock) -> Forge:
    """Two Bodies, the signed one first"""
    forge = mock.forge()
    forge.root.append(evil_body(forge))
    return forge


@attack("A09", soa="SOA-01001", rules=("S06", "S52"))
def same_id_on_both(mock: Mock) -> Forge:
    """As A01, and the Body carries the id of the signed one"""
    forge = mock.forge()
    evil, signed = swap_body(forge, wrapper(forge.header))
    evil.set(WSU_ID, signed.get(WSU_ID, ""))
    return forge


@attack("A09-first", soa="SOA-01001", rules=("S06", "S52"))
def same_id_on_both_signed_first(mock: Mock) -> Forge:
    """As A09, in a block before Security: the first of the two in document order is the signed one either way"""
    forge = mock.forge()
    block = wrapper(forge.header)
    forge.header.insert(0, block)
    evil, signed = swap_body(forge, block)
    evil.set(WSU_ID, signed.get(WSU_ID, ""))
    return forge


@attack("A10", soa="SOA-01001", rules=_COVERAGE)
def signed_block_called_body(mock: Mock) -> Forge:
    """A signer that signs any header signed a block called Body; the Envelope's Body is not signed"""
    forge = mock.forge()
    block = etree.SubElement(forge.header, f"{{{FOREIGN}}}Body", {WSU_ID: "id-block"}, nsmap={"x": FOREIGN})
    reference_to(forge, forge.body).set("URI", f"#{block.get(WSU_ID)}")
    forge.sign()
    forge.root.replace(forge.body, evil_body(forge))
    return forge


@attack("A10-renamed", soa="SOA-01001", rules=("S22", "S52"))
def signed_body_renamed(mock: Mock) -> Forge:
    """The signed Body is moved into Header and renamed to a Body of another namespace"""
    forge = mock.forge()
    _, signed = swap_body(forge, forge.header)
    signed.tag = f"{{{FOREIGN}}}Body"
    return forge


@attack("A10-missing", soa="SOA-03003", rules=("B01",))
def only_a_foreign_body(mock: Mock) -> Forge:
    """The Body is renamed in its place, so that the Envelope has none"""
    forge = mock.forge()
    forge.body.tag = f"{{{FOREIGN}}}Body"
    return forge
