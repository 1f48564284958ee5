"""A57 to A60, A62 and A63: KeyInfo that names another key, several, none, or one that must be fetched."""

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from mockserver.namespaces import DS, SAML_ASSERTION_ID, WSSE, WSSE_11
from tests.attacks.catalogue import attack
from tests.attacks.collaborator import collaborator
from tests.attacks.forgery import BASE64_BINARY, FOREIGN, WSU_ID, b64, ds, part, rsa_key_value, stranger
from tests.attacks.reference_token_names import with_direct_reference
from tests.attacks.tokens import certify, confirmation_key_info, token
from tests.conftest import Mock
from tests.forge import Forge

_ONE_REFERENCE: Final = ("S41",)
_X509_TOKEN: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"

# The forms a key may have in KeyInfo; each gets the KeyInfo and the certificate in DER with its numbers.

_Form = Callable[[etree._Element, bytes, rsa.RSAPublicNumbers], object]


def _x509(parent: etree._Element, der: bytes, _: rsa.RSAPublicNumbers) -> object:
    return ds(ds(parent, "X509Data"), "X509Certificate", b64(der))


def _issuer_serial(parent: etree._Element, _: bytes, __: rsa.RSAPublicNumbers) -> object:
    serial = ds(ds(parent, "X509Data"), "X509IssuerSerial")
    ds(serial, "X509IssuerName", "CN=issuer")
    return ds(serial, "X509SerialNumber", "1")


_KEYS: dict[str, _Form] = {
    "x509": _x509,
    "key-value": lambda parent, der, numbers: rsa_key_value(parent, numbers.n, numbers.e),
    "issuer-serial": _issuer_serial,
    "subject-name": lambda parent, der, numbers: ds(ds(parent, "X509Data"), "X509SubjectName", "CN=SSIN=80010199976"),
    "ski": lambda parent, der, numbers: ds(ds(parent, "X509Data"), "X509SKI", b64(der[:20])),
    "key-name": lambda parent, der, numbers: ds(parent, "KeyName", "physician"),
    "pgp": lambda parent, der, numbers: ds(ds(parent, "PGPData"), "PGPKeyID", b64(der[:8])),
    "mgmt": lambda parent, der, numbers: ds(parent, "MgmtData", "key agreement"),
    "spki": lambda parent, der, numbers: ds(ds(parent, "SPKIData"), "SPKISexp", b64(der)),
    "foreign": lambda parent, der, numbers: etree.SubElement(parent, f"{{{FOREIGN}}}Key"),
}
# A63 is the row of these three; the others are forms of A57 and A58.
_ROW_OF_FORM = {"key-name": "A63", "pgp": "A63", "mgmt": "A63"}


def _key_of(mock: Mock) -> tuple[rsa.RSAPrivateKey, bytes, rsa.RSAPublicNumbers]:
    """A stranger's key, with a self-made certificate for the physician's name."""
    key = stranger()
    certificate = certify(mock, key.public_key(), signer=key)
    return key, certificate.public_bytes(Encoding.DER), key.public_key().public_numbers()


for _name, _form in _KEYS.items():
    _row = _ROW_OF_FORM.get(_name)

    def _instead(mock: Mock, form: _Form = _form) -> Forge:
        forge = mock.forge()
        key, der, numbers = _key_of(mock)
        key_info = part(forge, "KeyInfo")
        key_info[:] = []
        form(key_info, der, numbers)
        return forge.sign(key)

    def _beside(mock: Mock, form: _Form = _form) -> Forge:
        forge = mock.forge()
        key, der, numbers = _key_of(mock)
        form(part(forge, "KeyInfo"), der, numbers)
        return forge.sign(key)

    def _before(mock: Mock, form: _Form = _form) -> Forge:
        forge = mock.forge()
        key, der, numbers = _key_of(mock)
        key_info = part(forge, "KeyInfo")
        reference = key_info[0]
        form(key_info, der, numbers)
        key_info.append(reference)
        return forge.sign(key)

    def _holder_beside(mock: Mock, form: _Form = _form) -> Forge:
        forge = mock.forge()
        key = forge.credentials.key
        assert isinstance(key, rsa.RSAPrivateKey)
        der = forge.credentials.certificate.public_bytes(Encoding.DER)
        form(part(forge, "KeyInfo"), der, key.public_key().public_numbers())
        return forge

    def _in_reference(mock: Mock, form: _Form = _form) -> Forge:
        forge = mock.forge()
        key, der, numbers = _key_of(mock)
        reference = part(forge, "KeyInfo")[0]
        reference[:] = []
        form(reference, der, numbers)
        return forge.sign(key)

    for _suffix, _row_if_none, _build, _rules, _title in (
        ("", "A57", _instead, _ONE_REFERENCE, "instead of the token reference, signed by its key"),
        ("-beside", "A58", _beside, _ONE_REFERENCE, "after the token reference, signed by its key"),
        ("-before", "A58", _before, _ONE_REFERENCE, "before the token reference, signed by its key"),
        ("-of-holder", "A58", _holder_beside, _ONE_REFERENCE, "beside the token reference, of the holder's own key"),
        ("-in-reference", "A57", _in_reference, ("S60",), "in the token reference, signed by its key"),
    ):
        attack(
            f"{_row or _row_if_none}-{_name}{_suffix}",
            soa="SOA-01001",
            rules=_rules,
            title=f"KeyInfo holds a key as {_name} {_title}",
        )(_build)


@attack("A58-two-references", soa="SOA-01001", rules=_ONE_REFERENCE)
def two_token_references(mock: Mock) -> Forge:
    """KeyInfo holds two SecurityTokenReferences, both right"""
    forge = mock.forge()
    key_info = part(forge, "KeyInfo")
    second = etree.SubElement(key_info, key_info[0].tag)
    identifier = etree.SubElement(second, f"{{{WSSE}}}KeyIdentifier", ValueType=SAML_ASSERTION_ID)
    identifier.text = forge.assertion.get("AssertionID")
    return forge


@attack("A58-two-identifiers", soa="SOA-01001", rules=("S60",))
def two_key_identifiers(mock: Mock) -> Forge:
    """The SecurityTokenReference holds two KeyIdentifiers (R3061)"""
    forge = mock.forge()
    reference = part(forge, "KeyInfo")[0]
    second = etree.SubElement(reference, f"{{{WSSE}}}KeyIdentifier", ValueType=SAML_ASSERTION_ID)
    second.text = "_evil"
    return forge


@attack("A59", soa="SOA-01001", rules=("S54",))
def no_key_info(mock: Mock) -> Forge:
    """There is no KeyInfo"""
    forge = mock.forge()
    forge.signature.remove(part(forge, "KeyInfo"))
    return forge


@attack("A59-empty", soa="SOA-01001", rules=_ONE_REFERENCE)
def empty_key_info(mock: Mock) -> Forge:
    """KeyInfo is empty"""
    forge = mock.forge()
    part(forge, "KeyInfo")[:] = []
    return forge


@attack("A59-empty-reference", soa="SOA-01001", rules=("S60",))
def empty_token_reference(mock: Mock) -> Forge:
    """The SecurityTokenReference is empty"""
    forge = mock.forge()
    part(forge, "KeyInfo")[0][:] = []
    return forge


@attack("A59-two", soa="SOA-01001", rules=("S54",))
def two_key_infos(mock: Mock) -> Forge:
    """There are two KeyInfo elements"""
    forge = mock.forge()
    ds(ds(forge.signature, "KeyInfo"), "KeyName", "physician")
    return forge


@attack("A59-foreign", soa="SOA-01001", rules=_ONE_REFERENCE)
def foreign_token_reference(mock: Mock) -> Forge:
    """The SecurityTokenReference is one of another namespace"""
    forge = mock.forge()
    part(forge, "KeyInfo")[0].tag = f"{{{FOREIGN}}}SecurityTokenReference"
    return forge


@attack("A60", soa="SOA-01001", rules=("S60",))
def binary_security_token(mock: Mock) -> Forge:
    """KeyInfo names a BinarySecurityToken with a stranger's certificate, signed by its key"""
    return _with_binary_token(mock, mock.forge(), with_token=True)


@attack("A60-no-token", soa="SOA-01001", rules=("H01",))
def binary_security_token_alone(mock: Mock) -> Forge:
    """As A60, as the STS is called: without an assertion"""
    return _with_binary_token(mock, mock.forge(), with_token=False)


@attack("A60-same-id", soa="SOA-01001", rules=("S06",))
def binary_security_token_with_the_token_s_id(mock: Mock) -> Forge:
    """As A60, and the BinarySecurityToken's wsu:Id is the AssertionID that a direct reference names"""
    forge = mock.forge()
    return _with_binary_token(mock, forge, with_token=True, identifier=forge.assertion.get("AssertionID", ""))


def _with_binary_token(mock: Mock, forge: Forge, *, with_token: bool, identifier: str = "X509-1") -> Forge:
    key, der, _ = _key_of(mock)
    binary = etree.Element(
        f"{{{WSSE}}}BinarySecurityToken",
        {WSU_ID: identifier, "ValueType": _X509_TOKEN, "EncodingType": BASE64_BINARY},
    )
    binary.text = b64(der)
    forge.signature.addprevious(binary)
    reference = part(forge, "KeyInfo")[0]
    del reference.attrib[f"{{{WSSE_11}}}TokenType"]
    reference[:] = []
    etree.SubElement(reference, f"{{{WSSE}}}Reference", URI=f"#{identifier}", ValueType=_X509_TOKEN)
    if not with_token:
        forge.security.remove(forge.assertion)
    return forge.sign(key)


# A62: a key that must be fetched, from here or elsewhere.


def _retrieval(parent: etree._Element, uri: str) -> etree._Element:
    return ds(parent, "RetrievalMethod", URI=uri, Type=f"{DS}X509Data")


def _retrieved(mock: Mock, uri: str, *, beside: bool) -> Forge:
    forge = mock.forge()
    key_info = part(forge, "KeyInfo")
    key_info.set("Id", "KI-self")
    if not beside:
        key_info[:] = []
    method = _retrieval(key_info, uri)
    method.set("Id", "RM-self")
    return forge.sign(stranger())


_RETRIEVED: dict[str, Callable[[], str]] = {
    "key-info": lambda: "#KI-self",
    "self": lambda: "#RM-self",
    "document": lambda: "",
    "http": lambda: collaborator().url(),
    "file": lambda: collaborator().file_url,
}
for _name, _uri in _RETRIEVED.items():
    for _together in (False, True):

        def _fetch(mock: Mock, uri: Callable[[], str] = _uri, together: bool = _together) -> Forge:
            return _retrieved(mock, uri(), beside=together)

        attack(
            f"A62-{_name}{'-beside' if _together else ''}",
            soa="SOA-01001",
            rules=_ONE_REFERENCE,
            title=f"KeyInfo holds a RetrievalMethod of {_name}{' beside the token reference' if _together else ''}",
        )(_fetch)


@attack("A62-loop", soa="SOA-01001", rules=_ONE_REFERENCE)
def retrieval_loop(mock: Mock) -> Forge:
    """Two RetrievalMethods name each other"""
    forge = mock.forge()
    key_info = part(forge, "KeyInfo")
    key_info[:] = []
    for own, other in (("RM-1", "#RM-2"), ("RM-2", "#RM-1")):
        _retrieval(key_info, other).set("Id", own)
    return forge.sign(stranger())


@attack("A62-reference-loop", soa="SOA-01001", rules=("S60",))
def token_reference_loop(mock: Mock) -> Forge:
    """The SecurityTokenReference names itself (R3057)"""
    forge = mock.forge()
    reference = part(forge, "KeyInfo")[0]
    return with_direct_reference(forge, f"#{reference.get(WSU_ID)}")


@attack("A62-nested-reference", soa="SOA-01001", rules=("S60",))
def token_reference_in_token_reference(mock: Mock) -> Forge:
    """The SecurityTokenReference holds another one"""
    forge = mock.forge()
    reference = part(forge, "KeyInfo")[0]
    identifier = reference[0]
    inner = etree.SubElement(reference, reference.tag)
    inner.append(identifier)
    return forge


@attack("A62-external-token", soa="SOA-01001", rules=("H16",))
def confirmation_key_elsewhere(mock: Mock) -> Forge:
    """The STS's confirmation names its key by a RetrievalMethod to another host"""

    def alter(assertion: etree._Element) -> None:
        key_info = confirmation_key_info(assertion)
        key_info[:] = []
        _retrieval(key_info, collaborator().url())

    return mock.forge().replace_token(token(mock, alter))


@attack("A63-key-name-token", soa="SOA-01001", rules=("H16",))
def confirmation_key_by_name(mock: Mock) -> Forge:
    """The STS's confirmation names its key by a KeyName alone"""

    def alter(assertion: etree._Element) -> None:
        key_info = confirmation_key_info(assertion)
        key_info[:] = []
        ds(key_info, "KeyName", "physician")

    return mock.forge().replace_token(token(mock, alter))
