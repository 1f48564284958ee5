"""The reference client as a command: it prints the identifier and ends with 0, or says why not and ends with 10.

Its parts are methods, so that a broken client may differ from it in exactly one of them.
"""

# ruff: noqa: T201 - a command prints

import argparse
import sys
import time
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from conformance.client.answer import STATUS, Answer, Fault, Response, Unreadable, read_answer
from conformance.client.credentials import Credentials, PrivateKey, Token
from conformance.client.endpoint import read_endpoint
from conformance.client.message import Person, Requester, covid_id_request, new_request_id
from conformance.client.parsing import parse
from conformance.client.signer import secure_envelope
from conformance.client.transport import HttpAnswer, HttpRequest, Transport
from mockserver.contract import Contract, load_contract
from mockserver.instant import Instant, read_date_time, system_clock
from mockserver.namespaces import SAML
from tests.clients.options import IDENTIFIER, REFUSED, options, person_of, requester_of

ATTEMPTS = 3
PAUSE = 0.05
"""Seconds between two attempts; a real client would wait longer."""


class ReferenceClient:
    """Sends one request, again after SOA-02002, and judges the answer."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.contract: Contract = load_contract()
        self.endpoint = read_endpoint(arguments.endpoint)
        self.credentials = self.read_credentials()
        self.kept: dict[str, Any] = {}
        """Where a broken client keeps what a good one makes anew."""

    def read_credentials(self) -> Credentials:
        folder = self.arguments.credentials
        key = load_pem_private_key((folder / "key.pem").read_bytes(), None)
        assert isinstance(key, PrivateKey)
        return Credentials(
            persona=self.arguments.persona,
            key=key,
            certificate=x509.load_pem_x509_certificate((folder / "certificate.pem").read_bytes()),
            token=Token.received((folder / "token.xml").read_bytes()),
            requester=requester_of(self.arguments),
        )

    def run(self) -> int:
        if self.token_has_expired():
            return self.refused("the token has expired: a new one is needed")
        for attempt in range(1, ATTEMPTS + 1):
            request_id = self.request_id()
            answer = self.read_answer(self.send(self.message(request_id)))
            if attempt == ATTEMPTS or not self.is_worth_another_attempt(answer):
                break
            time.sleep(PAUSE)
        return self.judge(answer, request_id)

    # The request.

    def token_has_expired(self) -> bool:
        conditions = parse(self.credentials.token.octets).find(f"{{{SAML}}}Conditions")
        assert conditions is not None
        return read_date_time(conditions.get("NotOnOrAfter", "")).instant <= self.now()

    def now(self) -> Instant:
        return system_clock()

    def request_id(self) -> str:
        return new_request_id()

    def person(self) -> Person:
        return person_of(self.arguments)

    def requester(self) -> Requester:
        return requester_of(self.arguments)

    def message(self, request_id: str) -> bytes:
        now = self.now()
        request = covid_id_request(
            self.contract,
            requester=self.requester(),
            person=self.person(),
            request_id=request_id,
            issue_instant=now,
        )
        return secure_envelope(request, self.credentials, now=now)

    def send(self, message: bytes) -> HttpAnswer:
        transport = Transport("tests@example.org", self.arguments.timeout)
        return transport.send(self.endpoint, self.http_request(transport, message))

    def http_request(self, transport: Transport, message: bytes) -> HttpRequest:
        return transport.request(self.endpoint, message, self.contract.soap_action)

    # The answer.

    def read_answer(self, http: HttpAnswer) -> Answer:
        return read_answer(http, self.contract)

    def is_worth_another_attempt(self, answer: Answer) -> bool:
        return code_of(answer) == "SOA-02002"

    def judge(self, answer: Answer, request_id: str) -> int:
        content = answer.content
        match content:
            case Unreadable():
                return self.refused(f"no usable answer: {content.reason}")
            case Fault():
                error = content.system_error
                ticket = error.id if error is not None else None
                return self.refused(f"the service refused: {answer.summary()} (ticket {ticket})")
        if content.level_1 != f"{STATUS}Success":
            return self.refused(f"no identifier: {answer.summary()}")
        if content.in_response_to != request_id:
            return self.refused("the answer is to another request")
        if not content.identifier:
            return self.refused("the answer holds no identifier")
        return self.accepted(content)

    def accepted(self, response: Response) -> int:
        print(response.identifier)
        return IDENTIFIER

    def refused(self, reason: str) -> int:
        print(reason, file=sys.stderr)
        return REFUSED


def code_of(answer: Answer) -> str | None:
    """The SOA code of a fault."""
    content = answer.content
    return content.system_error.code if isinstance(content, Fault) and content.system_error is not None else None


if __name__ == "__main__":
    sys.exit(ReferenceClient(options().parse_args()).run())
