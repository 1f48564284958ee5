"""`mockserver check --explain`: the X-ray of a message from a file, and its octets as files to compare."""

from collections.abc import Sequence
from pathlib import Path

from mockserver.assembly import Plan
from mockserver.examine import UnusableInput
from mockserver.gateway.exchange import Exchange, HttpRequest
from mockserver.gateway.policy import Policy
from mockserver.identities.personas import personas_with
from mockserver.xray.explain import explain
from mockserver.xray.explanation import Explanation
from mockserver.xray.known import Known, persona_certificates, persona_values
from mockserver.xray.visible import LEGEND, visible


def explain_report(request: HttpRequest, policy: Policy, plan: Plan, earlier: Sequence[Path]) -> Explanation:
    """The X-ray of a request; compared with the personas of the plan's state folder and with earlier messages.

    Raises UnusableInput, PersonaError.
    """
    values = persona_values(personas_with(plan.personas).values())
    known = Known(persona_certificates(plan.state), [_read(file) for file in earlier], values)
    return explain(Exchange(request, policy), known)


def write_octets(explanation: Explanation, folder: Path) -> list[Path]:
    """The canonical octets of each part as they came, and as they were signed where that was found; with a readable
    form of each that shows white space.

    Raises UnusableInput.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, octets in _named_octets(explanation).items():
            for file, content in (
                (folder / f"{name}.c14n.xml", octets),
                (folder / f"{name}.visible.txt", f"{LEGEND}\n\n{visible(octets)}\n".encode()),
            ):
                file.write_bytes(content)
                written.append(file)
    except OSError as error:
        raise UnusableInput(f"{folder} cannot be written: {error.strerror or error}; name another folder") from error
    return written


def _named_octets(explanation: Explanation) -> dict[str, bytes]:
    found = {}
    for signature in explanation.signatures:
        if signature.octets is not None:
            found[f"{signature.of}-SignedInfo"] = signature.octets
        for number, reference in enumerate(signature.references, 1):
            if reference.octets is not None:
                name = (reference.target or "").rpartition("/")[2]
                found[f"{signature.of}-{number}-{name}"] = reference.octets
    for number, diagnosis in enumerate(explanation.diagnoses, 1):
        if diagnosis.octets is not None:
            found[f"diagnosis-{number}-{_file_name(diagnosis.part)}-as-signed"] = diagnosis.octets
    return found


def _file_name(part: str) -> str:
    return "".join(character if character.isascii() and character.isalnum() else "-" for character in part)[:60]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UnusableInput(f"{file} cannot be read: {error.strerror or error}") from error
