"""A foreign SOAP client: zeep reads the served WSDL and calls the operation it finds there."""

import ipaddress
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import zeep

from mockserver.identities.authority import Authority
from mockserver.identities.personas import personas
from mockserver.identities.token_files import write_token
from mockserver.instant import system_clock
from tests.conftest import Mock
from tests.wire.holder_of_key import HolderOfKey

PERSON = {"LastName": "COVID_LASTNAME_TEST", "FirstNames": "Jérôme Zoë", "Gender": "F", "PhoneNumber": "+3227885155"}


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing but this machine can be reached: a schema that were fetched from elsewhere fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a connection to {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    with pytest.raises(AssertionError), socket.socket() as sock:
        sock.connect(("192.0.2.1", 80))  # a documentation address (RFC 5737): the guard works
    yield


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False  # no proxy of the environment
        yield session


def client(mock: Mock, session: requests.Session, folder: Path, persona: str = "physician") -> zeep.Client:
    write_token(folder, Authority.open(mock.state), personas()[persona], now=system_clock())
    transport = zeep.Transport(session=session)  # type: ignore[no-untyped-call]
    plugins = [HolderOfKey(folder)]
    return zeep.Client(f"{mock.url}?wsdl", transport=transport, plugins=plugins)  # type: ignore[no-untyped-call]


def arguments(requester: dict[str, Any]) -> dict[str, Any]:
    return {
        "Id": "_zeep",
        "IssueInstant": datetime.now(UTC),
        "Criteria": {"Requester": requester, "Person": PERSON},
    }


def test_zeep_finds_the_one_operation_at_the_address_of_the_mock(
    mock: Mock, session: requests.Session, tmp_path: Path
) -> None:
    found = client(mock, session, tmp_path)
    (service,) = found.wsdl.services.values()
    (port,) = service.ports.values()
    assert port.binding_options["address"] == mock.url
    assert list(port.binding._operations) == ["GenerateCovidId"]


def test_a_call_of_zeep_succeeds(mock: Mock, session: requests.Session, tmp_path: Path) -> None:
    before = mock.issued()
    service = client(mock, session, tmp_path).service
    response = service.GenerateCovidId(**arguments({"PersonIdentifier": "80010199976"}))
    assert response.Status.StatusCode.Value == "urn:be:fgov:ehealth:2.0:status:Success"
    assert response.InResponseTo == "_zeep"
    assert len(response.CovidDossierIdentifier) == 11
    assert mock.issued() == before + 1


def test_zeep_reads_a_refusal_with_its_cbss_status(mock: Mock, session: requests.Session, tmp_path: Path) -> None:
    service = client(mock, session, tmp_path, "no-legal-context").service
    response = service.GenerateCovidId(**arguments({"PersonIdentifier": "70061599963"}))
    assert response.Status.StatusCode.Value == "urn:be:fgov:ehealth:2.0:status:Responder"
    (status,) = response.Status.StatusDetail._value_1
    assert (status.Value, status.Code) == ("NOK", "MSG00013")
    assert response.CovidDossierIdentifier is None


def test_zeep_raises_the_fault_with_its_code(mock: Mock, session: requests.Session, tmp_path: Path) -> None:
    service = client(mock, session, tmp_path, "refused-physician").service
    with pytest.raises(zeep.exceptions.Fault) as raised:
        service.GenerateCovidId(**arguments({"PersonIdentifier": "90022999935"}))
    assert (raised.value.code, raised.value.message) == ("soapenv:Client", "SOA-01002")
    (system_error,) = raised.value.detail
    assert system_error.findtext("Code") == "SOA-01002"
