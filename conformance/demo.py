"""`make demo`: starts the mock, runs the cookbook's five cases against it, and shows the answers."""

import sys
import tempfile
from pathlib import Path
from typing import Final

from conformance.cases import all_cases
from conformance.client.credentials import CredentialsError
from conformance.client.endpoint import EndpointError, read_endpoint
from conformance.modes.engine import exit_code
from conformance.modes.mock import MockError, running_mock
from conformance.modes.run import OutputError, RunSettings, run
from conformance.reports.console import Console
from conformance.reports.exchanges import FOLDER
from conformance.reports.folder import PAGE
from conformance.reports.terminal import print_results, tolerate_any_code_page
from mockserver.contract import ContractError

OUT: Final = Path("demo-out")
CLAUSE: Final = "7.2"
"""Where the cookbook recommends its five test cases."""


def main() -> int:
    """Runs the demo in the working directory. The exit code is 0 when all five cases passed."""
    tolerate_any_code_page()
    try:
        return _show(Console())
    except (MockError, CredentialsError, ContractError, EndpointError, OutputError) as error:
        print(f"demo: {error}", file=sys.stderr)  # noqa: T201 - the command's own word
        return 3


def _show(console: Console) -> int:
    with tempfile.TemporaryDirectory(prefix="dossier-demo-") as folder:
        state = Path(folder)
        with running_mock(state) as mock:
            console.print(f"The mock listens at {mock.endpoint}", soft_wrap=True, highlight=False)
            cases = [case for case in all_cases() if case.clause == CLAUSE]
            console.print("Five cases, each with an answer of its own; three of these are refusals that must come.")
            results = run(cases, RunSettings(endpoint=read_endpoint(mock.endpoint), state=state, out=OUT)).results
            print_results(results, console)
    console.print(f"Requests and answers: {OUT / FOLDER}", soft_wrap=True, highlight=False)
    console.print(f"The report: {OUT / PAGE}", soft_wrap=True, highlight=False)
    return exit_code(results)


if __name__ == "__main__":
    sys.exit(main())
