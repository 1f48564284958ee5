"""What the messages at the edges are made with."""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from tests.forge import Forge, Mutation
from tests.mutants.recorder import Message, Recorder
from tests.rules.breaks import ACTOR, FOREIGN, WSU_ID
from tests.rules.breaks import at as element_at

LONG: Final = "abcdefghijklmnopqrstuvwxyz0123456789" * 8
"""Longer than anything that is shown whole; no two places near each other hold the same."""


def changed(recorder: Recorder, changes: dict[str, tuple[Mutation, ...]], *, signed_again: bool) -> Iterator[Message]:
    for case, mutations in changes.items():
        forge = recorder.forge()
        for change in mutations:
            change(forge)
        yield Message(case, recorder.plain(forge.sign() if signed_again else forge))


def block(parent: str, tag: str = FOREIGN, text: str | None = None, **attributes: str) -> Mutation:
    def change(forge: Forge) -> None:
        child = etree.SubElement(forge.root if not parent else element_at(parent, forge), tag)
        child.text = text
        for name, value in attributes.items():
            child.set({"Id": WSU_ID, "actor": ACTOR}.get(name, name), value)

    return change


def on(path: str, name: str, value: str) -> Mutation:
    return lambda forge: (forge.root if not path else element_at(path, forge)).set(name, value)


def tail(path: str, text: str) -> Mutation:
    return lambda forge: setattr(element_at(path, forge), "tail", text)
