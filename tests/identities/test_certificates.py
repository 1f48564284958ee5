"""What the test PKI certifies, compared with genuine certificates (`wire-facts.md` A3)."""

import ipaddress
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from mockserver.identities.authority import Authority, Credential
from mockserver.identities.distinguished_name import rfc1779
from mockserver.identities.personas import personas
from mockserver.instant import SECOND, system_clock

DAY = 24 * 3600 * SECOND

KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


def extension(certificate: x509.Certificate, kind: type[x509.ExtensionType]) -> x509.ExtensionType:
    return certificate.extensions.get_extension_for_class(kind).value


def key_usages(certificate: x509.Certificate) -> set[str]:
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    return {name for name in KEY_USAGES if getattr(usage.value, name)}


def tls_certificate(authority: Authority) -> x509.Certificate:
    return x509.load_pem_x509_certificate(authority.tls_certificate_file.read_bytes())


def test_the_ca_is_a_root_that_signs_certificates_for_ten_years(authority: Authority) -> None:
    ca = authority.ca_certificate
    ca.verify_directly_issued_by(ca)
    assert extension(ca, x509.BasicConstraints) == x509.BasicConstraints(ca=True, path_length=0)
    assert key_usages(ca) == {"key_cert_sign", "crl_sign"}
    assert ca.not_valid_after_utc - ca.not_valid_before_utc == timedelta(days=3653 + 30)


def test_the_sts_bears_the_name_of_the_genuine_one(authority: Authority) -> None:
    assert rfc1779(authority.sts_certificate.subject) == (
        'CN="CBE=0809394427, IAMMOCK", OU=eHealth-platform Belgium, OU=EHEALTH-PLATFORM, '
        'OU="CBE=0809394427", OU=IAMMOCK, O=Federal Government, C=BE'
    )
    assert authority.sts_key.public_key() == authority.sts_certificate.public_key()
    assert authority.sts_key.key_size == 2048


@pytest.mark.parametrize("name", personas())
def test_a_credential_bears_the_name_of_its_persona(authority: Authority, name: str) -> None:
    persona = personas()[name]
    credential = authority.credential(persona)
    assert credential.persona is persona
    assert [(attribute.rfc4514_attribute_name, attribute.value) for attribute in credential.certificate.subject] == [
        *reversed(persona.subject)
    ]
    assert credential.key.public_key() == credential.certificate.public_key()
    assert credential.key.key_size == 2048


def test_holder_and_sts_certificates_have_the_key_usages_of_genuine_ones(
    authority: Authority, physician: Credential
) -> None:
    for certificate in (physician.certificate, authority.sts_certificate):
        certificate.verify_directly_issued_by(authority.ca_certificate)
        assert key_usages(certificate) == {"digital_signature", "content_commitment", "key_encipherment"}
        assert extension(certificate, x509.ExtendedKeyUsage) == x509.ExtendedKeyUsage(
            [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION]
        )
        assert extension(certificate, x509.BasicConstraints) == x509.BasicConstraints(ca=False, path_length=None)


def test_the_tls_certificate_is_for_this_machine(authority: Authority) -> None:
    certificate = tls_certificate(authority)
    certificate.verify_directly_issued_by(authority.ca_certificate)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert names.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address("127.0.0.1"),
        ipaddress.ip_address("::1"),
    ]
    assert extension(certificate, x509.ExtendedKeyUsage) == x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc < timedelta(days=825)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_client_that_trusts_the_ca_accepts_the_server(authority: Authority, host: str) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(authority.tls_certificate_file, authority.tls_key_file)
    client = ssl.create_default_context(cadata=authority.ca_certificate.public_bytes(Encoding.PEM).decode("ascii"))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname=host)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    for end in (here, there, here, there):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert here.getpeercert(binary_form=True) == tls_certificate(authority).public_bytes(Encoding.DER)
    assert here.version() == "TLSv1.3"


def test_every_certificate_names_its_key_and_its_issuers_key(authority: Authority, physician: Credential) -> None:
    ca_key = x509.SubjectKeyIdentifier.from_public_key(authority.ca_certificate.public_key())
    for certificate in (
        authority.ca_certificate,
        authority.sts_certificate,
        tls_certificate(authority),
        physician.certificate,
    ):
        assert extension(certificate, x509.SubjectKeyIdentifier) == x509.SubjectKeyIdentifier.from_public_key(
            certificate.public_key()
        )
        issuer = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        assert issuer.key_identifier == ca_key.digest


def test_serial_numbers_are_random(authority: Authority, physician: Credential) -> None:
    certificates = (
        authority.ca_certificate,
        authority.sts_certificate,
        tls_certificate(authority),
        physician.certificate,
    )
    assert len({certificate.serial_number for certificate in certificates}) == len(certificates)
    # CA/Browser Forum, Baseline Requirements 7.1: at least 64 bits from a random generator.
    assert all(certificate.serial_number.bit_length() > 64 for certificate in certificates)


def test_certificates_are_valid_from_thirty_days_back_and_no_longer_than_the_ca(tmp_path: Path) -> None:
    now = system_clock() // SECOND * SECOND
    first = Authority.open(tmp_path, clock=lambda: now)
    assert int(first.ca_certificate.not_valid_before_utc.timestamp()) * SECOND == now - 30 * DAY
    later = Authority.open(tmp_path, clock=lambda: now + 100 * DAY)
    certificate = later.credential(personas()["hospital"]).certificate
    assert int(certificate.not_valid_before_utc.timestamp()) * SECOND == now + (100 - 30) * DAY
    assert certificate.not_valid_after_utc == first.ca_certificate.not_valid_after_utc
