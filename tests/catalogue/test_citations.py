"""No source dangles: what a rule, a comment or a row of the register cites is there (docs/sources.md)."""

import re
from pathlib import Path

import pytest

from mockserver.gateway.pipeline import rules_in_order
from mockserver.requirements import parts
from mockserver.sts.rules import STS_RULES
from tests.catalogue.citations import cited, dangling
from tests.catalogue.places import DOCS, ROOT

KNOWN_TAG = re.compile(
    r"""
    cookbook\ (?:section\ )?[0-9]            # a clause
    | cookbook\ Table\ [12]
    | cookbook,\ figure\ in\ section\ 4
    | (?:BP\ 1\.1|BSP\ 1\.[01]|Simple\ SOAP\ Binding\ Profile\ 1\.0)\ (?:[RE]|BP)[0-9]{4}
    | SOAP\ 1\.1\ section\ [0-9]
    | SAML\ 1\.1\ core,?\ section\ [0-9]
    | SAML\ Token\ Profile\ 1\.1,\ section\ [0-9]
    | WSS\ SOAP\ Message\ Security\ 1\.[01],\ section\ [0-9]
    | X\.509\ Token\ Profile\ 1\.1,\ section\ [0-9]
    | XML\ Signature\ 1\.0
    | XML\ Schema\ 1\.0\ part\ 2,\ section\ [0-9]
    | RFC\ [0-9]{4}
    | (?:rules|wire-facts|decisions)\ [0-9A-Z]
    | reconstructed:
    | hardening:
    | our\ extension:
    """,
    re.VERBOSE,
)


def text_files() -> list[Path]:
    """Every file of the project that may cite a source, but for these tests with their counter-examples."""
    return [
        path
        for folder in ("mockserver", "conformance", "tests", "wsdl")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".toml", ".xsd", ".wsdl") and path.parent != Path(__file__).parent
    ]


def plain(text: str) -> str:
    """Source code as running text: comments and strings that were broken into lines are whole again."""
    without_marks = re.sub(r"\n[ \t]*#:? ?", "\n", text)
    return re.sub(r'"[ \t]*\n[ \t]*f?"', "", without_marks)


def test_the_source_of_every_rule_has_a_known_tag_and_exists() -> None:
    rules = [*rules_in_order(), *STS_RULES]
    assert {rule.id: rule.source for rule in rules if not KNOWN_TAG.search(rule.source)} == {}
    assert {rule.id: found for rule in rules if (found := dangling(rule.source))} == {}


def test_a_rule_that_no_source_demands_says_so() -> None:
    for rule in rules_in_order():
        if rule.reconstructed:
            assert re.search(r"reconstructed|our extension|is silent|is decided", rule.source, re.IGNORECASE), rule.id


def test_what_code_cites_exists() -> None:
    dangling_in = {}
    for path in text_files():
        found = dangling(plain(path.read_text("utf-8")))
        if path.is_relative_to(ROOT / "tests"):  # a test may speak of a page as such
            found = [each for each in found if not each.endswith("without a section")]
        if found:
            dangling_in[path.relative_to(ROOT).as_posix()] = found
    assert dangling_in == {}


def test_what_a_page_cites_exists() -> None:
    for path in DOCS.glob("*.md"):
        # A link such as [spec/rules.md](spec/rules.md) is no citation; what the tags mean is told in sources.md.
        text = re.sub(r"\[[^\]]*\]\([^)]*\)", "", path.read_text("utf-8"))
        assert [found for found in dangling(text) if not found.endswith("without a section")] == [], path.name


def test_what_the_register_cites_exists() -> None:
    for part in parts():
        for row in part.requirements:
            assert dangling(f"{row.source} {row.text} {row.untested or ''}") == [], row.id
        for reading in part.readings:
            assert dangling(f"{reading.says} {reading.reading}") == [], reading.of


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("cookbook 5.1.2, 6.2; rules S52, S53", ["5.1.2", "6.2", "S52", "S53"]),
        ("cookbook 5.1.4 2.a, 2.b; the expression", ["5.1.4"]),
        ("hardening: rules S04, attacks A13, A22", ["S04", "A13", "A22"]),
        ("rules H06, I2 to I5", ["H06", "I2", "I5"]),
        ("(`rules.md` 7.3 no. 49)", ["7.3 no. 49"]),
        ("`rules.md` sections 6, 7 and 9", ["6", "7", "9"]),
        ("`wire-facts.md` A5c; wire-facts I8: seldom", ["A5c", "I8"]),
        ("`decisions.md` 2 item 1, decisions 4b", ["2.1", "4b"]),
        ("BP 1.1 R1113 and BP1601", ["R1113", "BP1601"]),
    ],
)
def test_citations_are_found_in_the_ways_they_are_written(text: str, places: list[str]) -> None:
    assert [place for _, place in cited(text)] == places


@pytest.mark.parametrize(
    "text",
    [
        "cookbook 5.9",
        "cookbook Table 3",
        "BP 1.1 R9999",
        "rules Z99",
        "`rules.md` 7.3 no. 999",
        "wire-facts A9",
        "wire-facts A5z",
        "decisions 2.99",
        "see `decisions.md`.",
    ],
)
def test_a_citation_of_nothing_is_noticed(text: str) -> None:
    assert dangling(text) != []
