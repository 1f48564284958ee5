"""report.html: says everything, believes nothing, loads nothing."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from junitparser import JUnitXml
from lxml import html
from syrupy.assertion import SnapshotAssertion

from conformance.reports.chart import chart
from conformance.reports.folder import save_record
from conformance.reports.page import visible
from conformance.reports.record import Record
from conformance.reports.results import ResultsError, read_results, results_facts
from tests.conformance.records import FAILED, HOSTILE, measured, record, save_exchange_files


def saved(out: Path, run: Record) -> str:
    save_exchange_files(out, FAILED, request=b"\xff\x1b[2J" + HOSTILE.encode(), answer=b"")
    save_record(run, out)
    return (out / "report.html").read_text(encoding="utf-8")


def body_of(page: str) -> html.HtmlElement:
    return html.document_fromstring(page)


def test_the_page_of_a_run_is_as_it_was_looked_at(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    page = saved(tmp_path, record(performance=measured(0.012, 0.034, 0.02)))
    shown = re.sub(r"(?s)<style>.*?</style>|<script>.*?</script>|sha256-[A-Za-z0-9+/=]+", "", page)
    assert shown == snapshot


def test_a_failed_case_shows_what_was_expected_what_came_the_clause_the_command_and_the_octets(tmp_path: Path) -> None:
    case = body_of(saved(tmp_path, record())).get_element_by_id(f"case-{FAILED}")
    text = case.text_content()
    assert 'Success for "Jan"' in text
    assert HOSTILE in text
    assert "Cookbook 7.2" in text
    assert f"conformance run --case {FAILED} --state '/home/<jan>'" in text
    assert r"\xff\x1b[2J" in text
    assert "From: jan@example.org" in text
    assert r"\u202e" in text


def test_the_page_asks_for_nothing_from_outside_and_says_so_to_the_browser(tmp_path: Path) -> None:
    page = body_of(saved(tmp_path, record(performance=measured(0.01))))
    assert page.xpath("//@src | //link | //iframe | //object | //@onerror | //@style | //base") == []
    assert len(page.xpath("//script")) == len(page.xpath("//style")) == 1
    assert all(target.startswith("#") for target in page.xpath("//a/@href"))
    [policy] = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("octets", "pieces"),
    [
        (b"a\r\nb\t", [("a", False), ("\\r", True), ("\nb\t", False)]),
        (b"\xc3\xa9\xff", [("é", False), (r"\xff", True)]),
        ("\u202eab\u200b".encode(), [(r"\u202e", True), ("ab", False), (r"\u200b", True)]),
        (b"", []),
    ],
)
def test_nothing_hides_in_octets_that_are_shown(octets: bytes, pieces: list[tuple[str, bool]]) -> None:
    assert visible(octets) == pieces


def test_results_that_were_read_back_say_the_same(tmp_path: Path) -> None:
    run = record(performance=measured(0.25, 0.5))
    saved(tmp_path, run)
    assert results_facts(read_results(tmp_path / "results.json")) == results_facts(run)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": 2}', '{"format": 2, "cases": [1]}'])
def test_a_file_that_is_no_result_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "results.json").write_text(content, encoding="utf-8")
    with pytest.raises(ResultsError, match=r"results\.json"):
        read_results(tmp_path / "results.json")


def test_a_foreign_reader_finds_every_verdict_in_junit(tmp_path: Path) -> None:
    saved(tmp_path, record())
    [suite] = JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (4, 1, 0, 1)
    outcomes = {case.name: [type(outcome).__name__ for outcome in case.result] for case in suite}
    assert outcomes[FAILED] == ["Failure"]
    assert outcomes["http-options"] == ["Skipped"]
    [failure] = next(case for case in suite if case.name == FAILED).result
    assert HOSTILE in failure.text
    assert "again: conformance run" in failure.text
    properties = list(suite.properties())  # type: ignore[no-untyped-call]
    assert {one.name: one.value for one in properties}["seed"] == "7"


def test_the_names_of_percentiles_never_cover_each_other() -> None:
    drawn = chart(measured(*([0.01] * 100)))
    assert drawn is not None
    places = [line.text_y for line in drawn.lines]
    assert all(above - below <= -14 for below, above in pairwise(places))
    assert all(bar.y >= 0 and bar.height >= 0 for bar in drawn.bars)
    assert chart(measured()) is None
