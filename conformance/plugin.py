"""The suite as a pytest plugin: cases become items, so that selection, parallel runs and plugins work as usual.

    python -m pytest --pyargs conformance --endpoint http://localhost:8080 -k table-2 -n 2

`conformance run` does the same with its own reports in place of pytest's. This module is loaded in every pytest run of
an environment that has the suite installed, so it imports nothing of it and does nothing unless asked.
"""

from typing import Final

import pytest

WORKER_INPUT: Final = "conformance"
"""Under this key a worker of xdist finds the settings of the run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the endpoint is; all else comes from the settings file."""
    group = parser.getgroup("conformance", "conformance of a DossierNumberGeneration endpoint")
    group.addoption("--endpoint", metavar="URL", help="Run the suite's cases against this endpoint.")
    group.addoption(
        "--conformance-settings", metavar="FILE", help="Settings file of the suite, as `conformance init` writes it."
    )
    group.addoption("--conformance-seed", metavar="N", type=int, help="Of the order of cases and of what they draw.")


def pytest_configure(config: pytest.Config) -> None:
    """Registers the rest of the plugin when this run is one of the suite."""
    asked = config.getoption("endpoint") or config.getoption("conformance_settings")
    if asked or WORKER_INPUT in getattr(config, "workerinput", {}):
        from conformance import collection  # noqa: PLC0415 - it loads the whole suite

        config.pluginmanager.register(collection, "conformance.collection")
