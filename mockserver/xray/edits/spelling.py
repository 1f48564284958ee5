"""Line ends and characters: the same canonical text in other octets."""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from mockserver.xray.attempt import Attempt, Attempts

_LINE_ENDS: Final[tuple[tuple[str, str, str], ...]] = (
    ("&#xD;", "", "it was signed with LF, and carriage returns (&#13;) came in afterwards"),
    ("\n", "&#xD;\n", "it was signed with CRLF inside; on the way a parser made LF of that"),
    ("&#xD;\n", "\n", "it was signed with LF, and CRLF (&#13;) came in afterwards"),
    ("\n", "\r\n", "octets with raw CRLF were digested; canonical XML has LF, or &#xD; for a carriage return"),
    ("&#xD;", "\r", "a raw carriage return was digested; canonical XML writes &#xD;"),
    ("&#xD;", "\n", "carriage returns were line feeds when it was signed"),
    ("&#xD;\n", "\r\n", "raw CRLF was digested; canonical XML writes &#xD; for a carriage return"),
    ("&#xA;", " ", "a line end within an attribute was a blank when it was signed"),
)
"""What to replace in the canonical text, by what, and what that says."""

_LEGACY: Final = {
    "iso-8859-1": "ISO-8859-1",
    "cp1252": "Windows-1252",
    "utf-16-le": "UTF-16 (little endian)",
    "utf-16-be": "UTF-16 (big endian)",
    "utf-16": "UTF-16 with byte order mark",
}
_BASE64_LINES: Final = re.compile(r">([A-Za-z0-9+/\n]{60,}={0,2}\n?)<")


def spellings(octets: bytes) -> Attempts:
    """Every other spelling of canonical octets."""
    text = octets.decode("utf-8")
    yield from _line_ends(text)
    yield from _encodings(text)
    yield from _normal_forms(text)


def _line_ends(text: str) -> Attempts:
    for found, instead, detail in _LINE_ENDS:
        if found in text:
            yield Attempt("line-ends", text.replace(found, instead).encode(), detail)
    for width in (0, 64, 76):
        for end in ("\n", "&#xD;\n"):
            wrapped = _BASE64_LINES.sub(_wrapping(width, end), text)
            if wrapped != text:
                yield Attempt("line-ends", wrapped.encode(), "base64 inside it was broken into other lines")


def _wrapping(width: int, end: str) -> Callable[["re.Match[str]"], str]:
    def wrap(match: "re.Match[str]") -> str:
        whole = match[1].replace("\n", "")
        lines = [whole[start : start + width] for start in range(0, len(whole), width)] if width else [whole]
        return f">{end.join(lines)}<"

    return wrap


def _encodings(text: str) -> Attempts:
    yield Attempt("byte-order-mark", b"\xef\xbb\xbf" + text.encode(), "the mark EF BB BF was digested with it")
    if "\ufeff" in text:
        yield Attempt("byte-order-mark", text.replace("\ufeff", "").encode(), "U+FEFF came into the text afterwards")
    for codec in ("iso-8859-1", "cp1252") if not text.isascii() else ():
        if (twice := _as(text, codec)) is not None:
            yield Attempt("double-encoded", twice, "the digested octets were UTF-8 of UTF-8")
        once = _undone(text, codec)
        if once != text:
            yield Attempt("double-encoded", once.encode(), "after signing, its UTF-8 was encoded as UTF-8 once more")
    for codec, name in _LEGACY.items():
        encoded = text.encode(codec, "surrogatepass" if codec.startswith("utf") else "xmlcharrefreplace")
        if encoded != text.encode():
            yield Attempt("legacy-encoding", encoded, f"it was digested in {name}")
    yield Attempt("legacy-encoding", text.encode("ascii", "replace"), "it was digested in ASCII, with ? for the rest")


def _as(text: str, codec: str) -> bytes | None:
    try:
        return text.encode().decode(codec).encode()
    except UnicodeDecodeError:
        return None  # an octet that is no character of that code page


def _undone(text: str, codec: str) -> str:
    """Each run of non-ASCII characters that is UTF-8 read in `codec`, read right."""

    def read(match: "re.Match[str]") -> str:
        try:
            return match[0].encode(codec).decode("utf-8")
        except UnicodeError:
            return match[0]

    return re.sub(r"[^\x00-\x7f]+", read, text)


def _normal_forms(text: str) -> Attempts:
    if text.isascii():
        return
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        yield Attempt(
            "normal-form",
            unicodedata.normalize(form, text).encode(),
            f"it was signed in Unicode normal form {form}",
        )
