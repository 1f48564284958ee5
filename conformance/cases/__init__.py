"""The cases: one file per section of the cookbook, one function per case."""

import importlib
import pkgutil
from collections.abc import Sequence

from conformance.cases.registry import Case, registry


def all_cases() -> Sequence[Case]:
    """Every case of every file in this folder, in the order the files stand in the alphabet.

    The files are found, not listed: a case that somebody forgot to list would never fail.
    """
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return tuple(registry.cases.values())
