"""The log of a whole mock holds no name and no number of a message, in either form."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import urllib3

SAMPLES = sorted((Path(__file__).parents[2] / "fixtures" / "samples").glob("*.xml"))


@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_of_the_samples_reaches_the_log(tmp_path: Path, form: str) -> None:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "mockserver", "serve", "--port=0", "--management-port=0", "--memory"),
            *("--state", str(tmp_path), "--log-format", form),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        endpoint = next(line.split()[1] for line in process.stdout if line.startswith("ready"))
        private: set[str] = set()
        for sample in SAMPLES:
            octets = sample.read_bytes()
            private |= {word.decode() for word in re.findall(rb">([^<>\s]{6,40})<", octets)}
            private |= {word.decode() for word in re.findall(rb"[0-9]{11}", octets)}
            for body in (octets, octets[: len(octets) // 2]):
                urllib3.request("POST", endpoint, body=body, headers={"Content-Type": "text/xml"}, retries=False)
        process.terminate()
        said, log = process.communicate(timeout=20)
    assert len(log.splitlines()) == 2 * len(SAMPLES)
    assert len(private) > 10
    assert [word for word in private if word in said + log] == []
