"""The reconstructed contract, and copies of it that say something else."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from mockserver.contract import Contract, ContractError, default_contract_directory, load_contract

SCHEMAS = Path(__file__).resolve().parents[2] / "fixtures" / "schemas"

WSDL_FILE = "ehealth-dossiernumbergeneration/WSDL/ehealth-dossiernumbergeneration-1_0.wsdl"
PROTOCOL_FILE = "ehealth-dossiernumbergeneration/XSD/ehealth-dossiernumbergeneration-protocol-1_0.xsd"
CORE_FILE = "ehealth-dossiernumbergeneration/XSD/ehealth-dossiernumbergeneration-core-1_0.xsd"
COMMONS_CORE_FILE = "ehealth-commons/XSD/ehealth-commons-schema-core-2_0.xsd"
COMMONS_PROTOCOL_FILE = "ehealth-commons/XSD/ehealth-commons-schema-protocol-2_0.xsd"
ERRORS_SOA_FILE = "ehealth-errors/XSD/ehealth-errors-schema-soa-1_1.xsd"
ERRORS_CORE_FILE = "ehealth-errors/XSD/ehealth-errors-schema-core-1_1.xsd"
XML_FILE = "external/XSD/xml.xsd"


@dataclass(frozen=True)
class ContractCopy:
    """A contract directory of the test's own, to be changed at will."""

    directory: Path

    def replace(self, file: str, old: str, new: str) -> "ContractCopy":
        """Replace every `old` in `file`; it must be there, or the test would prove nothing."""
        path = self.directory / file
        text = path.read_text("utf-8")
        assert old in text, f"{file} does not contain {old!r}"
        path.write_text(text.replace(old, new), "utf-8", newline="\n")
        return self

    def replace_everywhere(self, old: str, new: str) -> "ContractCopy":
        holders = [path for path in self.directory.rglob("*.*") if old in path.read_text("utf-8")]
        assert holders, f"no file contains {old!r}"
        for path in holders:
            self.replace(path.relative_to(self.directory).as_posix(), old, new)
        return self

    def load(self) -> Contract:
        return load_contract(self.directory)


def refusal(contract_copy: ContractCopy) -> str:
    """The sentence with which the copy is refused."""
    with pytest.raises(ContractError) as refused:
        contract_copy.load()
    sentence = str(refused.value)
    assert "\n" not in sentence
    return sentence


@pytest.fixture
def contract_copy(tmp_path: Path) -> ContractCopy:
    directory = tmp_path / "contract"
    shutil.copytree(default_contract_directory(), directory)
    return ContractCopy(directory)


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load_contract()


@pytest.fixture(scope="session")
def envelope_schema() -> etree.XMLSchema:
    return etree.XMLSchema(file=SCHEMAS / "soap-envelope-1.1.xsd")
