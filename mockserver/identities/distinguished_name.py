"""Distinguished names: from RDNs to a certificate's Name, and from there to the text in a NameIdentifier.

The genuine STS prints names in the style of RFC 1779, most specific part first, with `", "` between the parts
(`wire-facts.md` A1): `CN="SSIN=80010199976", OU=eHealth-platform Belgium, ..., O=Federal Government, C=BE`.
The certificate holds the same parts in the opposite order.
"""

from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

KEYWORDS: Final = {
    "CN": NameOID.COMMON_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "C": NameOID.COUNTRY_NAME,
    "L": NameOID.LOCALITY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "STREET": NameOID.STREET_ADDRESS,
    # Not in table 1 of RFC 1779, but a genuine assertion writes SERIALNUMBER=001 for its holder's issuer, as
    # Java's X500Principal.toString does; the next two stand in every eID certificate and are spelt by the
    # same class.
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "GIVENNAME": NameOID.GIVEN_NAME,
    "SURNAME": NameOID.SURNAME,
}
"""Keyword of an attribute type: RFC 1779, table 1, and those that the genuine STS writes besides."""

_KEYWORD_OF: Final = {oid: keyword for keyword, oid in KEYWORDS.items()}

_SPECIAL: Final = frozenset(',=\r\n+<>#;"\\')
"""RFC 1779, section 2.3: `<special>`, and the two that need a backslash even in quotes."""


def name_of(rdns: Sequence[tuple[str, str]]) -> x509.Name:
    """The certificate's Name for `rdns`, (keyword, value) pairs in print order.

    Raises KeyError for a keyword that KEYWORDS lacks, ValueError for a value that X.520 forbids (too long,
    say).
    """
    return x509.Name([x509.NameAttribute(KEYWORDS[keyword], value) for keyword, value in reversed(rdns)])


def rfc1779(name: x509.Name) -> str:
    """`name` as the genuine STS writes it.

    A value that holds `=` or `,` stands in double quotes, as RFC 1779 asks for every special character. The
    sample tokens in `fixtures/samples` leave the quotes out (`CN=SSIN=80010199976`): their test STS printed
    RFC 4514. Here the genuine assertion is followed. Receivers must not compare this text with a
    certificate's in any case.
    """
    return ", ".join(" + ".join(_attribute(attribute) for attribute in rdn) for rdn in reversed(name.rdns))


def _attribute(attribute: x509.NameAttribute[str | bytes]) -> str:
    keyword = _KEYWORD_OF.get(attribute.oid, f"OID.{attribute.oid.dotted_string}")
    value = attribute.value
    return f"{keyword}={'#' + value.hex() if isinstance(value, bytes) else _quoted(value)}"


def _quoted(value: str) -> str:
    plain = value == value.strip(" ") and "  " not in value and not _SPECIAL.intersection(value)
    if plain:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
