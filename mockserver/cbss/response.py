"""GenerateCovidIdResponse: the business answer (cookbook 5.2.1.2, 5.2.2.3, 5.2.2.4), by the names of the contract."""

import uuid
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from lxml import etree

from mockserver.cbss.person import MESSAGES
from mockserver.contract import Contract, ElementDeclaration
from mockserver.instant import Instant, format_instant

STATUS_URN: Final = "urn:be:fgov:ehealth:2.0:status:"
"""Cookbook 5.2.2.3: what the Level 1 StatusCode begins with."""

NOK: Final = "NOK"
"""Cookbook 5.2.2.4: 'The value is always "NOK" if the CbssStatus is sent.'"""

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


def build_response(contract: Contract, outcome: Outcome, *, in_response_to: str | None, now: Instant) -> etree._Element:
    """The response element. @Id is an xs:ID of our own, @InResponseTo the request's Id "if available"."""
    names = contract.response
    response = copy(_blank(contract, outcome.identifier is not None))
    response.set("Id", f"_{uuid.uuid4()}")
    if in_response_to is not None:
        response.set("InResponseTo", in_response_to)
    response.set("IssueInstant", format_instant(now))
    status = response[0]
    status[0].set("Value", STATUS_URN + outcome.status)
    if outcome.message is not None:
        etree.SubElement(status, names["Status/StatusMessage"].name).text = outcome.message
    if outcome.cbss is not None:
        detail = etree.SubElement(status, names["Status/StatusDetail"].name)
        _append_cbss_status(detail, contract.cbss_status, outcome.cbss)
    if outcome.identifier is not None:
        response[1].text = outcome.identifier
    return response


@lru_cache(maxsize=16)
def _blank(contract: Contract, has_identifier: bool) -> etree._Element:
    """What every response element has, without a value: to be copied, which is faster than to make it anew."""
    names = contract.response
    response = etree.Element(names.name, nsmap=_prefixes(contract))
    status = etree.SubElement(response, names["Status"].name)
    etree.SubElement(status, names["Status/StatusCode"].name)
    if has_identifier:
        etree.SubElement(response, names["CovidDossierIdentifier"].name)
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
