"""The fixtures, in projects that use them and in projects that merely have them installed."""

import json
import sys

import pytest
import urllib3

from tests.catalogue.markdown import fenced
from tests.catalogue.places import DOCS
from tests.pytest_plugin.conftest import QUIET, TOKEN, Running

pytest_plugins = ["pytester"]

PAGE = DOCS / "pytest.md"


def example() -> str:
    (program,) = fenced(PAGE, "python tested")
    return program


def sessions(running: Running) -> list[str]:
    answer = urllib3.request("GET", f"{running.mock.management}/sessions", headers={"Authorization": f"Bearer {TOKEN}"})
    return [session["name"] for session in json.loads(answer.data)["sessions"]]


def test_the_example_of_the_page_passes_against_a_running_mock(project: pytest.Pytester, running: Running) -> None:
    project.makepyfile(example())
    project.runpytest_inprocess(*QUIET, *running.options).assert_outcomes(passed=3)


def test_every_session_is_given_back(project: pytest.Pytester, running: Running) -> None:
    """More tests than the mock allows sessions."""
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(7))
        def test_it(dossier_session, number):
            assert dossier_session.exchanges() == []
        """
    )
    project.runpytest_inprocess(*QUIET, *running.options).assert_outcomes(passed=7)
    assert sessions(running) == ["default"]


def test_two_tests_do_not_see_each_others_calls(project: pytest.Pytester, running: Running) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", [1, 2])
        def test_it(client, dossier_session, number):
            client.generate("COVID_LASTNAME_TEST")
            dossier_session.assert_accepted(count=1)
        """
    )
    project.runpytest_inprocess(*QUIET, *running.options).assert_outcomes(passed=2)


def test_the_marker_chooses_the_persona(project: pytest.Pytester, running: Running) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.dossier_persona("hospital")
        def test_it(dossier_credentials):
            assert dossier_credentials.persona == "hospital"
            assert "Nihii" in dossier_credentials.requester
            assert b"hospital:nihii-number" in dossier_credentials.token
            assert "PRIVATE KEY" not in repr(dossier_credentials)

        @pytest.mark.dossier_persona("hospitl")
        def test_a_name_that_is_not_known(dossier_credentials): ...

        @pytest.mark.dossier_persona()
        def test_no_name(dossier_credentials): ...
        """
    )
    result = project.runpytest_inprocess(*QUIET, "--strict-markers", *running.options)
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines_random(["There is no persona*hospitl*physician*", "Write the marker with one name: *"])


def test_addresses_come_from_environment_and_ini_file_too(
    project: pytest.Pytester, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.makeini(f"[pytest]\ndossier_url = {running.mock.url}\ndossier_management = http://127.0.0.1:1\n")
    monkeypatch.setenv("DOSSIER_MANAGEMENT", running.mock.management)  # it wins over the ini file
    project.makepyfile(
        f"""
        def test_it(dossier_endpoint, dossier_session):
            assert dossier_endpoint.url == {running.mock.url!r}
            assert dossier_session.url.startswith({running.mock.url.partition("/Dossier")[0]!r} + "/s/test_it-")
        """
    )
    project.runpytest_inprocess(*QUIET).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--dossier-url", "http://127.0.0.1:1"), "A running mock needs both addresses: *"),
        (
            ("--dossier-url", "http://127.0.0.1:1", "--dossier-management", "http://127.0.0.1:1"),
            "No answer from the mock's management port http://127.0.0.1:1: *",
        ),
        (("--dossier-url", "localhost", "--dossier-management", "x"), "--dossier-url is 'localhost'; give a URL *"),
        (("--dossier-profile", "strict"), "The mock does not start: *strict*"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_sentence(
    project: pytest.Pytester, options: tuple[str, ...], sentence: str
) -> None:
    project.makepyfile("def test_it(dossier_endpoint): ...")
    result = project.runpytest_inprocess(*QUIET, *options)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([sentence])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_wrong_management_token_is_told(
    project: pytest.Pytester, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCKSERVER_MANAGEMENT_TOKEN", "another")
    project.makepyfile("def test_it(dossier_session): ...")
    result = project.runpytest_inprocess(*QUIET, *running.options)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["This needs the management token: *"])


def test_a_mock_without_management_token_gives_no_keys(project: pytest.Pytester, mock: object) -> None:
    project.makepyfile("def test_it(dossier_credentials): ...")
    url, management = mock.url, mock.management  # type: ignore[attr-defined]
    result = project.runpytest_inprocess(*QUIET, "--dossier-url", url, "--dossier-management", management)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*gives no private keys*start it with MOCKSERVER_MANAGEMENT_TOKEN*"])


def test_a_project_that_does_not_use_it_loads_nothing_of_the_mock(project: pytest.Pytester) -> None:
    project.makepyfile(conftest="")
    project.makepyfile(
        """
        import sys

        def test_it():
            assert "mockserver.pytest_plugin.plugin" in sys.modules
            heavy = {"lxml", "xmlsec", "spyne", "urllib3", "cryptography", "mockserver.assembly"}
            assert not heavy & set(sys.modules)
            assert {name for name in sys.modules if name.startswith("conformance.")} == {"conformance.plugin"}
        """
    )
    project.runpytest_subprocess(*QUIET, "-W", "error", "--strict-markers").assert_outcomes(passed=1)


@pytest.mark.slow
def test_in_process_the_example_passes_where_warnings_are_errors(project: pytest.Pytester) -> None:
    project.makepyfile(example())
    project.runpytest_subprocess(*QUIET, "-W", "error").assert_outcomes(passed=3)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["in process", "against a running mock"])
def test_workers_of_xdist_share_nothing(project: pytest.Pytester, running: Running, where: str) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(6))
        def test_it(client, dossier_session, number):
            client.generate("COVID_LASTNAME_TEST")
            dossier_session.assert_accepted(count=1)
        """
    )
    options = running.options if where == "against a running mock" else ()
    project.runpytest_subprocess(*QUIET, "-n", "2", *options).assert_outcomes(passed=6)


@pytest.mark.slow
def test_the_profile_is_that_of_the_mock_in_process(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        from my_product import DossierClient

        def test_it(dossier_session, dossier_credentials, tmp_path):
            files = dossier_credentials.write(tmp_path / "who")
            arguments = files.credential, dossier_credentials.password, files.token
            DossierClient(dossier_session.url, *arguments, contact="nobody").generate("COVID_LASTNAME_TEST")
        """
    )
    lenient = project.runpytest_subprocess(*QUIET, "--dossier-profile", "lenient")
    lenient.assert_outcomes(passed=1)
    hardened = project.runpytest_subprocess(*QUIET, "--dossier-profile", "hardened")
    hardened.assert_outcomes(failed=1)
    hardened.stdout.fnmatch_lines(["*exchanges of dossier_session*", "  reject F02: *"])


def test_the_page_names_every_setting(project: pytest.Pytester) -> None:
    shown = project.run(sys.executable, "-m", "pytest", "--help").stdout.str()
    page = PAGE.read_text("utf-8")
    options = [word for word in shown.split() if word.startswith("--dossier-")]
    assert len(options) >= 3
    for option in options:
        name = option.partition("=")[0]
        assert f"`{name}`" in page
        assert f"`{name.removeprefix('--').replace('-', '_').upper()}`" in page
