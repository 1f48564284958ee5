"""`conformance watch` beside the mock: the client has its token of the mock's STS, and calls the port that watches."""

from queue import Queue
from threading import Event, Thread

import urllib3

from conformance.certify.endpoint import Seen
from conformance.modes.watch import WatchSettings, watch
from tests.sts.conftest import Sts
from tests.sts.messages import envelope, rst, service_call


def test_a_token_of_the_mocks_sts_is_believed_by_the_port_that_watches(sts: Sts) -> None:
    ready, seen, stop = Queue[str](), Queue[Seen](), Event()
    settings = WatchSettings(state=sts.mock.state, seconds=30.0, personas=("physician",))
    watching = Thread(
        target=watch, args=(settings, ready.put, lambda exchange, _ticked, _checks: seen.put(exchange), stop)
    )
    watching.start()
    try:
        url = ready.get(timeout=30)
        token = sts.post(envelope(rst(), sts.signatory())).token
        message = service_call(token, sts.signatory(), {"PersonIdentifier": "80010199976"})
        urllib3.request("POST", url, body=message, headers=dict(sts.mock.fields()), retries=False)
        assert seen.get(timeout=30).answer.summary().startswith("Success, CovidDossierIdentifier ")
    finally:
        stop.set()
        watching.join()
