"""A20 and A22 to A24: whole envelopes and Security headers doubled, nested, or meant for another actor."""

from lxml import etree

from mockserver.namespaces import DS, SOAP, SOAP_12, SOAP_NEXT, WSSE
from tests.attacks.catalogue import attack, harmless
from tests.attacks.forgery import ACTOR, WSU_ID, swap_body, wrapper
from tests.conftest import Mock
from tests.forge import Forge, duplicate, moved


@attack("A20", soa="SOA-01001", rules=("S04",))
def envelope_in_the_signature(mock: Mock) -> Forge:
    """XSW1: the whole signed Envelope stands in the signature of an evil one"""
    forge = mock.forge()
    original = duplicate(forge.root)
    swap_body(forge)
    forge.root.set(WSU_ID, "id-evil")
    etree.SubElement(forge.signature, f"{{{DS}}}Object").append(original)
    return forge


@attack("A20-beside", soa="SOA-01001", rules=("S04",))
def envelope_beside_the_signature(mock: Mock) -> Forge:
    """XSW2: the whole signed Envelope stands beside the signature"""
    forge = mock.forge()
    original = duplicate(forge.root)
    swap_body(forge)
    forge.root.set(WSU_ID, "id-evil")
    forge.signature.addnext(original)
    return forge


@attack("A20-block", soa="SOA-01001", rules=("S04",))
def envelope_in_a_header_block(mock: Mock) -> Forge:
    """The whole signed Envelope stands in a header block, and the evil one has no Security header"""
    forge = mock.forge()
    original = duplicate(forge.root)
    swap_body(forge)
    forge.header.remove(forge.security)
    wrapper(forge.header).append(original)
    return forge


@attack("A20-document-element", soa="SOA-03002", rules=("Q30",))
def envelope_below_another_root(mock: Mock) -> bytes:
    """The signed Envelope stands below another document element"""
    return b'<x:Wrapper xmlns:x="urn:example:foreign">' + mock.forge().octets() + b"</x:Wrapper>"


@attack("A22", soa="SOA-01001", rules=("S04",))
def good_security_nested(mock: Mock) -> Forge:
    """The good Security stands in a wrapper; the one in its place has the token and a signature of nothing"""
    forge = mock.forge()
    good = forge.security
    evil = etree.SubElement(forge.header, good.tag)
    evil.append(duplicate(forge.assertion))
    moved(good, wrapper(forge.header))
    swap_body(forge, good)
    return forge


@attack("A22-alone", soa="SOA-01001", rules=("S01",))
def only_a_nested_security(mock: Mock) -> Forge:
    """The good Security stands in a wrapper, and there is no other"""
    forge = mock.forge()
    moved(forge.security, wrapper(forge.header))
    return forge


@attack("A22-in-security", soa="SOA-01001", rules=("S04",))
def security_in_security(mock: Mock) -> Forge:
    """The good Security stands in another Security"""
    forge = mock.forge()
    good = forge.security
    outer = etree.SubElement(forge.header, good.tag)
    moved(good, outer)
    return forge


@attack("A22-in-body", soa="SOA-01001", rules=("S04",))
def security_in_the_operation(mock: Mock) -> Forge:
    """A Security block stands in the operation, and the holder signs the Body with it"""
    forge = mock.forge()
    etree.SubElement(forge.operation, f"{{{WSSE}}}Security")
    return forge.sign()


def _second_security(forge: Forge, actors: tuple[str | None, str | None], *, good_first: bool) -> Forge:
    """Add an evil Security: the good one has the first actor, the evil one the second."""
    good = forge.security
    evil = etree.Element(good.tag)
    evil.append(etree.Element(f"{{{WSSE}}}UsernameToken"))
    for block, actor in ((good, actors[0]), (evil, actors[1])):
        if actor is not None:
            block.set(ACTOR, actor)
    if good_first:
        good.addnext(evil)
    else:
        good.addprevious(evil)
    return forge


for _name, _actors in {
    "none-none": (None, None),
    "none-next": (None, SOAP_NEXT),
    "next-none": (SOAP_NEXT, None),
    "next-next": (SOAP_NEXT, SOAP_NEXT),
}.items():
    for _order in ("first", "last"):

        def _two_for_us(mock: Mock, actors: tuple[str | None, str | None] = _actors, order: str = _order) -> Forge:
            return _second_security(mock.forge(), actors, good_first=order == "first")

        attack(
            f"A23-{_name}-good-{_order}",
            soa="SOA-01001",
            rules=("S01",),
            title=f"Two Security headers for us (actors {_name}), the good one {_order}",
        )(_two_for_us)


@attack("A23-other-twice", soa="SOA-01001", rules=("S03",))
def two_for_one_other(mock: Mock) -> Forge:
    """Two Security headers for one other actor beside ours (R3210)"""
    forge = mock.forge()
    _second_security(forge, (None, "urn:example:other"), good_first=True)
    return _second_security(forge, (None, "urn:example:other"), good_first=True)


@attack("A23-only-other", soa="SOA-01001", rules=("S01",))
def only_for_another(mock: Mock) -> Forge:
    """The good Security is for another actor: it is not ours to judge by"""
    forge = mock.forge()
    forge.security.set(ACTOR, "urn:example:other")
    return forge


@harmless("A23-other-last")
def for_another_after_ours(mock: Mock) -> Forge:
    """A Security header for another actor follows ours and is ignored"""
    return _second_security(mock.forge(), (None, "urn:example:other"), good_first=True)


@harmless("A23-other-first")
def for_another_before_ours(mock: Mock) -> Forge:
    """A Security header for another actor precedes ours and is ignored"""
    return _second_security(mock.forge(), (None, "urn:example:other"), good_first=False)


@harmless("A23-next")
def for_whoever_comes_next(mock: Mock) -> Forge:
    """Our Security header is for the actor "next", which we are (SOAP 1.1, section 4.2.2)"""
    forge = mock.forge()
    forge.security.set(ACTOR, SOAP_NEXT)
    return forge


@attack("A24", soa="SOA-01001", rules=("S01",))
def empty_actor_and_none(mock: Mock) -> Forge:
    """Two Security headers, one with an empty actor: that is no actor"""
    return _second_security(mock.forge(), (None, ""), good_first=True)


@attack("A24-good-empty", soa="SOA-01001", rules=("S01",))
def none_and_empty_actor(mock: Mock) -> Forge:
    """Two Security headers, the good one with the empty actor"""
    return _second_security(mock.forge(), ("", None), good_first=True)


@attack("A24-next-upper-case", soa="SOA-01001", rules=("S01",))
def actor_next_in_capitals(mock: Mock) -> Forge:
    """The actor is "next" in capitals: another URI, compared exactly"""
    forge = mock.forge()
    forge.security.set(ACTOR, SOAP_NEXT.upper())
    return forge


@attack("A24-next-padded", soa="SOA-01001", rules=("S01",))
def actor_next_with_a_blank(mock: Mock) -> Forge:
    """The actor is "next" and a blank"""
    forge = mock.forge()
    forge.security.set(ACTOR, SOAP_NEXT + " ")
    return forge


for _name, _attribute in {
    "Actor": f"{{{SOAP}}}Actor",
    "role": f"{{{SOAP_12}}}role",
    "actor-12": f"{{{SOAP_12}}}actor",
    "unqualified": "actor",
    "soap-role": f"{{{SOAP}}}role",
}.items():
    for _where in ("ours", "second"):

        def _build(mock: Mock, attribute: str = _attribute, where: str = _where) -> Forge:
            forge = mock.forge()
            if where == "ours":
                forge.security.set(attribute, "urn:example:other")
                return forge
            _second_security(forge, (None, "urn:example:other"), good_first=True)
            forge.header[-1].set(attribute, SOAP_NEXT)
            return forge

        attack(
            f"A24-{_name}-{_where}",
            soa="SOA-01001",
            rules=("S05",),
            title=f"An attribute that some stacks take for the actor ({_name}) on {_where} Security header",
        )(_build)
