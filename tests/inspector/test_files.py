"""The page as it is served: open to load, and no browser may take anything in it for something else."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import urllib3

from mockserver.inspector.files import CONTENT_SECURITY_POLICY
from tests.conftest import Mock

HTTP = urllib3.PoolManager(retries=False, timeout=30.0)
PAGE = Path(__file__).parents[2] / "mockserver" / "inspector" / "page"


def get(mock: Mock, path: str) -> urllib3.BaseHTTPResponse:
    return HTTP.request("GET", mock.management + path)


def test_the_page_names_only_files_that_are_served_with_their_own_type(mock: Mock) -> None:
    page = get(mock, "/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    named = re.findall(r'(?:href|src)="(inspector/[^"]+)"', page.data.decode())
    assert len(named) == 3
    kinds = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
    imported = {f"inspector/{file.name}" for file in PAGE.glob("*.js")}
    for name in {*named, *imported}:
        file = get(mock, f"/{name}")
        assert file.status == 200, name
        assert file.headers["Content-Type"] == kinds[name.rpartition(".")[2]]
        assert file.data == (PAGE / name.removeprefix("inspector/")).read_bytes()


@pytest.mark.parametrize("path", ["/", "/inspector/app.js", "/inspector/icon.svg"])
def test_every_file_carries_the_policy_and_is_never_sniffed_or_kept(mock: Mock, path: str) -> None:
    fields = get(mock, path).headers
    assert fields["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert fields["X-Content-Type-Options"] == "nosniff"
    assert fields["Cache-Control"] == "no-store"
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("name", ["files.py", "..%2ffiles.py", "index.html", "%2e%2e/files.py", "app.js%00.svg"])
def test_nothing_but_the_files_of_the_page_is_served(mock: Mock, name: str) -> None:
    assert get(mock, f"/inspector/{name}").status in (400, 404)


def test_the_page_has_no_script_or_style_of_its_own() -> None:
    page = (PAGE / "index.html").read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) == [""]


def test_no_script_reads_text_as_markup_or_asks_elsewhere() -> None:
    for file in PAGE.glob("*.js"):
        script = file.read_text("utf-8")
        found = re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", script)
        assert not found, (file.name, found)
        assert set(re.findall(r"https?://[^\"' ]+", script)) <= {"http://www.w3.org/2000/svg"}, file.name


def test_the_page_loads_without_the_token_and_its_data_does_not(
    start_mock: Callable[..., Mock], token_file: Path
) -> None:
    guarded = start_mock("--management-token-file", str(token_file))
    assert get(guarded, "/").status == 200
    assert get(guarded, "/inspector/app.js").status == 200
    assert get(guarded, "/journal").status == 401
