"""report.html in a real browser: it draws, filters, takes the keyboard, and runs nothing that was received."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from conformance.reports.folder import save_record
from tests.conformance.records import FAILED, HOSTILE, LASTNAME, REVIEWED, measured, record, save_exchange_files

if TYPE_CHECKING:
    from playwright.sync_api import Browser

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="the Debian package chromium is not installed"),
]

QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report")
    save_exchange_files(out, FAILED, request=HOSTILE.encode(), answer=HOSTILE.encode())
    save_record(record(performance=measured(0.012, 0.5, 0.02, trouble=HOSTILE)), out)
    return out / "report.html"


class Opened:
    """The page, and what the browser complained about or asked for."""

    def __init__(self, browser: "Browser", report: Path, scheme: Literal["light", "dark"]) -> None:
        self.page = browser.new_page(color_scheme=scheme)
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(report.as_uri())

    def shown(self) -> list[str]:
        return [case.get_attribute("id") or "" for case in self.page.query_selector_all(".case") if case.is_visible()]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with sync_api.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)


@pytest.fixture(params=["light", "dark"])
def opened(browser: "Browser", report: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    opened = Opened(browser, report, request.param)
    yield opened
    opened.page.close()


def test_nothing_received_runs_and_nothing_is_fetched(opened: Opened, report: Path) -> None:
    assert opened.page.title().startswith("Conformance of an endpoint")
    assert opened.page.locator("img").count() == 0
    assert opened.asked == [report.as_uri()]
    assert opened.complaints == []
    assert HOSTILE in opened.page.locator(f"#case-{FAILED}").inner_text()


def test_the_filters_leave_what_was_asked_for(opened: Opened) -> None:
    assert len(opened.shown()) == 4
    opened.page.locator("input[value=PASS]").uncheck()
    assert f"case-{LASTNAME}" not in opened.shown()
    opened.page.fill("#search", "no-lastname")
    assert opened.shown() == [f"case-{REVIEWED}"]
    opened.page.fill("#search", "nothing like this")
    assert opened.shown() == []
    assert opened.page.locator("#nothing").is_visible()
    assert opened.page.locator("#shown").inner_text() == "0 of 4 shown"


def test_the_keyboard_is_enough(opened: Opened) -> None:
    keyboard = opened.page.keyboard
    keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.className") == "skip"
    opened.page.locator("#section").focus()
    keyboard.press("Tab")
    keyboard.press("Enter")  # Open all shown
    assert opened.page.locator(".case[open]").count() == 4
    opened.page.locator(f"#case-{LASTNAME} > summary").focus()
    keyboard.press("Enter")
    assert opened.page.locator(f"#case-{LASTNAME}").get_attribute("open") is None


def test_text_can_be_read_in_light_and_dark(opened: Opened) -> None:
    """Contrast of at least 4.5 (WCAG 2.2, 1.4.3) wherever text stands on a paper of its own."""
    ratios = opened.page.evaluate(
        """() => {
        const channel = (value) => { value /= 255;
          return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; };
        const light = (colour) => { const [r, g, b] = colour.match(/[0-9.]+/g).map(Number);
          return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
        return [...document.querySelectorAll(".pill, .tile, .outcome, .broken td, body, pre, .octets i")].map((one) => {
          let paper = one;
          while (getComputedStyle(paper).backgroundColor === "rgba(0, 0, 0, 0)") paper = paper.parentElement;
          const pair = [light(getComputedStyle(one).color), light(getComputedStyle(paper).backgroundColor)].sort();
          return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05); });
        }"""
    )
    assert len(ratios) > 8
    assert min(ratios) >= 4.5
