"""The register of requirements: every sentence that binds somebody has something that answers for it."""

import ast
import fnmatch
import re
from functools import cache
from pathlib import Path

import pytest

from conformance.cases import all_cases
from mockserver.gateway.faults import SYSTEM_ERRORS
from mockserver.gateway.pipeline import rules_in_order
from mockserver.requirements import RequirementsError, load_part, parts
from tests.catalogue import places

COOKBOOK, ANSWERS, DESCRIPTION = parts()
ROWS = [row for part in parts() for row in part.requirements]

# The headings of the cookbook, version 1.2, as its table of contents numbers them. Written here a second time, so that
# the register and its test cannot err together.
CLAUSES = re.findall(
    r"\S+",
    """
    1 1.1 2 2.1 2.2 2.3 2.4 3 3.1 3.1.1 3.1.2 3.1.3 3.1.4 3.2 4 5 5.1 5.1.1 5.1.2 5.1.3 5.1.4 5.2 5.2.1 5.2.1.1 5.2.1.2
    5.2.2 5.2.2.1 5.2.2.2 5.2.2.3 5.2.2.4 6 6.1 6.2 7 7.1 7.1.1 7.1.2 7.1.3 7.1.4 7.2 8
    """,
)
# Headings over other clauses, eHealth's addresses, and the history of the document.
BIND_NOBODY = {"1", "1.1", "2", "3", "3.1", "3.1.2", "3.1.3", "3.1.4", "3.2", "5", "5.2.2", "6", "7", "7.1"}


@cache
def functions(file: str) -> frozenset[str]:
    """The functions of a file of this project."""
    path = places.ROOT / file
    tree = ast.parse(path.read_text("utf-8") if path.is_file() else "")
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def exists(test: str) -> bool:
    """Whether this project has the test `tests/FILE.py::FUNCTION`."""
    file, _, function = test.partition("::")
    return function in functions(file)


def test_every_row_has_a_rule_a_case_a_test_or_a_reason() -> None:
    held = [row.id for row in ROWS if row.rules or row.cases or row.tests or row.code or row.untested]
    assert held == [row.id for row in ROWS]


def test_the_rules_of_every_row_exist() -> None:
    known = {rule.id for rule in rules_in_order()}
    answered = {rule.soa for rule in rules_in_order()}
    assert [(row.id, rule) for row in ROWS for rule in row.rules if rule not in known] == []
    assert [(row.id, row.code) for row in ROWS if row.code is not None and row.code not in answered] == []


def test_the_cases_of_every_row_exist() -> None:
    known = [case.id for case in all_cases()]
    assert [(row.id, case) for row in ROWS for case in row.cases if not fnmatch.filter(known, case)] == []


def test_the_tests_of_every_row_exist() -> None:
    assert [(row.id, test) for row in ROWS for test in row.tests if not exists(test)] == []


def test_ids_are_for_one_row_each_in_the_whole_register() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)


def test_the_clauses_are_those_of_the_cookbook_in_its_order() -> None:
    assert list(COOKBOOK.clauses) == CLAUSES


def test_every_clause_that_binds_somebody_has_rows_in_the_order_of_the_cookbook() -> None:
    cited = [row.source for row in COOKBOOK.requirements]
    assert set(CLAUSES) - set(cited) == BIND_NOBODY
    assert cited == sorted(cited, key=CLAUSES.index)


def test_the_id_of_a_cookbook_row_is_its_clause_with_the_letters_in_order() -> None:
    for clause in CLAUSES:
        letters = [row.id.removeprefix(clause) for row in COOKBOOK.requirements if row.source == clause]
        assert letters == [chr(ord("a") + number) for number in range(len(letters))], clause


def test_every_case_of_the_suite_cites_a_clause_that_binds_somebody() -> None:
    bind = {row.source for row in COOKBOOK.requirements}
    assert [(case.id, case.clause) for case in all_cases() if case.clause not in bind] == []


def test_every_rule_that_cites_the_cookbook_holds_a_row() -> None:
    held = {rule for row in COOKBOOK.requirements for rule in row.rules}
    codes = {row.code for row in COOKBOOK.requirements}
    citing = [rule for rule in rules_in_order() if "cookbook" in rule.source]
    assert [rule.id for rule in citing if rule.id not in held and rule.soa not in codes] == []


def test_every_code_of_table_1_and_every_row_of_table_2_is_there() -> None:
    texts = " ".join(row.text for row in COOKBOOK.requirements if row.source == "8")
    assert re.findall(r"Table 1, (SOA-[0-9]{5})", texts) == list(SYSTEM_ERRORS)
    assert re.findall(r"Table 2, row ([0-9])", texts) == list("12345")


def test_every_row_of_the_rules_on_our_answers_and_on_our_wsdl_is_there() -> None:
    assert {row for row in places.rules() if re.fullmatch("P[0-9]{2}", row)} <= {row.id for row in ANSWERS.requirements}
    assert {row for row in places.rules() if re.fullmatch("D[0-9]{2}", row)} == {
        row.id for row in DESCRIPTION.requirements
    }


def test_every_decision_on_tokens_and_the_sts_is_there() -> None:
    """A row of the register for each of the table in decisions 4b, in its order."""
    section = places.text("decisions").partition("## 4b. ")[2].partition("## 5. ")[0]
    points = [line for line in section.splitlines() if line.startswith("| ")][2:]
    assert len([row for row in ANSWERS.requirements if row.source == "decisions 4b"]) == len(points) == 8


def test_rows_that_bear_the_number_of_a_rule_are_that_rule() -> None:
    for row in (*ANSWERS.requirements, *DESCRIPTION.requirements):
        assert row.id.startswith("O") or row.id in places.rules(), row.id


ROW = """
    id = "1.1a"
    source = "1.1"
    level = "MUST"
    binds = "client"
    text = "It does."
"""
PART = f"""
title = "A source"
introduction = "It says this."
[clauses]
"1.1" = "A heading"
[[requirement]]
{ROW}
rules = ["S01"]
"""


def test_a_part_is_read() -> None:
    part = load_part(PART, "part.toml")
    assert [(row.id, row.rules, row.untested) for row in part.requirements] == [("1.1a", ("S01",), None)]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('rules = ["S01"]', "", "part.toml, requirement 1 (1.1a): needs rules, cases or tests"),
        ("rules", 'untested = "no"\nrules', "or else `untested` with the reason"),
        ('rules = ["S01"]', 'rules = []\nuntested = " "', "untested is blank"),
        ("rules", "rule", "rule is not a known key; known are id, source"),
        ('rules = ["S01"]', 'tests = ["tests/test_a.py"]', "has to be written tests/FILE.py::test_NAME"),
        ('"MUST"', '"must"', "level 'must' is none of MUST, SHOULD, MAY"),
        ('"client"', '"all"', "binds 'all' is none of client"),
        ('source = "1.1"', 'source = "1.2"', "row 1.1a cites clause 1.2, which [clauses] does not list"),
        ('id = "1.1a"', 'id = "x"', "the id has to be a clause and a letter"),
        ('text = "It does."', "", "text is missing"),
        ('text = "It does."', "text = 1", "text is blank or of the wrong kind"),
        ("[[requirement]]", f'[[requirement]]{ROW}cases = ["a"]\n[[requirement]]', "1.1a is there twice"),
        ("[clauses]", '[[reading]]\nof = ["9z"]\nsays = "a"\nreading = "b"\n[clauses]', "a reading is of 9z"),
        ("title", "= title", "part.toml is not TOML"),
    ],
)
def test_a_faulty_part_is_refused_with_file_row_and_key(old: str, new: str, complaint: str) -> None:
    assert old in PART
    with pytest.raises(RequirementsError, match=re.escape(complaint)):
        load_part(PART.replace(old, new, 1), "part.toml")


def test_the_files_of_the_register_are_part_of_the_package() -> None:
    folder = places.ROOT / "mockserver" / "requirements"
    assert sorted(path.name for path in folder.glob("*.toml")) == ["answers.toml", "cookbook.toml", "description.toml"]
    assert Path(load_part.__code__.co_filename).parent == folder
