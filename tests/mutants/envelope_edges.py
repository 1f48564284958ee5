"""Envelopes at the edges of the rules: what stands one place beside where it is looked for."""

from collections.abc import Callable, Iterator

from lxml import etree

from mockserver.namespaces import SOAP, SOAP_NEXT, WSSE
from tests.forge import Forge, Mutation
from tests.mutants.edge_kit import LONG, block, changed, on, tail
from tests.mutants.recorder import Message, Recorder
from tests.rules.breaks import FOREIGN, WSU_ID
from tests.rules.breaks import at as element_at


def _repeated(times: int, change: Callable[[int], Mutation]) -> tuple[Mutation, ...]:
    return tuple(change(number) for number in range(times))


def _no_envelope_parts(forge: Forge) -> None:
    for child in (forge.header, forge.body):
        forge.root.remove(child)


def _foreign_instead_of_body(forge: Forge) -> None:
    forge.root.remove(forge.body)
    forge.header.addprevious(etree.Element(FOREIGN))


def envelope_edges(recorder: Recorder) -> Iterator[Message]:
    long = f"{{urn:example}}{LONG[:80]}"
    security = f"{{{WSSE}}}Security"
    unsigned: dict[str, tuple[Mutation, ...]] = {
        "an Envelope with nothing in it": (_no_envelope_parts,),
        "an Envelope with a foreign element alone": (_no_envelope_parts, block("")),
        "an element before Header, and no Body": (_foreign_instead_of_body,),
        "an element before Body, and no Header": (
            lambda forge: forge.root.remove(forge.header),
            lambda forge: forge.body.addprevious(etree.Element(FOREIGN)),
        ),
        "text in Body, and no Header": (
            lambda forge: forge.root.remove(forge.header),
            lambda forge: setattr(forge.body, "text", "text"),
        ),
        "two elements between Header and Body": _repeated(
            2, lambda _: lambda forge: forge.header.addnext(etree.Element(FOREIGN))
        ),
        "two Headers and two Bodies": (
            lambda forge: forge.body.addnext(etree.Element(str(forge.body.tag))),
            lambda forge: forge.header.addnext(etree.Element(str(forge.header.tag))),
        ),
        "text behind a header block": (block("Header"), tail("Header/Block", "text")),
        "X and blanks behind a header block": (block("Header"), tail("Header/Block", " X ")),
        "a long actor, twice": _repeated(2, lambda _: block("Header", security, actor=f"urn:{LONG[:90]}")),
        "three Security headers without actor": _repeated(2, lambda _: block("Header", security)),
        "a Security header for next and one for us, empty": (
            block("Header", security, actor=SOAP_NEXT),
            block("Header", security, actor=""),
        ),
        "a role of a foreign block": (block("Header"), on("Header/Block", "role", "x")),
        "a role on a Security header behind another block": (
            lambda forge: forge.header.insert(0, etree.Element(FOREIGN)),
            on("Header/Security", "role", "x"),
        ),
        "a role behind another attribute": (
            on("Header/Security", "{urn:example}a", "b"),
            on("Header/Security", "{urn:example}ROLE", "b"),
        ),
        "a long SOAP attribute": (on("", f"{{{SOAP}}}{LONG[:80]}", "1"),),
        "SOAP attributes on all three": (
            on("", f"{{{SOAP}}}a", "1"),
            on("Header", f"{{{SOAP}}}b", "1"),
            on("Header", "{urn:example}c", "1"),
        ),
        "a long mustUnderstand": (on("Header/Security", f"{{{SOAP}}}mustUnderstand", LONG),),
        "a long instruction": (lambda forge: forge.header.append(etree.ProcessingInstruction(LONG[:80], "x")),),
        "a comment after Body, and an element": (
            lambda forge: forge.body.addnext(etree.Element(FOREIGN)),
            lambda forge: forge.body.addnext(etree.Comment("x")),
        ),
        "a comment among the header blocks": (
            lambda forge: forge.header.insert(0, etree.Comment("x")),
            block("Header", "Block"),
        ),
        "two blocks that we must understand, the first for another": (
            block("Header", FOREIGN, actor="urn:other"),
            block("Header", f"{FOREIGN}2"),
            on("Header/Block", f"{{{SOAP}}}mustUnderstand", "1"),
            on("Header/Block2", f"{{{SOAP}}}mustUnderstand", "1"),
        ),
        "a block that we need not understand, and one that we must": (
            block("Header"),
            block("Header", f"{FOREIGN}2"),
            on("Header/Block2", f"{{{SOAP}}}mustUnderstand", "1"),
        ),
        "drafts of Security, and a block called otherwise": (
            block("Header"),
            block("Header", "{urn:draft}Security"),
            block("Header", "{urn:draft2}Security"),
        ),
        "Security elsewhere, twice": (block("Header"), *_repeated(2, lambda _: block("Header/Block", security))),
        "an id three times that nothing refers to": _repeated(3, lambda _: block("Header", FOREIGN, Id="a")),
        "an id seven times that nothing refers to": _repeated(7, lambda _: block("Header", FOREIGN, Id="a")),
        "the id of Body on seven blocks": _repeated(
            7, lambda _: lambda forge: etree.SubElement(forge.header, FOREIGN, {WSU_ID: forge.body.get(WSU_ID, "")})
        ),
        "eight children of Security": _repeated(5, lambda number: block("Header/Security", f"{FOREIGN}{number}")),
        "nine children of Security": _repeated(6, lambda number: block("Header/Security", f"{FOREIGN}{number}")),
        "a SecurityTokenReference and a BinarySecurityToken in Security": (
            block("Header/Security", f"{{{WSSE}}}SecurityTokenReference"),
            block("Header/Security", FOREIGN),
            block("Header/Security", f"{{{WSSE}}}BinarySecurityToken"),
            lambda forge: forge.security.append(etree.Comment("x")),
        ),
        "two encrypted elements": (
            block("Header", "{http://www.w3.org/2001/04/xmlenc#}EncryptedData"),
            block("Header", "{http://www.w3.org/2001/04/xmlenc#}EncryptedKey"),
        ),
        "no Security, and a Timestamp in a block": (
            block("Header"),
            lambda forge: element_at("Header/Block", forge).append(forge.timestamp),
            lambda forge: forge.header.remove(forge.security),
        ),
    }
    yield from changed(recorder, unsigned, signed_again=False)
    octets = recorder.forge().octets()
    yield Message("instructions around", recorder.plain(b"<?before x?><!--x-->" + octets + b"<!--x--><?behind x?>"))
    operation = "Body/GenerateCovidIdRequest"
    signed: dict[str, tuple[Mutation, ...]] = {
        "a long element without namespace in Body": (block("Body", LONG[:80]), block("Body", "Second")),
        "a long operation": (lambda forge: setattr(forge.operation, "tag", long),),
        "the operation in another namespace": (
            lambda forge: setattr(forge.operation, "tag", "{urn:example}GenerateCovidIdRequest"),
        ),
        "three children of Body": (block("Body"), block("Body")),
        "encodingStyle on two children of Body": (
            block("Body"),
            on(operation, f"{{{SOAP}}}encodingStyle", ""),
            on("Body/Block", f"{{{SOAP}}}encodingStyle", ""),
        ),
        "encodingStyle on two elements below": (
            on(f"{operation}/Criteria", f"{{{SOAP}}}encodingStyle", ""),
            on(f"{operation}/Criteria/Person", f"{{{SOAP}}}encodingStyle", ""),
        ),
        "arrayType on Body": (on("Body", "{http://schemas.xmlsoap.org/soap/encoding/}arrayType", "x[1]"),),
        "an id of one character": (_renamed(1),),
        "an id of 256 characters": (_renamed(256),),
        "an id of 257 characters": (_renamed(257),),
        "text behind Expires": (tail("Header/Security/Timestamp/Expires", "\u00a0"),),
        "X behind Expires": (tail("Header/Security/Timestamp/Expires", " X "),),
        "a comment in the Timestamp": (lambda forge: forge.timestamp.insert(0, etree.Comment("x")),),
        "received after Expires and before Created": (
            lambda forge: setattr(forge.created, "text", "2022-08-01T10:00:10Z"),
            lambda forge: setattr(forge.expires, "text", "2022-08-01T09:59:50Z"),
        ),
        "ValueType on both": (
            on("Header/Security/Timestamp/Created", "ValueType", "a"),
            on("Header/Security/Timestamp/Expires", "ValueType", "b"),
        ),
        "Created with a comment, Expires no time": (
            lambda forge: forge.created.append(etree.Comment("x")),
            lambda forge: setattr(forge.expires, "text", "never"),
        ),
    }
    yield from changed(recorder, signed, signed_again=True)


def _renamed(length: int) -> Mutation:
    def change(forge: Forge) -> None:
        forge.references[0].set("URI", "#" + "b" * length)
        forge.body.set(WSU_ID, "b" * length)
        forge.references[1].set("URI", "#" + "t" * length)
        forge.timestamp.set(WSU_ID, "t" * length)

    return change
