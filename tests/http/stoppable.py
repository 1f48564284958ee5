"""A server to be stopped by a signal. Tells its URLs when ready, and its journal when it has ended.

Arguments: seconds the gateway takes for an answer, seconds it takes to load.
"""

import json
import sys
import time

from mockserver.app import Service
from mockserver.gateway.exchange import Answer, HttpRequest
from mockserver.http.log import ExchangeLog
from mockserver.server import Urls, serve
from mockserver.service_port import Ports
from mockserver.sessions.register import Sessions
from tests.http.running import EchoGateway, TwoDocuments

answer_seconds, load_seconds = map(float, sys.argv[1:])
sessions = Sessions()
journal = sessions.default.journal


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class TalkativeGateway(EchoGateway):
    """Says when it begins to work."""

    def handle(self, request: HttpRequest) -> Answer:
        say("working")
        return super().handle(request)


def load() -> Service:
    say("loading")
    time.sleep(load_seconds)
    return Service(TalkativeGateway(journal, delay=answer_seconds), TwoDocuments())


def on_ready(urls: Urls) -> None:
    say(f"{urls.service} {urls.management}")


serve(load, sessions=sessions, on_ready=on_ready, ports=Ports(port=0, management_port=0), log=ExchangeLog())
entries, _ = journal.newest_first()
say(json.dumps([[entry.outcome, entry.body.decode(), entry.detail] for entry in entries]))
