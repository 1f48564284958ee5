"""The state folder as a whole: whether a mock runs on it, and how it is cleared.

Each mock keeps `STATE/in-use` open and locked for as long as it runs, together with others on the same folder; the
system lets go of the lock when a process ends, however it ends.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mockserver.identities.key_folder import AuthorityError

IN_USE: Final = "in-use"

_OURS: Final = (
    "pki",
    "personas",
    "register.sqlite",
    "register.sqlite-journal",
    "register.sqlite-wal",
    "register.sqlite-shm",
)
"""What the mock keeps there. The PKI comes first, because every mock makes one."""


class NoStateFolder(Exception):
    """The folder can't be cleared, because it is not one that the mock made; one sentence."""


class StateUse:
    """That a process uses a state folder, until it is closed or the process ends."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    @classmethod
    def begin(cls, state: Path) -> "StateUse":
        """Use the folder `state`, made if it is not there, together with whoever else does.

        Raises AuthorityError while it is being cleared.
        """
        try:
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(state / IN_USE, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            # A folder that this process can't write to, such as a volume that is mounted read-only. What it needs
            # to write there is refused by whoever writes it; a file of no content is no reason not to start.
            return cls(None)
        if not _lock(descriptor, alone=False):
            os.close(descriptor)
            raise AuthorityError(f"{state} is being cleared by `mockserver reset`; start again when that has ended")
        return cls(descriptor)

    def close(self) -> None:
        """Let go of the folder; may be called twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def contents(state: Path) -> Sequence[Path]:
    """What `clear` would take away. Raises NoStateFolder and AuthorityError."""
    if not state.is_dir():
        raise NoStateFolder(f"{state} is no folder; name the state folder with --state")
    found = [state / name for name in _OURS if os.path.lexists(state / name)]
    if not found:
        raise NoStateFolder(f"{state} is no state folder: it holds none of {', '.join(_OURS[:3])}")
    pki = state / "pki"
    if os.path.lexists(pki) and (pki.is_symlink() or not pki.is_dir()):
        raise NoStateFolder(f"{state} is no state folder: {pki} is not a folder of its own")
    return found


def clear(state: Path) -> None:
    """Take away all that the mock keeps in the folder `state`, and nothing else; the folder itself stays.

    Raises NoStateFolder for another folder, AuthorityError when a mock runs on it or something can't be deleted.
    """
    contents(state)
    try:
        descriptor = os.open(state / IN_USE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _lock(descriptor, alone=True):
                raise AuthorityError(f"a mock runs on {state}; stop it first")
            for entry in contents(state):
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
        finally:
            # The file stays: a mock that opened it a moment ago must lock the same one as the next.
            os.close(descriptor)
    except OSError as error:
        raise AuthorityError(f"{error.filename} can't be deleted ({error.strerror}); put that right") from error


if sys.platform == "win32":
    import msvcrt

    # Not tested: no test of this project has run on Windows yet. Windows locks bytes for one process alone, so each
    # mock takes a byte of its own, and who clears takes them all.
    _SLOTS: Final = 64

    def _lock(descriptor: int, *, alone: bool) -> bool:
        attempts = [(0, _SLOTS)] if alone else [(slot, 1) for slot in range(_SLOTS)]
        for offset, length in attempts:
            os.lseek(descriptor, offset, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, length)
            except OSError:
                continue
            return True
        return False

else:
    import fcntl

    def _lock(descriptor: int, *, alone: bool) -> bool:
        """Lock the file at once or not at all."""
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
