"""The Security header, ids and the Timestamp: rows S01 to S22 (`rules.md` 4.1 and 4.2)."""

from typing import Final

from lxml import etree

from mockserver.instant import SECOND, Instant, format_instant, system_clock
from mockserver.namespaces import SOAP_12, SOAP_NEXT, WSSE, WSU, XENC
from tests.forge import Forge, Mutation, duplicate
from tests.rules.breaks import ACTOR, FOREIGN, WSU_ID, Break, adding, broken, removing, setting, writing

SECURITY: Final = f"{{{WSSE}}}Security"
TIMESTAMP: Final = f"{{{WSU}}}Timestamp"
_SECURITY: Final = "Header/Security"
_TIMESTAMP: Final = "Header/Security/Timestamp"
_CREATED: Final = f"{_TIMESTAMP}/Created"
_EXPIRES: Final = f"{_TIMESTAMP}/Expires"


def named(part: str, identifier: str) -> Mutation:
    """Give Body or Timestamp another wsu:Id; its Reference follows."""

    def change(forge: Forge) -> None:
        element = forge.body if part == "Body" else forge.timestamp
        (reference,) = [each for each in forge.references if each.get("URI") == f"#{element.get(WSU_ID)}"]
        reference.set("URI", f"#{identifier}")
        element.set(WSU_ID, identifier)

    return change


def twin_id(forge: Forge) -> None:
    """A header block carries Body's id too."""
    etree.SubElement(forge.header, FOREIGN).set(WSU_ID, forge.body.get(WSU_ID) or "")


def many_children(forge: Forge) -> None:
    for _ in range(6):
        etree.SubElement(forge.security, FOREIGN)


def twice(part: str) -> Mutation:
    """A second Timestamp, Assertion or Signature beside the first."""

    def change(forge: Forge) -> None:
        element: etree._Element = getattr(forge, part)
        element.addnext(duplicate(element))

    return change


def two_created(forge: Forge) -> None:
    forge.created.addnext(duplicate(forge.created))


def two_expires(forge: Forge) -> None:
    forge.expires.addnext(duplicate(forge.expires))


def expires_first(forge: Forge) -> None:
    forge.created.addprevious(forge.expires)


def times(created: float, expires: float, *, template: str = "{}") -> Mutation:
    """Created and Expires in seconds from now."""

    def change(forge: Forge) -> None:
        now = system_clock()
        forge.created.text = template.format(format_instant(_after(now, created)))
        forge.expires.text = format_instant(_after(now, expires))

    return change


def rewritten(old: str, new: str) -> Mutation:
    def change(forge: Forge) -> None:
        forge.created.text = (forge.created.text or "").replace(old, new)

    return change


def without_timestamp_reference(forge: Forge) -> None:
    forge.signed_info.remove(forge.references[1])


def _after(now: Instant, seconds: float) -> Instant:
    return now + int(seconds * SECOND)


HEADER: Final[list[Break]] = [
    broken("S01", "S01", "there is none", removing(_SECURITY)),
    broken("S01", "S01", "the only one is for another node", setting(_SECURITY, ACTOR, "urn:example:node")),
    broken("S02", "S01", "two without actor", adding("Header", SECURITY)),
    broken("S02", "S01", "one without actor and one for the next node", adding("Header", SECURITY, actor=SOAP_NEXT)),
    broken("S03", "S03", "two without actor", adding("Header", SECURITY)),
    broken("S03", "S03", "absent and empty actor", adding("Header", SECURITY, actor="")),
    broken("S03", "S03", "two for one other node", adding("Header", SECURITY, actor="urn:example:node"),
           adding("Header", SECURITY, actor="urn:example:node")),
    broken("S04", "S04", "in another block", adding("Header", FOREIGN), adding("Header/Block", SECURITY)),
    broken("S04", "S04", "in Body", adding("Body", SECURITY), signed_again=True),
    broken("S04", "S04", "in itself", adding(_SECURITY, SECURITY)),
    broken("S05", "S05", "SOAP 1.2's role", setting(_SECURITY, f"{{{SOAP_12}}}role", SOAP_NEXT)),
    broken("S05", "S05", "actor without namespace", setting(_SECURITY, "actor", SOAP_NEXT)),
    broken("S05", "S05", "actor of another namespace", setting(_SECURITY, "{urn:example}actor", SOAP_NEXT)),
    broken("S06", "S06", "the id of Body on a header block", twin_id),
    broken("S06", "S06", "the id of Body on Timestamp", named("Timestamp", "same"), named("Body", "same"),
           signed_again=True),
    broken("S06", "S06-unused", "an id that nothing refers to", adding("Header", FOREIGN, Id="a"),
           adding("Header", FOREIGN, Id="a"), severity="warn"),
    broken("S07", "S07", "begins with a digit", named("Body", "1body"), signed_again=True),
    broken("S07", "S07", "holds a blank", named("Body", "the body"), signed_again=True),
    broken("S07", "S07", "percent-encoded", named("Body", "b%6Fdy"), signed_again=True),
    broken("S07", "S07", "257 characters", named("Body", "b" * 257), signed_again=True),
    broken("S09", "S09", "EncryptedData in Security", adding(_SECURITY, f"{{{XENC}}}EncryptedData")),
    broken("S09", "S09", "EncryptedKey in another block", adding("Header", FOREIGN),
           adding("Header/Block", f"{{{XENC}}}EncryptedKey")),
    broken("S09", "S09", "EncryptedData in Body", adding("Body", f"{{{XENC}}}EncryptedData"), signed_again=True),
    broken("S10", "S10", "an unknown child", adding(_SECURITY, FOREIGN), severity="warn"),
    broken("S10", "S10-limit", "nine children", many_children),
    broken("S10", "S10-bst", "a BinarySecurityToken", adding(_SECURITY, f"{{{WSSE}}}BinarySecurityToken"),
           severity="warn"),
    broken("S10", "S10-secext", "another Security of a draft",
           adding("Header", "{http://schemas.xmlsoap.org/ws/2002/07/secext}Security"), severity="warn"),
    broken("S10", "S11", "two Timestamps", twice("timestamp")),
    broken("S10", "H01", "two Assertions", twice("assertion")),
    broken("S10", "S30", "two Signatures", twice("signature")),
]  # fmt: skip

TIME: Final[list[Break]] = [
    broken("S11", "S11", "two", twice("timestamp")),
    broken("S11", "S11", "none", removing(_TIMESTAMP)),
    broken("S12", "S12", "in a header block", adding("Header", FOREIGN), adding("Header/Block", TIMESTAMP)),
    broken("S12", "S12", "in the Timestamp", adding(_TIMESTAMP, TIMESTAMP), signed_again=True),
    broken("S13", "S13", "none", removing(_CREATED), signed_again=True),
    broken("S13", "S13", "two", two_created, signed_again=True),
    broken("S14", "S14", "none", removing(_EXPIRES), signed_again=True),
    broken("S14", "S14", "two", two_expires, signed_again=True),
    broken("S15", "S15", "Expires first", expires_first, signed_again=True),
    broken("S16", "S16", "wsu:Received", adding(_TIMESTAMP, f"{{{WSU}}}Received"), signed_again=True),
    broken("S16", "S16", "text", writing(_TIMESTAMP, "now"), signed_again=True),
    broken("S17", "S17", "on Created", setting(_CREATED, "ValueType", "xs:dateTime"), signed_again=True),
    broken("S17", "S17", "on Expires", setting(_EXPIRES, "ValueType", "xs:dateTime"), signed_again=True),
    broken("S18", "S18", "no zone", rewritten("Z", ""), signed_again=True),
    broken("S18", "S18-form", "+00:00", rewritten("Z", "+00:00"), signed_again=True, severity="warn"),
    broken("S18", "T2", "no dateTime", writing(_CREATED, "now"), signed_again=True),
    broken("S18", "T2-blanks", "blanks around it", times(0, 60, template=" {} "), signed_again=True, severity="warn"),
    broken("S19", "T2", "second 60", writing(_CREATED, "2022-08-01T10:00:60Z"), signed_again=True),
    broken("S20", "S20", "four digits", rewritten("Z", "0Z"), signed_again=True, severity="warn"),
    broken("S21", "T3", "Expires equals Created", times(0, 0), signed_again=True),
    broken("S21", "T4", "five minutes", times(0, 300), signed_again=True),
    broken("S21", "T5", "Created in ten minutes", times(600, 660), signed_again=True),
    broken("S21", "T6", "expired ten minutes ago", times(-660, -600), signed_again=True),
    broken("S21", "T7", "expired a minute ago", times(-120, -60), signed_again=True, severity="info"),
    broken("S22", "S52", "not signed", without_timestamp_reference, signed_again=True),
    broken("S22", "S22", "changed after signing", times(-1, 58)),
]  # fmt: skip
