"""Times of the token and of the STS's certificate, to the millisecond (SAML 1.1 core 2.3.2.1.1; decisions 4)."""

from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from mockserver.assembly import Plan, build_gateway
from mockserver.identities.assertion import issue_assertion
from mockserver.identities.authority import Credential
from mockserver.identities.personas import personas
from mockserver.instant import SECOND, Instant, format_instant
from tests.attacks.tokens import sign_assertion
from tests.forge import Forge
from tests.rules.bench import NOON, Bench, Judgement, at

MILLISECOND: Final = 1_000_000
SKEW: Final = 300 * SECOND

TIMES: Final[list[tuple[str, dict[str, Instant], str, list[str]]]] = [
    ("NotOnOrAfter is now", {"not_on_or_after": NOON}, "reject", ["H09"]),
    ("NotOnOrAfter is in a millisecond", {"not_on_or_after": NOON + MILLISECOND}, "accept", []),
    ("NotOnOrAfter was a millisecond ago", {"not_on_or_after": NOON - MILLISECOND}, "reject", ["H09"]),
    ("NotBefore is now", {"not_before": NOON}, "accept", []),
    ("NotBefore is in five minutes", {"not_before": NOON + SKEW}, "accept", []),
    ("NotBefore is a millisecond later", {"not_before": NOON + SKEW + MILLISECOND}, "reject", ["H09"]),
    ("NotBefore equals NotOnOrAfter", {"not_before": NOON + SECOND, "not_on_or_after": NOON + SECOND}, "reject",
     ["H09"]),
    ("issued in five minutes", {"issue_instant": NOON + SKEW}, "accept", []),
    ("issued a millisecond later", {"issue_instant": NOON + SKEW + MILLISECOND}, "reject", ["H11"]),
    ("issued in the year 1", {"issue_instant": at("0001-01-01T00:00:00Z")}, "accept", []),
    ("valid to the end of the year 9999", {"not_on_or_after": at("9999-12-31T23:59:59Z")}, "accept", []),
    ("valid from the year 1", {"not_before": at("0001-01-01T00:00:00Z")}, "accept", []),
    ("valid from the year 9999", {"not_before": at("9999-12-31T00:00:00Z"),
                                  "not_on_or_after": at("9999-12-31T23:59:59Z")}, "reject", ["H09"]),
]  # fmt: skip


@pytest.mark.parametrize(("options", "verdict", "rules"), [row[1:] for row in TIMES], ids=[row[0] for row in TIMES])
def test_the_times_of_a_token_are_exact(bench: Bench, options: dict[str, Any], verdict: str, rules: list[str]) -> None:
    judgement = bench.judge(Forge.request(bench.credentials(**options), bench.contract, NOON))
    assert judgement.verdict == verdict
    assert judgement.refusing == rules


@pytest.mark.parametrize(
    ("later", "verdict", "rules"), [(SKEW, "accept", []), (SKEW + MILLISECOND, "warn", ["H29"])], ids=["at", "beyond"]
)
def test_an_authentication_in_the_future_warns(bench: Bench, later: Instant, verdict: str, rules: list[str]) -> None:
    """AuthenticationInstant and IssueInstant are one moment in our tokens; here the first alone is changed."""
    forge = bench.forge()
    assertion = forge.assertion
    statement = next(each for each in assertion if "AuthenticationInstant" in each.attrib)
    statement.set("AuthenticationInstant", format_instant(NOON + later))
    sign_assertion(assertion, bench.authority.sts_key)
    judgement = bench.judge(forge)
    assert (judgement.verdict, judgement.warning) == (verdict, rules)


def test_h07_the_certificate_of_the_sts_must_be_valid(bench: Bench) -> None:
    """It ends after ten years, and the holder's with it, which alone would only warn."""
    late = at("2032-08-01T10:00:00Z")
    assert bench.authority.sts_certificate.not_valid_after_utc.year == 2032
    judgement = bench.judge(bench.forge(now=late), received=late)
    assert (judgement.refusing, judgement.warning) == (["H07"], ["H20-valid"])
    before = at("2032-07-30T10:00:00Z")
    assert bench.judge(bench.forge(now=before), received=before).verdict == "accept"


@pytest.mark.parametrize(("digital_signature", "refusing"), [(True, []), (False, ["H07"])])
def test_h07_the_certificate_of_the_sts_must_be_one_for_signatures(
    bench: Bench, tmp_path: Path, digital_signature: bool, refusing: list[str]
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    certificate = _certificate(key, bench.authority.sts_certificate, digital_signature=digital_signature)
    file = tmp_path / "sts.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    persona = personas()["physician"]
    sts = Credential(persona, key, certificate)
    holder = bench.authority.credential(persona)
    issued = issue_assertion(bench.authority, holder, now=NOON, sts_credential=sts)
    forge = bench.forge().replace_token(issued).sign()
    plan = Plan(bench.state, trust_sts=[file], in_memory=True)
    gateway, _ = build_gateway(plan, clock=lambda: NOON)
    judgement = Judgement(gateway.examine(bench.request(forge.octets())))
    assert judgement.refusing == refusing


def _certificate(key: rsa.RSAPrivateKey, like: x509.Certificate, *, digital_signature: bool) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = x509.CertificateBuilder().subject_name(like.subject).issuer_name(like.subject)
    return (
        builder.public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(like.not_valid_before_utc)
        .not_valid_after(like.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
