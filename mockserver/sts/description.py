"""The WSDLs and schemas of the STS as `GET ?wsdl` and `?xsd=NAME` serve them."""

from importlib import resources
from pathlib import Path
from typing import Final

from lxml import etree

from mockserver.contract import default_contract_directory
from mockserver.namespaces import WSDL_SOAP, XSD
from mockserver.sts.endpoints import Endpoint
from mockserver.sts.schema import SCHEMA_FILES

_ADDRESS: Final = f"{{{WSDL_SOAP}}}address"
_REFERRING: Final = (f"{{{XSD}}}import", f"{{{XSD}}}include")
_WSDL_FILES: Final = Path(str(resources.files("mockserver.sts"))) / "wsdl"
_SAML: Final = Path(str(resources.files("mockserver.gateway"))) / "schemas" / "saml-assertion-1.1.xsd"


class StsDescription:
    """What one address of the STS says of itself."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        # The error schemas are the platform's, and those of the reconstructed contract of the service too.
        contract = default_contract_directory()
        errors = (file for room in ("ehealth-errors", "external") for file in (contract / room / "XSD").glob("*.xsd"))
        files = (*SCHEMA_FILES.glob("*.xsd"), _SAML, *errors)
        self._schemas = {file.name: file for file in files}

    def document(self, name: str, endpoint: str) -> bytes | None:
        """The WSDL (`name` is "wsdl") or a schema, for the STS at the URL `endpoint`; None if unknown."""
        if name == "wsdl":
            return _addressed(_WSDL_FILES / self._endpoint.wsdl, endpoint)
        return _addressed(self._schemas[name], endpoint) if name in self._schemas else None


def _addressed(file: Path, endpoint: str) -> bytes:
    """The file with `endpoint` as its address, and in front of every schema it refers to."""
    root = etree.fromstring(file.read_bytes(), etree.XMLParser(no_network=True, resolve_entities=False))
    for element in root.iter(_ADDRESS):
        element.set("location", endpoint)
    for element in root.iter(*_REFERRING):
        location = element.get("schemaLocation", "")
        element.set("schemaLocation", f"{endpoint}?xsd={location.rpartition('/')[2]}")
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")
