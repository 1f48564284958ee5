"""The WSDLs of the STS, as a client loads them."""

import pytest
import zeep
from lxml import etree

from mockserver.sts.endpoints import ENDPOINTS, Endpoint
from tests.sts.conftest import Sts

each_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)


@each_endpoint
def test_zeep_loads_the_wsdl_and_finds_address_and_soap_actions(sts: Sts, endpoint: Endpoint) -> None:
    wsdl = zeep.Client(f"{sts.base}{endpoint.path}?wsdl").wsdl  # type: ignore[no-untyped-call]
    (service,) = wsdl.services.values()
    (port,) = service.ports.values()
    assert port.binding_options["address"] == sts.base + endpoint.path
    actions = {operation.soapaction for operation in port.binding._operations.values()}
    assert actions == set(endpoint.actions.values())
    inputs = {operation.input.body.qname.text for operation in port.binding._operations.values()}
    assert inputs == set(endpoint.actions)


@each_endpoint
def test_the_wsdl_is_valid_and_says_that_it_is_reconstructed(sts: Sts, endpoint: Endpoint) -> None:
    answer = sts.get(f"{endpoint.path}?wsdl")
    assert answer.status == 200
    assert b"Reconstructed" in answer.data
    etree.fromstring(answer.data)


def test_an_unknown_schema_is_404_with_the_address_that_names_them(sts: Sts) -> None:
    answer = sts.get("/IAM/SecurityTokenService/v1?xsd=nothing.xsd")
    assert answer.status == 404
    assert b"/IAM/SecurityTokenService/v1?wsdl" in answer.data


@each_endpoint
def test_a_get_without_question_is_405(sts: Sts, endpoint: Endpoint) -> None:
    assert sts.get(endpoint.path).status == 405


def test_another_path_below_iam_is_404(sts: Sts) -> None:
    assert sts.get("/IAM/SingleSignOnService/v1?wsdl").status == 404
