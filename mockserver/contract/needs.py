"""What the product needs of a contract, as data, and whether a contract has it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from mockserver.contract.declarations import ElementDeclaration
from mockserver.contract.documents import ContractError

# Paths below each element, by local name; a last step that begins with @ is an attribute, unqualified.
# Sources: cookbook 5.2.1 and 5.2.2; for SystemError eHealth's errors schema (wire-facts.md D1).
REQUEST: Final = (
    "@Id",
    "@IssueInstant",
    "Criteria",
    "Criteria/Requester",
    "Criteria/Requester/InstitutionIdentifier",
    "Criteria/Requester/InstitutionIdentifier/Nihii",
    "Criteria/Requester/InstitutionIdentifier/Cbe",
    "Criteria/Requester/PersonIdentifier",
    "Criteria/Person",
    "Criteria/Person/LastName",
    "Criteria/Person/FirstNames",
    "Criteria/Person/Gender",
    "Criteria/Person/PhoneNumber",
)
RESPONSE: Final = (
    "@Id",
    "@InResponseTo",
    "@IssueInstant",
    "Status",
    "Status/StatusCode",
    "Status/StatusCode/@Value",
    "Status/StatusMessage",
    "Status/StatusDetail",
    "CovidDossierIdentifier",
)
CBSS_STATUS: Final = (
    "Value",
    "Code",
    "Description",
    "Information",
    "Information/FieldName",
    "Information/FieldValue",
)
SYSTEM_ERROR: Final = ("@Id", "Origin", "Code", "Message", "Environment")


def check_needs(needs: Sequence[tuple[ElementDeclaration, Sequence[str]]]) -> None:
    """Compare declarations with the paths needed below each.

    Raises ContractError that names all paths a declaration lacks, and all that it requires although the
    product knows nothing to put there: with those, every message of ours would be invalid.
    """
    complaints: dict[str, list[str]] = {}
    for declaration, paths in needs:
        for holder, complaint in _differences(declaration, paths):
            complaints.setdefault(str(holder.document.path), []).append(complaint)
    if complaints:
        raise ContractError("; ".join(f"{path} {', '.join(found)}" for path, found in complaints.items()))


def _differences(root: ElementDeclaration, paths: Sequence[str]) -> Iterator[tuple[ElementDeclaration, str]]:
    """Each complaint, with the declaration whose type it concerns."""
    known: dict[str, set[str]] = {"": set()}
    for path in paths:
        parent, _, step = path.rpartition("/")
        known.setdefault(parent, set()).add(step)
        if not step.startswith("@"):
            known.setdefault(path, set())
    for path, steps in known.items():
        holder = _find(root, path)
        if holder is None:
            continue  # said already, where its parent was looked at
        present = _required_by_step(holder)
        prefix = f"{root.local}/{path}/" if path else f"{root.local}/"
        for step in sorted(steps - present.keys()):
            yield holder, f"lacks {prefix}{step}"
        for step in sorted(step for step, required in present.items() if required and step not in steps):
            yield holder, f"requires {prefix}{step}, which this product does not know"


def _find(root: ElementDeclaration, path: str) -> ElementDeclaration | None:
    try:
        return root[path] if path else root
    except KeyError:
        return None


def _required_by_step(holder: ElementDeclaration) -> Mapping[str, bool]:
    children = {name: child.required for name, child in holder.children.items()}
    return children | {f"@{name}": required for name, required in holder.attributes.items()}
