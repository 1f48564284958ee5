"""The contract: what WSDL and XSD say of the service, read at start-up from a directory.

Namespaces, element names, the SOAPAction and the qualification of elements are read from there and never
written in code, so that the official WSDL takes the place of the reconstructed one without a change
(`decisions.md` 1).
"""

from mockserver.contract.contract import Contract, default_contract_directory, load_contract
from mockserver.contract.declarations import ElementDeclaration
from mockserver.contract.documents import ContractError

__all__ = [
    "Contract",
    "ContractError",
    "ElementDeclaration",
    "default_contract_directory",
    "load_contract",
]
