"""Legal ways to build the message: each must succeed, or the attacks prove nothing (wire-facts C and I)."""

from collections.abc import Callable
from itertools import permutations
from uuid import uuid4

import pytest
from lxml import etree

from conformance.client.message import Requester
from conformance.client.signer import TokenSignature
from mockserver.namespaces import DS, SOAP, WSSE, WSU, XSD, XSI
from tests.attacks.controls import assert_accepted, rewritten
from tests.attacks.forgery import ACTOR, MUST_UNDERSTAND, WSU_ID, find, part, reference_to, wrapper
from tests.conftest import Mock
from tests.forge import Forge

_FOREIGN_BLOCKS = {
    "plain": {},
    "optional": {MUST_UNDERSTAND: "0"},
    "for another actor": {ACTOR: "urn:example:other"},
    "that another actor must understand": {ACTOR: "urn:example:other", MUST_UNDERSTAND: "1"},
}


@pytest.mark.parametrize("attributes", _FOREIGN_BLOCKS.values(), ids=list(_FOREIGN_BLOCKS))
@pytest.mark.parametrize("position", [0, 1], ids=["before Security", "after Security"])
def test_an_unsigned_header_block_is_ignored(mock: Mock, attributes: dict[str, str], position: int) -> None:
    forge = mock.forge()
    block = wrapper(forge.header, **attributes)
    forge.header.insert(position, block)
    assert_accepted(mock, forge)


@pytest.mark.parametrize("order", list(permutations(["Timestamp", "Assertion", "Signature"])), ids="-".join)
def test_the_children_of_security_come_in_any_order(mock: Mock, order: tuple[str, ...]) -> None:
    """Layout Lax (wire-facts F6)."""
    forge = mock.forge()
    children = {etree.QName(child).localname: child for child in forge.security}
    forge.security[:] = [children[name] for name in order]
    token_is_late = order.index("Assertion") > order.index("Signature")
    assert_accepted(mock, forge, ["S40"] if token_is_late else [])


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_the_references_come_in_any_order(mock: Mock, order: tuple[int, ...]) -> None:
    """Body, Timestamp, token in the connector; Timestamp, Body, token elsewhere (wire-facts C1, C6)."""
    forge = mock.forge()
    forge.add_reference(forge.assertion.get("AssertionID", ""))
    references = forge.references
    forge.signed_info[2:] = [references[index] for index in order]
    assert_accepted(mock, forge.sign())


def test_a_binary_security_token_is_ignored_with_a_warning(mock: Mock) -> None:
    forge = mock.forge()
    etree.SubElement(forge.security, f"{{{WSSE}}}BinarySecurityToken").text = "AAAA"
    assert_accepted(mock, forge, ["S10-bst"])


def test_a_foreign_child_of_security_is_ignored_with_a_warning(mock: Mock) -> None:
    forge = mock.forge()
    wrapper(forge.security)
    assert_accepted(mock, forge, ["S10"])


@pytest.mark.parametrize("value", [None, "0"])
def test_security_need_not_say_must_understand(mock: Mock, value: str | None) -> None:
    """wire-facts I15."""
    forge = mock.forge()
    del forge.security.attrib[MUST_UNDERSTAND]
    if value is not None:
        forge.security.set(MUST_UNDERSTAND, value)
    assert_accepted(mock, forge)


@pytest.mark.parametrize(
    ("body", "timestamp"),
    [
        (f"id-{uuid4()}", f"TS-{uuid4()}"),
        (f"uuid-{uuid4()}", f"uuid-{uuid4()}"),
        ("_1", "_0"),
        ("Body", "Timestamp"),
        ("b.1-é", "Zoë"),
        ("x" * 256, "y" * 256),
    ],
    ids=["WSS4J", "eHI", "WCF", "names", "letters", "256 characters"],
)
def test_ids_have_the_style_of_any_stack(mock: Mock, body: str, timestamp: str) -> None:
    """wire-facts C4."""
    forge = mock.forge()
    for element, identifier in ((forge.body, body), (forge.timestamp, timestamp)):
        reference_to(forge, element).set("URI", f"#{identifier}")
        element.set(WSU_ID, identifier)
    assert_accepted(mock, forge.sign())


def test_signature_and_key_info_need_no_id(mock: Mock) -> None:
    forge = mock.forge()
    for element in (forge.signature, part(forge, "KeyInfo")):
        del element.attrib["Id"]
    assert_accepted(mock, forge)


def test_the_request_needs_no_id(mock: Mock) -> None:
    """wire-facts I17: then the answer has no InResponseTo."""
    forge = mock.forge()
    del forge.operation.attrib["Id"]
    reply = assert_accepted(mock, forge.sign())
    assert b"InResponseTo" not in reply.body


def test_the_requester_may_be_empty(mock: Mock) -> None:
    assert_accepted(mock, mock.forge(requester=Requester()))


_PREFIXES = {
    "soap": [("SOAP-ENV:", "soap:"), ("xmlns:SOAP-ENV", "xmlns:soap")],
    "default": [
        ("<SOAP-ENV:", "<"),
        ("</SOAP-ENV:", "</"),
        ("xmlns:SOAP-ENV=", "xmlns="),
        ("SOAP-ENV:mustUnderstand", f'xmlns:m="{SOAP}" m:mustUnderstand'),
    ],
    "wsse": [("wsse:", "sec:"), ("xmlns:wsse=", "xmlns:sec=")],
    "wsu": [("wsu:", "u:"), ("xmlns:wsu=", "xmlns:u=")],
    "ds": [("<ds:", "<"), ("</ds:", "</"), ("xmlns:ds=", "xmlns=")],
    "swapped": [
        ("wsse:", "SWAP:"),
        ("wsu:", "wsse:"),
        ("SWAP:", "wsu:"),
        ("xmlns:wsse=", "xmlns:SWAP="),
        ("xmlns:wsu=", "xmlns:wsse="),
        ("xmlns:SWAP=", "xmlns:wsu="),
    ],
    "business": [("<p:", "<"), ("</p:", "</"), ("xmlns:p=", "xmlns=")],
}


@pytest.mark.parametrize("changes", _PREFIXES.values(), ids=list(_PREFIXES))
def test_prefixes_are_free(mock: Mock, changes: list[tuple[str, str]]) -> None:
    assert_accepted(mock, rewritten(mock, *changes))


def test_prefixes_around_what_is_signed_may_change_afterwards(mock: Mock) -> None:
    """An intermediary rewrites the Envelope; the Body keeps its own declarations."""
    forge = mock.forge()
    envelope = etree.Element(forge.root.tag, nsmap={"other": SOAP, "unused": "urn:example:unused"})
    header = etree.SubElement(envelope, forge.header.tag)
    header.append(forge.security)
    end = b"</other:Envelope>"
    # As text: a tree would give the Body the prefix of its new parent.
    assert_accepted(mock, etree.tostring(envelope).replace(end, etree.tostring(forge.body) + end))


def test_unused_declarations_around_what_is_signed_change_nothing(mock: Mock) -> None:
    declarations = f'xmlns:xsi="{XSI}" xmlns:xs="{XSD}" xmlns:unused="urn:example:unused" xmlns="urn:example:default"'
    octets = mock.forge().octets()
    assert_accepted(mock, octets.replace(b"<SOAP-ENV:Envelope", b"<SOAP-ENV:Envelope " + declarations.encode(), 1))


_COMMENT_PLACES: dict[str, Callable[[Forge], etree._Element]] = {
    "Envelope": lambda forge: forge.root,
    "Header": lambda forge: forge.header,
    "Security": lambda forge: forge.security,
    "Timestamp": lambda forge: forge.timestamp,
    "Body": lambda forge: forge.body,
    "operation": lambda forge: forge.operation,
    "Person": lambda forge: find(forge.body, "Person"),
    "Assertion": lambda forge: forge.assertion,
    "AttributeStatement": lambda forge: find(forge.assertion, "AttributeStatement"),
    "SubjectConfirmation": lambda forge: find(forge.assertion, "SubjectConfirmation"),
    "Signature": lambda forge: forge.signature,
    "SignedInfo": lambda forge: forge.signed_info,
    "KeyInfo": lambda forge: part(forge, "KeyInfo"),
}


@pytest.mark.parametrize("position", [0, 1], ids=["first", "second"])
@pytest.mark.parametrize("place", _COMMENT_PLACES.values(), ids=list(_COMMENT_PLACES))
def test_a_comment_outside_values_changes_nothing_even_after_signing(
    mock: Mock, place: Callable[[Forge], etree._Element], position: int
) -> None:
    forge = mock.forge()
    place(forge).insert(position, etree.Comment(" between elements "))
    assert_accepted(mock, forge)


def test_comments_stand_before_and_after_the_envelope(mock: Mock) -> None:
    assert_accepted(mock, b"<!-- before -->\n" + mock.forge().octets() + b"\n<!-- after -->\n")


@pytest.mark.parametrize("indent", ["  ", "\t", "\n"], ids=["blanks", "tab", "line feed"])
def test_white_space_between_elements_is_free_but_for_the_token(mock: Mock, indent: str) -> None:
    """Whoever pretty-prints must do so before signing, and leave the token alone (wire-facts I3)."""
    forge = mock.forge()
    token = forge.assertion
    place = etree.Element("place")
    forge.security.replace(token, place)
    etree.indent(forge.root, indent)
    place.addnext(token)
    token.tail, place.tail = place.tail, None
    forge.security.remove(place)
    assert_accepted(mock, forge.sign())


def test_white_space_around_what_is_signed_may_change_afterwards(mock: Mock) -> None:
    forge = mock.forge()
    for element in (forge.header, forge.security, forge.timestamp, forge.assertion, forge.signature):
        element.tail = "\n  \t"
    assert_accepted(mock, forge)


def test_another_block_may_be_signed_with_a_warning(mock: Mock) -> None:
    """Decisions 4: a signed direct child of Header warns."""
    forge = mock.forge()
    wrapper(forge.header, **{WSU_ID: "id-block"})
    forge.add_reference("id-block")
    assert_accepted(mock, forge.sign(), ["S52-other"])


def test_a_part_signed_twice_warns(mock: Mock) -> None:
    forge = mock.forge()
    forge.add_reference(forge.body.get(WSU_ID, ""))
    assert_accepted(mock, forge.sign(), ["S52-twice"])


def test_an_id_that_nobody_refers_to_may_occur_twice_with_a_warning(mock: Mock) -> None:
    forge = mock.forge()
    for _ in range(2):
        wrapper(forge.header, **{WSU_ID: "unused"})
    assert_accepted(mock, forge, ["S06-unused"])


def test_the_token_reference_for_the_str_transform_may_stand_in_security(mock: Mock) -> None:
    """Rules S10: Security may hold the SecurityTokenReference that an STR-Transform names."""
    forge = mock.forge(token_signature=TokenSignature.STR_TRANSFORM)
    outer = etree.fromstring(etree.tostring(part(forge, "KeyInfo")[0]))
    outer.set(WSU_ID, "STR-outer")
    forge.signature.addprevious(outer)
    forge.references[2].set("URI", "#STR-outer")
    assert_accepted(mock, forge.sign())


def test_created_may_have_whole_seconds(mock: Mock) -> None:
    """wire-facts C5."""
    forge = mock.forge()
    for element in forge.timestamp.iter(f"{{{WSU}}}Created", f"{{{WSU}}}Expires"):
        element.text = f"{(element.text or '').partition('.')[0]}Z"
    assert_accepted(mock, forge.sign())


def test_the_signature_value_may_be_broken_into_lines(mock: Mock) -> None:
    """wire-facts I6: at 76 columns, with line feeds or with the carriage returns of Windows."""
    for end in ("\n", "\r\n"):
        forge = mock.forge()
        value = forge.signature.find(f"{{{DS}}}SignatureValue")
        assert value is not None
        text = value.text or ""
        value.text = end + end.join(text[start : start + 76] for start in range(0, len(text), 76)) + end
        assert_accepted(mock, forge)
