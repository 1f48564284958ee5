"""Which requests the reconstructed contract lets through (`decisions.md` 1: Criteria, Facets)."""

from pathlib import Path

import pytest
from lxml import etree

from mockserver.contract import Contract
from mockserver.namespaces import SOAP

from .messages import CORE, ISSUED, PERSON, SSIN, request, request_of

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "samples"
SAMPLE_FILES = sorted(SAMPLES.glob("*.xml"))


def institution(content: str) -> str:
    return f"<c:InstitutionIdentifier>{content}</c:InstitutionIdentifier>"


def nihii(value: str) -> str:
    return institution(f"<c:Nihii>{value}</c:Nihii>")


def cbe(value: str) -> str:
    return institution(f"<c:Cbe>{value}</c:Cbe>")


def ssin(value: str) -> str:
    return f"<c:PersonIdentifier>{value}</c:PersonIdentifier>"


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.stem)
def test_foreign_samples_are_judged_as_their_readme_says(contract: Contract, path: Path) -> None:
    body = etree.parse(path).getroot().find(f"{{{SOAP}}}Body")
    assert body is not None
    violations = contract.violations(body[0])
    if path.stem == "connector-doctor-no-lastname":
        assert violations == [
            f"Element '{{{CORE}}}FirstNames': This element is not expected. Expected is ( {{{CORE}}}LastName )."
        ]
    else:
        assert violations == []


def test_the_samples_are_there() -> None:
    assert len(SAMPLE_FILES) == 9


@pytest.mark.parametrize(
    "requester",
    [
        "",
        ssin(SSIN),
        nihii("71999041"),
        nihii("71999041000"),
        cbe("0200000043"),
        cbe("1990009933"),
        nihii("71999041") + ssin(SSIN),
    ],
)
def test_a_requester_may_be_empty_or_name_an_institution_a_person_or_both(contract: Contract, requester: str) -> None:
    assert contract.violations(request(requester=requester)) == []


@pytest.mark.parametrize(
    "requester",
    [
        institution(""),
        institution("<c:Nihii>71999041</c:Nihii><c:Cbe>0200000043</c:Cbe>"),
        institution("<c:Ehp>1990009933</c:Ehp>"),
        nihii("71999041") + cbe("0200000043"),
        ssin(SSIN) + ssin(SSIN),
        ssin(SSIN) + nihii("71999041"),
    ],
)
def test_an_institution_has_one_number_and_stands_before_the_person(contract: Contract, requester: str) -> None:
    assert contract.violations(request(requester=requester))


ARABIC_INDIC_DIGITS = "٨٠٠١٠١٩٩٩٧٦"
FULL_WIDTH_DIGITS = "８００１０１９９９７６"
MALFORMED_NUMBERS = [
    *[ssin(value) for value in ("", SSIN[:10], f"{SSIN}0", "8001019997X", f" {SSIN}", f"{SSIN}\n", "800101-99976")],
    *[ssin(ARABIC_INDIC_DIGITS), ssin(FULL_WIDTH_DIGITS), ssin(f"{SSIN[:10]}٦")],
    *[nihii(value) for value in ("", "7199904", "719990410", "7199904100", "719990410000", "7199904A")],
    *[nihii(ARABIC_INDIC_DIGITS[:8]), nihii(FULL_WIDTH_DIGITS)],
    *[cbe(value) for value in ("", "200000043", "02000000430", "BE0200000043", "0200.000.043")],
    *[cbe(ARABIC_INDIC_DIGITS[:10]), cbe(FULL_WIDTH_DIGITS[:10])],
]


@pytest.mark.parametrize("requester", MALFORMED_NUMBERS)
def test_a_number_of_another_form_is_refused_by_its_pattern(contract: Contract, requester: str) -> None:
    violations = contract.violations(request(requester=requester))
    assert violations
    assert "[facet 'pattern']" in violations[0]


@pytest.mark.parametrize("number", ["00000000000", "99999999999"])
def test_check_digits_are_no_matter_of_the_schema(contract: Contract, number: str) -> None:
    assert contract.violations(request(requester=ssin(number))) == []


@pytest.mark.parametrize(
    "person",
    [
        PERSON,
        "<c:LastName/>",
        "<c:LastName>   </c:LastName>",
        f"<c:LastName>{'x' * 1000}</c:LastName>",
        "<c:LastName>Zoë 2</c:LastName><c:FirstNames/><c:Gender/><c:PhoneNumber/>",
        PERSON + "<c:Gender>unknown</c:Gender>",
        PERSON + "<c:FirstNames>Jérôme Zoë</c:FirstNames><c:Gender>F</c:Gender>"
        "<c:PhoneNumber>+3227885155</c:PhoneNumber>",
        PERSON + "<c:PhoneNumber>none</c:PhoneNumber>",
    ],
)
def test_the_fields_of_a_person_have_no_facets(contract: Contract, person: str) -> None:
    assert contract.violations(request(person=person)) == []


@pytest.mark.parametrize(
    "person",
    [
        "",
        "<c:FirstNames>Jan</c:FirstNames>",
        PERSON + PERSON,
        "<c:FirstNames>Jan</c:FirstNames>" + PERSON,
        PERSON + "<c:Gender>F</c:Gender><c:FirstNames>Jan</c:FirstNames>",
        PERSON + "<c:BirthDate>1980-01-01</c:BirthDate>",
        "<LastName>COVID_LASTNAME_TEST</LastName>",
        "<p:LastName>COVID_LASTNAME_TEST</p:LastName>",
        "<c:LastName><c:b>COVID</c:b></c:LastName>",
        "COVID_LASTNAME_TEST",
    ],
)
def test_a_person_has_a_last_name_first_and_nothing_foreign(contract: Contract, person: str) -> None:
    assert contract.violations(request(person=person))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<p:Criteria/>",
        f"<p:Criteria><c:Person>{PERSON}</c:Person></p:Criteria>",
        "<p:Criteria><c:Requester/></p:Criteria>",
        f"<p:Criteria><c:Person>{PERSON}</c:Person><c:Requester/></p:Criteria>",
        f"<c:Criteria><c:Requester/><c:Person>{PERSON}</c:Person></c:Criteria>",
        f"<p:Criteria><p:Requester/><p:Person>{PERSON}</p:Person></p:Criteria>",
    ],
)
def test_criteria_has_requester_and_person_in_this_order_and_in_the_core_namespace(
    contract: Contract, content: str
) -> None:
    assert contract.violations(request_of(content))


@pytest.mark.parametrize("identifier", ["_1", "a", "ID-7f0c", "é"])
def test_an_id_is_an_ncname_and_may_be_absent(contract: Contract, identifier: str) -> None:
    assert contract.violations(request(attributes=f'Id="{identifier}" {ISSUED}')) == []
    assert contract.violations(request(attributes=ISSUED)) == []


@pytest.mark.parametrize("identifier", ["", "1", "7f0c2c1e-7e3c-4a63-9d3c-0d6e2a6f3a11", "a:b", "a b", "-a"])
def test_an_id_that_is_a_number_or_a_bare_uuid_is_refused(contract: Contract, identifier: str) -> None:
    """Wire facts E1: xs:ID, though the cookbook says "the number identifying the request"."""
    violations = contract.violations(request(attributes=f'Id="{identifier}" {ISSUED}'))
    assert violations
    assert "is not a valid value of the atomic type 'xs:ID'" in violations[0]


@pytest.mark.parametrize(
    "issued", ["2026-11-23T18:34:04Z", "2026-11-23T18:34:04", "2026-11-23T18:34:04.123456789+01:00"]
)
def test_an_issue_instant_is_any_xs_datetime(contract: Contract, issued: str) -> None:
    assert contract.violations(request(attributes=f'IssueInstant="{issued}"')) == []


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        'Id="_1"',
        'IssueInstant=""',
        'IssueInstant="2026-11-23"',
        'IssueInstant="23/11/2026 18:34"',
        'IssueInstant="2026-11-23T18:34Z"',
        'IssueInstant="2026-02-29T18:34:00Z"',
        f'{ISSUED} Version="1"',
        f"p:{ISSUED}",
    ],
)
def test_an_issue_instant_is_required_and_no_other_attribute_is_known(contract: Contract, attributes: str) -> None:
    assert contract.violations(request(attributes=attributes))
