"""`python -m tests.bench`: measure, and write results.json and chart.svg into a folder."""

import argparse
import json
import platform
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.chart import chart
from tests.bench.server import by_journal, by_sessions, load, memory, sign_ahead, start
from tests.bench.stages import Bench, by_size, stages
from tests.bench.x_ray import with_x_rays


def main() -> int:
    """Measure everything; the result is the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench-results"), help="folder for results.json and chart.svg")
    parser.add_argument("--seconds", type=int, default=5, help="length of each load over loopback (default 5)")
    parser.add_argument(
        "--requests",
        type=int,
        default=0,
        help="tell the memory after so many too; a million takes ten minutes",
    )
    arguments = parser.parse_args()
    if not sys.platform.startswith("linux"):
        print("make bench reads memory and CPU from /proc: it needs Linux", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        state = Path(name, "state")
        loads = Path(name, "load")
        bench = Bench(state)
        results: dict[str, Any] = {
            "machine": f"{_processor()}, {_cores()} cores, {platform.system()}, Python {platform.python_version()}",
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "one thread, microseconds": stages(bench),
            "by size": by_size(bench),
            "start": start(bench, state),
            **_loads(bench, state, loads, arguments.seconds),
            "by sessions": by_sessions(bench, state),
            "by journal": by_journal(bench, state),
            "refused, milliseconds": with_x_rays(bench, state),
        }
        if arguments.requests and shutil.which("wrk"):
            results["memory, megabytes"] = memory(bench, state, loads / "memory", arguments.requests)
    arguments.out.mkdir(exist_ok=True)
    (arguments.out / "results.json").write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    (arguments.out / "chart.svg").write_text(chart(results), "utf-8")
    print(json.dumps(results, indent=2))
    if results["load"] is None:
        print("SKIPPED: the load over loopback, because there is no wrk (Debian: apt-get install wrk)")
    return 0


def _loads(bench: Bench, state: Path, folder: Path, seconds: int) -> dict[str, Any]:
    """The same requests for one process and for two workers: each has a memory of replays of its own."""
    if shutil.which("wrk") is not None:
        sign_ahead(bench, folder, seconds)
    return {
        "load": load(state, folder, seconds),
        "load, two workers": load(state, folder, seconds, "--workers", "2"),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _cores() -> int:
    return len([line for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines() if line.startswith("processor")])


if __name__ == "__main__":
    sys.exit(main())
