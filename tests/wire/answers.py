"""An answer from the wire, read strictly: whatever is not exactly as it must be fails the test that reads it.

Names are spelled out here and not taken from the contract, so that the mock and its tests cannot err together.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from lxml import etree

from tests.conftest import Mock, Reply

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
PROTOCOL: Final = "urn:be:fgov:ehealth:dossiernumbergeneration:protocol:v1"
CORE: Final = "urn:be:fgov:ehealth:dossiernumbergeneration:core:v1"
COMMONS: Final = "urn:be:fgov:ehealth:commons:core:v2"
SOA: Final = "urn:be:fgov:ehealth:errors:soa:v1"
STATUS: Final = "urn:be:fgov:ehealth:2.0:status:"
XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"

_SCHEMAS: Final = Path(__file__).parents[2] / "fixtures" / "schemas"

# Cookbook section 8, Table 1; Provider for SOA-00001 is decided (decisions 2); full stops as in wire-facts D3.
TABLE_1: Final = {
    "SOA-00001": ("Provider", "Service error"),
    "SOA-01001": ("Consumer", "Service call not authenticated"),
    "SOA-01002": ("Consumer", "Service call not authorized"),
    "SOA-02001": ("Provider", "Service not available. Please contact service desk."),
    "SOA-02002": ("Provider", "Service temporarily not available. Please try later."),
    "SOA-03001": ("Consumer", "Malformed message"),
    "SOA-03002": ("Consumer", "Message must be SOAP"),
    "SOA-03003": ("Consumer", "Message must contain SOAP body"),
    "SOA-03004": ("Consumer", "WS-I compliance failure"),
    "SOA-03005": ("Consumer", "WSDL compliance failure"),
    "SOA-03006": ("Consumer", "XSD compliance failure"),
    "SOA-03007": ("Consumer", "Message content validation failure"),
}


@dataclass(frozen=True)
class Fault:
    """What a SOAP fault of the gateway says (decisions 2, wire-facts D)."""

    faultcode: str
    code: str
    origin: str
    message: str
    ticket: str


@dataclass(frozen=True)
class CbssStatus:
    """Cookbook 5.2.2.4."""

    code: str
    description: str
    information: list[tuple[str, str]]


@dataclass(frozen=True)
class Response:
    """What a GenerateCovidIdResponse says (cookbook 5.2.1.2)."""

    id: str
    in_response_to: str | None
    status: str
    message: str | None
    cbss: CbssStatus | None
    identifier: str | None


@cache
def envelope_schema() -> etree.XMLSchema:
    """SOAP 1.1's own schema, as the WS-I tools use it."""
    return etree.XMLSchema(etree.parse(_SCHEMAS / "soap-envelope-1.1.xsd"))


def body_child(mock: Mock, reply: Reply, status: int) -> etree._Element:
    """The one child of Body, in an envelope that is valid and travels as it must."""
    assert reply.http == status, reply.body
    assert reply.fields["Content-Type"] == "text/xml; charset=utf-8"
    envelope = etree.fromstring(reply.body)
    envelope_schema().assertValid(envelope)
    (body,) = envelope  # no Header: nothing says that answers carry one (rules P14)
    assert body.tag == f"{{{SOAP}}}Body"
    (child,) = body
    return child


def fault_of(mock: Mock, reply: Reply) -> Fault:
    """Read a fault, whose form is that of decisions 2 and wire-facts D to the letter."""
    fault = body_child(mock, reply, 500)
    assert fault.tag == f"{{{SOAP}}}Fault"
    assert not fault.attrib
    faultcode, faultstring, detail = fault
    assert [child.tag for child in fault] == ["faultcode", "faultstring", "detail"]
    assert not (faultcode.attrib or faultstring.attrib or detail.attrib)
    assert fault.nsmap["soapenv"] == SOAP
    (system_error,) = detail
    assert system_error.tag == f"{{{SOA}}}SystemError"
    assert mock.contract.violations(system_error) == []
    assert [child.tag for child in system_error] == ["Origin", "Code", "Message", f"{{{SOA}}}Environment"]
    origin, code, message, environment = system_error
    assert not (origin.attrib or code.attrib or environment.attrib)
    assert dict(message.attrib) == {XML_LANG: "en"}
    assert environment.text == "Acceptation"
    assert faultstring.text == code.text
    assert list(system_error.attrib) == ["Id"]
    ticket = system_error.get("Id", "")
    assert str(UUID(ticket)) == ticket, "a lower-case UUID"
    assert reply.fields["X-CorrelationID"] == ticket == reply.entry["id"]
    return Fault(faultcode.text or "", code.text or "", origin.text or "", message.text or "", ticket)


def response_of(mock: Mock, reply: Reply) -> Response:
    """Read a business response, which is valid against the contract."""
    response = body_child(mock, reply, 200)
    assert response.tag == f"{{{PROTOCOL}}}GenerateCovidIdResponse"
    assert mock.contract.violations(response) == []
    assert str(UUID(reply.fields["X-CorrelationID"])) == reply.fields["X-CorrelationID"]
    status = response.find(f"{{{COMMONS}}}Status")
    assert status is not None
    (code,) = status.iter(f"{{{COMMONS}}}StatusCode")
    value = code.get("Value", "")
    assert value.startswith(STATUS)
    details = status.findall(f"{{{COMMONS}}}StatusDetail")
    return Response(
        id=response.get("Id", ""),
        in_response_to=response.get("InResponseTo"),
        status=value.removeprefix(STATUS),
        message=status.findtext(f"{{{COMMONS}}}StatusMessage"),
        cbss=_cbss_status(details[0]) if details else None,
        identifier=response.findtext(f"{{{PROTOCOL}}}CovidDossierIdentifier"),
    )


def _cbss_status(detail: etree._Element) -> CbssStatus:
    (status,) = detail
    assert status.tag == f"{{{CORE}}}CbssStatus"
    assert status.findtext(f"{{{CORE}}}Value") == "NOK"
    return CbssStatus(
        code=status.findtext(f"{{{CORE}}}Code", ""),
        description=status.findtext(f"{{{CORE}}}Description", ""),
        information=[
            (entry.findtext(f"{{{CORE}}}FieldName", ""), entry.findtext(f"{{{CORE}}}FieldValue", ""))
            for entry in status.iterfind(f"{{{CORE}}}Information")
        ],
    )
