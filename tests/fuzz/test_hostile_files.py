"""The hostile files get the answers that their table names (fixtures/hostile/README.md)."""

import re
from pathlib import Path

import pytest

from tests.fuzz.fuzz import FIXTURES
from tests.rules.bench import Bench

FOLDER = FIXTURES / "hostile"
ROW = re.compile(r"\| (\S+\.xml) \| (SOA-[0-9]{5}) \| (\S+) \|")
TABLE = {row[1]: (row[2], row[3]) for row in ROW.finditer((FOLDER / "README.md").read_text("utf-8"))}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_hostile_file_gets_the_answer_of_the_table(bench: Bench, name: str) -> None:
    soa, rule = TABLE[name]
    judgement = bench.judge((FOLDER / name).read_bytes())
    assert judgement.report.answer.soa == soa
    assert rule in judgement.refusing


def test_the_table_names_each_file() -> None:
    assert set(TABLE) == {file.name for file in FOLDER.glob("*.xml")}
    assert all(Path(FOLDER / name).stat().st_size < 32_000 for name in TABLE)


def test_the_files_name_no_host_but_this_machine() -> None:
    """What a parser could fetch stands in quotes behind SYSTEM, PUBLIC, href or URI; namespaces are no addresses."""
    fetched = re.compile(rb"""(?:SYSTEM|PUBLIC|href=|URI=|document\()\s*["'](https?://[^/"']+|file://[^"']*)""")
    for file in FOLDER.glob("*.xml"):
        for address in fetched.findall(file.read_bytes()):
            assert re.fullmatch(rb"https?://(127\.0\.0\.1|localhost)(:[0-9]+)?|file:///.*", address), (
                file.name,
                address,
            )
