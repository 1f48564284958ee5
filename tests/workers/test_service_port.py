"""A service port with workers, where the system does not give it what it needs."""

from pathlib import Path

import pytest

from mockserver.assembly import Plan
from mockserver.http.limits import Limits
from mockserver.http.log import ExchangeLog
from mockserver.http.relay import Relay
from mockserver.instant import system_clock
from mockserver.service_port import Ports, PortSettings
from mockserver.sessions.register import Sessions
from mockserver.workers import service_port
from mockserver.workers.crew import WorkerError


def test_without_memory_to_share_there_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(service_port, "new_accepted_file", full)
    settings = PortSettings(
        "http://127.0.0.1:1", Ports(), Limits(), system_clock, Sessions(), ExchangeLog(form=None), Relay()
    )
    with pytest.raises(WorkerError, match=r"remember together what they accept: No space left on device\.$"):
        service_port.ManyProcesses(settings, workers=2, plan=Plan(tmp_path))
