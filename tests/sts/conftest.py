"""An STS to talk to; every answer it gives in these tests is held against the schemas."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
import urllib3
from lxml import etree

from conformance.client.credentials import Token
from conformance.client.endpoint import read_endpoint
from conformance.client.keystore import KeyEntry
from conformance.client.sts.client import StsClient
from conformance.client.transport import Transport
from mockserver.contract import load_contract
from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.identities.authority import Authority
from mockserver.identities.certificates import KeyPair
from mockserver.identities.personas import personas
from mockserver.sts.endpoints import ENDPOINTS
from mockserver.sts.schema import message_violation
from tests.conftest import Mock, Reply
from tests.sts.messages import SAML, SOAP, Signatory

WS_TRUST, SAML_P, LEGACY = (endpoint.path for endpoint in ENDPOINTS)
REQUEST = "urn:be:fgov:ehealth:sts:protocol:v1:RequestSecurityToken"
LEGACY_REQUEST = "urn:be:fgov:ehealth:sts:protocol:v1:RequestSecureToken"
CHALLENGE = "urn:be:fgov:ehealth:sts:protocol:v1:Challenge"

_SOAP_SCHEMA = Path(__file__).parents[2] / "fixtures" / "schemas" / "soap-envelope-1.1.xsd"


@dataclass(frozen=True)
class Answer:
    """An answer of the STS, checked against the schemas."""

    reply: Reply

    @cached_property
    def content(self) -> etree._Element:
        """The child of Body."""
        return etree.fromstring(self.reply.body).find(f"{{{SOAP}}}Body")[0]  # type: ignore[index]

    @property
    def error(self) -> str | None:
        """Code in the detail of a fault."""
        return self.content.findtext("detail/*/Code") if self.content.tag == f"{{{SOAP}}}Fault" else None

    @property
    def kind(self) -> str:
        """SystemError or BusinessError."""
        detail = self.content.find("detail")
        assert detail is not None
        return etree.QName(detail[0]).localname

    @property
    def assertion(self) -> etree._Element:
        (found,) = self.content.iter(f"{{{SAML}}}Assertion")
        return found

    @property
    def token(self) -> bytes:
        """The assertion as a client would keep it."""
        return etree.tostring(self.assertion, encoding="UTF-8", xml_declaration=False, with_tail=False)

    @property
    def attributes(self) -> dict[tuple[str, str], str]:
        """The token's, by namespace and name."""
        return {
            (a.get("AttributeNamespace", ""), a.get("AttributeName", "")): a.findtext(f"{{{SAML}}}AttributeValue") or ""
            for a in self.assertion.iter(f"{{{SAML}}}Attribute")
        }

    @property
    def status(self) -> str | None:
        """StatusCode of a samlp:Response."""
        code = self.content.find("{*}Status/{*}StatusCode")
        return None if code is None else code.get("Value")


class Sts:
    """The STS of a running mock."""

    def __init__(self, mock: Mock) -> None:
        self.mock = mock
        self.base = mock.url.removesuffix(ENDPOINT_PATH)
        self.authority = Authority.open(mock.state)
        self._http = urllib3.PoolManager(retries=False, timeout=30.0)
        self._contract = load_contract()
        self._soap = etree.XMLSchema(etree.parse(_SOAP_SCHEMA))

    def signatory(self, persona: str = "physician") -> Signatory:
        credential = self.authority.credential(personas()[persona])
        return Signatory(credential.key, credential.certificate)

    @property
    def ca(self) -> KeyPair:
        """The CA of the mock's folder: for certificates that no persona has."""
        return self.authority._ca

    def entry(self, persona: str = "physician") -> KeyEntry:
        signatory = self.signatory(persona)
        return KeyEntry(persona, signatory.key, signatory.certificate)

    def client(self, persona: str = "physician", session: KeyEntry | None = None) -> StsClient:
        """The suite's client."""
        endpoint = read_endpoint(self.base, WS_TRUST)
        return StsClient(endpoint, Transport("tests@example.org", 30.0), self.entry(persona), session)

    def post(self, body: bytes, *, path: str = WS_TRUST, action: str = REQUEST) -> Answer:
        """Send an envelope; the answer must be valid against the schemas of SOAP and of its own messages."""
        fields = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
        response = self._http.request("POST", self.base + path, body=body, headers=fields, redirect=False)
        entry = self.mock.journal(response.headers["X-CorrelationID"])
        answer = Answer(Reply(response.status, response.headers, response.data, entry["report"], entry))
        self._check(answer)
        return answer

    def get(self, path: str) -> urllib3.BaseHTTPResponse:
        return self._http.request("GET", self.base + path)

    def _check(self, answer: Answer) -> None:
        self._soap.assertValid(etree.fromstring(answer.reply.body))
        if answer.content.tag == f"{{{SOAP}}}Fault":
            assert answer.reply.http == 500
            (detail,) = answer.content.find("detail")  # type: ignore[misc]
            assert self._contract.violations(detail) == []
        else:
            assert answer.reply.http == 200
            assert message_violation(answer.content) is None


@pytest.fixture(scope="session")
def sts(mock: Mock) -> Sts:
    return Sts(mock)


def token_of(answer: Answer) -> Token:
    return Token.received(answer.token)
