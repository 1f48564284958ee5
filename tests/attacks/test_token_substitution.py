"""A66: the token is swapped for another valid one of the same holder.

The cookbook's text has Body and Timestamp signed (5.1.2), its figure the token too (section 4). Without the token under
the signature the swap cannot be seen; whoever must see it sets rule S52-token to reject.
"""

from collections.abc import Callable

import pytest

from conformance.client.signer import TokenSignature
from tests.attacks.tokens import substitute
from tests.conftest import Mock

SIGNED = [TokenSignature.DIRECT, TokenSignature.STR_TRANSFORM]


@pytest.fixture(scope="session")
def strict(start_mock: Callable[..., Mock], tmp_path_factory: pytest.TempPathFactory) -> Mock:
    """A mock that wants the token signed."""
    policy = tmp_path_factory.mktemp("policy") / "policy.toml"
    policy.write_text('[rules]\nS52-token = "reject"\n', "utf-8")
    return start_mock("--policy", str(policy))


def test_a_swapped_token_that_nobody_signed_passes_and_the_report_says_that_it_is_not_covered(mock: Mock) -> None:
    reply = mock.post(mock.forge().replace_token(substitute(mock)))
    assert (reply.status, reply.rules) == ("Success", [])
    assert reply.report is not None
    severities = {finding["rule"]: finding["severity"] for finding in reply.report["findings"]}
    assert severities["S52-token"] == "info"


def test_where_the_token_must_be_signed_a_swapped_one_is_refused(strict: Mock) -> None:
    before = strict.issued()
    reply = strict.post(strict.forge().replace_token(substitute(strict)))
    assert (reply.http, reply.soa, reply.rules) == (500, "SOA-01001", ["S52-token"])
    assert strict.issued() == before


def test_where_the_token_must_be_signed_the_true_one_alone_is_not_enough(strict: Mock) -> None:
    assert strict.post(strict.forge()).rules == ["S52-token"]


@pytest.mark.parametrize("kind", SIGNED)
def test_where_the_token_must_be_signed_a_signed_one_succeeds(strict: Mock, kind: TokenSignature) -> None:
    reply = strict.post(strict.forge(token_signature=kind))
    assert (reply.status, reply.rules, reply.warnings) == ("Success", [], [])


@pytest.mark.parametrize("kind", SIGNED)
def test_the_holder_may_sign_any_token_of_his(mock: Mock, kind: TokenSignature) -> None:
    """The positive control of A66-direct and A66-str: the same swap, signed anew."""
    forge = mock.forge(token_signature=kind).replace_token(substitute(mock))
    if kind is TokenSignature.DIRECT:
        forge.references[2].set("URI", f"#{forge.assertion.get('AssertionID')}")
    reply = mock.post(forge.sign())
    assert (reply.status, reply.rules, reply.warnings) == ("Success", [], [])
