"""Every row of `rules.md` 6.4 and 6.5 is an attack of the catalogue, a test elsewhere, or excused with its reason."""

from typing import Final

from tests.attacks.catalogue import attacks, harmless_messages
from tests.rules.coverage import Elsewhere, missing_rows, missing_tests, rows_of

ROWS: Final = rows_of("6.4", "6.5")

_REFUSALS: Final = "tests.http.test_refusals"
_PARSER: Final = "tests.attacks.test_parser"

ELSEWHERE: Final[Elsewhere] = {
    "A80": (f"{_PARSER}:test_a80_entities_are_refused_before_they_cost_anything",),
    "A96": (f"{_REFUSALS}:test_a_compression_bomb_is_413",
            f"{_PARSER}:test_a96_a_bomb_that_begins_like_a_message_is_413"),
    "A97": (f"{_REFUSALS}:test_a_head_that_does_not_end_is_408",
            f"{_REFUSALS}:test_dripping_bytes_do_not_prolong_the_time",
            f"{_REFUSALS}:test_a_body_that_does_not_end_is_408",
            f"{_REFUSALS}:test_endless_chunks_are_413_while_they_stream",
            f"{_PARSER}:test_a97_two_hundred_slow_senders_keep_nobody_else_waiting"),
    "A98": (f"{_REFUSALS}:test_malformed_http_is_400",
            f"{_PARSER}:test_a98_a_request_hidden_in_another_is_not_served"),
    "A111": ("tests.attacks.test_freshness:test_a_replay_is_known_as_long_as_the_message_could_pass",),
    "A115": ("tests.rules.test_timestamp_table:test_each_boundary_is_judged_as_the_table_says",),
    "A116": ("tests.rules.test_timestamp_table:test_each_structure_is_judged_as_the_table_says",
             "tests.rules.test_timestamp_table:test_each_way_to_write_created_is_judged_as_the_table_says"),
    "A128": ("tests.rules.test_token_times:test_the_times_of_a_token_are_exact",),
    # And each attack that is answered SOA-01001 is compared with the answer to a message without any security header.
    "A133": ("tests.wire.test_faults:test_why_a_call_is_not_authenticated_is_told_to_the_journal_and_never_on_the_wire",
             "tests.attacks.test_attacks:test_an_attack_is_refused_and_leaves_no_trace"),
    "A134": ("tests.rules.test_user_agent_table:test_a_user_agent_with_a_line_end_or_nul_is_400",
             "tests.rules.test_from_table:test_a_from_with_a_line_end_or_nul_is_400",
             "tests.http.test_log:test_nothing_of_a_request_reaches_the_log",
             f"{_PARSER}:test_a134_what_a_field_holds_cannot_fake_a_line_of_the_log_or_the_journal"),
}  # fmt: skip

EXCUSED: Final = {
    "A107": "a load and no message: what one request may cost is bounded (A87 to A94); how many come is for whoever "
    "runs the mock to bound, and a mock on a developer's machine must not refuse a test that sends many",
    "A114": "a message to another environment differs in nothing that is signed, unless its token names an audience: "
    "that case is A129",
}


def test_every_row_is_covered_or_excused() -> None:
    catalogue = ({each.row for each in attacks()} | {each.row for each in harmless_messages()}) & set(ROWS)
    assert len(ROWS) == 28 + 25
    assert missing_tests(ELSEWHERE) == []
    assert missing_rows(ROWS, catalogue, ELSEWHERE, EXCUSED) == []
    assert not set(EXCUSED) & (catalogue | set(ELSEWHERE))
