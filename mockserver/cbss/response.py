"""GenerateCovidIdResponse: the business answer (cookbook 5.2.1.2, 5.2.2.3, 5.2.2.4), by the names of the contract."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from lxml import etree

from mockserver.cbss.person import MESSAGES
from mockserver.contract import Contract, ElementDeclaration
from mockserver.instant import Instant, format_instant
from mockserver.random_uuid import random_uuid

STATUS_URN: Final = "urn:be:fgov:ehealth:2.0:status:"
"""Cookbook 5.2.2.3: what the Level 1 StatusCode begins with."""

NOK: Final = "NOK"
"""Cookbook 5.2.2.4: 'The value is always "NOK" if the CbssStatus is sent.'"""

_PLAIN: Final = re.compile("[A-Za-z0-9_.-]*")
"""What an XML writer writes as it is."""

MAX_INFORMATION: Final = 15
"""CBSS's own type allows so many Information elements (`wire-facts.md` E2)."""


@dataclass(frozen=True, slots=True)
class CbssStatus:
    """Cookbook 5.2.2.4."""

    code: str
    information: Sequence[tuple[str, str]] = ()
    """FieldName and FieldValue."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the business answer says."""

    status: str
    """`Success`, `Requester` or `Responder`."""
    message: str | None = None
    """StatusMessage."""
    cbss: CbssStatus | None = None
    identifier: str | None = field(default=None, repr=False)
    """CovidDossierIdentifier, on success only."""


def response_octets(contract: Contract, outcome: Outcome, *, in_response_to: str | None, now: Instant) -> bytes:
    """The response element in UTF-8, without declaration."""
    if outcome.status == "Success" and outcome.identifier is not None and not (outcome.message or outcome.cbss):
        asked = in_response_to if in_response_to is not None else ""
        if _PLAIN.fullmatch(asked) and _PLAIN.fullmatch(outcome.identifier):
            form = _success(contract, in_response_to is not None)
            return (form % (new_id(), asked, format_instant(now), outcome.identifier)).encode("utf-8")
    return etree.tostring(build_response(contract, outcome, in_response_to=in_response_to, now=now), encoding="utf-8")


@lru_cache(maxsize=16)
def _success(contract: Contract, has_request_id: bool) -> str:
    """A success as `build_response` makes it, with a place for each of its four values: nearly every answer is one."""
    marks = [f"mark-{number}-" for number in range(4)]  # none of them is a part of another
    outcome = Outcome("Success", identifier=marks[3])
    response = build_response(contract, outcome, in_response_to=marks[1] if has_request_id else None, now=0)
    response.set("Id", marks[0])
    response.set("IssueInstant", marks[2])
    form = etree.tostring(response, encoding="unicode").replace("%", "%%")
    for mark in marks:
        form = form.replace(mark, "%s")
    return form if has_request_id else form.replace("%s", "%s%.0s", 1)  # no place for the id of the request


def new_id() -> str:
    """An xs:ID of our own."""
    return f"_{random_uuid()}"


def build_response(contract: Contract, outcome: Outcome, *, in_response_to: str | None, now: Instant) -> etree._Element:
    """The response element. @Id is an xs:ID of our own, @InResponseTo the request's Id "if available"."""
    names = contract.response
    response = etree.Element(names.name, nsmap=_prefixes(contract))
    response.set("Id", new_id())
    if in_response_to is not None:
        response.set("InResponseTo", in_response_to)
    response.set("IssueInstant", format_instant(now))
    status = etree.SubElement(response, names["Status"].name)
    etree.SubElement(status, names["Status/StatusCode"].name).set("Value", STATUS_URN + outcome.status)
    if outcome.message is not None:
        etree.SubElement(status, names["Status/StatusMessage"].name).text = outcome.message
    if outcome.cbss is not None:
        detail = etree.SubElement(status, names["Status/StatusDetail"].name)
        _append_cbss_status(detail, contract.cbss_status, outcome.cbss)
    if outcome.identifier is not None:
        etree.SubElement(response, names["CovidDossierIdentifier"].name).text = outcome.identifier
    return response


def _append_cbss_status(detail: etree._Element, names: ElementDeclaration, status: CbssStatus) -> None:
    element = etree.SubElement(detail, names.name)
    etree.SubElement(element, names["Value"].name).text = NOK
    etree.SubElement(element, names["Code"].name).text = status.code
    etree.SubElement(element, names["Description"].name).text = MESSAGES[status.code]
    for field_name, field_value in status.information[:MAX_INFORMATION]:
        information = etree.SubElement(element, names["Information"].name)
        etree.SubElement(information, names["Information/FieldName"].name).text = field_name
        etree.SubElement(information, names["Information/FieldValue"].name).text = field_value


@lru_cache(maxsize=8)
def _prefixes(contract: Contract) -> dict[str, str]:
    """Short prefixes for the namespaces of the answer; any would do."""
    wanted = {
        "protocol": contract.response.name,
        "commons": contract.response["Status"].name,
        "core": contract.cbss_status.name,
    }
    prefixes: dict[str, str] = {}
    for prefix, name in wanted.items():
        namespace = etree.QName(name).namespace
        if namespace and namespace not in prefixes.values():
            prefixes[prefix] = namespace
    return prefixes
