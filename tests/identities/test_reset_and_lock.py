"""`mockserver reset` and the lock of the state folder: nothing is deleted without it, nobody starts meanwhile."""

import shutil
from pathlib import Path

import pytest

from mockserver.identities.authority import AuthorityError
from mockserver.identities.state_folder import StateUse, clear


def everything(folder: Path) -> set[Path]:
    return {entry for entry in folder.rglob("*") if entry.name != "in-use"}


def test_while_the_folder_is_in_use_nothing_of_it_is_deleted(state: Path) -> None:
    before = everything(state)
    first, second = StateUse.begin(state), StateUse.begin(state)
    for use in (first, second):
        with pytest.raises(AuthorityError, match="a mock runs on"):
            clear(state)
        assert everything(state) == before
        use.close()
    clear(state)
    assert everything(state) == set()


def test_the_lock_is_held_from_before_the_first_deletion_until_after_the_last(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (state / "register.sqlite").write_bytes(b"")
    refused = []

    def starting_meanwhile(folder: Path) -> None:
        for moment in ("before", "after"):
            with pytest.raises(AuthorityError, match="is being cleared by `mockserver reset`"):
                StateUse.begin(state)
            refused.append(moment)
            if moment == "before":
                remove(folder)

    remove = shutil.rmtree
    monkeypatch.setattr(shutil, "rmtree", starting_meanwhile)
    clear(state)
    assert refused == ["before", "after"]
    StateUse.begin(state).close()
