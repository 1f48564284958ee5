"""A message that somebody wrote by hand: a whole Envelope without Security, or the request element alone."""

from typing import Final

from lxml import etree

from conformance.client.parsing import MarkupError, parse
from mockserver.contract import Contract
from mockserver.namespaces import SOAP, WSSE

_ENVELOPE: Final = f"{{{SOAP}}}Envelope"
_HEADER: Final = f"{{{SOAP}}}Header"
_BODY: Final = f"{{{SOAP}}}Body"


class MessageError(Exception):
    """This is no message that can be signed. One sentence."""


def unsigned_envelope(octets: bytes, contract: Contract) -> etree._Element:
    """The Envelope to sign, with a Header; around the request element where that stands alone.

    Nothing else is changed: what is in the Body is what the caller wrote, right or wrong. Raises MessageError.
    """
    try:
        root = parse(octets)
    except MarkupError as error:
        raise MessageError(f"it cannot be read: {error}") from error
    if root.tag == contract.request.name:
        return _around(root)
    if root.tag != _ENVELOPE:
        raise MessageError(
            f"it begins with {etree.QName(root).text}, which is neither a SOAP 1.1 Envelope nor {contract.request.name}"
        )
    bodies = list(root.iterchildren(_BODY))
    if len(bodies) != 1:
        raise MessageError(f"the Envelope has {len(bodies) or 'no'} Body elements; write one")
    headers = list(root.iterchildren(_HEADER))
    if len(headers) > 1:
        raise MessageError(f"the Envelope has {len(headers)} Header elements; leave one")
    if not headers:
        root.insert(0, etree.Element(_HEADER))
    elif headers[0].find(f"{{{WSSE}}}Security") is not None:
        raise MessageError("it has a Security header already; take that out, for another one is made")
    return root


def _around(request: etree._Element) -> etree._Element:
    envelope = etree.Element(_ENVELOPE, nsmap={"SOAP-ENV": SOAP})
    etree.SubElement(envelope, _HEADER)
    etree.SubElement(envelope, _BODY).append(request)
    return envelope
