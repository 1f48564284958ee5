"""What the suite says of a client whose signature is refused: why, in the finding and so in every report."""

import html
import json
from pathlib import Path

import pytest

from conformance.certify.endpoint import Seen
from conformance.certify.xray import SECONDS, XRay
from conformance.client.answer import read_answer
from conformance.client.transport import HttpAnswer
from conformance.modes.engine import Verdict
from conformance.reports.folder import PAGE, RESULTS, save_record
from conformance.reports.record import Record
from mockserver.gateway.exchange import ENDPOINT_PATH, Exchange, HttpRequest
from mockserver.instant import system_clock
from tests.clients.conftest import Certify
from tests.conformance.records import VERSIONS
from tests.xray.specimens import Bench


@pytest.mark.parametrize(
    ("deviation", "rule", "headline", "advice"),
    [
        (
            "indented-after-signing",
            "H18",
            "X-ray: Body: it was pretty-printed after signing",
            "Send the octets that the signer left",
        ),
        (
            "token-with-prefix",
            "H21",
            "X-ray: Assertion: the token was re-serialised",
            "Put the octets of the assertion into the message exactly as the STS sent them",
        ),
    ],
)
def test_every_report_says_why_a_signature_is_refused(
    deviation: str, rule: str, headline: str, advice: str, certify: Certify, tmp_path: Path
) -> None:
    results = certify(f"tests.clients.broken --deviation {deviation}", "drive", "client-lastname-only")
    assert [result.verdict for result in results] == [Verdict.FAIL]
    (told,) = [check for check in results[0].broken if "X-ray" in check.came]
    assert told.what.startswith(rule)
    assert headline in told.came
    assert advice in told.came
    record = Record(mode="drive", results=results, endpoint="a client", started=system_clock(), versions=VERSIONS)
    save_record(record, tmp_path)
    checks = json.loads((tmp_path / RESULTS).read_text("utf-8"))["cases"][0]["checks"]
    assert told.came in [check["came"] for check in checks]
    assert told.came in html.unescape((tmp_path / PAGE).read_text("utf-8"))


def test_the_x_rays_of_a_case_share_one_time_limit(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    forge = bench.forge()
    forge.operation.set("added", "later")
    exchange = seen(bench, forge.octets())
    xray = XRay(tmp_path)
    assert "X-ray: Body: its content was changed after signing" in xray.of(exchange, ())
    assert xray.left < SECONDS
    spent = XRay(tmp_path, left=0.1)
    assert spent.of(exchange, ()) == "X-ray: left out, the time for this case is spent."
    assert spent.left == 0.1


def seen(bench: Bench, octets: bytes) -> Seen:
    fields = [("Content-Type", b"text/xml; charset=utf-8")]
    request = HttpRequest("POST", ENDPOINT_PATH, "1.1", fields, octets, bench.now)
    return Seen(
        case="",
        received=bench.now,
        head=b"",
        body=octets,
        report=None,
        refusal=None,
        facts=Exchange(request, bench.policy),
        answer=read_answer(HttpAnswer(None, broken="nothing came"), bench.mock.contract),
    )
