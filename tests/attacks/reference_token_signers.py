"""A64 and A65: somebody else than the STS signs the token."""

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from mockserver.identities.assertion import issue_assertion
from mockserver.identities.authority import Credential
from mockserver.instant import system_clock
from mockserver.namespaces import DS
from tests.attacks.catalogue import attack
from tests.attacks.forgery import OTHER_SSIN, b64, ds, own_signature, rsa_key_value, stranger
from tests.attacks.tokens import (
    authority,
    ca_key,
    certify,
    confirm_certificates,
    credential,
    signed_with,
    token,
    with_attribute,
)
from tests.conftest import Mock
from tests.forge import Forge

# A64 and A65: somebody else than the STS signs the token. The attacker then signs the message as its holder.


def _self_made(mock: Mock, signer: Credential) -> bytes:
    """A token for the signer himself, in which another person's number stands."""
    return issue_assertion(
        authority(mock.state),
        signer,
        now=system_clock(),
        attributes=with_attribute("urn:be:fgov:person:ssin", OTHER_SSIN),
        sts_credential=signer,
    )


def _stranger_credential(mock: Mock, subject: str = "CBE=0809394427, IAMMOCK") -> Credential:
    """A stranger's key with a self-signed certificate that bears the name of the STS."""
    key = stranger()
    return Credential(credential(mock).persona, key, certify(mock, key.public_key(), subject=subject, signer=key))


@attack("A64", soa="SOA-01001", rules=("H07",))
def self_made_token(mock: Mock) -> Forge:
    """A token made by the attacker, with the issuer copied and his own certificate in its KeyInfo"""
    signer = _stranger_credential(mock)
    return mock.forge().replace_token(_self_made(mock, signer)).sign(signer.key)


@attack("A64-for-holder", soa="SOA-01001", rules=("H07",))
def self_made_token_for_the_holder(mock: Mock) -> Forge:
    """As A64, confirming the physician's own key, who wants more rights than he has"""
    signer = _stranger_credential(mock)
    return mock.forge().replace_token(token(mock, sts_credential=signer, key=signer.key))


@attack("A64-sts-certificate", soa="SOA-01001", rules=("H21",))
def genuine_certificate_other_key(mock: Mock) -> Forge:
    """A token signed by a stranger's key, with the genuine certificate of the STS in its KeyInfo"""
    return mock.forge().replace_token(token(mock, key=stranger()))


@attack("A64-two-certificates", soa="SOA-01001", rules=("H07",))
def genuine_certificate_beside(mock: Mock) -> Forge:
    """As A64, and the genuine certificate of the STS stands in the KeyInfo too"""
    signer = _stranger_credential(mock)
    genuine = authority(mock.state).sts_certificate.public_bytes(Encoding.DER)

    def alter(assertion: etree._Element) -> None:
        data = own_signature(assertion).find(f"{{{DS}}}KeyInfo/{{{DS}}}X509Data")
        assert data is not None
        ds(data, "X509Certificate", b64(genuine))

    return mock.forge().replace_token(token(mock, alter, sts_credential=signer, key=signer.key))


@attack("A64-key-value", soa="SOA-01001", rules=("H07",))
def key_value_of_the_signer(mock: Mock) -> Forge:
    """The token's KeyInfo holds the attacker's key as a KeyValue and no certificate"""
    key = stranger()

    def alter(assertion: etree._Element) -> None:
        key_info = own_signature(assertion).find(f"{{{DS}}}KeyInfo")
        assert key_info is not None
        key_info[:] = []
        numbers = key.public_key().public_numbers()
        rsa_key_value(key_info, numbers.n, numbers.e)

    return mock.forge().replace_token(token(mock, alter, key=key))


@attack("A64-no-key-info", soa="SOA-01001", rules=("H06",))
def no_key_info_in_the_token(mock: Mock) -> Forge:
    """The token's signature has no KeyInfo"""

    def alter(assertion: etree._Element) -> None:
        signature = own_signature(assertion)
        signature.remove(signature[-1])

    return mock.forge().replace_token(token(mock, alter))


@attack("A64-issuer", soa="SOA-01001", rules=("H08",))
def other_issuer(mock: Mock) -> Forge:
    """The STS's key signs for another issuer"""
    return mock.forge().replace_token(token(mock, issuer="urn:example:sts"))


@attack("A64-hmac", soa="SOA-01001", rules=("H06",))
def token_signed_by_hmac(mock: Mock) -> Forge:
    """The token's SignatureMethod is HMAC: the STS's public key would be its secret"""

    def alter(assertion: etree._Element) -> None:
        method = own_signature(assertion).find(f"{{{DS}}}SignedInfo/{{{DS}}}SignatureMethod")
        assert method is not None
        method.set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")

    return mock.forge().replace_token(token(mock, alter))


@attack("A65", soa="SOA-01001", rules=("H07",))
def signed_by_another_holder(mock: Mock) -> Forge:
    """The signer of the token has a certificate of the mock's CA, and is a hospital"""
    signer = credential(mock, "hospital")
    return mock.forge().replace_token(token(mock, sts_credential=signer, key=signer.key))


@attack("A65-self", soa="SOA-01001", rules=("H07",))
def signed_by_the_holder(mock: Mock) -> Forge:
    """The holder signs a token for himself"""
    signer = credential(mock)
    return mock.forge().replace_token(token(mock, sts_credential=signer, key=signer.key))


@attack("A65-named-like-sts", soa="SOA-01001", rules=("H07",))
def certified_with_the_name_of_the_sts(mock: Mock) -> Forge:
    """The signer has a certificate of the mock's CA with the very name of the STS: a name is no trust"""
    key = stranger()
    certificate = certify(mock, key.public_key(), subject="CBE=0809394427, IAMMOCK")
    signer = Credential(credential(mock).persona, key, certificate)
    return mock.forge().replace_token(token(mock, sts_credential=signer, key=key))


@attack("A65-ca", soa="SOA-01001", rules=("H07",))
def signed_by_the_ca(mock: Mock) -> Forge:
    """The CA itself signs the token: it anchors holders and never tokens (decisions 4)"""
    key = ca_key(mock.state)
    signer = Credential(credential(mock).persona, key, authority(mock.state).ca_certificate)
    return mock.forge().replace_token(token(mock, sts_credential=signer, key=key))


@attack("A65-holder", soa="SOA-01001", rules=("H20",))
def holder_of_another_ca(mock: Mock) -> Forge:
    """The STS confirms a certificate that no trusted CA issued, though in the CA's name (decisions 4)"""
    key = stranger()
    certificate = certify(mock, key.public_key(), signer=key)
    issued = token(mock, confirm_certificates(certificate))
    return signed_with(mock.forge().replace_token(issued), key)
