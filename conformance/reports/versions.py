"""What judged a run: the versions that cookbook 7.1.3's reader must know to understand the results."""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from mockserver import __version__
from mockserver.catalogue.data import published
from mockserver.contract import default_contract_directory

_LIBRARIES: Final = ("cryptography", "lxml", "signxml", "urllib3", "xmlsec")
"""What signs, verifies, reads and sends."""


def versions(contract: Path | None) -> dict[str, Any]:
    """Versions of product, rules and contract; `contract` is the folder, None for the built-in one.

    Rules and contract have no numbers of their own that would change with every change, so that the SHA-256 of their
    content stands for the version. Raises OSError.
    """
    return {
        "product": __version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "rules": _rules(),
        "contract": _contract(contract),
    }


def _rules() -> dict[str, Any]:
    catalogue = published()
    text = json.dumps(catalogue, sort_keys=True, ensure_ascii=False)
    count = len(catalogue["rules"]) + len(catalogue["stsRules"])
    return {"count": count, "sha256": hashlib.sha256(text.encode()).hexdigest()}


def _contract(folder: Path | None) -> dict[str, Any]:
    """Every WSDL and XSD by its path in the folder; what else lies there says nothing."""
    builtin = default_contract_directory()
    place = folder or builtin
    digest = hashlib.sha256()
    names = sorted(
        file.relative_to(place).as_posix() for file in place.rglob("*") if file.suffix.lower() in (".wsdl", ".xsd")
    )
    for name in names:
        digest.update(f"{name}\n{hashlib.sha256((place / name).read_bytes()).hexdigest()}\n".encode())
    return {
        "documents": len(names),
        "sha256": digest.hexdigest(),
        "reconstructed": place.resolve() == builtin.resolve(),
    }
