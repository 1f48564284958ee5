"""docs/rules.md: the catalogue as a page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.catalogue.data import published
from mockserver.catalogue.markdown import GENERATED, anchored, http_words, prose, table

_INTRODUCTION: Final = """
Every rule of the gateway and of CBSS, in the order of judgement: by stage, and the first stage that refuses is the one
that answers. All rules run on every message, so the journal shows everything that is wrong, not only what was answered.
The same as data: [catalogue.json](catalogue.json), described by [catalogue.schema.json](catalogue.schema.json).

- **Level**: how strongly the source demands it. `hardening` is demanded of no sender, but a verifier that lets it pass
  can be deceived.
- **Severity**: what a breach does in a profile. `reject` refuses, `warn` and `info` are findings, `off` is not judged.
- **Essential**: keeps forged messages out; no profile and no override can weaken it.
- **Reconstructed**: neither the cookbook nor a standard it names says so; it was inferred from what the source tells.
- **Source**: the tags are explained in [sources.md](sources.md).
"""

_STS_TITLE: Final = "The STS"
_STS_TEXT: Final = """
A request for a token is judged by most of the rules above, and by these, which are the STS's own. It may live five
minutes instead of one."""


def rules_page() -> str:
    """The page, with a line end at its end."""
    return "\n".join(_lines(published())) + "\n"


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    judged = {rule["stage"] for rule in document["rules"]}
    stages = [stage for stage in document["stages"] if stage["name"] in judged]
    yield from ("# Rules", "", GENERATED, *_INTRODUCTION.splitlines())
    counts = f"{len(document['rules'])} rules of the service, {len(document['stsRules'])} of the STS"
    promise = "[what its digits promise](releases.md#the-catalogue-of-rules)"
    yield from ("", f"Version {document['catalogueVersion']} of the catalogue ({promise}); {counts}:", "")
    for title in (*(stage["title"] for stage in stages), _STS_TITLE):
        yield f"- [{title}](#{_stage_anchor(title)})"
    for stage in stages:
        rules = [rule for rule in document["rules"] if rule["stage"] == stage["name"]]
        yield from _part(stage["title"], stage["text"], rules, document["profiles"])
    yield from _part(_STS_TITLE, _STS_TEXT, document["stsRules"], document["profiles"])


def _part(title: str, text: str, rules: Sequence[Mapping[str, Any]], profiles: Sequence[str]) -> Iterator[str]:
    yield from ("", f"## {anchored(_stage_anchor(title), title)}", "", prose(text), "")
    yield from table(("Rule", "Title", "Level", *profiles, "Answer"), (_row(rule, profiles) for rule in rules))
    for rule in rules:
        yield from _rule(rule)


def _row(rule: Mapping[str, Any], profiles: Sequence[str]) -> list[str]:
    severities = [rule["severity"][profile] for profile in profiles]
    mark = " *reconstructed*" if rule["reconstructed"] else ""
    return [
        f"[{rule['id']}](#{rule['id'].lower()})",
        prose(rule["title"]) + mark,
        rule["level"],
        *severities,
        _answer(rule),
    ]


def _rule(rule: Mapping[str, Any]) -> Iterator[str]:
    marks = [mark for mark in ("essential", "reconstructed") if rule[mark]]
    heading = f"### {anchored(rule['id'].lower(), rule['id'])} {prose(rule['title'])}"
    yield from ("", heading, "", prose(rule["text"]), "")
    yield f"- Level: {rule['level']}{''.join(f', {mark}' for mark in marks)}"
    yield f"- Source: {prose(rule['source'])}"
    yield f"- Do: {prose(rule['advice'])}"
    if rule["requires"]:
        needed = ", ".join(f"[{needed}](#{needed.lower()})" for needed in rule["requires"])
        yield f"- Judged only if these hold: {needed}"


def _answer(rule: Mapping[str, Any]) -> str:
    """The code where there is one, else what stands in its place."""
    answer = rule["answer"]
    if answer is None:
        return "fault or status of the protocol"
    code = answer["soa"] or answer["cbss"]
    if code is not None:
        return f"[{code}](troubleshooting.md#{code.lower()})"
    if answer["status"] is not None:
        return f"[{answer['status']}](troubleshooting.md#table-2)"
    return http_words(answer["http"])


def _stage_anchor(title: str) -> str:
    return "stage-" + title.lower().replace(" ", "-")
