"""Which answers and faults the reconstructed contract lets through (`wire-facts.md` D1, E1, E2)."""

import pytest

from mockserver.contract import Contract

from .messages import ISSUED, RESPONDER, SUCCESS, cbss_status, error, response

IDENTIFIER = "<p:CovidDossierIdentifier>12345678901</p:CovidDossierIdentifier>"
NOK = "<c:Value>NOK</c:Value><c:Code>MSG00008</c:Code>"
CBSS_STATUS = (
    "<c:CbssStatus><c:Value>NOK</c:Value><c:Code>MSG00008</c:Code><c:Description>d</c:Description>"
    "<c:Information><c:FieldName>lastName</c:FieldName><c:FieldValue/></c:Information>"
    "<c:Information><c:FieldName>gender</c:FieldName></c:Information></c:CbssStatus>"
)


@pytest.mark.parametrize(
    "content",
    [
        f"<s:Status>{SUCCESS}</s:Status>{IDENTIFIER}",
        f"<s:Status>{RESPONDER}</s:Status>",
        f"<s:Status>{RESPONDER}<s:StatusMessage>why</s:StatusMessage></s:Status>",
        f"<s:Status>{RESPONDER}<s:StatusDetail>{CBSS_STATUS}</s:StatusDetail></s:Status>",
        '<s:Status><s:StatusCode Value="urn:be:fgov:ehealth:2.0:status:Requester">'
        '<s:StatusCode Value="urn:be:fgov:ehealth:2.0:status:DataNotFound"/></s:StatusCode></s:Status>',
    ],
)
def test_an_answer_has_a_status_and_perhaps_an_identifier(contract: Contract, content: str) -> None:
    assert contract.violations(response(content)) == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        IDENTIFIER,
        f"{IDENTIFIER}<s:Status>{SUCCESS}</s:Status>",
        f"<p:Status>{SUCCESS}</p:Status>",
        "<s:Status/>",
        "<s:Status><s:StatusCode/></s:Status>",
        f"<s:Status>{SUCCESS}{SUCCESS}</s:Status>",
        f"<s:Status><s:StatusMessage>why</s:StatusMessage>{RESPONDER}</s:Status>",
        f"<s:Status>{SUCCESS}</s:Status><CovidDossierIdentifier>1</CovidDossierIdentifier>",
        f"<s:Status>{SUCCESS}</s:Status>{IDENTIFIER}{IDENTIFIER}",
    ],
)
def test_an_answer_of_another_shape_is_refused(contract: Contract, content: str) -> None:
    assert contract.violations(response(content))


@pytest.mark.parametrize(
    "attributes",
    [ISSUED, 'Id="_2"', f'Id="2" {ISSUED}'],
    ids=["without Id", "without IssueInstant", "Id no NCName"],
)
def test_an_answer_has_an_id_and_an_issue_instant(contract: Contract, attributes: str) -> None:
    assert contract.violations(response(f"<s:Status>{SUCCESS}</s:Status>", attributes))


def test_in_response_to_may_be_absent_and_repeats_any_string(contract: Contract) -> None:
    content = f"<s:Status>{SUCCESS}</s:Status>"
    assert contract.violations(response(content, f'Id="_2" {ISSUED}')) == []
    assert contract.violations(response(content, f'Id="_2" InResponseTo="7 of 9" {ISSUED}')) == []


def test_a_status_detail_takes_only_elements_that_a_schema_declares(contract: Contract) -> None:
    status = "<s:Status>{}<s:StatusDetail>{}</s:StatusDetail></s:Status>"
    for stranger in ("<c:Unknown/>", "<Unqualified/>", '<x:y xmlns:x="urn:x"/>'):
        violations = contract.violations(response(status.format(RESPONDER, stranger)))
        assert violations
        assert "No matching global element declaration available" in violations[0]
    assert contract.violations(response(status.format(RESPONDER, "<c:CbssStatus/>")))


@pytest.mark.parametrize(
    "content",
    [
        NOK,
        f"{NOK}<c:Description>d</c:Description>",
        f"{NOK}<c:Information><c:FieldName>lastName</c:FieldName></c:Information>",
    ],
)
def test_a_cbss_status_has_value_and_code(contract: Contract, content: str) -> None:
    assert contract.violations(cbss_status(content)) == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<c:Value>NOK</c:Value>",
        "<c:Code>MSG00008</c:Code><c:Value>NOK</c:Value>",
        f"{NOK}<c:Information/>",
        f"{NOK}<c:Information><c:FieldValue>x</c:FieldValue></c:Information>",
        f"{NOK}<c:Information><c:FieldName>a</c:FieldName></c:Information><c:Description>d</c:Description>",
        "<Value>NOK</Value><Code>MSG00008</Code>",
    ],
)
def test_a_cbss_status_of_another_shape_is_refused(contract: Contract, content: str) -> None:
    assert contract.violations(cbss_status(content))


MESSAGE = '<Message xml:lang="en">Service call not authenticated</Message>'
UNQUALIFIED = f"<Origin>Consumer</Origin><Code>SOA-01001</Code>{MESSAGE}"
ENVIRONMENT = "<soa:Environment>Acceptation</soa:Environment>"


@pytest.mark.parametrize("name", ["SystemError", "BusinessError"])
@pytest.mark.parametrize("attributes", ["", 'Id="7f0c2c1e-7e3c-4a63-9d3c-0d6e2a6f3a11"'])
@pytest.mark.parametrize(
    "content",
    [
        UNQUALIFIED + ENVIRONMENT,
        UNQUALIFIED + "<Message>autre</Message><Retry>false</Retry><Contact>c</Contact>" + ENVIRONMENT,
    ],
)
def test_an_error_has_unqualified_children_and_then_a_qualified_environment(
    contract: Contract, name: str, attributes: str, content: str
) -> None:
    assert contract.violations(error(content, name, attributes)) == []


@pytest.mark.parametrize(
    "content",
    [
        UNQUALIFIED,
        UNQUALIFIED + "<Environment>Acceptation</Environment>",
        ENVIRONMENT + UNQUALIFIED,
        UNQUALIFIED + ENVIRONMENT.replace("Acceptation", "Acceptance"),
        UNQUALIFIED.replace("<Code>", "<soa:Code>").replace("</Code>", "</soa:Code>") + ENVIRONMENT,
        UNQUALIFIED.replace(MESSAGE, "") + ENVIRONMENT,
        UNQUALIFIED.replace('xml:lang="en"', 'lang="en"') + ENVIRONMENT,
        UNQUALIFIED + "<Contact>c</Contact><Retry>false</Retry>" + ENVIRONMENT,
        UNQUALIFIED + "<Retry>maybe</Retry>" + ENVIRONMENT,
    ],
)
def test_an_error_of_another_shape_is_refused(contract: Contract, content: str) -> None:
    assert contract.violations(error(content))


@pytest.mark.parametrize("name", ["Development", "Test", "Integration", "Acceptation", "Simulation", "Production"])
def test_an_error_comes_from_one_of_six_environments(contract: Contract, name: str) -> None:
    assert contract.violations(error(UNQUALIFIED + ENVIRONMENT.replace("Acceptation", name))) == []
