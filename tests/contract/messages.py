"""Messages in the words of the reconstructed contract, as elements.

All numbers are synthetic (`wire-facts.md` H).
"""

from lxml import etree

PROTOCOL = "urn:be:fgov:ehealth:dossiernumbergeneration:protocol:v1"
CORE = "urn:be:fgov:ehealth:dossiernumbergeneration:core:v1"
COMMONS = "urn:be:fgov:ehealth:commons:core:v2"
SOA = "urn:be:fgov:ehealth:errors:soa:v1"

SSIN = "80010199976"
PERSON = "<c:LastName>COVID_LASTNAME_TEST</c:LastName>"
REQUESTER = f"<c:PersonIdentifier>{SSIN}</c:PersonIdentifier>"
ISSUED = 'IssueInstant="2026-11-23T18:34:04.000Z"'
SUCCESS = '<s:StatusCode Value="urn:be:fgov:ehealth:2.0:status:Success"/>'
RESPONDER = '<s:StatusCode Value="urn:be:fgov:ehealth:2.0:status:Responder"/>'


def request(
    *, attributes: str = f'Id="_1" {ISSUED}', requester: str = REQUESTER, person: str = PERSON
) -> etree._Element:
    """A GenerateCovidIdRequest with the given attributes and the given children of Requester and Person."""
    return request_of(
        f"<p:Criteria><c:Requester>{requester}</c:Requester><c:Person>{person}</c:Person></p:Criteria>",
        attributes,
    )


def request_of(content: str, attributes: str = f'Id="_1" {ISSUED}') -> etree._Element:
    return etree.fromstring(
        f'<p:GenerateCovidIdRequest xmlns:p="{PROTOCOL}" xmlns:c="{CORE}" {attributes}>{content}'
        "</p:GenerateCovidIdRequest>"
    )


def response(content: str, attributes: str = f'Id="_2" InResponseTo="_1" {ISSUED}') -> etree._Element:
    return etree.fromstring(
        f'<p:GenerateCovidIdResponse xmlns:p="{PROTOCOL}" xmlns:c="{CORE}" xmlns:s="{COMMONS}" {attributes}>'
        f"{content}</p:GenerateCovidIdResponse>"
    )


def cbss_status(content: str) -> etree._Element:
    return etree.fromstring(f'<c:CbssStatus xmlns:c="{CORE}">{content}</c:CbssStatus>')


def error(content: str, name: str = "SystemError", attributes: str = "") -> etree._Element:
    return etree.fromstring(f'<soa:{name} xmlns:soa="{SOA}" {attributes}>{content}</soa:{name}>')
