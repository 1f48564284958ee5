"""Wheel and sdist, built and unpacked: everything that the mock reads is inside, and nothing else."""

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from mockserver import __version__

ROOT: Final = Path(__file__).parents[2]
NAME: Final = f"dossiernumbergeneration_mock-{__version__}"


pytestmark = pytest.mark.slow  # it builds the archives


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both, made by the back end that the environment has: nothing is fetched."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Mapping[str, bytes]:
    with zipfile.ZipFile(built / f"{NAME}-py3-none-any.whl") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def sdist(built: Path) -> Mapping[str, bytes]:
    files: dict[str, bytes] = {}
    with tarfile.open(built / f"{NAME}.tar.gz") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None:
                files[member.name.removeprefix(f"{NAME}/")] = content.read()
    return files


def in_checkout(*folders: str) -> set[str]:
    """All files below these folders of the checkout, as paths."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in found if path.suffix != ".pyc"}


def test_the_wheel_holds_every_file_of_both_packages_and_the_contract(wheel: Mapping[str, bytes]) -> None:
    contract = {f"mockserver/{name}" for name in in_checkout("wsdl")}
    expected = in_checkout("mockserver", "conformance") | contract
    inside = {name for name in wheel if ".dist-info/" not in name}
    assert inside == expected


@pytest.mark.parametrize(
    "name",
    [
        "mockserver/py.typed",
        "conformance/py.typed",
        "conformance/suite.ini",
        "mockserver/gateway/profiles.toml",
        "mockserver/identities/personas.toml",
        "mockserver/management/schemas.json",
        "mockserver/scenarios/builtin.toml",
        "mockserver/wsdl/ehealth-dossiernumbergeneration/WSDL/ehealth-dossiernumbergeneration-1_0.wsdl",
    ],
)
def test_the_wheel_holds_what_the_mock_cannot_do_without(wheel: Mapping[str, bytes], name: str) -> None:
    assert name in wheel


def test_the_wheel_has_both_commands_and_the_plugin(wheel: Mapping[str, bytes]) -> None:
    entry_points = wheel[f"{NAME}.dist-info/entry_points.txt"].decode()
    assert "mockserver = mockserver.commands:main" in entry_points
    assert "conformance = conformance.commands:main" in entry_points
    assert "[pytest11]" in entry_points


def test_the_wheel_carries_licence_and_version(wheel: Mapping[str, bytes]) -> None:
    assert b"Apache License" in wheel[f"{NAME}.dist-info/licenses/LICENSE"]
    assert f"Version: {__version__}\n" in wheel[f"{NAME}.dist-info/METADATA"].decode()


def test_the_sdist_holds_what_the_wheel_and_the_tests_are_made_of(sdist: Mapping[str, bytes]) -> None:
    missing = in_checkout("mockserver", "conformance", "wsdl", "tests", "fixtures") - set(sdist)
    assert not {name for name in missing if "__pycache__" not in name}


@pytest.mark.parametrize("archive", ["wheel", "sdist"])
def test_no_path_of_the_machine_that_built_it_is_inside(archive: str, request: pytest.FixtureRequest) -> None:
    files: Mapping[str, bytes] = request.getfixturevalue(archive)
    here = str(ROOT).encode()
    assert not [name for name, content in files.items() if here in content]


def test_two_builds_are_the_same_to_the_byte(built: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    name = f"{NAME}-py3-none-any.whl"
    assert (tmp_path / name).read_bytes() == (built / name).read_bytes()


def test_the_package_works_from_the_unpacked_wheel(wheel: Mapping[str, bytes], tmp_path: Path) -> None:
    for name, content in wheel.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import mockserver; from mockserver.contract import default_contract_directory, load_contract\n"
        "from mockserver.identities.personas import personas\n"
        "print(mockserver.__file__, default_contract_directory(), sep='\\n')\n"
        "print(load_contract().operation, 'physician' in personas(), sep='\\n')"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    assert said == [
        str(tmp_path / "mockserver/__init__.py"),
        str(tmp_path / "mockserver/wsdl"),
        "GenerateCovidId",
        "True",
    ]
