"""A70 to A72: instructions inside text, names without a canonical form, values written in other octets."""

import base64
from collections.abc import Callable

from lxml import etree

from mockserver.namespaces import SAML
from tests.attacks.catalogue import attack
from tests.attacks.forgery import find, part, reference_to, set_digest, sign_value
from tests.conftest import Mock
from tests.forge import Forge

# A70: a processing instruction is SOA-03004 (R1009), which stands before security.

_WITH_INSTRUCTION: dict[str, Callable[[Forge], etree._Element]] = {
    "last-name": lambda forge: find(forge.body, "LastName"),
    "body": lambda forge: forge.body,
    "created": lambda forge: forge.created,
    "name-identifier": lambda forge: find(forge.assertion, "NameIdentifier"),
    "attribute-value": lambda forge: next(forge.assertion.iter(f"{{{SAML}}}AttributeValue")),
    "digest-value": lambda forge: find(forge.signed_info, "DigestValue"),
    "signature-value": lambda forge: part(forge, "SignatureValue"),
    "header": lambda forge: forge.header,
}
for _name, _element in _WITH_INSTRUCTION.items():

    def _instructed(mock: Mock, element: Callable[[Forge], etree._Element] = _element) -> Forge:
        forge = mock.forge()
        found = element(forge)
        instruction = etree.ProcessingInstruction("x", "y")
        text = found.text or ""
        found.text, instruction.tail = text[:4], text[4:]
        found.insert(0, instruction)
        return forge.sign()

    attack(
        f"A70-{_name}",
        soa="SOA-03004",
        rules=("Q33",),
        title=f"A processing instruction in {_name}; the holder signs it where he can",
    )(_instructed)


# A71: a relative namespace URI has no canonical form. A verifier that reads the failure as nothing digests nothing.


def _relative(mock: Mock, declared: bytes, on: bytes, digest_of: str) -> bytes:
    """Declare the namespace on the first element whose tag begins so; the digest, or what is signed, is empty."""
    forge = mock.forge()
    if digest_of == "body":
        set_digest(reference_to(forge, forge.body), b"")
        sign_value(forge)
    octets = forge.octets()
    assert on in octets
    return octets.replace(on, on + b" " + declared, 1)


_DECLARATIONS = {
    "dots": b'xmlns:r="../a"',
    "name": b'xmlns:r="a"',
    "path": b'xmlns:r="/a"',
    "fragment": b'xmlns:r="#a"',
    "used": b'xmlns:r="../a" r:b=""',
}
for _name, _declared in _DECLARATIONS.items():

    def _relative_body(mock: Mock, declared: bytes = _declared) -> bytes:
        return _relative(mock, declared, b"<SOAP-ENV:Body", "body")

    def _relative_signed_info(mock: Mock, declared: bytes = _declared) -> bytes:
        forge = mock.forge()
        prefix = forge.signed_info.prefix
        # The last one is that of the message signature; the token's stands before it.
        before, tag, after = forge.octets().rpartition(f"<{prefix}:SignedInfo".encode())
        return before + tag + b" " + declared + after

    def _relative_token(mock: Mock, declared: bytes = _declared) -> bytes:
        return _relative(mock, declared, b"<Assertion", "token")

    attack(
        f"A71-{_name}",
        soa="SOA-01001",
        rules=("S22",),
        title=f"The Body declares a relative namespace URI ({_name}), and its DigestValue is that of nothing",
    )(_relative_body)
    attack(
        f"A71-{_name}-signed-info",
        soa="SOA-01001",
        rules=("H18",),
        title=f"SignedInfo declares a relative namespace URI ({_name})",
    )(_relative_signed_info)
    attack(
        f"A71-{_name}-token",
        soa="SOA-01001",
        rules=("H21",),
        title=f"The token declares a relative namespace URI ({_name})",
    )(_relative_token)


# A72: DigestValue and SignatureValue written otherwise, cut or prolonged. The holder signs the former.


def _bits_changed(text: str) -> str:
    """The same octets by a decoder that ignores the unused bits of the last character."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body, padding = text.rstrip("="), text[len(text.rstrip("=")) :]
    last = alphabet.index(body[-1])
    return body[:-1] + alphabet[last ^ 1] + padding


_TEXTS: dict[str, Callable[[str], str]] = {
    "empty": lambda text: "",
    "blank": lambda text: "  \n ",
    "truncated": lambda text: text[:8],
    "one-octet": lambda text: base64.b64encode(base64.b64decode(text)[:1]).decode(),
    "without-last": lambda text: base64.b64encode(base64.b64decode(text)[:-1]).decode(),
    "longer": lambda text: base64.b64encode(base64.b64decode(text) + b"\0").decode(),
    "zero-in-front": lambda text: base64.b64encode(b"\0" + base64.b64decode(text)).decode(),
    "no-padding": lambda text: text.rstrip("="),
    "more-padding": lambda text: text + "====",
    "unused-bits": _bits_changed,
    "url-safe": lambda text: text[:4] + "-_-_" + text[8:],
    "junk": lambda text: text[:4] + "!*" + text[4:],
    "twice": lambda text: text + text,
    "no-break-space": lambda text: text[:4] + "\u00a0" + text[4:],
    "full-width": lambda text: text[:4] + chr(ord(text[4]) + 0xFEE0) + text[5:],
    "hexadecimal": lambda text: base64.b64decode(text).hex(),
    "other": lambda text: base64.b64encode(bytes(reversed(base64.b64decode(text)))).decode(),
    "colons": lambda text: ":" + text,
}
for _name, _text in _TEXTS.items():

    def _digest_text(mock: Mock, text: Callable[[str], str] = _text) -> Forge:
        forge = mock.forge()
        value = find(reference_to(forge, forge.body), "DigestValue")
        value.text = text(value.text or "")
        return sign_value(forge)

    def _value_text(mock: Mock, text: Callable[[str], str] = _text) -> Forge:
        forge = mock.forge()
        value = part(forge, "SignatureValue")
        value.text = text(value.text or "")
        return forge

    attack(
        f"A72-digest-{_name}", soa="SOA-01001", rules=("S22",), title=f"The DigestValue is written otherwise: {_name}"
    )(_digest_text)
    attack(
        f"A72-signature-{_name}",
        soa="SOA-01001",
        rules=("H18",),
        title=f"The SignatureValue is written otherwise: {_name}",
    )(_value_text)
