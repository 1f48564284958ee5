"""Answers in the SAML 1.1 protocol (`wire-facts.md` B2, B5)."""

from typing import TYPE_CHECKING

from lxml import etree

from mockserver.gateway.faults import serialise
from mockserver.gateway.message.ids import is_ncname
from mockserver.instant import Instant, format_instant
from mockserver.random_uuid import random_uuid
from mockserver.sts.names import RESPONSE, SAMLP
from mockserver.sts.trust_response import envelope_and_body

if TYPE_CHECKING:
    from mockserver.sts.service import Grant


def granted(grant: "Grant", now: Instant) -> bytes:
    """The envelope with Status Success and the token."""
    envelope, response = _response(grant.context, now)
    _status(response, "Success")
    response.append(etree.fromstring(grant.token))
    return serialise(envelope)


def refused(reason: str, context: str, now: Instant) -> bytes:
    """The envelope with Status Requester and the reason as StatusMessage (decisions 4b)."""
    envelope, response = _response(context, now)
    status = _status(response, "Requester")
    etree.SubElement(status, f"{{{SAMLP}}}StatusMessage").text = f"The request was invalid or malformed: {reason}"
    return serialise(envelope)


def _response(context: str, now: Instant) -> tuple[etree._Element, etree._Element]:
    envelope, body = envelope_and_body()
    response = etree.SubElement(body, RESPONSE, nsmap={"samlp": SAMLP})
    response.set("ResponseID", f"_{random_uuid()}")
    if is_ncname(context):  # what a malformed request carries instead is no id
        response.set("InResponseTo", context)
    response.set("MajorVersion", "1")
    response.set("MinorVersion", "1")
    response.set("IssueInstant", format_instant(now))
    return envelope, response


def _status(response: etree._Element, code: str) -> etree._Element:
    status = etree.SubElement(response, f"{{{SAMLP}}}Status")
    # A QName (SAML 1.1 core, section 3.4.3.1): the prefix is the one declared on the Response.
    etree.SubElement(status, f"{{{SAMLP}}}StatusCode").set("Value", f"samlp:{code}")
    return status
