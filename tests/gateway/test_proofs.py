"""What is remembered of a token: that its exact bytes verified, in a document that libxmlsec can canonicalise."""

import pytest
from lxml import etree

from mockserver.gateway.crypto.memory import Proofs, digest_of
from tests.conftest import Mock


def test_the_proof_that_was_not_asked_for_the_longest_time_is_forgotten_first() -> None:
    proofs = Proofs(2)
    proofs.add(b"first")
    proofs.add(b"second")
    assert b"first" in proofs
    proofs.add(b"third")
    assert [name in proofs for name in (b"first", b"second", b"third")] == [True, False, True]


@pytest.mark.parametrize(
    "other",
    [
        '<r xmlns:p="urn:p"><t a="1">text </t></r>',
        '<r xmlns:p="urn:p"><t a="2">text</t></r>',
        '<r xmlns:p="urn:p"><t a="1">te<!-- -->xt</t></r>',
        '<r xmlns:p="urn:p"><t a="1" xmlns:q="urn:q">text</t></r>',
        '<r xmlns:p="urn:other"><t a="1">text</t></r>',
        '<r xmlns:p="urn:p"><t a="1"><![CDATA[text]]><?i?></t></r>',
    ],
)
def test_no_other_element_has_the_digest(other: str) -> None:
    element = etree.fromstring('<r xmlns:p="urn:p"><t a="1">text</t></r>')[0]
    assert digest_of(element) != digest_of(etree.fromstring(other)[0])


def test_what_follows_the_element_does_not_count() -> None:
    one, other = (etree.fromstring(f"<r><t/>{tail}</r>")[0] for tail in ("", "tail"))
    assert digest_of(one) == digest_of(other)


def test_the_context_counts_part_by_part() -> None:
    element = etree.fromstring("<t/>")
    assert digest_of(element, b"a", b"bc") != digest_of(element, b"ab", b"c")


def test_a_known_token_is_refused_in_a_document_without_canonical_form(mock: Mock) -> None:
    """libxmlsec walks the whole document: what it refuses at first sight, the memory must not let pass later."""
    assert mock.post(mock.forge()).status == "Success"
    forge = mock.forge()
    etree.SubElement(forge.header, "{../relative}block")
    for _ in range(2):
        assert "H21" in mock.post(forge).rules
