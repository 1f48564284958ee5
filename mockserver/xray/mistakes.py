"""The mistakes that a diagnosis can name: `mistakes.toml`, read once."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

STACKS: Final[Mapping[str, str]] = {
    "cxf": "CXF, WSS4J",
    "wcf": "WCF, SignedXml",
    "zeep": "zeep, lxml",
    "node": "node-soap, xml-crypto",
}
"""Keys of `usual` in `mistakes.toml`, with the stacks' own names."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What a client did wrong, in words for its developer."""

    id: str
    family: str
    title: str
    """Follows the name of the part: "Body: pretty-printed after signing"."""
    sentence: str
    """What happened and what to do."""
    usual: Mapping[str, str]
    """Where it usually happens, by stack (keys of STACKS)."""
    seen: Sequence[str]
    """Public threads in which it was seen."""


@cache
def mistakes() -> Mapping[str, Mistake]:
    """All of them by id, in the order of the file."""
    with (files("mockserver.xray") / "mistakes.toml").open("rb") as file:
        table = tomllib.load(file)
    return {
        name: Mistake(
            name, row["family"], row["title"], row["sentence"], row.get("usual", {}), tuple(row.get("seen", ()))
        )
        for name, row in table.items()
    }
