"""What GenerateCovidId answers to the holder of a token, row by row of decisions 4b."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from mockserver.identities.assertion import issue_assertion
from mockserver.identities.authority import Credential
from mockserver.identities.certificates import make_ca, make_sts
from mockserver.identities.personas import personas
from mockserver.instant import SECOND, system_clock
from tests.sts.certificates import certified
from tests.sts.conftest import Sts
from tests.sts.messages import DOCTOR, HOLDER_SSIN, SSIN, Signatory, envelope, renewal, rst, service_call

PHYSICIAN = {"PersonIdentifier": "80010199976"}
OTHER = {"PersonIdentifier": "85123199937"}

Call = Callable[[Sts], bytes]


def issued(sts: Sts, persona: str = "physician") -> bytes:
    """A token that the STS gives to the persona, over HTTP."""
    asked = {a.name: a.value if "certified" not in a.namespace else None for a in personas()[persona].attributes}
    return sts.post(envelope(rst(dict(asked)), sts.signatory(persona))).token


def renewed(sts: Sts, token: bytes) -> bytes:
    return sts.post(envelope(renewal(token), sts.signatory())).token


def made(sts: Sts, **options: object) -> bytes:
    """A token of the physician such as the STS does not give."""
    credential = sts.authority.credential(personas()["physician"])
    return issue_assertion(sts.authority, credential, now=system_clock(), **options)  # type: ignore[arg-type]


def of_foreign_sts(sts: Sts) -> bytes:
    """The same token, signed by an STS of the same name that nobody trusts."""
    pair = make_sts(make_ca(system_clock()), system_clock())
    return made(sts, sts_credential=Credential(personas()["physician"], pair.key, pair.certificate))


def with_another_key(sts: Sts) -> Signatory:
    """The physician, with a key that the token does not confirm."""
    return certified(sts.ca, sts.signatory().certificate.subject, ec.generate_private_key(ec.SECP256R1()))


def renewed_first(sts: Sts) -> bytes:
    """A token, after it was renewed."""
    token = issued(sts)
    assert renewed(sts, token) != token
    return token


def refused_physician(sts: Sts) -> bytes:
    asked: dict[str, str | None] = {HOLDER_SSIN: "90022999935", SSIN: "90022999935", DOCTOR: None}
    token = sts.post(envelope(rst(asked), sts.signatory("refused-physician"))).token
    return service_call(token, sts.signatory("refused-physician"), {"PersonIdentifier": "90022999935"})


ROWS: dict[str, tuple[Call, str, str | None]] = {
    "token of the holder": (lambda sts: service_call(issued(sts), sts.signatory(), PHYSICIAN), "Success", None),
    "wrong key": (lambda sts: service_call(issued(sts), with_another_key(sts), PHYSICIAN), "SOA-01001", "H18"),
    "token for another holder": (
        lambda sts: service_call(issued(sts, "hospital"), sts.signatory(), PHYSICIAN),
        "SOA-01001",
        "H18",
    ),
    "foreign STS": (lambda sts: service_call(of_foreign_sts(sts), sts.signatory(), PHYSICIAN), "SOA-01001", "H07"),
    "expired token": (
        lambda sts: service_call(made(sts, not_on_or_after=system_clock() - SECOND), sts.signatory(), PHYSICIAN),
        "SOA-01001",
        "H09",
    ),
    "token not yet valid": (
        lambda sts: service_call(made(sts, not_before=system_clock() + 1000 * SECOND), sts.signatory(), PHYSICIAN),
        "SOA-01001",
        "H09",
    ),
    "altered token": (
        lambda sts: service_call(issued(sts).replace(b">true<", b">True<"), sts.signatory(), PHYSICIAN),
        "SOA-01001",
        "H21",
    ),
    "renewed token": (lambda sts: service_call(renewed(sts, issued(sts)), sts.signatory(), PHYSICIAN), "Success", None),
    "token that was renewed": (
        lambda sts: service_call(renewed_first(sts), sts.signatory(), PHYSICIAN),
        "Success",
        None,
    ),
    "persona without access": (refused_physician, "SOA-01002", "H25"),
    "another persona in Requester": (lambda sts: service_call(issued(sts), sts.signatory(), OTHER), "Requester", "R1"),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_token_is_answered_as_decisions_4b_say(sts: Sts, row: str) -> None:
    call, expected, rule = ROWS[row]
    reply = sts.mock.post(call(sts))
    assert (reply.soa or reply.status) == expected
    assert (rule is None) == (reply.rules == [])
    assert rule is None or rule in reply.rules
