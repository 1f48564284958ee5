"""Whom the gateway believes: what --trust-sts and --trust-ca make trusted, and what not (decisions 4, Trust)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mockserver.assembly import Plan, build_examiner
from mockserver.gateway.crypto.trust import (
    KeyRefused,
    Trust,
    TrustError,
    accepted_key,
    is_ca,
    is_issued_by,
    is_valid_at,
    load_trust,
    may_sign,
    read_certificates,
)
from mockserver.gateway.exchange import ENDPOINT_PATH, HttpRequest
from mockserver.instant import SECOND, read_date_time
from tests.gateway.conftest import Workshop, rules_of
from tests.samples.messages import CA, FOLDER, SAMPLES, STS, Sample

STS_NAME = "CBE=0809394427, IAMTEST"
DAY = datetime(2026, 1, 1, tzinfo=UTC)

Key = ec.EllipticCurvePrivateKey


def key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(
    owner: Key,
    issuer: Key,
    *,
    name: str = STS_NAME,
    issuer_name: str = "CA",
    ca: bool | None = None,
    usage: bool | None = None,
    end: datetime = DAY + timedelta(days=1),
) -> x509.Certificate:
    """`ca` None leaves basicConstraints out; `usage` is digitalSignature, None leaves keyUsage out."""
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in (name, issuer_name)]
    builder = (
        x509.CertificateBuilder(names[1], names[0], owner.public_key(), x509.random_serial_number())
        .not_valid_before(DAY)
        .not_valid_after(end)
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    if usage is not None:
        flags = dict.fromkeys(("content_commitment", "data_encipherment", "key_agreement", "crl_sign"), False)
        flags |= dict.fromkeys(("encipher_only", "decipher_only", "key_cert_sign"), False)
        extension = x509.KeyUsage(digital_signature=usage, key_encipherment=not usage, **flags)
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(issuer, hashes.SHA256())


@pytest.fixture(scope="module")
def ca_key() -> Key:
    return key()


@pytest.fixture(scope="module")
def ca(ca_key: Key) -> x509.Certificate:
    return certificate(ca_key, ca_key, name="CA", ca=True)


def write(folder: Path, *certificates: x509.Certificate, encoding: Encoding = Encoding.PEM) -> Path:
    file = folder / f"{len(list(folder.iterdir()))}.crt"
    file.write_bytes(b"".join(each.public_bytes(encoding) for each in certificates))
    return file


# By what it does: the sample messages under every combination of the two options.


@pytest.mark.parametrize(
    ("sts", "issuing", "refused_by"),
    [
        pytest.param([STS], [CA], [], id="leaf pinned, holders anchored"),
        pytest.param([CA], [CA], [], id="a CA anchors STS certificates, and holders' by the other option"),
        pytest.param([STS], [], ["H20"], id="holders not anchored"),
        pytest.param([CA], [], ["H20"], id="--trust-sts never anchors holders"),
        pytest.param([], [CA], ["H07"], id="--trust-ca never makes a token trusted"),
        pytest.param([], [], ["H07", "H20"], id="nothing trusted"),
    ],
)
@pytest.mark.parametrize("sample", [s for s in SAMPLES if not s.refused_by], ids=str)
def test_each_option_trusts_what_it_says_and_no_more(
    sample: Sample, sts: Sequence[Path], issuing: Sequence[Path], refused_by: list[str]
) -> None:
    received = read_date_time(sample.received).instant
    plan = Plan(Path("no-such-folder"), trust_sts=sts, trust_ca=issuing)
    gateway = build_examiner(plan, clock=lambda: received)
    body = sample.file.read_bytes()
    report = gateway.examine(HttpRequest("POST", ENDPOINT_PATH, "1.1", (), body, received, has_head=False))
    assert rules_of(report) == refused_by
    assert report.answer.soa == ("SOA-01001" if refused_by else None)


def test_the_mock_trusts_its_own_sts_and_not_its_own_ca_for_tokens(workshop: Workshop) -> None:
    """Its CA issues holder certificates: a holder must not be able to issue tokens (rules A64, A65)."""
    trust = workshop.gateway().policy.trust
    assert trust.sts_anchors == ()
    holder = workshop.credentials().certificate
    assert trust.sts_certificate(holder) is None
    assert trust.holder_is_anchored(holder)


# The parts.


def test_a_pinned_leaf_is_compared_by_key(ca_key: Key) -> None:
    """rules A127: a certificate issued again for the same key is the same STS, and the configured one is used."""
    sts = key()
    pinned, again = (certificate(sts, issuer) for issuer in (ca_key, key()))
    trust = Trust(sts_pins=[pinned])
    assert trust.sts_certificate(again) is pinned
    assert trust.sts_certificate(certificate(key(), ca_key)) is None


def test_an_anchor_makes_trusted_only_what_it_issued_for_an_sts(ca: x509.Certificate, ca_key: Key) -> None:
    """rules A65: the CA issues to hospitals too."""
    trust = Trust(sts_anchors=[ca])
    sts = certificate(key(), ca_key)
    assert trust.sts_certificate(sts) is sts
    assert trust.sts_certificate(certificate(key(), ca_key, name="NIHII-HOSPITAL=71999041")) is None
    assert trust.sts_certificate(certificate(key(), ca_key, name="CBE=0200000043, IAMTEST")) is None
    assert trust.sts_certificate(certificate(key(), key())) is None, "the CA's name alone is nothing"
    assert trust.sts_certificate(certificate(key(), ca_key, issuer_name="Another CA")) is None


def test_a_chain_of_two_is_not_followed(ca: x509.Certificate, ca_key: Key) -> None:
    """Only what stands in the configuration anchors: an intermediate CA would have to be named itself."""
    between_key = key()
    between = certificate(between_key, ca_key, name="Between", ca=True)
    sts = certificate(key(), between_key, issuer_name="Between")
    assert is_issued_by(between, ca)
    assert Trust(sts_anchors=[ca]).sts_certificate(sts) is None
    assert Trust(sts_anchors=[between]).sts_certificate(sts) is sts


def test_only_a_ca_issues(ca_key: Key) -> None:
    for leaf in (certificate(ca_key, ca_key, name="CA"), certificate(ca_key, ca_key, name="CA", ca=False)):
        assert not is_ca(leaf)
        assert not is_issued_by(certificate(key(), ca_key), leaf)


def test_the_kind_of_certificate_decides_between_pin_and_anchor(
    ca: x509.Certificate, ca_key: Key, tmp_path: Path
) -> None:
    leaf = certificate(key(), ca_key)
    trust = load_trust([write(tmp_path, leaf, ca)], [write(tmp_path, ca)])
    assert (trust.sts_pins, trust.sts_anchors, trust.holder_anchors) == ((leaf,), (ca,), (ca,))


def test_a_leaf_is_no_issuing_ca(ca: x509.Certificate, ca_key: Key, tmp_path: Path) -> None:
    file = write(tmp_path, ca, certificate(key(), ca_key))
    with pytest.raises(TrustError, match="holds a certificate that is no CA; --trust-ca takes issuing CAs") as raised:
        load_trust([], [file])
    assert str(file) in str(raised.value)


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_pem_and_der_are_read(ca: x509.Certificate, tmp_path: Path, encoding: Encoding) -> None:
    assert read_certificates(write(tmp_path, ca, encoding=encoding)) == [ca]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\n",
        (FOLDER / "README.md").read_bytes(),
        key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        STS.read_bytes()[:500],
    ],
    ids=["empty", "text", "no DER in it", "cut", "a document", "a private key", "half a certificate"],
)
def test_what_is_no_certificate_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file.pem"
    file.write_bytes(content)
    with pytest.raises(TrustError) as raised:
        read_certificates(file)
    assert str(raised.value) == f"{file} is not a certificate (PEM or DER is expected)"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "none"):
        with pytest.raises(TrustError, match="cannot be read: ") as raised:
            read_certificates(file)
        assert str(file) in str(raised.value)


def test_a_certificate_is_valid_to_the_last_nanosecond_of_its_last_second(ca_key: Key) -> None:
    """RFC 5280 section 4.1.2.5: both ends included."""
    leaf = certificate(key(), ca_key)
    begin = read_date_time("2026-01-01T00:00:00Z").instant
    end = begin + 86_400 * SECOND + SECOND - 1
    assert [is_valid_at(leaf, now) for now in (begin - 1, begin, end, end + 1)] == [False, True, True, False]


def test_key_usage_where_given_must_allow_signing(ca_key: Key) -> None:
    usages = (None, True, False)
    assert [may_sign(certificate(key(), ca_key, usage=usage)) for usage in usages] == [True, True, False]


@pytest.mark.parametrize("bits", [1024, 2047])
def test_an_rsa_key_below_2048_bits_is_refused(bits: int) -> None:
    with pytest.raises(KeyRefused, match=f"an RSA key of {bits} bits; 2048 to 8192 are allowed"):
        accepted_key(rsa.generate_private_key(65537, bits).public_key())


def test_an_rsa_key_above_8192_bits_is_refused() -> None:
    """Only its length counts, so no such key has to be made."""
    modulus = 2**8192 + 1
    with pytest.raises(KeyRefused, match="8193 bits"):
        accepted_key(rsa.RSAPublicNumbers(65537, modulus).public_key())


@pytest.mark.parametrize("exponent", [3, 65535])
def test_a_small_exponent_is_refused(exponent: int) -> None:
    modulus = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
    with pytest.raises(KeyRefused, match=f"exponent {exponent}"):
        accepted_key(rsa.RSAPublicNumbers(exponent, modulus).public_key())


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda curve: curve.name)
def test_the_curves_of_nist_are_allowed(curve: ec.EllipticCurve) -> None:
    public = ec.generate_private_key(curve).public_key()
    assert accepted_key(public) is public


@pytest.mark.parametrize("curve", [ec.SECP256K1(), ec.BrainpoolP256R1()], ids=lambda curve: curve.name)
def test_other_curves_are_refused(curve: ec.EllipticCurve) -> None:
    with pytest.raises(KeyRefused, match=curve.name):
        accepted_key(ec.generate_private_key(curve).public_key())


def test_keys_of_another_kind_are_refused() -> None:
    with pytest.raises(KeyRefused, match="neither RSA nor EC"):
        accepted_key(ed25519.Ed25519PrivateKey.generate().public_key())
