"""Schemas of the W3C that contracts import by URL, in our own writing: nothing is ever fetched."""

from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent

_ADDRESSES: Final = {
    "xml.xsd": (
        "www.w3.org/2001/xml.xsd",
        "www.w3.org/2001/03/xml.xsd",
        "www.w3.org/2004/10/xml.xsd",
        "www.w3.org/2005/08/xml.xsd",
        "www.w3.org/2007/08/xml.xsd",
        "www.w3.org/2009/01/xml.xsd",
    ),
    "xmldsig-core-schema.xsd": (
        "www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd",
        "www.w3.org/TR/2008/REC-xmldsig-core-20080610/xmldsig-core-schema.xsd",
        "www.w3.org/TR/xmldsig-core/xmldsig-core-schema.xsd",
        "www.w3.org/2000/09/xmldsig-core-schema.xsd",
    ),
}
"""Where the W3C publishes, and published, each of them."""

_NAMESPACES: Final = {
    "http://www.w3.org/XML/1998/namespace": "xml.xsd",
    "http://www.w3.org/2000/09/xmldsig#": "xmldsig-core-schema.xsd",
}

_NAME: Final = "w3c:"
"""Before the name of such a document. No file of a contract's own has it: a path in a URL never begins so."""


def name_at(location: str) -> str | None:
    """Name of the schema published at the URL `location`; None when it is not one of these."""
    scheme, separator, address = location.partition("://")
    if not separator or scheme not in ("http", "https"):
        return None
    return next((_NAME + file for file, known in _ADDRESSES.items() if address in known), None)


def name_of(namespace: str) -> str | None:
    """Name of the schema of `namespace`; None when it is not one of these."""
    file = _NAMESPACES.get(namespace)
    return None if file is None else _NAME + file


def path_of(name: str) -> Path | None:
    """The file of the schema called `name`; None when that is not a name of these."""
    return _FOLDER / name.removeprefix(_NAME) if name in map(name_of, _NAMESPACES) else None


def urls() -> list[str]:
    """Every URL that is answered from here, as a contract may write it with http or https."""
    return [f"http://{address}" for known in _ADDRESSES.values() for address in known]
