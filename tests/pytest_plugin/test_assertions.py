"""The assertions of a session: that they hold, that they fail, and what they show then."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import urllib3

from mockserver.pytest_plugin.management import DossierError
from mockserver.pytest_plugin.session import DossierMismatch, DossierSession
from tests.pytest_plugin.conftest import QUIET, Running, client_of
from tests.pytest_plugin.my_product import DossierClient

pytest_plugins = ["pytester"]

LAST_NAME = "COVID_LASTNAME_TEST"


def refused_as_late(session: DossierSession, client: DossierClient) -> None:
    session.set_clock(offset=3600)
    with pytest.raises(RuntimeError):
        client.generate(LAST_NAME)


def test_a_failure_stands_where_the_test_asserts_and_shows_rule_clause_and_advice(
    project: pytest.Pytester, running: Running
) -> None:
    project.makepyfile(
        """
        import pytest

        def test_it(client, dossier_session):
            dossier_session.set_clock(offset=3600)
            with pytest.raises(RuntimeError):
                client.generate("COVID_LASTNAME_TEST")
            dossier_session.assert_accepted()
        """
    )
    result = project.runpytest_inprocess(*QUIET, *running.options)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            ">       dossier_session.assert_accepted()",
            "E *1 of 1 calls not answered with Success",
            "E *exchange *: fault, HTTP 500, SOA-01001",
            "E *reject T6: *",
            "E *found: *300 s are tolerated*",
            "E *clause: cookbook 6.2*",
            "E *advice: *NTP*",
        ]
    )
    result.stdout.no_fnmatch_line("*raise DossierMismatch*")
    result.stdout.no_fnmatch_line("*exchanges of dossier_session*")


def test_a_test_that_fails_for_its_own_reason_gets_the_exchanges_below(
    project: pytest.Pytester, running: Running
) -> None:
    project.makepyfile(
        """
        def test_it(client, dossier_session):
            dossier_session.set_clock(offset=3600)
            client.generate("COVID_LASTNAME_TEST")
        """
    )
    result = project.runpytest_inprocess(*QUIET, *running.options)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*RuntimeError: no identifier: HTTP 500", "*exchanges of dossier_session test_it-*", "  reject T6: *"]
    )


def test_what_http_alone_refuses_is_shown_with_its_rule(session: DossierSession) -> None:
    urllib3.request("POST", session.url, body=b"x", headers={"Content-Type": "application/soap+xml"})
    with pytest.raises(DossierMismatch, match=r"refused, HTTP 4\d\d\n  reject Q(.|\n)+clause: (.|\n)+advice: "):
        session.assert_accepted()


def test_a_scripted_answer_names_its_scenario(session: DossierSession, client: DossierClient) -> None:
    session.play("02002-then-ok")
    client.generate(LAST_NAME)
    told = r"1 of 2 calls not .*\n.*SOA-02002\n  by the scenario 02002-then-ok, step 1: fault"
    with pytest.raises(DossierMismatch, match=told):
        session.assert_accepted()


def test_a_session_that_nobody_called_holds_nothing(session: DossierSession) -> None:
    for asserting in (session.assert_accepted, session.assert_refused, session.assert_clean, lambda: session.last):
        with pytest.raises(DossierMismatch, match="no call reached http"):
            asserting()
    with pytest.raises(DossierMismatch, match=r"has 0 matching exchanges; 1 must be there\."):
        session.wait_for(1, seconds=0.05)


def test_a_success_is_no_refusal_and_is_counted(session: DossierSession, client: DossierClient) -> None:
    client.generate(LAST_NAME)
    session.assert_clean()
    session.assert_accepted(count=1)
    with pytest.raises(DossierMismatch, match="1 calls instead of 2"):
        session.assert_accepted(count=2)
    with pytest.raises(DossierMismatch, match="it was answered with Success"):
        session.assert_refused()
    with pytest.raises(DossierMismatch, match=r"has 1 matching exchanges; 0 must be there\."):
        session.verify(0, verdict="success")


def test_a_refusal_is_told_from_another(session: DossierSession, client: DossierClient) -> None:
    refused_as_late(session, client)
    session.assert_refused(soa="SOA-01001", http=500, rule="T6")
    with pytest.raises(DossierMismatch, match="soa is SOA-01001, not SOA-02001"):
        session.assert_refused(soa="SOA-02001")
    with pytest.raises(DossierMismatch, match="cbss is None, not MSG00008"):
        session.assert_refused(cbss="MSG00008")
    with pytest.raises(DossierMismatch, match="http is 500, not 400"):
        session.assert_refused(http=400)
    with pytest.raises(DossierMismatch, match="T3 does not refuse it, but T6"):
        session.assert_refused(rule="T3")


def test_a_verification_that_fails_shows_what_came_near(session: DossierSession, client: DossierClient) -> None:
    refused_as_late(session, client)
    with pytest.raises(DossierMismatch, match=r"0 matching exchanges; 1 must be there\.\nexchange (.|\n)+reject T6: "):
        session.verify(1, verdict="success")


def test_a_warning_is_accepted_but_not_clean(session: DossierSession, tmp_path: Path) -> None:
    client_of(session, tmp_path, contact="nobody").generate(LAST_NAME)
    session.assert_accepted()
    with pytest.raises(DossierMismatch, match=r"1 of 1 calls with findings(.|\n)+warn "):
        session.assert_clean()


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda session: session.verify(1, soa="SOA-1"), "is no code of a fault"),
        (lambda session: session.set_clock(offset=1, frozen="2026-11-23T18:34:07Z"), "Give offset or frozen, not both"),
        (lambda session: session.play("no-such"), "There is no scenario.*no-such"),
        (lambda session: session.credentials("nobody"), "There is no persona.*nobody"),
        (lambda session: session.exchanges(colour="red"), "There is no parameter.*colour"),
    ],
)
def test_what_cannot_be_asked_is_no_mismatch(
    session: DossierSession, ask: Callable[[DossierSession], object], sentence: str
) -> None:
    with pytest.raises(DossierError, match=sentence):
        ask(session)


def test_who_calls_in_the_background_is_waited_for(session: DossierSession, client: DossierClient) -> None:
    caller = threading.Thread(target=client.generate, args=[LAST_NAME])
    caller.start()
    (call,) = session.wait_for(1, verdict="success", contains=LAST_NAME)
    caller.join()
    assert LAST_NAME.encode() in call.request
    assert call.identifier is not None
    assert call.identifier.encode() in call.answer
    assert session.verify(1, http=200)[0].id == call.id


def test_a_scenario_written_out_is_played_and_a_clock_set_right_again(
    session: DossierSession, client: DossierClient
) -> None:
    session.set_clock(frozen="2020-01-01T00:00:00Z")
    session.set_clock()
    session.play({"step": [{"answer": "fault", "code": "SOA-02001"}]})
    assert not session.playing["finished"]
    with pytest.raises(RuntimeError):
        client.generate(LAST_NAME)
    session.assert_refused(soa="SOA-02001", http=500)
    assert session.playing["finished"]
    session.stop_playing()
    client.generate(LAST_NAME)
    assert [call.verdict for call in session.exchanges()] == ["fault", "success"]


def test_a_journal_that_has_dropped_exchanges_proves_nothing(forgetful: Running, tmp_path: Path) -> None:
    session = forgetful.open_session()
    client = client_of(session, tmp_path)
    client.generate(LAST_NAME)
    client.generate(LAST_NAME)
    for asking in (session.assert_accepted, lambda: session.verify(1), session.exchanges):
        with pytest.raises(DossierError, match="has dropped 1 exchanges for want of room"):
            asking()
