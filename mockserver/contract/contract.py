"""The contract as the rest of the product sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lxml import etree

import mockserver
from mockserver.contract import needs
from mockserver.contract.declarations import Declarations, ElementDeclaration
from mockserver.contract.description import Description, read_description
from mockserver.contract.documents import ContractError, Document, read_documents, served
from mockserver.contract.schemas import Validator, compile_schemas, find_schemas

WSDL_NAME: Final = "wsdl"
"""The name under which `Contract.document` gives the WSDL, as in `?wsdl`."""


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """Names, SOAPAction and schema of the service, as one directory's WSDL and XSD state them."""

    operation: str
    """`GenerateCovidId`."""
    soap_action: str
    """Without quotes; may be empty, then the header's value is `""` (R2745)."""
    request: ElementDeclaration
    """The element in the Body of a request."""
    response: ElementDeclaration
    """The element in the Body of an answer that is no fault."""
    cbss_status: ElementDeclaration
    """The element inside StatusDetail."""
    system_error: ElementDeclaration
    """The element inside the detail of a fault."""
    _validator: Validator = field(repr=False)
    _documents: Mapping[str, Document] = field(repr=False)

    def violations(self, element: etree._Element) -> list[str]:
        """The validator's messages for `element` as a document element, at most ten; empty when it is valid.

        The element and its document stay as they are. The messages repeat values of the element, so they
        never go into a log.
        """
        return self._validator.violations(element)

    def document(self, name: str, endpoint: str) -> bytes | None:
        """A document of the contract as the service at `endpoint` (its absolute URL) serves it, in UTF-8.

        `name` is `wsdl`, or what followed `?xsd=`, percent-decoded. None when there is no such document.
        """
        document = self._documents.get(name)
        return None if document is None else served(document, endpoint)


def default_contract_directory() -> Path:
    """The reconstructed contract: in the package if it was installed from a wheel, else in the repository."""
    package = Path(mockserver.__file__).parent
    packaged = package / "wsdl"
    return packaged if packaged.is_dir() else package.parent / "wsdl"


def load_contract(directory: Path | None = None) -> Contract:
    """Read the contract in `directory`, or the reconstructed one.

    Raises ContractError when a file is missing, broken or out of bounds, or the contract lacks what the
    product needs.
    """
    documents = read_documents(default_contract_directory() if directory is None else directory)
    description = read_description(documents.wsdl)
    schemas = find_schemas(documents)
    validator = compile_schemas(schemas)
    declarations = Declarations(schemas)
    contract = Contract(
        operation=description.operation,
        soap_action=description.soap_action,
        request=declarations.element(description.request),
        response=declarations.element(description.response),
        cbss_status=declarations.element(_cbss_status(declarations, documents.wsdl)),
        system_error=declarations.element(_system_error(description, documents.wsdl)),
        _validator=validator,
        _documents={**documents.schemas, WSDL_NAME: documents.wsdl},
    )
    needs.check_needs(
        [
            (contract.request, needs.REQUEST),
            (contract.response, needs.RESPONSE),
            (contract.cbss_status, needs.CBSS_STATUS),
            (contract.system_error, needs.SYSTEM_ERROR),
        ]
    )
    return contract


def _cbss_status(declarations: Declarations, wsdl: Document) -> str:
    """Name of the element that cookbook 5.2.2.3 puts into StatusDetail; no message in the WSDL names it."""
    found = declarations.global_elements("CbssStatus")
    if len(found) != 1:
        count = "none" if not found else ", ".join(found)
        raise ContractError(f"{wsdl.path} must reach one global element CbssStatus, but its schemas declare {count}")
    return found[0]


def _system_error(description: Description, wsdl: Document) -> str:
    found = [name for name in description.faults if name.rpartition("}")[2] == "SystemError"]
    if not found:
        raise ContractError(f"{wsdl.path} has no fault SystemError in operation {description.operation}")
    return found[0]
