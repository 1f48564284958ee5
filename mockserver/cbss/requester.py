"""Criteria.Requester against the security header: cookbook section 8, Table 2, word for word, tried in table order."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.identity import Identity
from mockserver.gateway.message.request import Requester
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Check, Level, Stage

Mismatch = Callable[[Requester, Identity], tuple[str | None, str | None] | None]
"""The values for $value1 and $value2 if the row applies; None if it does not."""

_ESTABLISHED: Final = ("X01", "H21", "H23", "H24", "H27")
_NIHII_DIGITS: Final = 8
"""A NIHII number is compared on its first 8 digits: 3 of qualification may follow (`wire-facts.md` H)."""


def differing_person(requester: Requester, identity: Identity) -> tuple[str | None, str | None] | None:
    """Row 1. Also for a token with institution and person: each part is compared with its own (decisions 3)."""
    if identity.ssin is None or requester.person_identifier in (None, identity.ssin):
        return None
    return requester.person_identifier, identity.ssin


def nihii_from_person(requester: Requester, identity: Identity) -> tuple[str | None, str | None] | None:
    """Row 2."""
    if identity.institution is not None or requester.nihii is None:
        return None
    return requester.nihii, identity.ssin


def differing_nihii(requester: Requester, identity: Identity) -> tuple[str | None, str | None] | None:
    """Row 3."""
    if identity.nihii is None or requester.nihii is None:
        return None
    if requester.nihii[:_NIHII_DIGITS] == identity.nihii[:_NIHII_DIGITS]:
        return None
    return requester.nihii, identity.nihii


def cbe_from_nihii(requester: Requester, identity: Identity) -> tuple[str | None, str | None] | None:
    """Row 4."""
    if identity.nihii is None or requester.cbe is None:
        return None
    return requester.cbe, identity.nihii


def differing_cbe(requester: Requester, identity: Identity) -> tuple[str | None, str | None] | None:
    """Row 5. An EHP number travels in Cbe too (cookbook 5.2.2.1)."""
    if identity.nihii is not None or identity.cbe is None or requester.cbe in (None, identity.cbe):
        return None
    return requester.cbe, identity.cbe


def cbe_from_person(requester: Requester, identity: Identity) -> tuple[str | None, str | None] | None:
    """Not in Table 2: a person with Cbe, in the wording of row 2."""
    if identity.institution is not None or requester.cbe is None:
        return None
    return requester.cbe, identity.ssin


def nihii_from_cbe(requester: Requester, identity: Identity) -> tuple[str | None, str | None] | None:
    """Not in Table 2: a CBE or EHP institution with Nihii, in the wording of row 4."""
    if identity.nihii is not None or identity.cbe is None or requester.nihii is None:
        return None
    return requester.nihii, identity.cbe


def _mismatched(mismatch: Mismatch, message: str, exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    if exchange.business is None or exchange.identity is None:
        return
    values = mismatch(exchange.business.requester, exchange.identity)
    if values is not None:
        filled = message.replace("$value1", values[0] or "").replace("$value2", values[1] or "")
        yield Breach(filled, "Criteria/Requester")


def _answers(mismatch: Mismatch, message: str) -> Check:
    """The check of a row: `message` is the StatusMessage with $value1 and $value2 in it."""
    check = partial(_mismatched, mismatch, message)
    check.__doc__ = f"Otherwise the answer is: {message}"
    return check


_row = partial(RULES.rule, stage=Stage.REQUESTER, level=Level.MUST, requires=_ESTABLISHED)
_table_2 = partial(_row, source="cookbook section 8, Table 2")
_extension = partial(_row, source="our extension: Table 2 has no such row (decisions 3)", reconstructed=True)

_table_2(
    "R1",
    "PersonIdentifier is the SSIN of the security header",
    advice="Put the SSIN of the token into PersonIdentifier, or remove PersonIdentifier.",
)(
    _answers(
        differing_person,
        "The person identifier defined in your request (Criteria.Requester.PersonIdentifier : $value1) does "
        "not correspond to the security information provided in the Envelope header ($value2)",
    )
)
_table_2(
    "R2",
    "A person sends no Nihii",
    advice="Remove InstitutionIdentifier: the end user is a person.",
)(
    _answers(
        nihii_from_person,
        "No institution NIHII identifier ($value1) may be defined in your request, as the WS-security is "
        "connecting as a person ($value2).",
    )
)
_table_2(
    "R3",
    "Nihii is the number of the security header",
    advice="Put the NIHII number of the token into InstitutionIdentifier.Nihii, or remove InstitutionIdentifier.",
)(
    _answers(
        differing_nihii,
        "The institution identifier defined in your request (Criteria.Requester.InstitutionIdentifier.Nihii : "
        "$value1) does not correspond to the security information provided in the Envelope header ($value2)",
    )
)
_table_2(
    "R4",
    "A NIHII institution sends no Cbe",
    advice="Use InstitutionIdentifier.Nihii, or remove InstitutionIdentifier.",
)(
    _answers(
        cbe_from_nihii,
        "No institution CBE identifier ($value1) may be defined in your request, as the WS-security is "
        "connecting as a NIHII institution ($value2).",
    )
)
_table_2(
    "R5",
    "Cbe is the number of the security header",
    advice="Put the CBE or EHP number of the token into InstitutionIdentifier.Cbe, or remove InstitutionIdentifier.",
)(
    _answers(
        differing_cbe,
        "The institution identifier defined in your request (Criteria.Requester.InstitutionIdentifier.Cbe : "
        "$value1) does not correspond to the security information provided in the Envelope header ($value2)",
    )
)
_extension(
    "R6",
    "A person sends no Cbe",
    advice="Remove InstitutionIdentifier: the end user is a person.",
)(
    _answers(
        cbe_from_person,
        "No institution CBE identifier ($value1) may be defined in your request, as the WS-security is "
        "connecting as a person ($value2).",
    )
)
_extension(
    "R7",
    "A CBE or EHP institution sends no Nihii",
    advice="Use InstitutionIdentifier.Cbe, or remove InstitutionIdentifier.",
)(
    _answers(
        nihii_from_cbe,
        "No institution NIHII identifier ($value1) may be defined in your request, as the WS-security is "
        "connecting as a CBE institution ($value2).",
    )
)
