"""`python -m tests.bench.figures`: start to first answered request, resident memory, size of image and wheel."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.bench.server import start
from tests.bench.stages import Bench

IMAGE: Final = "dossiernumbergeneration-mock"
"""The name that docs/container.md builds under."""

_ASKS: Final = {
    "docker": ("image", "inspect", "--format", "{{.Size}}"),
    "podman": ("image", "inspect", "--format", "{{.Size}}"),
    "buildah": ("images", "--format", "{{.Size}}"),
}
_ROOT: Final = Path(__file__).parents[2]


def image_size(image: str) -> str:
    """What the first of docker, podman and buildah that has the image says, or why it is not measured.

    docker and podman tell bytes, buildah a size for people.
    """
    without = []
    for tool in _ASKS:
        if shutil.which(tool) is None:
            continue
        done = subprocess.run([tool, *_ASKS[tool], image], capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.strip():
            said = done.stdout.split("\n", 1)[0].strip()
            return f"{int(said) / 1e6:.0f} MB ({tool})" if said.isdigit() else f"{said} ({tool})"
        without.append(tool)
    if not without:
        return "not measured: there is none of docker, podman and buildah"
    asked = " or ".join(without)
    return f"not measured: no image {image} to be had from {asked} (docs/container.md builds it; --image names another)"


def wheel_size() -> str:
    """Of the wheel as built now, without any of its dependencies."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
        subprocess.run(command, cwd=_ROOT, check=True, capture_output=True)
        (wheel,) = Path(folder).glob("*.whl")
        return f"{wheel.stat().st_size / 1e6:.2f} MB"


def figures(image: str) -> Iterator[tuple[str, str]]:
    """What is measured, and its value with the unit."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        started = start(Bench(state), state)
    yield "start to first answered request", f"{started['seconds']:.2f} s (best of three, keys in place)"
    yield "resident memory after it", f"{started['resident']:.0f} MB"
    yield "image", image_size(image)
    yield "wheel", wheel_size()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; the result is the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.figures", description=__doc__)
    parser.add_argument("--image", default=IMAGE, help=f"name of the image (default {IMAGE})")
    chosen = parser.parse_args(arguments)
    if not sys.platform.startswith("linux"):
        print("make figures reads memory from /proc: it needs Linux", file=sys.stderr)
        return 2
    for name, value in figures(chosen.image):
        print(f"{name:33}{value}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
