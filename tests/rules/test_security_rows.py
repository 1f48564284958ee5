"""The security header, the signature and the token: rows S01 to S71 and H01 to H29, each broken over HTTP.

And nothing else than that: every rule of the registry is broken by some row, so none stands there that cannot refuse.
"""

from collections.abc import Sequence
from typing import Final

import pytest
from lxml import etree

import mockserver.gateway.rules  # noqa: F401  completes the registry
from mockserver.gateway.registry import RULES
from mockserver.identities.assertion import issue_assertion
from mockserver.instant import system_clock
from mockserver.namespaces import EXC_C14N, SAML
from tests.attacks.tokens import authority, credential, token
from tests.conftest import Mock, Reply
from tests.forge import Forge
from tests.rules import test_envelope_rows, test_from_table, test_http_rows, test_timestamp_table, test_user_agent_table
from tests.rules.assertion_rows import ASSERTION, CONDITIONS, adding_to, saml
from tests.rules.breaks import Break, at, rules_of
from tests.rules.business_rows import BUSINESS
from tests.rules.coverage import Elsewhere, missing_rows, missing_tests, rows_of
from tests.rules.header_rows import HEADER, TIME
from tests.rules.signature_rows import ALGORITHMS, SIGNATURE, TOKEN_REFERENCE

ROWS: Final = [*rows_of("4.1", "4.2", "4.3", "4.5", "5"), "4.4"]
"""4.4 is a table of algorithms, whose rows have no ids."""


def signed_with_sha1(mock: Mock) -> Forge:
    octets = issue_assertion(authority(mock.state), credential(mock), now=system_clock(), algorithm="sha1")
    return mock.forge().replace_token(octets).sign()


BREAKS: Final[Sequence[Break]] = [
    *HEADER,
    *TIME,
    *SIGNATURE,
    *ALGORITHMS,
    Break("4.4", "the STS signs with SHA-1", "SHA1-token", signed_with_sha1, "warn"),
    *TOKEN_REFERENCE,
    *ASSERTION,
]


@pytest.mark.parametrize("each", [*BREAKS, *BUSINESS], ids=lambda each: f"{each.row} {each.rule} {each.case}")
def test_a_broken_row_is_found_with_its_severity(mock: Mock, each: Break) -> None:
    reply = mock.post(each.build(mock))
    assert (each.rule, each.severity) in found(reply), (reply.soa, found(reply))
    if each.severity == "reject":
        assert reply.entry["answer"]["identifier"] is None
        assert reply.status != "Success"
    else:
        assert (reply.status, reply.rules) == ("Success", [])


def found(reply: Reply) -> set[tuple[str, str]]:
    assert reply.report is not None
    return {(finding["rule"], finding["severity"]) for finding in reply.report["findings"]}


PREFIX_LISTS: Final = [
    "SOAP-ENV wsu",
    "wsu SOAP-ENV",
    " \t\n wsu\r\n\tSOAP-ENV ",
    "wsu wsu",
    "nowhere wsu",
    "#default wsu",
]


@pytest.mark.parametrize("prefixes", PREFIX_LISTS)
def test_s37_a_prefix_list_is_taken_in_any_order_and_with_any_white_space(mock: Mock, prefixes: str) -> None:
    forge = mock.forge()
    for method in (forge.signed_info[0], *(reference[0][0] for reference in forge.references)):
        etree.SubElement(method, f"{{{EXC_C14N}}}InclusiveNamespaces", PrefixList=prefixes)
    reply = mock.post(forge.sign())
    assert (reply.status, reply.rules, reply.warnings) == ("Success", [], [])


def test_h01_an_assertion_in_the_advice_of_the_token_is_ignored(mock: Mock) -> None:
    def with_advice(assertion: etree._Element) -> None:
        advice = etree.Element(saml("Advice"))
        CONDITIONS(assertion).addnext(advice)
        inner = etree.SubElement(advice, f"{{{SAML}}}Assertion", AssertionID="_other")
        statement = etree.SubElement(inner, saml("AttributeStatement"))
        named = {
            "AttributeName": "urn:be:fgov:person:ssin",
            "AttributeNamespace": "urn:be:fgov:identification-namespace",
        }
        etree.SubElement(
            etree.SubElement(statement, saml("Attribute"), named), saml("AttributeValue")
        ).text = "85123199937"

    reply = mock.post(mock.forge().replace_token(token(mock, with_advice)).sign())
    assert (reply.status, reply.rules) == ("Success", [])


def test_h13_do_not_cache_is_understood(mock: Mock) -> None:
    issued = token(mock, adding_to(CONDITIONS, saml("DoNotCacheCondition")))
    reply = mock.post(mock.forge().replace_token(issued).sign())
    assert (reply.status, reply.rules) == ("Success", [])


def test_h22_a_token_is_used_many_times(mock: Mock) -> None:
    first, second = mock.forge(), mock.forge()
    assert first.assertion.get("AssertionID") == second.assertion.get("AssertionID")
    for forge in (first, second):
        reply = mock.post(forge)
        assert (reply.status, reply.warnings) == ("Success", [])


def test_s64_white_space_around_the_identifier_of_the_token_is_trimmed(mock: Mock) -> None:
    forge = mock.forge()
    identifier = at("Header/Security/Signature/KeyInfo/SecurityTokenReference/KeyIdentifier", forge)
    identifier.text = f"\r\n\t {identifier.text} \n"
    assert mock.post(forge).status == "Success"


ELSEWHERE: Final[Elsewhere] = {
    "S37": (f"{__name__}:test_s37_a_prefix_list_is_taken_in_any_order_and_with_any_white_space",
            "tests.gateway.test_canonical:test_the_prefix_lists_of_wss4j_give_its_digests_by_either_writing"),
    "S50": ("tests.gateway.test_canonical:test_str_transform_of_the_wss4j_sample_has_the_digest_wss4j_wrote",),
    "H22": (f"{__name__}:test_h22_a_token_is_used_many_times",),
}  # fmt: skip

NOT_BROKEN: Final = {
    "S08": "speaks of encryption and of order; for a message that is only signed the order is row S40",
}
"""Rows that no request can break, with the reason."""


def test_every_row_is_broken_or_held_elsewhere_or_excused() -> None:
    assert len(ROWS) == 10 + 12 + 25 + 12 + 29 + 1
    assert missing_tests(ELSEWHERE) == []
    assert missing_rows(ROWS, rules_of(BREAKS), ELSEWHERE, NOT_BROKEN) == []
    assert not set(NOT_BROKEN) & (set(rules_of(BREAKS)) | set(ELSEWHERE))


def test_every_step_of_the_timestamp_is_a_rule() -> None:
    """T1 is that rows S11 to S17 hold."""
    steps = rows_of("7.1")
    assert steps == ["T1", "T2", "T3", "T4", "T5", "T6"]
    assert [step for step in steps[1:] if step not in RULES] == []


def test_every_rule_of_the_registry_is_broken_by_a_row() -> None:
    """A rule that no test can break would be one that refuses nothing."""
    broken = {each.rule for each in (*BREAKS, *BUSINESS)}
    broken |= {rule for row in test_http_rows.TABLE for rule in (*row.rules, *row.warns)}
    broken |= {rule for rule, *_ in test_http_rows.HEADS} | {"Q25"}
    broken |= {
        rule for row in (*test_envelope_rows.ENVELOPE, *test_envelope_rows.LIST) for rule in (*row.rules, *row.warns)
    }
    broken |= {
        rule
        for row in (*test_timestamp_table.BOUNDARIES, *test_timestamp_table.LEXICAL)
        for rule in (*row.rules, *row.warns)
    }
    for table in (test_user_agent_table.TABLE, test_from_table.TABLE):
        broken |= {rule for *_, rules in table for rule in rules}
    assert broken == {rule.id for rule in RULES}
