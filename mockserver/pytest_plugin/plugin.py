"""The plugin as pytest sees it: options, one marker, three fixtures, a section below a failed test.

It is loaded in every pytest run of an environment that has the mock installed, whatever that run tests. So it imports
nothing but pytest until a fixture is asked for.
"""

import os
import warnings
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from mockserver.pytest_plugin.credentials import DossierCredentials
    from mockserver.pytest_plugin.endpoint import DossierEndpoint
    from mockserver.pytest_plugin.session import DossierSession

DEFAULT_PERSONA: Final = "physician"
"""Care providers come first in cookbook 5.1."""

MARKER: Final = "dossier_persona"
TOKEN_VARIABLE: Final = "MOCKSERVER_MANAGEMENT_TOKEN"  # noqa: S105 - a variable's name
"""The mock's own variable: whoever starts the container has set it already. A secret is no option: `ps` shows those."""

_SETTINGS: Final = {
    "url": ("URL", "A running mock to test against, such as a container; without it one is started in process."),
    "management": ("URL", "The management port of that mock."),
    "profile": ("NAME", "Profile of the mock that is started in process: cookbook, lenient or hardened."),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Each setting is an option, an environment variable and a line of the ini file; the first that is set wins."""
    group = parser.getgroup("dossier", "mock of DossierNumberGeneration")
    for name, (metavar, text) in _SETTINGS.items():
        told = f"{text} Also DOSSIER_{name.upper()}, or dossier_{name} in the ini file."
        group.addoption(f"--dossier-{name}", metavar=metavar, help=told)
        parser.addini(f"dossier_{name}", text, default="")


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known, for --strict-markers."""
    config.addinivalue_line("markers", f"{MARKER}(name): whose credentials the fixture dossier_credentials gives")


@pytest.fixture(scope="session")
def dossier_endpoint(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[DossierEndpoint]":
    """The mock: in process on free ports with a test PKI of its own, or the running one of --dossier-url."""
    url, management, profile = (_setting(pytestconfig, name) for name in _SETTINGS)
    with ExitStack() as stack:
        with warnings.catch_warnings():
            # Libraries warn while they are loaded, and a project may make errors of warnings: these are not its own.
            warnings.simplefilter("ignore")
            from mockserver.pytest_plugin.endpoint import in_process, running_at  # noqa: PLC0415 - it loads the mock
            from mockserver.pytest_plugin.management import DossierError  # noqa: PLC0415

            try:
                if url or management:
                    token = os.environ.get(TOKEN_VARIABLE, "")
                    endpoint = stack.enter_context(running_at(url, management, token, profile))
                else:
                    endpoint = stack.enter_context(in_process(tmp_path_factory.mktemp("dossier"), profile))
            except DossierError as error:
                pytest.fail(str(error), pytrace=False)
        yield endpoint


@pytest.fixture
def dossier_session(request: pytest.FixtureRequest, dossier_endpoint: "DossierEndpoint") -> "Iterator[DossierSession]":
    """A session for this test alone: URL, journal, scenario, clock, and assertions that show the findings."""
    from mockserver.pytest_plugin.management import DossierError  # noqa: PLC0415

    try:
        session = dossier_endpoint.open_session(request.node.name)
    except DossierError as error:
        pytest.fail(str(error), pytrace=False)
    yield session
    session.close()


@pytest.fixture
def dossier_credentials(request: pytest.FixtureRequest, dossier_session: "DossierSession") -> "DossierCredentials":
    """Key, certificate, PKCS #12 file and token of the physician, or of whom @pytest.mark.dossier_persona names."""
    from mockserver.pytest_plugin.management import DossierError  # noqa: PLC0415

    marker = request.node.get_closest_marker(MARKER)
    if marker is not None and (len(marker.args) != 1 or marker.kwargs):
        pytest.fail(f'Write the marker with one name: @pytest.mark.{MARKER}("{DEFAULT_PERSONA}")', pytrace=False)
    try:
        return dossier_session.credentials(DEFAULT_PERSONA if marker is None else marker.args[0])
    except DossierError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Below a test that failed while it had a session, what the mock saw in it: the reason often stands there."""
    report = yield
    session: Any = getattr(item, "funcargs", {}).get("dossier_session")
    if session is not None and report.when == "call" and report.failed and not _tells_already(call):
        report.sections.append((f"exchanges of dossier_session {session.name}", session.story()))
    return report


def _tells_already(call: pytest.CallInfo[None]) -> bool:
    """Whether the failure is an assertion of the session, which has shown the exchanges."""
    from mockserver.pytest_plugin.session import DossierMismatch  # noqa: PLC0415

    return call.excinfo is not None and call.excinfo.errisinstance(DossierMismatch)


def _setting(config: pytest.Config, name: str) -> str:
    given = config.getoption(f"dossier_{name}") or os.environ.get(f"DOSSIER_{name.upper()}")
    return str(given or config.getini(f"dossier_{name}")).strip()
