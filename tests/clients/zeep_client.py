"""A client of another make: zeep reads the WSDL and speaks SOAP, libxmlsec signs.

It shares with the reference client neither the message, nor the signature, nor the reading of answers.
"""

# ruff: noqa: T201 - a command prints

import argparse
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import xmlsec
import zeep
from lxml import etree
from requests.exceptions import RequestException
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import Fault

from tests.clients.options import IDENTIFIER, REFUSED, options, person_of, requester_of

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSSE_11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
SAML = "urn:oasis:names:tc:SAML:1.0:assertion"
SAML_11_TOKEN = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1"
ASSERTION_ID = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.0#SAMLAssertionID"
SUCCESS = "urn:be:fgov:ehealth:2.0:status:Success"

ATTEMPTS = 3


def utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class HolderOfKey:
    """zeep's plug-in point for WS-Security: Timestamp, token, and a signature of Body and Timestamp."""

    def __init__(self, token: bytes, key_file: str) -> None:
        self._token = token
        self._key_file = key_file

    def apply(self, envelope: Any, headers: Any) -> tuple[Any, Any]:
        body = envelope.find(f"{{{SOAP}}}Body")
        header = envelope.find(f"{{{SOAP}}}Header")
        if header is None:
            header = etree.Element(f"{{{SOAP}}}Header")
            envelope.insert(0, header)
        security = etree.SubElement(header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
        security.set(f"{{{SOAP}}}mustUnderstand", "1")
        timestamp = self._timestamp(security)
        body.set(f"{{{WSU}}}Id", f"body-{uuid.uuid4()}")
        assertion = etree.fromstring(self._token)
        security.append(assertion)
        self._sign(security, assertion.get("AssertionID", ""), [body, timestamp])
        return envelope, headers

    def verify(self, envelope: Any) -> Any:
        return envelope  # answers are not signed

    def _timestamp(self, security: Any) -> Any:
        now = datetime.now(UTC)
        timestamp = etree.SubElement(security, f"{{{WSU}}}Timestamp")
        timestamp.set(f"{{{WSU}}}Id", f"timestamp-{uuid.uuid4()}")
        etree.SubElement(timestamp, f"{{{WSU}}}Created").text = utc(now)
        etree.SubElement(timestamp, f"{{{WSU}}}Expires").text = utc(now + timedelta(seconds=60))
        return timestamp

    def _sign(self, security: Any, assertion_id: str, parts: list[Any]) -> None:
        transforms = xmlsec.constants
        signature = xmlsec.template.create(
            security, transforms.TransformExclC14N, transforms.TransformRsaSha256, ns="ds"
        )
        security.append(signature)
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(self._key_file, xmlsec.constants.KeyDataFormatPem)
        for part in parts:
            context.register_id(part, "Id", WSU)
            identifier = part.get(f"{{{WSU}}}Id")
            reference = xmlsec.template.add_reference(signature, transforms.TransformSha256, uri=f"#{identifier}")
            xmlsec.template.add_transform(reference, transforms.TransformExclC14N)
        key_info = xmlsec.template.ensure_key_info(signature)
        token = etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference")
        token.set(f"{{{WSSE_11}}}TokenType", SAML_11_TOKEN)
        identifier = etree.SubElement(token, f"{{{WSSE}}}KeyIdentifier", ValueType=ASSERTION_ID)
        identifier.text = assertion_id
        context.sign(signature)


def call(service: Any, arguments: argparse.Namespace, request_id: str) -> Any:
    person, requester = person_of(arguments), requester_of(arguments)
    institution = {name: value for name, value in (("Nihii", requester.nihii), ("Cbe", requester.cbe)) if value}
    given = {
        "LastName": person.last_name if person.last_name is not None else zeep.xsd.SkipValue,
        "FirstNames": person.first_names,
        "Gender": person.gender,
        "PhoneNumber": person.phone_number,
    }
    criteria = {
        "Requester": {"InstitutionIdentifier": institution or None, "PersonIdentifier": requester.person_identifier},
        "Person": {name: value for name, value in given.items() if value is not None},
    }
    return service.GenerateCovidId(Id=request_id, IssueInstant=datetime.now(UTC), Criteria=criteria)


def text_at(fault: Fault, local: str) -> str:
    """A child of the fault's SystemError, by its local name."""
    found = fault.detail.xpath(f".//*[local-name() = '{local}']/text()") if fault.detail is not None else []
    return str(found[0]) if found else ""


def refused(reason: str) -> int:
    print(reason, file=sys.stderr)
    return REFUSED


def judge(response: Any, request_id: str) -> int:
    if response.Status.StatusCode.Value != SUCCESS:
        status = response.Status
        return refused(f"no identifier: {status.StatusMessage or ''} {status.StatusDetail or ''}")
    if response.InResponseTo != request_id:
        return refused("the answer is to another request")
    if not response.CovidDossierIdentifier:
        return refused("the answer holds no identifier")
    print(response.CovidDossierIdentifier)
    return IDENTIFIER


def main() -> int:
    arguments = options().parse_args()
    folder = arguments.credentials
    token = (folder / "token.xml").read_bytes()
    end = etree.fromstring(token).find(f"{{{SAML}}}Conditions").get("NotOnOrAfter")  # type: ignore[union-attr]
    if datetime.fromisoformat(str(end)) <= datetime.now(UTC):
        return refused("the token has expired: a new one is needed")
    # strict=False: a later version of the contract may add elements.
    client = zeep.Client(  # type: ignore[no-untyped-call]
        f"{arguments.endpoint}?wsdl",
        wsse=HolderOfKey(token, str(folder / "key.pem")),
        settings=zeep.Settings(strict=False, forbid_dtd=True),
    )
    session = client.transport.session
    session.trust_env = False
    session.headers.update({"User-Agent": f"zeepClient/1.0 zeep/{zeep.__version__}", "From": "tests@example.org"})
    client.transport.operation_timeout = arguments.timeout
    for attempt in range(1, ATTEMPTS + 1):
        request_id = f"_{uuid.uuid4()}"
        try:
            return judge(call(client.service, arguments, request_id), request_id)
        except Fault as fault:
            code = text_at(fault, "Code")
            if code == "SOA-02002" and attempt < ATTEMPTS:
                time.sleep(0.05)
                continue
            ticket = fault.detail.xpath(".//@Id") if fault.detail is not None else []
            return refused(f"the service refused: {code} {text_at(fault, 'Message')} (ticket {''.join(ticket)})")
        except (ZeepError, RequestException, etree.XMLSyntaxError, ValueError) as error:
            return refused(f"no usable answer: {type(error).__name__}: {error}")
    raise AssertionError("the last attempt returns")


if __name__ == "__main__":
    sys.exit(main())
