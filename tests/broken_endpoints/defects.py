"""Defects: small functions from a request and the mock's answer to what a broken endpoint would answer."""

import re
from collections.abc import Callable
from dataclasses import replace
from xml.sax.saxutils import escape

from urllib3.util import SKIP_HEADER

from mockserver.instant import SECOND, read_date_time
from mockserver.namespaces import SOAP
from tests.broken_endpoints.proxy import Defect, Got, Sent
from tests.conformance.servers import answer_file

When = Callable[[Sent], bool]
"""Which requests a defect meets."""


def always(_: Sent) -> bool:
    """Every request."""
    return True


def holding(markup: str) -> When:
    """Requests whose body holds these octets."""
    return lambda sent: markup.encode() in sent.body


def with_text(text: str) -> When:
    """Requests with an element that holds exactly this text; without any text: all requests."""
    return holding(f">{escape(text)}</") if text else always


def with_field(name: str, value: str | None) -> When:
    """Requests with this header field; None: without it."""
    return lambda sent: (", ".join(sent.fields.getlist(name)) or None) == value


def without_user_agent(sent: Sent) -> bool:
    """Requests without User-Agent."""
    return SKIP_HEADER in sent.fields.getlist("User-Agent")


def living(test: Callable[[float], bool]) -> When:
    """Requests whose time to live in seconds passes the test."""
    return lambda sent: test((_times(sent)[1] - _times(sent)[0]) / SECOND)


def created(test: Callable[[float], bool], now: Callable[[], int]) -> When:
    """Requests whose Created, in seconds from now, passes the test."""
    return lambda sent: test((_times(sent)[0] - now()) / SECOND)


def _times(sent: Sent) -> tuple[int, int]:
    texts = re.findall(rb"<wsu:(?:Created|Expires)>([^<]*)<", sent.body)
    first, second = (read_date_time(text.decode()).instant for text in texts)
    return first, second


def _xml(status: int, body: bytes) -> Got:
    got = Got(status, body=body).with_field("Content-Type", "text/xml; charset=utf-8")
    return got.with_field("Date", "Mon, 23 Nov 2026 18:34:08 GMT")


def success(sent: Sent) -> Got:
    """A CovidId for whatever was asked."""
    return _xml(200, answer_file("success.xml", sent.body))


def fault(code: str) -> Got:
    """A fault that is right in itself."""
    return _xml(500, answer_file("fault-soa-01001.xml").replace(b"SOA-01001", code.encode()))


def without(*rules: str) -> Defect:
    """An endpoint that lacks these rules of the mock: what they alone would refuse gets a CovidId."""
    return lambda sent, got: success(sent) if sent.refused_by in rules else got


def refusing(when: When) -> Defect:
    """An endpoint that does not authenticate these requests."""
    return lambda sent, got: fault("SOA-01001") if when(sent) else got


def crashing(when: When) -> Defect:
    """An endpoint that comes to grief over these requests: SOA-00001 instead of any answer that may be."""
    return lambda sent, got: fault("SOA-00001") if sent.method == "POST" and when(sent) else got


def saying(old: str, new: str) -> Defect:
    """An endpoint whose every answer has another text in place of a part; `old` is a regular expression."""
    pattern, text = re.compile(old.encode(), re.DOTALL), new.encode()
    return lambda _, got: replace(got, body=pattern.sub(text, got.body))


def saying_in(part: str, old: str, new: str) -> Defect:
    """The same in answers that hold `part`."""
    change = saying(old, new)
    return lambda sent, got: change(sent, got) if part.encode() in got.body else got


def of_status(status: int, *, instead_of: int | None = None) -> Defect:
    """An endpoint with another HTTP status."""
    return lambda _, got: replace(got, status=status) if instead_of in (None, got.status) else got


def with_header(name: str, value: str | None) -> Defect:
    """An endpoint with another value of a header field, or without it."""
    return lambda _, got: got.with_field(name, value)


def longer_than_sent(_: Sent, got: Got) -> Got:
    """An endpoint that announces more octets than it sends."""
    return replace(got, length=len(got.body) + 10)


def with_trailer(_: Sent, got: Got) -> Got:
    """An endpoint that sends a comment behind the envelope."""
    return replace(got, body=got.body + b"<!-- bye -->")


def in_latin_1(_: Sent, got: Got) -> Got:
    """An endpoint whose serialiser writes ISO 8859-1."""
    return replace(got, body=b'<?xml version="1.0" encoding="ISO-8859-1"?>' + got.body)


def with_second_entry(_: Sent, got: Got) -> Got:
    """An endpoint with two elements in Body."""
    return replace(got, body=re.sub(rb"(</[a-zA-Z0-9]+:Body>)", rb'<x:x xmlns:x="urn:x"/>\1', got.body))


def with_element_after_body(_: Sent, got: Got) -> Got:
    """An endpoint with an element behind Body."""
    return replace(got, body=re.sub(rb"(</[a-zA-Z0-9]+:Envelope>)", rb'<x:x xmlns:x="urn:x"/>\1', got.body))


def with_block_to_understand(_: Sent, got: Got) -> Got:
    """An endpoint whose answers hold a header block that must be understood."""
    block = (f'<s:Header xmlns:s="{SOAP}"><x:x xmlns:x="urn:x" s:mustUnderstand="1"/></s:Header>').encode()
    return replace(got, body=re.sub(rb"(<[a-zA-Z0-9]+:Body[ >])", block + rb"\1", got.body, count=1))


def with_encoding_style(_: Sent, got: Got) -> Got:
    """An endpoint of the days of SOAP encoding."""
    style = f' xmlns:s="{SOAP}" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'.encode()
    return replace(got, body=re.sub(rb"(<[a-zA-Z0-9]+:Body)", rb"\1" + style, got.body, count=1))


def with_page_for_refusals(_: Sent, got: Got) -> Got:
    """An endpoint that answers what HTTP refuses with a fault and 500."""
    return fault("SOA-00001") if 400 <= got.status <= 499 else got


def not_found(when: When) -> Defect:
    """An endpoint that has nothing there."""
    return lambda sent, got: Got(404).with_field("Content-Type", "text/plain") if when(sent) else got
