"""How a row of the rule catalogue is broken: one message each, and the finding it must bring."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from mockserver.namespaces import SOAP, WSU
from tests.attacks.tokens import token
from tests.conftest import Mock
from tests.forge import Forge, Mutation

FOREIGN: Final = "{urn:example}Block"
ACTOR: Final = f"{{{SOAP}}}actor"
WSU_ID: Final = f"{{{WSU}}}Id"

Build = Callable[[Mock], Forge]


@dataclass(frozen=True)
class Break:
    """A message that breaks a row."""

    row: str
    """The row of the catalogue: `S01`, `H29`."""
    case: str
    rule: str
    """Id in the registry of the rule that must be found broken; some rows share one."""
    build: Build
    severity: str = "reject"


def broken(
    row: str, rule: str, case: str, *changes: Mutation, signed_again: bool = False, severity: str = "reject"
) -> Break:
    """A break by changing a valid message; the holder signs again where the change would break the signature."""

    def build(mock: Mock) -> Forge:
        forge = mock.forge()
        for change in changes:
            change(forge)
        return forge.sign() if signed_again else forge

    return Break(row, case, rule, build, severity)


def token_broken(
    row: str,
    rule: str,
    case: str,
    alter: Callable[[etree._Element], object] = lambda assertion: None,
    *,
    severity: str = "reject",
    **options: Any,
) -> Break:
    """A break in the token: altered and signed by the STS again, in a message that its holder signed for it."""

    def build(mock: Mock) -> Forge:
        return mock.forge().replace_token(token(mock, alter, **options)).sign()

    return Break(row, case, rule, build, severity)


def at(path: str, forge: Forge) -> etree._Element:
    """An element by its local names from the Envelope on; a name with `[2]` behind it is the second of that name."""
    steps = [step.partition("[") for step in path.split("/")]
    expression = "/".join(f"*[local-name() = '{name}'][{number.rstrip(']') or 1}]" for name, _, number in steps)
    found = forge.root.xpath(f"./{expression}")
    assert isinstance(found, list) and len(found) == 1, path
    element = found[0]
    assert isinstance(element, etree._Element)
    return element


def setting(path: str, name: str, value: str | None) -> Mutation:
    """Set an attribute; None takes it away."""

    def change(forge: Forge) -> None:
        element = at(path, forge)
        if value is None:
            del element.attrib[name]
        else:
            element.set(name, value)

    return change


def writing(path: str, text: str | None) -> Mutation:
    """Replace the text of an element."""

    def change(forge: Forge) -> None:
        at(path, forge).text = text

    return change


def adding(path: str, child: str | Callable[[], etree._Element], **attributes: str) -> Mutation:
    """Append an element with these attributes; `Id` and `actor` get their namespaces."""

    def change(forge: Forge) -> None:
        element = etree.Element(child) if isinstance(child, str) else child()
        for name, value in attributes.items():
            element.set({"Id": WSU_ID, "actor": ACTOR}.get(name, name), value)
        at(path, forge).append(element)

    return change


def removing(path: str) -> Mutation:
    """Remove an element and all below it."""

    def change(forge: Forge) -> None:
        element = at(path, forge)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change


def rules_of(breaks: Sequence[Break]) -> dict[str, set[str]]:
    """Row to the ids of the registry's rules that hold it."""
    table: dict[str, set[str]] = {}
    for each in breaks:
        table.setdefault(each.row, set()).add(each.rule)
    return table
