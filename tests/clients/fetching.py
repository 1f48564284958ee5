"""The reference client without a token: it asks the STS for its own, with the key of its keystore."""

import sys
from pathlib import Path

from conformance.client.credentials import Credentials
from conformance.client.endpoint import read_endpoint
from conformance.client.keystore import read_keystore
from conformance.client.sts.client import LIFETIME, StsClient
from conformance.client.sts.credentials import claims_of
from conformance.client.transport import Transport
from mockserver.identities.personas import personas
from mockserver.identities.token_files import DEFAULT_PASSWORD
from mockserver.instant import system_clock
from tests.clients.options import options, requester_of
from tests.clients.reference import ReferenceClient


class FetchingClient(ReferenceClient):
    def read_credentials(self) -> Credentials:
        arguments = self.arguments
        entry = read_keystore(arguments.p12, DEFAULT_PASSWORD, alias=None, now=system_clock())
        sts = StsClient(read_endpoint(arguments.sts), Transport("tests@example.org", 30.0), entry)
        token = sts.issue(claims_of(personas()[arguments.persona]), LIFETIME)
        return Credentials(arguments.persona, entry.key, entry.certificate, token, requester_of(arguments))


if __name__ == "__main__":
    parser = options()
    parser.add_argument("--sts", required=True)
    parser.add_argument("--p12", type=Path, required=True)
    sys.exit(FetchingClient(parser.parse_args()).run())
