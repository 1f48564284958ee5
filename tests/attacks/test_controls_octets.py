"""Legal ways to write the same message: encodings, declarations, quotes, references (wire-facts I14; rules 1.1)."""

import codecs
import re
from collections.abc import Callable

import pytest

from tests.attacks.catalogue import Request
from tests.attacks.controls import assert_accepted
from tests.conftest import Mock


def _as(mock: Mock, body: bytes, content_type: str) -> Request:
    rest = [field for field in mock.fields() if field[0] != "Content-Type"]
    return Request(body, [("Content-Type", content_type), *rest])


_ENCODINGS: dict[str, tuple[Callable[[str], bytes], str]] = {
    "UTF-8 with BOM": (lambda text: codecs.BOM_UTF8 + text.encode(), "text/xml; charset=utf-8"),
    "UTF-8 with BOM and declaration": (
        lambda text: codecs.BOM_UTF8 + b'<?xml version="1.0" encoding="UTF-8"?>' + text.encode(),
        "text/xml; charset=utf-8",
    ),
    "UTF-8 with declaration": (
        lambda text: b"<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n" + text.encode(),
        "text/xml; charset=utf-8",
    ),
    "declaration without encoding": (lambda text: b'<?xml version="1.0"?>' + text.encode(), "text/xml; charset=utf-8"),
    "UTF-16 with BOM, little endian": (
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        "text/xml; charset=utf-16",
    ),
    "UTF-16 with BOM, big endian": (
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        "text/xml; charset=UTF-16",
    ),
    "UTF-16 with BOM and declaration": (
        lambda text: ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16"),
        'text/xml; charset="utf-16"',
    ),
    "UTF-16LE": (lambda text: text.encode("utf-16-le"), "text/xml; charset=utf-16le"),
    "UTF-16BE": (lambda text: text.encode("utf-16-be"), "text/xml; charset=utf-16be"),
    "charset in capitals": (str.encode, "text/xml; charset=UTF-8"),
    "charset quoted": (str.encode, 'text/xml; charset="utf-8"'),
    "media type in capitals": (str.encode, "TEXT/XML;charset=utf-8"),
    "action parameter": (str.encode, 'text/xml; charset=utf-8; action="urn:x"'),
}


@pytest.mark.parametrize(("encode", "content_type"), _ENCODINGS.values(), ids=list(_ENCODINGS))
def test_the_envelope_may_be_encoded(mock: Mock, encode: Callable[[str], bytes], content_type: str) -> None:
    """The names in the message hold é and ë, so that a wrong decoding breaks the digest."""
    assert_accepted(mock, _as(mock, encode(mock.forge().octets().decode()), content_type))


def test_a_declaration_that_contradicts_the_charset_warns(mock: Mock) -> None:
    """R1019: the charset parameter wins."""
    body = b'<?xml version="1.0" encoding="ISO-8859-1"?>' + mock.forge().octets()
    assert_accepted(mock, body, ["Q17"])


def test_a_bom_wins_over_a_declaration_with_a_warning(mock: Mock) -> None:
    body = codecs.BOM_UTF8 + b'<?xml version="1.0" encoding="ISO-8859-1"?>' + mock.forge().octets()
    assert_accepted(mock, body, ["Q17"])


_WRITINGS: dict[str, Callable[[str], str]] = {
    "line feeds after": lambda text: text + "\n\n",
    "carriage returns after": lambda text: text + "\r\n",
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"),
    "line ends of old": lambda text: text.replace("\n", "\r"),
    "decimal reference": lambda text: text.replace("é", "&#233;"),
    "hexadecimal reference": lambda text: text.replace("é", "&#xE9;"),
    "reference to a letter": lambda text: text.replace("COVID_LASTNAME_TEST", "&#67;OVID_LASTNAME_TEST"),
    "single quotes": lambda text: re.sub(r"<[^<>]+>", lambda tag: tag[0].replace('"', "'"), text),
    "blanks in tags": lambda text: re.sub(r"(/?)>", r" \1>", text),
    "CDATA": lambda text: text.replace("COVID_LASTNAME_TEST", "<![CDATA[COVID_LASTNAME_TEST]]>"),
    "CDATA in part": lambda text: text.replace("LASTNAME", "LAST<![CDATA[NA]]>ME"),
    "empty CDATA": lambda text: text.replace("LASTNAME", "LAST<![CDATA[]]>NAME"),
    "CDATA in the token": lambda text: text.replace(">true<", "><![CDATA[true]]><"),
    "CDATA in the Timestamp": lambda text: text.replace("Created>2", "Created><![CDATA[2]]>", 1),
}


@pytest.mark.parametrize("write", _WRITINGS.values(), ids=list(_WRITINGS))
def test_the_same_document_may_be_written_otherwise_after_signing(mock: Mock, write: Callable[[str], str]) -> None:
    text = mock.forge().octets().decode()
    written = write(text)
    assert written != text
    assert_accepted(mock, written.encode())
