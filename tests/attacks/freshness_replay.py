"""A110 to A113: the same signature again. Refused in profile hardened; elsewhere a warning, as the cookbook is silent.

Each attack sends the message once as its holder does, and gives back what is sent the second time.
"""

import base64
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from mockserver.instant import SECOND, system_clock
from mockserver.namespaces import SOAP
from tests.attacks.catalogue import Request, attack
from tests.attacks.forgery import FOREIGN, part
from tests.attacks.tokens import held_with
from tests.conftest import Mock
from tests.forge import Forge

_RULES: Final = ("I12",)
_ECDSA: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
# Order of P-256: SEC 2, section 2.4.2.
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def sent_once(mock: Mock, forge: Forge) -> Forge:
    """The first time it succeeds."""
    reply = mock.post(forge)
    assert reply.status == "Success", reply.rules
    return forge


def replayed(attack_id: str, title: str, again: Callable[[Forge], bytes]) -> None:
    """Register an attack that changes what is not signed before it sends a message again."""

    def build(mock: Mock) -> bytes:
        return again(sent_once(mock, mock.forge()))

    attack(attack_id, soa="SOA-01001", rules=_RULES, profile="hardened", title=title)(build)


def changed(change: Callable[[Forge], object]) -> Callable[[Forge], bytes]:
    def again(forge: Forge) -> bytes:
        change(forge)
        return forge.octets()

    return again


def spaced(forge: Forge) -> None:
    """White space between the children of Envelope and Security, which no digest covers."""
    for parent in (forge.root, forge.security):
        parent.text = "\n  "
        for child in parent:
            child.tail = "\n  "


def renamed_prefix(forge: Forge) -> bytes:
    """Another prefix on Envelope and Header; Body, which is signed, keeps its own."""
    octets = forge.octets()
    declaration = f'xmlns:SOAP-ENV="{SOAP}"'.encode()
    assert declaration in octets
    octets = octets.replace(declaration, declaration + f' xmlns:other="{SOAP}"'.encode(), 1)
    for name in (b"Envelope", b"Header"):
        octets = octets.replace(b"<SOAP-ENV:" + name, b"<other:" + name)
        octets = octets.replace(b"</SOAP-ENV:" + name, b"</other:" + name)
    return octets


def broken_lines(forge: Forge) -> None:
    value = part(forge, "SignatureValue")
    text = value.text or ""
    value.text = "\n".join(text[start : start + 64] for start in range(0, len(text), 64)) + "\r\n\t "


replayed("A110", "The same bytes", Forge.octets)
replayed("A112", "White space in the header", changed(spaced))
replayed(
    "A112-block", "One header block more", changed(lambda forge: etree.SubElement(forge.header, f"{{{FOREIGN}}}Block"))
)
replayed(
    "A112-attribute", "An attribute of Security more", changed(lambda forge: forge.security.set(f"{{{FOREIGN}}}a", "b"))
)
replayed("A112-comment", "A comment in Body", changed(lambda forge: forge.operation.append(etree.Comment("new"))))
replayed("A112-prefix", "Other prefixes", renamed_prefix)
replayed("A112-declaration", "An XML declaration", lambda forge: b"<?xml version='1.0'?>\n" + forge.octets())
replayed("A112-id", "Another Id of the Signature", changed(lambda forge: forge.signature.set("Id", "SIG-new")))
replayed("A113", "Line ends in the SignatureValue", changed(broken_lines))
replayed(
    "A113-comment", "A comment behind the SignatureValue", changed(lambda forge: part(forge, "SignatureValue").addnext(
        etree.Comment("new")))
)  # fmt: skip


@attack("A110-charset", soa="SOA-01001", rules=_RULES, profile="hardened")
def replayed_in_utf_16(mock: Mock) -> Request:
    """The same characters in UTF-16"""
    forge = sent_once(mock, mock.forge())
    fields = [(n, "text/xml; charset=utf-16" if n == "Content-Type" else value) for n, value in mock.fields()]
    return Request(forge.octets().decode().encode("utf-16"), fields)


@attack("A110-user-agent", soa="SOA-01001", rules=_RULES, profile="hardened")
def replayed_by_another_client(mock: Mock) -> Request:
    """The same bytes with another User-Agent"""
    forge = sent_once(mock, mock.forge())
    fields = [(n, "other/1.0 client/1.0" if n == "User-Agent" else value) for n, value in mock.fields()]
    return Request(forge.octets(), fields)


@attack("A111", soa="SOA-01001", rules=_RULES, profile="hardened")
def replayed_in_the_tolerance(mock: Mock) -> Forge:
    """Sent after Expires, by the tolerance alone, and then again: a memory that forgets at Expires would not know it"""
    return sent_once(mock, mock.forge(now=system_clock() - 260 * SECOND))


@attack("A111-early", soa="SOA-01001", rules=_RULES, profile="hardened")
def replayed_before_created(mock: Mock) -> Forge:
    """Sent before Created, by the tolerance alone, and then again"""
    return sent_once(mock, mock.forge(now=system_clock() + 200 * SECOND))


@attack("A113-ecdsa", soa="SOA-01001", rules=_RULES, profile="hardened")
def other_value_of_an_ecdsa_signature(mock: Mock) -> Forge:
    """The other of the two ECDSA values that verify (r, n - s), which needs no key to compute"""
    forge = sent_once(mock, held_with(mock, ec.generate_private_key(ec.SECP256R1()), _ECDSA))
    value = part(forge, "SignatureValue")
    octets = base64.b64decode(value.text or "")
    s = _P256_ORDER - int.from_bytes(octets[32:], "big")
    value.text = base64.b64encode(octets[:32] + s.to_bytes(32, "big")).decode()
    return forge
