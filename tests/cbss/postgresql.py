"""A real PostgreSQL from Debian, in a folder of its own, started and stopped by the tests."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER = "dossier"
PASSWORD = "only-for-tests"


def programs() -> Path | None:
    """The folder with initdb and pg_ctl; None where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    named = shutil.which("initdb")
    return None if named is None else Path(named).parent


@dataclass
class Postgresql:
    """A server of one database, on loopback."""

    programs: Path
    folder: Path
    port: int

    @classmethod
    def made(cls, programs: Path, folder: Path) -> "Postgresql":
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        if os.geteuid() == 0:  # the server refuses to run as root
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        server = cls(programs, folder, port)
        secret = folder / "password"
        secret.write_text(PASSWORD, "ascii")
        secret.chmod(0o644)
        server._run(
            "initdb", "--auth=scram-sha-256", f"--username={USER}", f"--pwfile={secret}", "--encoding=UTF8", "--no-sync"
        )
        return server

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self._run("pg_ctl", "start", "--wait", "--silent", f"--log={self.folder / 'log'}", f"--options={options}")

    def stop(self) -> None:
        """As a restart does it: clients are cut off."""
        self._run("pg_ctl", "stop", "--wait", "--silent", "--mode=fast")

    @contextmanager
    def silent(self) -> Iterator[None]:
        """It takes connections still, as the kernel does that for it, and says nothing."""
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        # The postmaster first: one that sees a child stop could start another.
        processes = [postmaster, *_children(postmaster)]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = [str(self.programs / program), f"--pgdata={self.folder / 'data'}", *arguments]
        user = "postgres" if os.geteuid() == 0 else None
        done = subprocess.run(
            command,
            check=False,
            stdout=subprocess.DEVNULL,  # a server that stays would keep a pipe open
            stderr=subprocess.PIPE,
            user=user,
            cwd=self.folder,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr.decode()


def _children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in found.split()]
