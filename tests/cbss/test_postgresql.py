"""The store on PostgreSQL: one for several mocks, and one that may be away for a while."""

import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import urllib3

from conformance.client.credentials import StateFolder
from conformance.modes.mock import running_mock
from mockserver.cbss.register import Register
from mockserver.cbss.store import RegisterError, RegisterUnavailable, UnusableStore
from mockserver.contract import load_contract
from mockserver.instant import system_clock
from tests.forge import Forge

needs_postgresql = pytest.mark.skipif(sys.platform == "win32", reason="its programs are looked for as Debian has them")


@pytest.fixture(scope="module")
def database() -> Iterator[object]:
    from tests.cbss.postgresql import Postgresql, programs  # noqa: PLC0415 - it needs pwd, which Windows lacks

    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    # Not below pytest's own folder: another run of pytest closes that one to the user that the database runs as.
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        server = Postgresql.made(found, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


class Client:
    """Calls one mock on a connection of its own."""

    def __init__(self, endpoint: str, state: Path) -> None:
        self.endpoint = endpoint
        self.credentials = StateFolder(state).credentials("physician")
        self.contract = load_contract()
        self.http = urllib3.PoolManager(retries=False, timeout=30.0)

    def call(self) -> tuple[str | None, bool]:
        """The identifier; and whether it was SOA-02002, for which a client tries again later."""
        body = Forge.request(self.credentials, self.contract, system_clock()).octets()
        fields = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{self.contract.soap_action}"'}
        data = self.http.request("POST", self.endpoint, body=body, headers=fields).data
        _, found, rest = data.partition(b"CovidDossierIdentifier>")
        return (rest.partition(b"<")[0].decode() if found else None), b"SOA-02002" in data


@needs_postgresql
@pytest.mark.slow
def test_four_mocks_share_one_store_and_a_restart_of_the_database_loses_nothing(
    database: object, tmp_path: Path
) -> None:
    from tests.cbss.postgresql import Postgresql  # noqa: PLC0415

    assert isinstance(database, Postgresql)
    answered: list[str] = []
    later = threading.Event()
    again = threading.Event()
    ended = threading.Event()
    with ExitStack() as stack:
        # All four at once, on an empty database: each wants to create the table.
        with ThreadPoolExecutor(4) as starting:
            states = [tmp_path / f"state-{number}" for number in range(4)]
            mocks = list(starting.map(lambda state: running_mock(state, "--store", database.url), states))
            urls = list(starting.map(stack.enter_context, mocks))

        def drive(client: Client) -> None:
            while not ended.is_set():
                identifier, try_later = client.call()
                if identifier is not None:
                    answered.append(identifier)
                    if later.is_set():
                        again.set()
                elif try_later:
                    later.set()
                    time.sleep(0.05)
                else:
                    raise AssertionError("neither an identifier nor SOA-02002")

        clients = [Client(mock.endpoint, state) for mock, state in zip(urls, states, strict=True) for _ in (1, 2)]
        with ThreadPoolExecutor(len(clients)) as driving:
            driven = [driving.submit(drive, client) for client in clients]
            try:
                wait_for(lambda: len(answered) > 200)
                database.stop()
                assert later.wait(30)
                database.start()
                assert again.wait(30)
                so_far = len(answered)
                wait_for(lambda: len(answered) > so_far + 100)
            finally:
                ended.set()
        for one in driven:
            one.result()
    assert len(set(answered)) == len(answered)
    register = Register.on_server(database.url)
    assert [identifier for identifier in answered if not register.holds(identifier)] == []
    assert register.count() >= len(answered)
    register.close()


@needs_postgresql
@pytest.mark.slow
def test_the_same_identifier_drawn_twice_is_issued_once(database: object) -> None:
    """A format of a million: of 3,000 by three registers some are drawn twice, and none is given twice."""
    from tests.cbss.postgresql import Postgresql  # noqa: PLC0415

    assert isinstance(database, Postgresql)
    registers = [Register.on_server(database.url, "T######") for _ in range(3)]

    def issue(register: Register) -> list[str]:
        return [register.issue(now=number, correlation_id="test") for number in range(1000)]

    with ThreadPoolExecutor(3) as threads:
        issued = [identifier for each in threads.map(issue, registers) for identifier in each]
    assert len(set(issued)) == 3000
    for register in registers:
        register.close()


@needs_postgresql
@pytest.mark.slow
def test_a_wrong_password_is_told_without_it(database: object) -> None:
    from tests.cbss.postgresql import PASSWORD, Postgresql  # noqa: PLC0415

    assert isinstance(database, Postgresql)
    with pytest.raises(RegisterError, match="password authentication failed") as told:
        Register.on_server(database.url.replace(PASSWORD, "not-this-one"))
    assert "not-this-one" not in str(told.value)
    with pytest.raises(RegisterError, match='database "nowhere" does not exist'):
        Register.on_server(database.url.replace("/postgres", "/nowhere"))


def test_a_database_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--management-port", "0"]
    url = "postgresql://dossier:secret-word@127.0.0.1:1/dossier"
    done = subprocess.run(
        [*command, "--state", str(tmp_path), "--store", url], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 3
    assert "connection" in done.stderr
    assert "postgresql://dossier:***@127.0.0.1:1/dossier" in done.stderr
    assert "secret-word" not in done.stderr + done.stdout
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "url", ["nothing", "mysql://dossier:secret-word@127.0.0.1/dossier", "postgresql://dossier:secret-word@h:port/x"]
)
def test_a_url_that_is_of_no_use_is_told_without_its_password(url: str) -> None:
    with pytest.raises(UnusableStore, match="write postgresql://USER") as told:
        Register.on_server(url)
    assert "secret-word" not in str(told.value)


@needs_postgresql
@pytest.mark.slow
def test_a_database_that_is_gone_is_told_in_the_words_of_the_driver_alone(database: object) -> None:
    from tests.cbss.postgresql import PASSWORD, Postgresql  # noqa: PLC0415

    assert isinstance(database, Postgresql)
    register = Register.on_server(database.url)
    database.stop()
    try:
        with pytest.raises(RegisterUnavailable) as told:
            register.issue(now=0, correlation_id="test")
        assert PASSWORD not in str(told.value)
    finally:
        database.start()
    assert register.issue(now=0, correlation_id="test")
    register.close()


@needs_postgresql
@pytest.mark.slow
def test_a_database_that_falls_silent_is_given_up_and_asked_anew(database: object) -> None:
    """Neither an answer nor a refusal, as when its machine hangs: its own limit of five seconds does not help."""
    from tests.cbss.postgresql import Postgresql  # noqa: PLC0415

    assert isinstance(database, Postgresql)
    register = Register.on_server(database.url)
    register.issue(now=0, correlation_id="test")
    with database.silent():
        for expected in ("has not answered for 6 seconds", "timeout"):
            with pytest.raises(RegisterUnavailable, match=expected):
                register.issue(now=0, correlation_id="test")
    assert register.issue(now=0, correlation_id="test")
    register.close()


def test_a_driver_that_is_not_installed_is_told_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "mockserver.cbss.store.postgresql", raising=False)
    with pytest.raises(UnusableStore, match="install the product with its extra postgres"):
        Register.on_server("postgresql://dossier@127.0.0.1/dossier")


def test_a_server_that_takes_no_connection_in_time_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"postgresql://dossier:secret-word@127.0.0.1:{mute.getsockname()[1]}/dossier?connect_timeout=2"
        with pytest.raises(RegisterError, match="timeout") as told:
            Register.on_server(url)
    assert "secret-word" not in str(told.value)


def wait_for(holds: object, seconds: float = 60.0) -> None:
    assert callable(holds)
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it does not come to pass"
        time.sleep(0.05)
