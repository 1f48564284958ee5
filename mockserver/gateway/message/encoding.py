"""From the body's bytes to characters, strictly.

The HTTP charset wins over the XML declaration (Simple SOAP Binding Profile R1019), and libxml2 must not decide by
itself: it follows the declaration when there is no BOM. So the bytes are decoded here, once, and the tree parser gets
the result in UTF-8.
"""

import codecs
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from werkzeug.http import parse_options_header

if TYPE_CHECKING:
    from mockserver.gateway.exchange import HeaderField, HttpRequest

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONGEST_BOM: Final = 4
_KEPT: Final = 1024
"""Bytes of a beginning that is remembered."""
_UTF_32_BOMS: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)

# R1012 of the Simple SOAP Binding Profile: UTF-8 or UTF-16. The names are those of RFC 3629 and RFC 2781.
_CODECS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}

_XML_DECLARATION: Final = re.compile(
    r"""<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?P<q>["'])(?P<version>[^"']*)(?P=q)"""
    r"""(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?P<e>["'])(?P<encoding>[^"']*)(?P=e))?"""
    r"""(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?P<s>["'])(?:yes|no)(?P=s))?[ \t\r\n]*\?>"""
)


@dataclass(slots=True)
class Encoding:
    """How the body was read. `text` is None when it could not be."""

    text: str | None
    """The document without BOM."""
    charset: str | None
    """The charset parameter of Content-Type, lower case; None when absent."""
    declared: str | None
    """The encoding pseudo-attribute of the XML declaration, lower case; None when absent."""
    version: str | None
    """The version of the XML declaration; None without a declaration."""
    bom: str | None
    """The codec a byte order mark stands for; None without one."""
    codec: str | None
    """The codec the bytes were read with; None when none of the allowed ones was meant."""
    problem: str | None = None
    """Why the bytes are not characters of that codec."""
    octets: bytes | None = field(default=None, repr=False)
    """The body as it came."""

    def utf_8(self) -> bytes:
        """The text in UTF-8: the body itself where it is that, strictly decoded and without a BOM.

        Raises UnicodeEncodeError for a lone surrogate, which UTF-16 lets through.
        """
        if self.octets is not None and self.codec == "utf-8" and self.bom is None:
            return self.octets
        return (self.text or "").encode("utf-8")

    @property
    def declaration_agrees(self) -> bool:
        """Whether the XML declaration names the codec; `utf-16` names both byte orders."""
        named = _CODECS.get(self.declared or "")
        return named is not None and (self.codec or "").startswith(named)


def detect_encoding(request: "HttpRequest") -> Encoding:
    """Read the body as the charset parameter says; without one by BOM, then XML declaration, then as UTF-8."""
    body = request.body
    # Up to the first ">": an XML declaration holds no other, and blanks may make it as long as anybody likes.
    beginning = body[: max(body.find(b">") + 2, _LONGEST_BOM)]
    meant = _meant_again if len(beginning) <= _KEPT else _meant
    said = meant(content_type_charset(request), beginning)
    if said.codec is None:
        return said
    text, problem = _decode(body, said.codec, said.bom)
    return Encoding(text, said.charset, said.declared, said.version, said.bom, said.codec, problem, body)


def _meant(charset: str | None, beginning: bytes) -> Encoding:
    """What the charset and the first bytes of a body say; without its text."""
    bom = next((name for mark, name in _BOMS if beginning.startswith(mark)), None)
    if any(beginning.startswith(mark) for mark in _UTF_32_BOMS):
        bom = None
    match = _XML_DECLARATION.match(_readable(beginning, bom))
    declared = match["encoding"].lower() if match and match["encoding"] else None
    version = match["version"] if match else None
    return Encoding(None, charset, declared, version, bom, _codec(charset, bom, declared))


_meant_again: Final = lru_cache(maxsize=64)(_meant)
"""The same, remembered: the beginning of a message is its client's own, and alike each time."""


def content_type_charset(request: "HttpRequest") -> str | None:
    """The charset parameter of the one Content-Type field, lower case."""
    return _charset(request.judged_fields)


@lru_cache(maxsize=256)
def _charset(fields: "tuple[HeaderField, ...]") -> str | None:
    values = [value for name, value in fields if name == "content-type"]
    if len(values) != 1:
        return None
    (content_type,) = values
    charset = parse_options_header(content_type.decode("latin-1"))[1].get("charset")
    return charset.strip().lower() if charset is not None else None


def _readable(start: bytes, bom: str | None) -> str:
    """The first characters, good enough to read an XML declaration, which is ASCII in every allowed encoding."""
    if bom is not None:
        return start.decode(bom, "replace").lstrip("\ufeff")
    if start[:4] == "<?".encode("utf-16-le"):
        return start.decode("utf-16-le", "replace")
    if start[:4] == "<?".encode("utf-16-be"):
        return start.decode("utf-16-be", "replace")
    return start.decode("latin-1")


def _codec(charset: str | None, bom: str | None, declared: str | None) -> str | None:
    if charset is not None:
        codec = _CODECS.get(charset)
    elif bom is not None:
        return bom
    else:
        codec = _CODECS.get(declared) if declared is not None else "utf-8"
    if codec == "utf-16":
        return bom if bom in ("utf-16-le", "utf-16-be") else None
    return codec


def _decode(body: bytes, codec: str, bom: str | None) -> tuple[str | None, str | None]:
    try:
        text = body.decode(codec, "strict")
    except UnicodeDecodeError as error:
        return None, f"byte {error.start} is not {codec}: {error.reason}"
    return (text.removeprefix("\ufeff") if bom is not None else text), None
