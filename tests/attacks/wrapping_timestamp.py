"""A11 to A13: the signed Timestamp, long expired, is moved aside, and a fresh one that nobody signed stands for it."""

from lxml import etree

from mockserver.instant import SECOND, format_instant, system_clock
from mockserver.namespaces import DS, WSSE, WSU
from tests.attacks.catalogue import attack
from tests.attacks.forgery import ACTOR, MUST_UNDERSTAND, WSU_ID, expired, wrapper
from tests.conftest import Mock
from tests.forge import Forge, moved

# T6 (expired) must not be what saves us: each attack is refused by a rule that would hold for a signed Timestamp that
# is still good, too.


def _fresh(forge: Forge) -> etree._Element:
    """A Timestamp of now."""
    now = system_clock()
    timestamp = etree.Element(f"{{{WSU}}}Timestamp", nsmap={"wsu": WSU})
    etree.SubElement(timestamp, f"{{{WSU}}}Created").text = format_instant(now)
    etree.SubElement(timestamp, f"{{{WSU}}}Expires").text = format_instant(now + 60 * SECOND)
    return timestamp


def _swap(forge: Forge, hide_in: etree._Element) -> tuple[etree._Element, etree._Element]:
    signed, fresh = forge.timestamp, _fresh(forge)
    forge.security.replace(signed, fresh)
    moved(signed, hide_in)
    return fresh, signed


@attack("A11", soa="SOA-01001", rules=("S12",))
def in_a_header_block(mock: Mock) -> Forge:
    """The signed Timestamp stands in a header block ("sibling value context")"""
    forge = mock.forge(now=expired())
    _swap(forge, wrapper(forge.header))
    return forge


@attack("A11-first", soa="SOA-01001", rules=("S12",))
def in_the_first_header_block(mock: Mock) -> Forge:
    """As A11, in a block before Security"""
    forge = mock.forge(now=expired())
    block = wrapper(forge.header)
    forge.header.insert(0, block)
    _swap(forge, block)
    return forge


@attack("A11-same-id", soa="SOA-01001", rules=("S06",))
def with_the_same_id(mock: Mock) -> Forge:
    """As A11, and the fresh Timestamp carries the id of the signed one"""
    forge = mock.forge(now=expired())
    fresh, signed = _swap(forge, wrapper(forge.header))
    fresh.set(WSU_ID, signed.get(WSU_ID, ""))
    return forge


@attack("A11-bare", soa="SOA-01001", rules=("S12",))
def as_a_header_block(mock: Mock) -> Forge:
    """The signed Timestamp is a header block, a direct child of Header that may be signed"""
    forge = mock.forge(now=expired())
    _swap(forge, forge.header)
    return forge


@attack("A11-security", soa="SOA-01001", rules=("S12",))
def in_a_child_of_security(mock: Mock) -> Forge:
    """The signed Timestamp stands in a wrapper within Security"""
    forge = mock.forge(now=expired())
    _swap(forge, wrapper(forge.security))
    return forge


@attack("A11-object", soa="SOA-01001", rules=("S12",))
def in_an_object(mock: Mock) -> Forge:
    """The signed Timestamp stands in a ds:Object"""
    forge = mock.forge(now=expired())
    _swap(forge, etree.SubElement(forge.signature, f"{{{DS}}}Object"))
    return forge


@attack("A11-nested", soa="SOA-01001", rules=("S12", "S16"))
def in_the_fresh_timestamp(mock: Mock) -> Forge:
    """The signed Timestamp stands in the fresh one"""
    forge = mock.forge(now=expired())
    fresh, signed = _swap(forge, forge.security)
    moved(signed, fresh)
    return forge


@attack("A11-not-expired", soa="SOA-01001", rules=("S12",))
def signed_one_still_good(mock: Mock) -> Forge:
    """As A11 with a signed Timestamp that has not expired: it is the place that refuses"""
    forge = mock.forge()
    _swap(forge, wrapper(forge.header))
    return forge


@attack("A12", soa="SOA-01001", rules=("S11",))
def fresh_one_last(mock: Mock) -> Forge:
    """Security has two Timestamps, the signed one first"""
    forge = mock.forge(now=expired())
    forge.timestamp.addnext(_fresh(forge))
    return forge


@attack("A12-first", soa="SOA-01001", rules=("S11",))
def fresh_one_first(mock: Mock) -> Forge:
    """Security has two Timestamps, the fresh one first"""
    forge = mock.forge(now=expired())
    forge.timestamp.addprevious(_fresh(forge))
    return forge


@attack("A12-last", soa="SOA-01001", rules=("S11",))
def fresh_one_at_the_end(mock: Mock) -> Forge:
    """Security has two Timestamps, the fresh one after the signature"""
    forge = mock.forge(now=expired())
    forge.security.append(_fresh(forge))
    return forge


@attack("A13", soa="SOA-01001", rules=("S12",))
def in_a_security_header_of_nobody(mock: Mock) -> Forge:
    """The signed Timestamp stands in a second Security header, for an actor that does not exist"""
    forge = mock.forge(now=expired())
    _swap(forge, etree.SubElement(forge.header, f"{{{WSSE}}}Security", {ACTOR: "none", MUST_UNDERSTAND: "0"}))
    return forge


@attack("A13-first", soa="SOA-01001", rules=("S12",))
def in_a_security_header_of_nobody_first(mock: Mock) -> Forge:
    """As A13, with that header before ours"""
    forge = mock.forge(now=expired())
    block = etree.SubElement(forge.header, f"{{{WSSE}}}Security", {ACTOR: "none"})
    _swap(forge, block)
    forge.header.insert(0, block)
    return forge
