"""The mock as a process of its own, for whoever needs an endpoint for a while."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import Final

START_TIMEOUT: Final = 30.0
"""Seconds until the mock must have said that it is ready; a new state folder costs it a few RSA keys."""

STOP_TIMEOUT: Final = 10.0
"""Seconds it may take to stop."""

_SAID: Final = re.compile(r"(management|ready) (\S+)")
"""The lines on stdout: `management URL`, then, when the mock can answer, `ready URL`."""


class MockError(Exception):
    """The mock did not start, or did not stop. The message ends with what it wrote on stderr."""


@dataclass(frozen=True, slots=True)
class MockUrls:
    """Where a running mock listens."""

    endpoint: str
    """The service, path included."""
    management: str
    """Journal and health, without path."""


@contextmanager
def running_mock(state: Path, *options: str) -> Iterator[MockUrls]:
    """Starts `python -m mockserver serve` on free ports with this state folder and yields where it listens.

    It is stopped at the end, with SIGTERM (on Windows, which has none, it is terminated). Raises MockError
    when it does not get ready, ends by itself, or does not stop.
    """
    ports = ("--port", "0", "--management-port", "0")
    mock = _Mock([sys.executable, "-m", "mockserver", "serve", *ports, "--state", str(state), *options])
    try:
        yield mock.urls()
    except BaseException:
        mock.end()  # and no word on how it ended: what is being raised came first
        raise
    mock.stop()


class _Mock:
    """The process, and threads that read its pipes to the end: a full pipe would stop it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            # The mock takes settings from there too, and this one must be the same everywhere.
            env={name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._stdout: Queue[str | None] = Queue()
        self._stderr: list[str] = []
        self._readers = [
            threading.Thread(target=self._read_stdout, daemon=True),
            threading.Thread(target=self._read_stderr, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def urls(self) -> MockUrls:
        """Waits for the `ready` line on stdout."""
        said = {}
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            try:
                line = self._stdout.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty as error:
                raise self._trouble(f"was not ready after {START_TIMEOUT:g} seconds") from error
            if line is None:
                raise self._trouble("ended before it was ready")
            if match := _SAID.match(line):
                said[match[1]] = match[2]
                if match[1] == "ready":
                    break
        if "management" not in said:
            raise self._trouble("was ready without naming its management port")
        return MockUrls(said["ready"], said["management"])

    def stop(self) -> None:
        """Ends the process, which must have been running until now and must obey."""
        if self._process.poll() is not None:
            raise self._trouble("ended by itself")
        if not self.end():
            raise self._trouble(f"did not stop within {STOP_TIMEOUT:g} seconds and was killed")

    def end(self) -> bool:
        """Ends the process and the reading. False when it had to be killed."""
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
            obeyed = True
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            obeyed = False
        for reader in self._readers:
            reader.join(STOP_TIMEOUT)
        return obeyed

    def _trouble(self, what: str) -> MockError:
        self.end()
        return MockError(f"the mock {what}; its stderr:\n{''.join(self._stderr).rstrip() or '(empty)'}")

    def _read_stdout(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - mypy does not know what PIPE means
        with self._process.stdout as stream:
            for line in stream:
                self._stdout.put(line)
        self._stdout.put(None)

    def _read_stderr(self) -> None:
        assert self._process.stderr is not None  # noqa: S101
        with self._process.stderr as stream:
            self._stderr.extend(stream)
