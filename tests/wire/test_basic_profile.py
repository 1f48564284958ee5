"""What WS-I Basic Profile 1.1 and the Simple SOAP Binding Profile ask of our answers (rules.md section 2, P rows)."""

import re
import socket
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from time import time
from urllib.parse import urlsplit

import pytest
from lxml import etree

from conformance.client.message import Person, Requester
from tests.conftest import Mock, Reply
from tests.wire.answers import PROTOCOL, SOA, SOAP, body_child

Send = Callable[[Mock], Reply]

RESPONSES: dict[str, Send] = {
    "Success": lambda mock: mock.post(mock.forge()),
    "Requester": lambda mock: mock.post(mock.forge(requester=Requester(nihii="71999041"))),
    "Responder": lambda mock: mock.post(mock.forge(person=Person(""))),
}
FAULTS: dict[str, Send] = {
    "VersionMismatch": lambda mock: mock.post(b'<e:Envelope xmlns:e="urn:x"/>'),
    "not authenticated": lambda mock: mock.post(mock.forge().octets().replace(b"COVID_LASTNAME", b"COVID_CHANGED")),
    "schema": lambda mock: mock.post(mock.forge(person=Person())),
    "Server": lambda mock: mock.post(mock.forge(person=Person("SOA-02001"))),
}
each_response = pytest.mark.parametrize("send", RESPONSES.values(), ids=RESPONSES)
each_fault = pytest.mark.parametrize("send", FAULTS.values(), ids=FAULTS)
each_answer = pytest.mark.parametrize("send", [*RESPONSES.values(), *FAULTS.values()], ids=[*RESPONSES, *FAULTS])


@each_response
def test_p01_p02_p11_an_answer_that_is_no_fault_is_200_with_the_output_element_alone(mock: Mock, send: Send) -> None:
    """R1124, R1111, R2712: business refusals too."""
    assert body_child(mock, send(mock), 200).tag == f"{{{PROTOCOL}}}GenerateCovidIdResponse"


@each_fault
def test_p04_p11_a_fault_is_500_and_alone_in_the_body(mock: Mock, send: Send) -> None:
    """R1126: every fault, VersionMismatch and Client included."""
    assert body_child(mock, send(mock), 500).tag == f"{{{SOAP}}}Fault"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([("Content-Type", "application/soap+xml; charset=utf-8")], 415),
        ([("Content-Type", 'multipart/related; type="application/xop+xml"; boundary=x')], 415),
        ([("Content-Type", "text/xml"), ("Content-Encoding", "br")], 415),
    ],
)
def test_p05_an_answer_without_envelope_is_4xx_and_plain_text(
    mock: Mock, fields: list[tuple[str, str]], status: int
) -> None:
    reply = mock.post(mock.forge().octets(), fields)
    assert (reply.http, reply.fields["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert b"<" not in reply.body


def test_p05_get_is_405_and_names_post(mock: Mock) -> None:
    """R1114."""
    answer = mock.get("")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert b"<" not in answer.data


@each_answer
def test_p07_p08_p09_the_body_is_one_document_in_utf_8_and_nothing_else(mock: Mock, send: Send) -> None:
    """R1018, R9700, R1008, R1009, R4001: no BOM, no DOCTYPE, no instruction, no trailer, an exact length."""
    reply = send(mock)
    assert reply.fields["Content-Type"] == "text/xml; charset=utf-8"
    assert int(reply.fields["Content-Length"]) == len(reply.body)
    assert "Transfer-Encoding" not in reply.fields
    text = reply.body.decode("utf-8")
    assert re.match(r"<(?:soapenv:Envelope |\?xml version=['\"]1\.0['\"] encoding=['\"][Uu][Tt][Ff]-8['\"]\?>)", text)
    assert text.endswith("</soapenv:Envelope>")
    assert "<!DOCTYPE" not in text
    assert not list(etree.fromstring(reply.body).iter(etree.ProcessingInstruction, etree.Comment))


@each_answer
def test_p10_p12_p13_p14_the_envelope_carries_nothing_of_soap_that_it_need_not(mock: Mock, send: Send) -> None:
    """R1005, R1006, R1011, R1032, R1033: no encodingStyle, no attributes, no trailer, no xmlns:xml, no header."""
    reply = send(mock)
    envelope = etree.fromstring(reply.body)
    assert [child.tag for child in envelope] == [f"{{{SOAP}}}Body"]
    assert not envelope.attrib
    assert not envelope[0].attrib
    assert not [e for e in envelope.iter("*") if any(name.startswith(f"{{{SOAP}}}") for name in e.attrib)]
    assert b"xmlns:xml=" not in reply.body


@each_answer
def test_p16_p18_no_cookie_and_the_time_in_gmt(mock: Mock, send: Send) -> None:
    fields = send(mock).fields
    assert "Set-Cookie" not in fields
    assert fields["Date"].endswith(" GMT")
    assert abs(parsedate_to_datetime(fields["Date"]).timestamp() - time()) < 5


@pytest.mark.parametrize(("version", "closes"), [("1.1", False), ("1.0", True)])
def test_p06_the_status_line_has_the_version_of_the_request(mock: Mock, version: str, closes: bool) -> None:
    """R1140, R1141: on the raw connection, for libraries hide it."""
    url = urlsplit(mock.url)
    body = mock.forge().octets()
    fields = "".join(f"{name}: {value}\r\n" for name, value in mock.fields())
    head = f"POST {url.path} HTTP/{version}\r\nHost: {url.netloc}\r\nContent-Length: {len(body)}\r\n{fields}\r\n"
    with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        with connection.makefile("rb") as stream:
            assert stream.readline() == f"HTTP/{version} 200 OK\r\n".encode()
            answered = dict(line.split(b": ", 1) for line in iter(stream.readline, b"\r\n"))
            assert stream.read(int(answered[b"Content-Length"])).endswith(b"Envelope>")
            assert (answered.get(b"Connection") == b"close\r\n") == closes


@each_fault
def test_p20_p21_p22_a_fault_has_its_children_unqualified_and_in_order(mock: Mock, send: Send) -> None:
    """R1000, R1001, BP1701."""
    fault = body_child(mock, send(mock), 500)
    assert [child.tag for child in fault] == ["faultcode", "faultstring", "detail"]


@each_fault
def test_p23_p24_p25_the_faultcode_is_one_of_soap_1_1_without_dots(mock: Mock, send: Send) -> None:
    """R1004, R1031: a QName whose prefix is bound to SOAP's namespace; the SOA code stands in detail/Code."""
    faultcode = body_child(mock, send(mock), 500)[0]
    prefix, _, local = (faultcode.text or "").partition(":")
    assert faultcode.nsmap[prefix] == SOAP
    assert local in ("VersionMismatch", "MustUnderstand", "Client", "Server")
    assert "." not in (faultcode.text or "")


@each_fault
def test_p26_p27_p28_faultstring_has_no_language_and_detail_holds_the_system_error(mock: Mock, send: Send) -> None:
    """R1016 and F3 of the rules: the SOAP schema refuses xml:lang there, so the language stands on Message."""
    _, faultstring, detail = body_child(mock, send(mock), 500)
    assert not faultstring.attrib
    assert not detail.attrib
    assert [child.tag for child in detail] == [f"{{{SOA}}}SystemError"]


@pytest.mark.parametrize("path", ["/", "/?x=1"])
def test_p17_an_alias_of_the_endpoint_works_without_redirect(mock: Mock, path: str) -> None:
    """R1130 allows 307 alone; nothing needs one."""
    alias = Mock(mock.url + path, mock.management, mock.state, mock.contract)
    assert alias.post(alias.forge()).http == 200
