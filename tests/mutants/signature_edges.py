"""Signatures at the edges of the rules: the last value that passes, and the first that does not."""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from mockserver.namespaces import DS, EXC_C14N, SOAP, WSSE, XSI
from tests.forge import Forge, Mutation, duplicate
from tests.mutants.edge_kit import LONG, block, changed, on
from tests.mutants.recorder import Message, Recorder
from tests.rules.assertion_rows import saml
from tests.rules.breaks import FOREIGN, WSU_ID
from tests.rules.breaks import at as element_at

_KEY_INFO: Final = "Header/Security/Signature/KeyInfo"
_REFERENCE: Final = "Header/Security/Signature/SignedInfo/Reference"
_STR: Final = f"{_KEY_INFO}/SecurityTokenReference"
_KEY_IDENTIFIER: Final = f"{_STR}/KeyIdentifier"
_INCLUSIVE: Final = f"{{{EXC_C14N}}}InclusiveNamespaces"


def _value(path: str, length: int) -> Mutation:
    return lambda forge: setattr(element_at(path, forge), "text", "A" * length)


def _prefixes(*lists: str) -> Mutation:
    """A PrefixList for SignedInfo and each reference, as far as there are lists."""

    def change(forge: Forge) -> None:
        methods = [forge.signed_info[0], *(reference[0][0] for reference in forge.references)]
        for method, prefixes in zip(methods, lists, strict=False):
            etree.SubElement(method, _INCLUSIVE, PrefixList=prefixes)

    return change


def _referring_directly(uri: str | None) -> Mutation:
    def change(forge: Forge) -> None:
        parent = element_at(_STR, forge)
        parent[:] = []
        named = uri if uri is not None else f"#{forge.assertion.get('AssertionID')}"
        etree.SubElement(parent, f"{{{WSSE}}}Reference", URI=named)

    return change


def _padded_identifier(before: str, after: str) -> Mutation:
    def change(forge: Forge) -> None:
        identifier = element_at(_KEY_IDENTIFIER, forge)
        identifier.text = f"{before}{identifier.text}{after}"

    return change


def _cleared(path: str, *tags: str) -> Mutation:
    def change(forge: Forge) -> None:
        parent = element_at(path, forge)
        parent[:] = []
        for tag in tags:
            etree.SubElement(parent, tag)

    return change


def _four_references(number: int) -> Mutation:
    def change(forge: Forge) -> None:
        for reference in [*forge.references, *forge.references][: number - 2]:
            forge.signed_info.append(duplicate(reference))

    return change


def _str_transform(
    *methods: str, tag: str = f"{{{DS}}}CanonicalizationMethod", parameters: str = "TransformationParameters"
) -> Mutation:
    """A third reference, to the token by its SecurityTokenReference."""

    def change(forge: Forge) -> None:
        element_at(_STR, forge).set(WSU_ID, "str")
        reference = forge.add_reference("str", algorithm=f"{_WSS}#STR-Transform")
        parent = etree.SubElement(reference[0][0], f"{{{WSSE}}}{parameters}")
        for method in methods:
            etree.SubElement(parent, tag, Algorithm=method)

    return change


_WSS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0"


def _typed(name: str, *, path: str = "Body/GenerateCovidIdRequest/Criteria/Person") -> Mutation:
    return on(path, f"{{{XSI}}}type", name)


def signature_edges(recorder: Recorder) -> Iterator[Message]:
    digest = f"{_REFERENCE}/DigestValue"
    value = "Header/Security/Signature/SignatureValue"
    names = tuple(f"{{urn:example}}{letter}{LONG[:40]}" for letter in "ABCDEFGHIJ")
    unsigned: dict[str, tuple[Mutation, ...]] = {
        "a SignatureValue of 2048 characters": (_value(value, 2048),),
        "a SignatureValue of 2049 characters": (_value(value, 2049),),
        "a DigestValue of 2048 characters": (_value(digest, 2048),),
        "a DigestValue of 2049 characters, and text with a comment": (
            _value(digest, 2049),
            lambda forge: element_at(value, forge).append(etree.Comment("x")),
        ),
        "a signature of foreign children": (_cleared("Header/Security/Signature", *names),),
        "a signature of foreign children beside SignedInfo": tuple(
            block("Header/Security/Signature", name) for name in names
        ),
        "a Reference of foreign children": (_cleared(_REFERENCE, *names),),
        "an empty Reference": (_cleared(_REFERENCE),),
        "KeyInfo of foreign children": (_cleared(_KEY_INFO, *names),),
        "an empty KeyInfo": (_cleared(_KEY_INFO),),
        "a token reference with a long child": (_cleared(_STR, names[0]),),
        "a token reference with an AuthorityBinding": (_cleared(_STR, saml("AuthorityBinding")),),
        "an empty token reference": (_cleared(_STR),),
        "a direct reference to something else": (_referring_directly("#other"),),
        "a direct reference": (_referring_directly(None),),
        "blanks around the KeyIdentifier": (_padded_identifier(" \t\r\n", "\n\r\t "),),
        "X around the KeyIdentifier": (_padded_identifier("X", "X"),),
        "XX around the KeyIdentifier": (_padded_identifier("XX", "XX"),),
        "a comment in the KeyIdentifier": (lambda f: element_at(_KEY_IDENTIFIER, f).append(etree.Comment("x")),),
        "EncodingType and a foreign child beside": (
            on(_KEY_IDENTIFIER, "EncodingType", "x"),
            lambda forge: element_at(_STR, forge).insert(0, etree.Element(FOREIGN)),
        ),
        "the Assertion after the Signature": (lambda forge: forge.signature.addnext(forge.assertion),),
        "signatures in two places": (
            block("Header"),
            block("Header/Block", f"{{{DS}}}Signature"),
            block("Header/Security/Timestamp", f"{{{DS}}}Signature"),
        ),
    }
    yield from changed(recorder, unsigned, signed_again=False)
    body_block = block("Header", FOREIGN, Id="block")
    other = f"{EXC_C14N}WithComments"
    signed: dict[str, tuple[Mutation, ...]] = {
        "parameters of DigestMethod": (block(f"{_REFERENCE}/DigestMethod"),),
        "four references": (_four_references(4),),
        "five references": (_four_references(5),),
        "the header block is signed": (body_block, lambda forge: forge.add_reference("block")),
        "two header blocks are signed": (
            body_block,
            block("Header", f"{FOREIGN}2", Id="block2"),
            lambda forge: forge.add_reference("block"),
            lambda forge: forge.add_reference("block2"),
        ),
        "what stands in a header block is signed": (
            block("Header"),
            block("Header/Block", FOREIGN, Id="inner"),
            lambda forge: forge.add_reference("inner"),
        ),
        "STR-Transform with exclusive c14n": (_str_transform(EXC_C14N),),
        "STR-Transform with two methods": (_str_transform(EXC_C14N, EXC_C14N),),
        "STR-Transform with another method": (_str_transform(other),),
        "STR-Transform without method": (_str_transform(),),
        "STR-Transform with a method of another name": (_str_transform(EXC_C14N, tag=f"{{{DS}}}Transform"),),
        "STR-Transform with parameters of another name": (_str_transform(EXC_C14N, parameters="Parameters"),),
        "STR-Transform, then a wrong one": (_str_transform(EXC_C14N), _str_transform(other)),
        "64 prefixes": (_prefixes("wsu", " ".join(f"p{number}" for number in range(64))),),
        "65 prefixes": (_prefixes("wsu", " ".join(f"p{number}" for number in range(65))),),
        "empty PrefixLists": (_prefixes("", "wsu", ""),),
        "InclusiveNamespaces twice": (_prefixes("wsu", "wsu"), _prefixes("wsu", "wsu")),
        "xsi:type of a prefix that is bound in Body": (_typed("xsi:string"),),
        "xsi:type of a prefix of the Envelope": (_typed("wsu:string"),),
        "xsi:type of a prefix of the Envelope, listed": (_prefixes("", "wsu", ""), _typed("wsu:string")),
        "xsi:type of a prefix that the token's transform lists": (_prefixes("", "", "wsu"), _typed("wsu:string")),
        "xsi:type without prefix": (_typed("string"),),
        "xsi:type without prefix, default listed": (_prefixes("", "#default", ""), _typed("string")),
        "xsi:type of blanks": (_typed("  "),),
        "xsi:type with blanks": (_typed(" wsu:string "),),
        "xsi:type of a prefix that nothing binds": (_typed("nowhere:string"),),
        "xsi:type on Body, of its own prefix": (_typed("SOAP-ENV:Body", path="Body"),),
        "xsi:type of a prefix that Body has": (_typed("SOAP-ENV:a"),),
        "xsi:type with two colons": (_typed("SOAP-ENV:a:b"),),
        "xsi:type twice": (_typed("wsse:a"), _typed("wsu:b", path="Body/GenerateCovidIdRequest")),
    }
    yield from changed(recorder, signed, signed_again=True)
    for bound in ("own", "foreign"):
        forge = recorder.forge()
        octets = forge.octets().replace(b"<SOAP-ENV:Envelope", b'<SOAP-ENV:Envelope xmlns="urn:default"', 1)
        again = Forge(octets, forge.credentials)
        _typed("string", path="Body")(again)
        if bound == "own":
            etree.SubElement(again.body, "{urn:default}Block")
        yield Message(f"xsi:type in a default namespace, {bound}", recorder.plain(again.sign()))
    octets = recorder.forge().octets().replace(b"</SOAP-ENV:Body>", b"</other:Body>")
    octets = octets.replace(b"<SOAP-ENV:Body", f'<other:Body xmlns:other="{SOAP}"'.encode())
    again = Forge(octets, recorder.credentials())
    _typed("SOAP-ENV:a")(again)
    yield Message("xsi:type of the Envelope's own prefix, not of Body", recorder.plain(again.sign()))
