"""The X-ray for a person, on the terminal."""

from typing import Final

from rich.console import Console
from rich.text import Text

from mockserver.xray.explanation import Diagnosis, Explanation, KeyView, ReferenceEvidence, SignatureEvidence
from mockserver.xray.mistakes import STACKS, mistakes
from mockserver.xray.visible import first_difference

_WORDS: Final = {True: "verifies", False: "does not verify", None: "could not be tried"}


def print_explanation(explanation: Explanation) -> None:
    """Diagnoses first, then the evidence, on standard output; colour on a terminal only."""
    console = Console(highlight=False, soft_wrap=True)
    console.print()
    console.print(Text(f"X-ray: {explanation.headline}.", style="bold"))
    for diagnosis in explanation.diagnoses:
        _print_diagnosis(console, diagnosis)
    for signature in explanation.signatures:
        _print_signature(console, signature)
    effort = explanation.effort
    if any(not diagnosis.notes for diagnosis in explanation.diagnoses):
        end = f"the search ended {effort.stopped}" if effort.stopped else "every inverse edit was tried"
        console.print(Text(f"Where no mistake is named, {end} ({effort.steps} tries)."))


def _print_diagnosis(console: Console, diagnosis: Diagnosis) -> None:
    console.print()
    console.print(Text(diagnosis.headline, style="bold red" if diagnosis.notes else "yellow"))
    for number, note in enumerate(diagnosis.notes):
        mistake = mistakes()[note.mistake]
        if number:
            detail = f" ({note.detail})" if note.detail else ""
            _line(console, "and", mistake.title + detail)
        _line(console, "do", mistake.sentence)
        for stack, text in mistake.usual.items():
            _line(console, "often", f"{STACKS[stack]}: {text}")
    if diagnosis.octets is not None and diagnosis.received is not None:
        difference = first_difference(diagnosis.octets, diagnosis.received)
        if difference is not None:
            _line(console, "signed", difference[0])
            _line(console, "came", difference[1])


def _print_signature(console: Console, signature: SignatureEvidence) -> None:
    console.print()
    whose = "Message signature" if signature.of == "message" else "Signature of the token"
    console.print(Text(f"{whose}: SignatureValue {_WORDS[signature.verifies]}", style="bold"))
    if signature.problem:
        _line(console, "why", signature.problem)
    _line(console, "key", _key(signature.confirmed))
    if signature.used is not None and signature.used != signature.confirmed:
        _line(console, "used", _key(signature.used))
    for reference in signature.references:
        _print_reference(console, reference)


def _print_reference(console: Console, reference: ReferenceEvidence) -> None:
    verdict = {True: "matches", False: "does not match", None: "was not computed"}[reference.matches]
    _line(console, "digest", f"{reference.uri or '(no URI)'}, {reference.target or 'no element'}: {verdict}")
    if reference.problem:
        _line(console, "", reference.problem)
    if reference.matches is False:
        _line(console, "", f"declared {reference.declared.strip()}")
        _line(console, "", f"computed {reference.computed}")


def _key(view: KeyView | None) -> str:
    if view is None:
        return "none"
    if view.certificate is None:
        return view.name
    return f"{view.certificate.subject.rfc4514_string()} (serial {view.certificate.serial_number:x}), {view.name}"


def _line(console: Console, label: str, text: str) -> None:
    console.print(Text(f"       {label + ':' if label else '':<8}{text}"))
