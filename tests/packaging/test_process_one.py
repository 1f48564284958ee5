"""In a container the mock is process 1, which the kernel treats otherwise: a signal without a handler is ignored."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.commands.conftest import announced, environment

UNSHARE: Final = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]


def has_namespaces() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not has_namespaces(), reason="this machine makes no process namespaces")
def test_process_1_ends_by_itself_on_sigterm(tmp_path: Path) -> None:
    command = [*UNSHARE, sys.executable, "-m", "mockserver", "serve", "--port", "0", "--management-port", "0"]
    with subprocess.Popen(
        [*command, "--state", str(tmp_path)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            announced(process)
            (first,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            assert "NSpid:" in (status := Path(f"/proc/{first}/status").read_text())
            assert next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[-1] == "1"
            os.kill(int(first), signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
