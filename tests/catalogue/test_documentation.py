"""The pages of docs/ say what is so: links lead somewhere, examples run, tables agree with the code."""

import re
import shutil
import tomllib
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from conformance.client.message import Person, Requester
from mockserver.cbss.person import MESSAGES
from mockserver.gateway.faults import SYSTEM_ERRORS
from mockserver.gateway.pipeline import rules_in_order
from mockserver.gateway.profiles import PROFILES, read_policy_file
from mockserver.gateway.registry import Rule, Stage
from mockserver.identities.numbers import is_cbe, is_ehp, is_nihii, is_ssin
from mockserver.identities.personas import personas
from mockserver.sts.endpoints import ENDPOINTS
from tests.catalogue.console import Shell, examples, prints
from tests.catalogue.markdown import Link, anchors, fenced, links, rows, sections
from tests.catalogue.places import DOCS, ROOT
from tests.conftest import Mock

PAGES = sorted(DOCS.rglob("*.md"))
GETTING_STARTED = DOCS / "getting-started.md"
TROUBLESHOOTING = DOCS / "troubleshooting.md"
SECTIONS = [*(code.lower() for code in SYSTEM_ERRORS), "table-2", "msg00008", "msg00013", "http"]

# wire-facts H: synthetic, or the platform's own. No other number of a person or an organisation may stand on a page.
NUMBERS = set(
    re.findall(
        r"[0-9]+",
        """80010199976 85123199937 70061599963 90022999935 01010199995 80410199965 81210199943
        19999024 19999024004 71999041 81999048 85999012 0809394427 0200000043 1200000064 1990009933""",
    )
)


def test_every_link_leads_somewhere() -> None:
    inner = [link for path in PAGES for link in links(path) if not re.match(r"https?:", link.target)]
    assert inner
    assert [(link.page.name, link.target) for link in inner if not is_alive(link)] == []


def is_alive(link: Link) -> bool:
    file, _, anchor = link.target.partition("#")
    to = (link.page.parent / file).resolve() if file else link.page
    return to.exists() and (not anchor or anchor in anchors(to))


def test_the_index_names_every_page() -> None:
    named = {link.target for link in links(DOCS / "README.md")}
    pages = {path.relative_to(DOCS).as_posix() for path in PAGES} - {"README.md"}
    assert named == pages | {"catalogue.json", "catalogue.schema.json"}


def test_no_page_holds_a_number_that_could_be_somebodys() -> None:
    for page in [*PAGES, DOCS / "catalogue.json"]:
        text = re.sub(r"https?://\S+", "", page.read_text("utf-8"))
        for number in set(re.findall(r"(?<![0-9])[0-9]{8,11}(?![0-9])", text)) - NUMBERS:
            assert not any(check(number) for check in (is_ssin, is_nihii, is_cbe, is_ehp)), (page.name, number)


def test_no_page_names_a_place_of_somebodys_machine() -> None:
    for page in PAGES:
        assert re.findall(r"(?<![\w./:])/(?:work|tmp|home|root|Users)/", page.read_text("utf-8")) == [], page.name


def test_the_console_examples_print_what_they_say(mock: Mock, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures" / "samples", tmp_path / "fixtures" / "samples")
    service = urlsplit(mock.url)
    addresses = {
        "http://127.0.0.1:8080": f"http://{service.netloc}",
        "http://127.0.0.1:8081": mock.management,
    }
    blocks = fenced(GETTING_STARTED, "console tested")
    assert blocks
    request = Request(f"{mock.management}/journal", method="DELETE")
    urlopen(request, timeout=10).close()  # the reader's mock is a new one
    for block in blocks:
        shell = Shell(tmp_path, mock.state, addresses)  # each block is begun in the root of the repository
        for example in examples(block):
            printed = shell.run(example.command)
            assert prints(example.output, printed), f"$ {example.command}\n{printed}"


def test_an_example_that_prints_something_else_is_noticed() -> None:
    assert prints("a ... c", "a b c")
    assert prints("...\na\n...", "a")
    assert prints("...\na\n...", "x\na\nb\nc")
    assert not prints("a ... c", "a b d")
    assert not prints("a ... c", "a b\nc")
    assert not prints("a", "a\nb")
    assert not prints("...\na", "a\nb")


def test_the_table_of_personas_is_that_of_the_code() -> None:
    expected = [
        [name, persona.title, " and ".join(f"{kind} {number}" for kind, number in persona.requester.items())]
        for name, persona in personas().items()
    ]
    assert rows(GETTING_STARTED, "Persona") == expected


def test_the_table_of_the_sts_holds_each_of_its_paths() -> None:
    assert rows(GETTING_STARTED, "STS path") == [[endpoint.path, endpoint.protocol.value] for endpoint in ENDPOINTS]


def test_the_table_of_triggers_holds_every_code_with_its_text() -> None:
    texts = {code: error.message for code, error in SYSTEM_ERRORS.items()} | MESSAGES
    assert rows(GETTING_STARTED, "LastName") == [[code, text] for code, text in texts.items()]


def test_the_table_of_requesters_provokes_each_row_of_table_2(mock: Mock) -> None:
    keywords = {"PersonIdentifier": "person_identifier", "Nihii": "nihii", "Cbe": "cbe"}
    table = rows(GETTING_STARTED, "Row")
    assert [row for row, _, _ in table] == list("12345")
    for row, persona, requester in table:
        kind, number = requester.split()
        forge = mock.forge(persona, requester=Requester(**{keywords[kind]: number}), person=Person("Test"))
        reply = mock.post(forge)
        assert (reply.status, reply.rules) == ("Requester", [f"R{row}"])


def test_the_table_of_profiles_holds_each() -> None:
    assert [row[0].split("`")[0] for row in rows(GETTING_STARTED, "Profile")] == list(PROFILES)


def test_the_policy_file_that_is_shown_can_be_read(tmp_path: Path) -> None:
    (shown,) = fenced(GETTING_STARTED, "toml")
    assert tomllib.loads(shown)
    (tmp_path / "policy.toml").write_text(shown, "utf-8")
    overrides = read_policy_file(tmp_path / "policy.toml")
    assert (overrides.profile, list(overrides.severities), list(overrides.settings)) == (
        "cookbook",
        ["SHA1"],
        ["time_to_live"],
    )


def test_every_code_has_its_section_with_its_text() -> None:
    found = sections(TROUBLESHOOTING)
    assert list(found) == SECTIONS
    for code, error in SYSTEM_ERRORS.items():
        assert f"{code} {error.message}\n" in found[code.lower()]


def answers_in(rule: Rule) -> str:
    """The section of the page that a rule belongs to."""
    if rule.stage is Stage.REQUESTER:
        return "table-2"
    return (rule.soa or rule.cbss or "http").lower()


@pytest.mark.parametrize(
    "section", [*(code.lower() for code in SYSTEM_ERRORS), "table-2", "msg00008", "msg00013", "http"]
)
def test_the_rules_of_a_section_are_answered_with_its_code(section: str) -> None:
    by_id = {rule.id.lower(): rule for rule in rules_in_order()}
    named = re.findall(r"rules\.md#([\w-]+)", sections(TROUBLESHOOTING)[section].partition("## It succeeds")[0])
    assert [rule for rule in named if answers_in(by_id[rule]) != section] == []
    own = [rule for rule in by_id.values() if answers_in(rule) == section]
    assert bool(named) == bool(own), "a code that rules answer with names the usual ones"


@pytest.mark.parametrize("section", ["table-2", "msg00008", "msg00013", "soa-01002", "soa-03003"])
def test_a_short_list_of_causes_is_complete(section: str) -> None:
    named = set(re.findall(r"rules\.md#([\w-]+)", sections(TROUBLESHOOTING)[section]))
    assert named == {rule.id.lower() for rule in rules_in_order() if answers_in(rule) == section}
