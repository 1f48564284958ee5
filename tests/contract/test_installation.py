"""Where the reconstructed contract lies: in the repository, and in the package once that is installed."""

import subprocess
import sys
import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from mockserver.contract import default_contract_directory, load_contract

REPOSITORY = Path(__file__).resolve().parents[2]

ASK = (
    "import sys; sys.path.insert(0, sys.argv[1]); import mockserver.contract as c; "
    "print(c.default_contract_directory()); print(c.load_contract().operation)"
)


def test_a_checkout_has_its_contract_beside_the_package() -> None:
    assert default_contract_directory() == REPOSITORY / "wsdl"
    assert load_contract().request.name == load_contract(REPOSITORY / "wsdl").request.name


def test_a_wheel_carries_the_contract(tmp_path: Path) -> None:
    """The wheel is built and unpacked, and a fresh interpreter reads the contract from it."""
    (wheel,) = WheelBuilder(str(REPOSITORY)).build(directory=str(tmp_path), versions=["standard"])
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    answer = subprocess.run(
        [sys.executable, "-c", ASK, str(installed)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    contract = installed / "mockserver" / "wsdl"
    assert answer.stdout.splitlines() == [str(contract), "GenerateCovidId"]
    packaged = {path.relative_to(contract) for path in contract.rglob("*.*")}
    assert packaged == {path.relative_to(REPOSITORY / "wsdl") for path in (REPOSITORY / "wsdl").rglob("*.*")}
