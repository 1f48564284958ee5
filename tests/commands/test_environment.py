"""A variable that is spelt wrongly is told; those that Kubernetes sets are not."""

import pytest

from mockserver.environment import unknown_variables
from tests.commands.conftest import mockserver

KNOWN = ("MOCKSERVER_PORT", "MOCKSERVER_PROFILE", "MOCKSERVER_WORKERS")


def test_the_nearest_setting_is_named() -> None:
    assert list(unknown_variables(["MOCKSERVER_PROFIL"], KNOWN)) == [
        "the variable MOCKSERVER_PROFIL is no setting: did you mean MOCKSERVER_PROFILE?"
    ]


def test_without_a_near_one_the_help_is_named() -> None:
    (sentence,) = unknown_variables(["MOCKSERVER_ZZZ"], KNOWN)
    assert "`mockserver serve --help` names those there are" in sentence


@pytest.mark.parametrize(
    "name",
    [
        "MOCKSERVER_PORT",
        "MOCKSERVER",
        "PATH",
        "mockserver_port",
        "MOCKSERVER_SERVICE_HOST",
        "MOCKSERVER_SERVICE_PORT",
        "MOCKSERVER_SERVICE_PORT_HTTP",
        "MOCKSERVER_PORT_8080_TCP_ADDR",
    ],
)
def test_settings_other_names_and_those_of_kubernetes_are_no_news(name: str) -> None:
    assert list(unknown_variables([name], KNOWN)) == []


def test_serve_tells_it_and_goes_on() -> None:
    run = mockserver(
        "serve",
        MOCKSERVER_WORKER="2",
        MOCKSERVER_MANAGEMENT_TOKEN="known",
        MOCKSERVER_SESSION_IDLE="60",
        MOCKSERVER_SCENARIO="there-is-none",
    )
    note, error = run.stderr.splitlines()
    assert note == "mockserver: note: the variable MOCKSERVER_WORKER is no setting: did you mean MOCKSERVER_WORKERS?"
    assert "there is no scenario 'there-is-none'" in error
    assert run.returncode == 2
