"""A client as its makers have one; copied beside the tests that are run."""

from pathlib import Path

from conformance.client.caller import read_credentials
from conformance.client.endpoint import read_endpoint
from conformance.client.message import Person, covid_id_request, new_request_id
from conformance.client.signer import secure_envelope
from conformance.client.transport import Transport
from mockserver.contract import load_contract
from mockserver.instant import system_clock


class DossierClient:
    """Asks for an identifier, once more where it is told to try later."""

    def __init__(
        self, url: str, keystore: Path, password: str, token: Path, contact: str = "tests@example.org"
    ) -> None:
        self._endpoint = read_endpoint(url)
        self._credentials = read_credentials(keystore, password, token)
        self._contract = load_contract()
        self._transport = Transport(contact, 20.0)

    def generate(self, last_name: str) -> str:
        for _ in range(2):
            body = self._message(last_name)
            request = self._transport.request(self._endpoint, body, self._contract.soap_action)
            answer = self._transport.send(self._endpoint, request)
            if b"SOA-02002" not in answer.body:
                break
        _, found, rest = answer.body.partition(b"CovidDossierIdentifier>")
        if not found:
            raise RuntimeError(f"no identifier: HTTP {answer.status}")
        return rest.partition(b"<")[0].decode()

    def _message(self, last_name: str) -> bytes:
        now = system_clock()
        request = covid_id_request(
            self._contract,
            requester=self._credentials.requester,
            person=Person(last_name),
            request_id=new_request_id(),
            issue_instant=now,
        )
        return secure_envelope(request, self._credentials, now=now)
