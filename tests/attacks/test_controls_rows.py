"""No fact about real clients is forgotten: each of `wire-facts.md` C and I has a message that shows it, or a reason.

Sections C (the header really sent) and I (quirks of clients) say what must be accepted, and what clients get wrong.
"""

import re
from pathlib import Path
from typing import Final

from mockserver.namespaces import SAML
from tests.conftest import Mock
from tests.rules.coverage import Elsewhere, missing_rows, missing_tests

_PAGE: Final = Path(__file__).parents[2] / "docs" / "spec" / "wire-facts.md"

_OCTETS: Final = "tests.attacks.test_controls_octets"
_SIGNATURE: Final = "tests.attacks.test_controls_signature"
_STRUCTURE: Final = "tests.attacks.test_controls_structure"
_TOKEN: Final = "tests.attacks.test_controls_token"
_ATTACKS: Final = "tests.attacks.test_attacks:test_an_attack_is_refused_and_leaves_no_trace"
_BREAKS: Final = "tests.rules.test_security_rows:test_a_broken_row_is_found_with_its_severity"
_TIMES: Final = "tests.rules.test_timestamp_table"

SHOWN: Final[Elsewhere] = {
    "C1": ("tests.wire.test_success:test_a_valid_request_of_each_persona_succeeds",),
    "C2": (f"{_SIGNATURE}:test_every_rsa_algorithm_is_accepted", f"{_SIGNATURE}:test_every_digest_is_accepted",
           f"{_SIGNATURE}:test_every_ec_key_is_accepted_with_every_hash",
           f"{_SIGNATURE}:test_sha_1_in_the_signature_warns", f"{_SIGNATURE}:test_sha_1_in_a_digest_warns",
           f"{_SIGNATURE}:test_sha_1_is_refused_by_profile_hardened"),
    "C3": (f"{_SIGNATURE}:test_a_missing_token_type_warns", f"{_SIGNATURE}:test_the_token_reference_needs_no_id"),
    "C4": (f"{_STRUCTURE}:test_ids_have_the_style_of_any_stack",),
    "C5": (f"{_STRUCTURE}:test_created_may_have_whole_seconds",
           f"{_TIMES}:test_each_boundary_is_judged_as_the_table_says",
           f"{_TIMES}:test_the_lenient_profile_converts_zones_and_takes_five_minutes"),
    "C6": (f"{_SIGNATURE}:test_the_token_may_be_signed", f"{_SIGNATURE}:test_a_prefix_list_is_honoured"),
    "C7": ("tests.http.test_documents:test_options_on_any_path_tells_the_time",
           "tests.rules.test_http_rows:test_q08_only_the_lenient_profile_takes_a_bare_soap_action"),
    "I1": (f"{_TIMES}:test_each_boundary_is_judged_as_the_table_says",),
    "I2": (f"{_TIMES}:test_each_boundary_is_judged_as_the_table_says",
           f"{_TIMES}:test_each_structure_is_judged_as_the_table_says",
           f"{_TIMES}:test_each_way_to_write_created_is_judged_as_the_table_says"),
    "I3": (f"{_STRUCTURE}:test_white_space_between_elements_is_free_but_for_the_token",),
    "I4": (f"{_TOKEN}:test_declarations_that_leaked_onto_the_token_change_nothing",
           f"{_TOKEN}:test_a_prefix_that_the_envelope_binds_otherwise_changes_nothing",
           f"{_TOKEN}:test_another_prefix_breaks_the_token"),
    "I5": (f"{__name__}:test_i5_a_token_that_lost_its_namespace_is_refused",),
    "I6": (f"{_STRUCTURE}:test_the_signature_value_may_be_broken_into_lines",
           f"{_OCTETS}:test_the_same_document_may_be_written_otherwise_after_signing"),
    "I7": (f"{_SIGNATURE}:test_the_token_may_be_signed", f"{_SIGNATURE}:test_a_prefix_list_is_honoured"),
    "I8": (f"{_SIGNATURE}:test_a_missing_token_type_warns",
           f"{_SIGNATURE}:test_profile_lenient_takes_a_direct_reference_with_a_warning", _BREAKS, _ATTACKS),
    "I9": (_ATTACKS,),
    "I10": (f"{_STRUCTURE}:test_ids_have_the_style_of_any_stack",
            f"{_STRUCTURE}:test_signature_and_key_info_need_no_id", _ATTACKS),
    "I11": (f"{_SIGNATURE}:test_every_ec_key_is_accepted_with_every_hash", _ATTACKS),
    "I12": ("tests.rules.test_http_rows:test_each_row_is_judged_as_the_catalogue_says",),
    "I13": ("tests.http.test_requests:test_chunked_bodies_arrive_whole",
            "tests.http.test_connections:test_100_continue_is_sent_before_the_body_and_only_once",
            "tests.rules.test_http_rows:test_each_row_is_judged_as_the_catalogue_says",),
    "I14": (f"{_OCTETS}:test_the_envelope_may_be_encoded",),
    "I15": (f"{_STRUCTURE}:test_security_need_not_say_must_understand", _BREAKS),
    "I16": ("tests.rules.test_user_agent_table:test_each_user_agent_is_judged_as_the_table_says",
            "tests.rules.test_from_table:test_each_from_is_judged_as_the_table_says"),
    "I17": (f"{_STRUCTURE}:test_the_request_needs_no_id", _BREAKS),
    "I19": ("tests.http.test_documents:test_options_on_any_path_tells_the_time",),
    "I20": (_BREAKS, _ATTACKS, "tests.sts.test_use_of_tokens:test_a_token_is_answered_as_decisions_4b_say"),
    "I21": (f"{_TOKEN}:test_a_token_may_have",
            f"{_TOKEN}:test_attributes_of_the_token_may_be_written_in_another_order"),
    "I22": (f"{_TOKEN}:test_a_token_may_have",),
}  # fmt: skip

NOT_SHOWN: Final = {
    "I18": "is about what a client does after a fault, and shows in no message that the mock could judge",
}


def test_i5_a_token_that_lost_its_namespace_is_refused(mock: Mock) -> None:
    """A DOM that was built without namespaces writes the token without its xmlns."""
    forge = mock.forge()
    octets, declaration = forge.octets(), f'<Assertion xmlns="{SAML}"'.encode()
    assert octets.count(declaration) == 1
    reply = mock.post(octets.replace(declaration, b"<Assertion"))
    assert (reply.http, reply.soa, reply.status) == (500, "SOA-01001", None)
    assert "H01" in reply.rules


def facts() -> list[str]:
    """`C1` to `C7` and `I1` to `I22`, as the page numbers them."""
    found, letter = [], ""
    for line in _PAGE.read_text("utf-8").splitlines():
        if heading := re.match(r"## ([A-Z])\. |## ", line):
            letter = heading[1] or ""
        elif letter == "C" and (fact := re.match(r"(?:### |\*\*)?(C[0-9]+)\b", line)):
            found.append(fact[1])
        elif letter == "I" and (item := re.match(r" ?([0-9]{1,2})\. ", line)):
            found.append(f"I{item[1]}")
    return found


def test_the_facts_are_found() -> None:
    assert facts() == [f"C{number}" for number in range(1, 8)] + [f"I{number}" for number in range(1, 23)]


def test_every_fact_is_shown_or_excused() -> None:
    assert missing_tests(SHOWN) == []
    assert missing_rows(facts(), SHOWN, NOT_SHOWN) == []
    assert not set(SHOWN) & set(NOT_SHOWN)
