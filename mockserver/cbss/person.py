"""What CBSS says of a request: MSG00013 for a caller without legal context, MSG00008 for invalid data of the person.

The cookbook names the two codes (5.2.2.4) and nothing of what causes them. The texts are CBSS's own (`wire-facts.md`
E3); the causes are decided (decisions 3) and reconstructed. The schema has no facets here: CBSS judges.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.request import Person
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Stage

MESSAGES: Final = {
    "MSG00008": "The request contains invalid data. Please check your message content.",
    "MSG00013": "Access to this operation is not allowed with the given legalcontext and credentials.",
}
"""CbssStatus/Code to CbssStatus/Description."""

FIELD_VALUE_LENGTH: Final = 256
"""FieldValue is at most so many characters (`wire-facts.md` E2, CBSS's own type); longer ones are cut."""

_WHERE: Final = "Criteria/Person"
_ESTABLISHED: Final = ("X01", "H21", "H23", "H24", "H27")
_PHONE_SEPARATORS: Final = re.compile(r"[ ./()-]")
_PHONE: Final = re.compile(r"\+?[0-9]{6,15}")

cbss = partial(RULES.rule, stage=Stage.CBSS, requires=_ESTABLISHED, reconstructed=True)
invalid = partial(
    cbss,
    cbss="MSG00008",
    source='reconstructed: decisions 3. KSZ: MSG00008 comes with Information elements "depending on the service"',
)


@cbss(
    "M13",
    "The caller has a legal context",
    cbss="MSG00013",
    source="cookbook 5.2.2.4 names the code; that a persona without legal context gets it is decided (decisions 3)",
    advice="Have the access of this organisation or person checked by eHealth; for the mock use another persona.",
)
def legal_context(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The end user has a legal context with CBSS for this operation."""
    if exchange.identity is not None and exchange.identity.number in policy.without_legal_context:
        yield Breach("this end user has no legal context", "Assertion")


@invalid("M01", "LastName is not blank", advice="Fill LastName.")
def last_name_is_given(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """LastName holds something other than white space."""
    last_name = _person(exchange).last_name
    if last_name is not None and not last_name.strip():
        yield _breach("lastName", last_name, "is blank")


@invalid("M02", "Names hold no digits", advice="Send the name as on the identity document.")
def names_without_digits(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """LastName and FirstNames hold no digit of any script."""
    person = _person(exchange)
    for field, value in (("lastName", person.last_name), ("firstNames", person.first_names)):
        # Each character once: the schema sets no length, and a name may fill the whole message.
        if value is not None and any(map(str.isdigit, set(value))):
            yield _breach(field, value, "holds a digit")


@invalid("M03", "Gender is F or M", advice="Send F (female) or M (male), or leave Gender out.")
def gender(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Gender, where given, is F or M (cookbook 5.2.2.2)."""
    value = _person(exchange).gender
    if value is not None and value not in ("F", "M"):
        yield _breach("gender", value, "is neither F nor M")


@invalid("M04", "Values are not over-long", advice=f"Send at most {FIELD_VALUE_LENGTH} characters in a field.")
def lengths(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """No field has more than 256 characters."""
    person = _person(exchange)
    fields = {
        "lastName": person.last_name,
        "firstNames": person.first_names,
        "gender": person.gender,
        "phoneNumber": person.phone_number,
    }
    for field, value in fields.items():
        if value is not None and len(value) > FIELD_VALUE_LENGTH:
            yield _breach(field, value, f"has more than {FIELD_VALUE_LENGTH} characters")


@invalid(
    "M05",
    "PhoneNumber is a phone number",
    advice="Send + and 6 to 15 digits; blanks and . / - ( ) may stand between.",
)
def phone_number(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """PhoneNumber, without blanks and . / - ( ), is an optional + and 6 to 15 ASCII digits."""
    value = _person(exchange).phone_number
    if value is not None and not _PHONE.fullmatch(_PHONE_SEPARATORS.sub("", value)):
        yield _breach("phoneNumber", value, "is no phone number")


def _person(exchange: Exchange) -> Person:
    return exchange.business.person if exchange.business is not None else Person()


def _breach(field: str, value: str, problem: str) -> Breach:
    return Breach(f"{field} {problem}", _WHERE, (field, value[:FIELD_VALUE_LENGTH]))
