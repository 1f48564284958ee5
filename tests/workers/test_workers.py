"""A mock with two workers is one mock: they share journal, sessions, scenarios, clocks, replays, challenges, store."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from conformance.client.credentials import StateFolder
from conformance.client.endpoint import read_endpoint
from conformance.client.keystore import KeyEntry
from conformance.client.sts.client import StsClient
from conformance.client.sts.credentials import claims_of
from conformance.client.transport import Transport
from mockserver.contract import load_contract
from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.identities.persona_register import PersonaRegister
from mockserver.identities.personas import personas
from mockserver.instant import system_clock
from tests.bench.server import children
from tests.conftest import USER_AGENT, Mock
from tests.forge import Forge
from tests.sts.conftest import WS_TRUST, Sts

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no Unix sockets to hand connections over")

LAST_NAME = b"COVID_LASTNAME_TEST"


@pytest.fixture(scope="session")
def pair(start_mock: Callable[..., Mock]) -> Mock:
    return start_mock("--workers", "2", "--profile", "hardened")


def management(mock: Mock, method: str, path: str, body: object = None) -> Any:
    answer = urllib3.request(method, mock.management + path, json=body, retries=False)
    assert answer.status == 200, answer.data
    return json.loads(answer.data)


class Caller:
    """A client with a connection of its own: connections are dealt out in turn, so two of them have two workers."""

    def __init__(self, mock: Mock, session: str = "") -> None:
        self.url = mock.url.removesuffix(ENDPOINT_PATH) + session + ENDPOINT_PATH
        self.mock = mock
        self.http = urllib3.PoolManager(retries=False, timeout=30.0, maxsize=1)

    def post(self, body: bytes) -> urllib3.BaseHTTPResponse:
        return self.http.request("POST", self.url, body=body, headers=urllib3.HTTPHeaderDict(self.mock.fields()))

    def entry(self, body: bytes) -> Any:
        return management(self.mock, "GET", f"/journal/{self.post(body).headers['X-CorrelationID']}")


@contextmanager
def callers(mock: Mock, session: str = "", count: int = 2) -> Iterator[list[Caller]]:
    each = [Caller(mock, session) for _ in range(count)]
    for caller in each:  # opened now, so that each keeps its worker
        caller.http.request("OPTIONS", caller.url)
    yield each
    for caller in each:
        caller.http.clear()


def test_a_message_is_a_replay_whichever_worker_took_it_first(pair: Mock) -> None:
    body = pair.forge().octets()
    with callers(pair, count=4) as each:
        entries = [caller.entry(body) for caller in each]
    assert [entry["verdict"] for entry in entries] == ["success", "fault", "fault", "fault"]
    assert {entry["rule"] for entry in entries[1:]} == {"I12"}


def test_of_one_message_sent_to_all_at_once_one_is_accepted(pair: Mock) -> None:
    with callers(pair, count=6) as each, ThreadPoolExecutor(6) as threads:
        for _ in range(5):
            body, gate = pair.forge().octets(), threading.Barrier(6)

            def send(caller: Caller, body: bytes = body, gate: threading.Barrier = gate) -> int:
                gate.wait()
                return caller.post(body).status

            assert sorted(threads.map(send, each)) == [200, 500, 500, 500, 500, 500]


def test_who_has_the_answer_finds_it_in_the_journal(pair: Mock) -> None:
    with callers(pair) as each:
        for caller in each * 5:
            entry = caller.entry(pair.forge().octets())
            assert entry["answer"]["identifier"]
            assert {finding["severity"] for finding in entry["report"]["findings"]} <= {"info"}


def test_findings_of_a_worker_are_told_as_those_of_one_process(pair: Mock, start_mock: Callable[..., Mock]) -> None:
    alone = start_mock("--profile", "hardened")

    def findings(mock: Mock) -> Any:
        return mock.post(mock.forge().octets().replace(LAST_NAME, b"COVID_LASTNAME_BEST")).report

    assert findings(pair) == findings(alone)


def test_each_step_of_a_scenario_is_played_once(pair: Mock) -> None:
    steps = {"step": [{"answer": "fault", "code": "SOA-02002", "times": 7}, {"answer": "fault", "code": "SOA-02001"}]}
    management(pair, "PUT", "/sessions/steps/scenario", steps)
    with callers(pair, "/s/steps", 4) as each, ThreadPoolExecutor(4) as threads:
        codes = Counter(threads.map(lambda caller: caller.entry(pair.forge().octets())["soa"], each * 3))
    assert codes == {"SOA-02002": 7, "SOA-02001": 1, None: 4}
    assert management(pair, "GET", "/sessions/steps/scenario")["requests"] == 12


def test_the_identifier_to_repeat_may_be_another_workers(pair: Mock) -> None:
    steps = {"step": [{"answer": "truth"}, {"answer": "duplicate-identifier", "times": 3}]}
    management(pair, "PUT", "/sessions/again/scenario", steps)
    with callers(pair, "/s/again", 4) as each:
        issued = [caller.entry(pair.forge().octets())["answer"]["identifier"] for caller in each]
    assert len(set(issued)) == 1


def test_a_clock_that_is_set_goes_so_for_every_worker(pair: Mock) -> None:
    management(pair, "PUT", "/sessions/late/clock", {"offsetSeconds": 7200})
    with callers(pair, "/s/late") as each:
        assert {caller.entry(pair.forge().octets())["soa"] for caller in each} == {"SOA-01001"}
        management(pair, "DELETE", "/sessions/late/clock")
        assert {caller.entry(pair.forge().octets())["verdict"] for caller in each} == {"success"}


def test_sessions_do_not_see_each_other(pair: Mock) -> None:
    body = pair.forge().octets()
    with callers(pair, "/s/one") as one, callers(pair, "/s/two") as two:
        # Not the same bytes at one session, but at two: a session remembers for itself.
        assert one[0].entry(body)["verdict"] == two[0].entry(body)["verdict"] == "success"
        assert one[1].entry(pair.forge().octets())["session"] == "one"
    assert len(management(pair, "GET", "/journal?session=one")["entries"]) == 2
    assert len(management(pair, "GET", "/journal?session=two")["entries"]) == 1


def test_a_persona_that_is_added_is_known_to_every_worker(pair: Mock) -> None:
    numbers = {"ssin": "85123199937", "nihii": "19999024004"}
    persona = {"role": "physician", "numbers": numbers, "legal_context": False}
    shown = urllib3.request("PUT", f"{pair.management}/personas/late-comer", json=persona, retries=False)
    assert shown.status == 200, shown.data
    known = StateFolder(pair.state, known=PersonaRegister(pair.state))
    with callers(pair) as each:
        for caller in each:
            body = Forge.request(known.credentials("late-comer"), pair.contract, system_clock()).octets()
            assert caller.entry(body)["cbss"] == "MSG00013"


def test_a_challenge_of_one_worker_is_answered_at_another(pair: Mock) -> None:
    """The client of the suite opens a connection for each of the two calls."""
    sts = Sts(pair)
    session = sts.entry("hospital")

    def issue() -> bytes:
        endpoint = read_endpoint(sts.base, WS_TRUST)
        client = StsClient(
            endpoint,
            Transport("tests@example.org", 30.0),
            sts.entry(),
            KeyEntry("session", session.key, session.certificate),
        )
        return client.issue(claims_of(personas()["physician"])).octets

    with callers(pair, count=1):  # so that the next connections do not fall into step with the workers
        tokens = {issue() for _ in range(3)}
    assert len(tokens) == 3


def test_the_journal_has_the_order_of_the_answers_whichever_worker_gave_them(pair: Mock) -> None:
    with callers(pair, "/s/order", 3) as each:
        sent = [caller.post(pair.forge().octets()).headers["X-CorrelationID"] for caller in each * 8]
    listed = management(pair, "GET", "/journal?session=order")["entries"]
    assert [entry["id"] for entry in reversed(listed)] == sent
    numbers = [entry["number"] for entry in listed]
    assert numbers == sorted(numbers, reverse=True)


def test_a_journal_that_was_cleared_stays_empty(pair: Mock) -> None:
    with callers(pair, "/s/cleared", 3) as each:
        for _ in range(3):
            for caller in each:
                caller.post(pair.forge().octets())
            assert management(pair, "DELETE", "/journal?session=cleared") == {"forgotten": 3}
    assert management(pair, "GET", "/journal?session=cleared")["entries"] == []


def test_counters_have_every_exchange_that_was_answered(pair: Mock) -> None:
    with callers(pair, "/s/counted", 3) as each:
        for number in range(1, 6):
            for caller in each:
                caller.post(pair.forge().octets())
            assert management(pair, "GET", "/sessions/counted")["exchanges"] == {"success": 3 * number}


def test_a_session_that_was_emptied_or_removed_knows_no_message_whichever_worker_is_asked(pair: Mock) -> None:
    body = pair.forge().octets()
    with callers(pair, "/s/renewed", 4) as each:
        for method, path in (("POST", "/sessions/renewed/reset"), ("DELETE", "/sessions/renewed")):
            for caller in each:
                assert caller.entry(body)["verdict"] == "success"
                management(pair, method, path)


def test_a_scenario_that_begins_or_ends_does_so_for_every_worker(pair: Mock) -> None:
    with callers(pair, "/s/sudden", 3) as each:
        for caller in each * 2:
            assert caller.post(pair.forge().octets()).status == 200
            management(pair, "PUT", "/sessions/sudden/scenario", {"step": [{"answer": "fault", "code": "SOA-02002"}]})
            assert caller.entry(pair.forge().octets())["soa"] == "SOA-02002"
            management(pair, "DELETE", "/sessions/sudden/scenario")


def test_a_stream_tells_what_each_worker_answers_at_once_and_in_order(pair: Mock) -> None:
    stream = urllib3.PoolManager(timeout=10.0).request(
        "GET", f"{pair.management}/journal/stream?session=streamed", preload_content=False
    )
    octets, text = stream.stream(1), b""
    with callers(pair, "/s/streamed", 3) as each:
        sent = [caller.post(pair.forge().octets()).headers["X-CorrelationID"] for caller in each * 2]
        while text.count(b"event: exchange") < len(sent) or not text.endswith(b"\n\n"):
            text += next(octets)
    stream.close()
    told = [json.loads(line[6:]) for line in text.splitlines() if line.startswith(b"data: ")]
    assert [each["id"] for each in told] == sent


def test_who_waits_for_an_exchange_hears_of_it(pair: Mock) -> None:
    management(pair, "PUT", "/sessions/awaited")
    wanted = {"session": "awaited", "match": {"verdict": "success"}, "count": 2, "timeoutSeconds": 20}
    with callers(pair, "/s/awaited") as each, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(management, pair, "POST", "/journal/wait", wanted)
        for caller in each:
            time.sleep(0.1)
            caller.post(pair.forge().octets())
        assert waiting.result()["count"] == 2


def test_the_gauges_are_those_of_all_workers(pair: Mock) -> None:
    with callers(pair, count=5):
        metrics = urllib3.request("GET", f"{pair.management}/metrics").data.decode()
        (open_now,) = [line.split()[1] for line in metrics.splitlines() if line.startswith("dossier_mock_connections ")]
        assert int(open_now) >= 5


@contextmanager
def served(state: Path, *options: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, str]]]:
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--management-port", "0", "--workers", "2"]
    process = subprocess.Popen(
        [*command, "--state", str(state), *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    urls: dict[str, str] = {}
    with process, process.stdout as said:
        for line in said:
            name, _, rest = line.partition(" ")
            urls[name] = rest.strip()
            if name == "ready":
                break
        try:
            yield process, urls
        finally:
            process.kill()


def gone(process: int) -> bool:
    """Ended, or a zombie that nobody has asked for."""
    try:
        return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it does not come to pass"
        time.sleep(0.05)


only_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


@only_linux
@pytest.mark.slow
def test_a_worker_that_dies_is_replaced_and_no_identifier_is_issued_twice(tmp_path: Path) -> None:
    with served(tmp_path) as (process, urls):
        credentials, contract = StateFolder(tmp_path).credentials("physician"), load_contract()
        fields = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{contract.soap_action}"'}
        answered: list[bytes] = []
        ended = threading.Event()

        def drive() -> None:
            http = urllib3.PoolManager(retries=False, timeout=30.0)
            while not ended.is_set():
                body = Forge.request(credentials, contract, system_clock()).octets()
                try:
                    data = http.request("POST", urls["ready"], body=body, headers=fields).data
                except urllib3.exceptions.HTTPError:
                    continue  # its worker was killed
                answered.extend(part.partition(b"<")[0] for part in data.split(b"CovidDossierIdentifier>")[1:2])

        drivers = [threading.Thread(target=drive) for _ in range(4)]
        for driver in drivers:
            driver.start()
        for _ in range(2):
            so_far = len(answered)
            wait_until(lambda so_far=so_far: len(answered) > so_far + 20)  # type: ignore[misc]
            victim = children(process.pid)[0]
            os.kill(victim, signal.SIGKILL)
            wait_until(lambda victim=victim: victim not in children(process.pid) and len(children(process.pid)) == 2)  # type: ignore[misc]
        so_far = len(answered)
        wait_until(lambda: len(answered) > so_far + 20)
        ended.set()
        for driver in drivers:
            driver.join()
        assert len(set(answered)) == len(answered)
        process.terminate()
        assert process.wait(15) == 0
    from mockserver.cbss.register import Register  # noqa: PLC0415 - opened only now that nobody writes

    register = Register.in_state(tmp_path)
    assert [one for one in answered if not register.holds(one.decode())] == []
    register.close()


@only_linux
@pytest.mark.slow
@pytest.mark.parametrize(("killed_too_soon", "goes_on"), [(1, True), (3, False)])
def test_a_replacement_that_dies_before_it_is_ready_is_replaced_too_a_few_times(
    tmp_path: Path, killed_too_soon: int, goes_on: bool
) -> None:
    with served(tmp_path, "--memory") as (process, urls):
        known = set(children(process.pid))

        def new() -> set[int]:
            return set(children(process.pid)) - known

        os.kill(min(known), signal.SIGKILL)
        for _ in range(killed_too_soon):
            wait_until(lambda: bool(new()))
            (replacement,) = new()
            os.kill(replacement, signal.SIGKILL)
            known.add(replacement)
        if goes_on:
            wait_until(lambda: len(new()) == 1)
            assert urllib3.request("GET", f"{urls['ready']}?wsdl", retries=False).status == 200
        else:
            assert process.wait(20) == 3


@only_linux
@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--memory",)], ids=["identifiers in a file", "in memory"])
def test_the_journal_has_what_was_answered_even_by_workers_that_were_killed_at_once(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    with served(tmp_path, *options) as (process, urls):
        credentials, contract = StateFolder(tmp_path).credentials("physician"), load_contract()
        fields = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{contract.soap_action}"'}
        bodies = [Forge.request(credentials, contract, system_clock()).octets() for _ in range(8)]
        each = [urllib3.PoolManager(retries=False, timeout=30.0) for _ in range(4)]
        answers = [
            http.request("POST", urls["ready"], body=body, headers=fields)
            for http, body in zip(each * 2, bodies, strict=True)
        ]
        for worker in children(process.pid):
            os.kill(worker, signal.SIGKILL)
        listed = json.loads(urllib3.request("GET", f"{urls['management']}/journal").data)["entries"]
        assert [entry["id"] for entry in reversed(listed)] == [answer.headers["X-CorrelationID"] for answer in answers]
        identifiers = {
            part.partition(b"<")[0] for one in answers for part in one.data.split(b"CovidDossierIdentifier>")[1:2]
        }
        assert len(identifiers) == len(answers)


@only_linux
@pytest.mark.slow
def test_what_workers_accepted_is_a_replay_when_all_of_them_were_killed_since(tmp_path: Path) -> None:
    with served(tmp_path, "--profile", "hardened") as (process, urls):
        credentials, contract = StateFolder(tmp_path).credentials("physician"), load_contract()
        fields = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{contract.soap_action}"',
            "User-Agent": USER_AGENT,
            "From": "tests@example.org",
        }
        bodies = [Forge.request(credentials, contract, system_clock()).octets() for _ in range(4)]

        def statuses() -> list[int]:
            each = [urllib3.PoolManager(retries=False, timeout=30.0) for _ in bodies]
            return [
                http.request("POST", urls["ready"], body=body, headers=fields).status
                for http, body in zip(each, bodies, strict=True)
            ]

        assert statuses() == [200] * 4
        killed = set(children(process.pid))
        for worker in killed:
            os.kill(worker, signal.SIGKILL)
        wait_until(lambda: len(set(children(process.pid)) - killed) == 2)
        assert statuses() == [500] * 4


@only_linux
@pytest.mark.slow
@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_the_first_process(tmp_path: Path, with_signal: signal.Signals) -> None:
    with served(tmp_path, "--memory") as (process, _):
        workers = children(process.pid)
        assert len(workers) == 2
        process.send_signal(with_signal)
        process.wait(15)
        wait_until(lambda: all(map(gone, workers)))


@pytest.mark.slow
def test_workers_speak_tls(tmp_path: Path) -> None:
    with served(tmp_path, "--memory", "--tls") as (_, urls):
        assert urls["ready"].startswith("https://")
        ca = tmp_path / "ca.pem"
        command = [sys.executable, "-m", "mockserver", "ca", "--out", str(ca), "--state", str(tmp_path)]
        subprocess.run(command, check=True, timeout=60)
        http = urllib3.PoolManager(ca_certs=str(ca), retries=False)
        assert http.request("GET", f"{urls['ready']}?wsdl").status == 200
        with pytest.raises(urllib3.exceptions.HTTPError):
            urllib3.PoolManager(retries=False).request("GET", f"{urls['ready']}?wsdl")
        assert http.request("GET", f"{urls['ready']}?wsdl").status == 200
