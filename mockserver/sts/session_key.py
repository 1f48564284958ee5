"""The certificate of the key that a token shall be bound to, as a request names it."""

from cryptography import x509
from lxml import etree

from mockserver.gateway.crypto.keys import KeyUnreadable, certificates_of
from mockserver.gateway.crypto.trust import KeyRefused, accepted_key
from mockserver.gateway.limits import Limits


class SessionKeyError(ValueError):
    """The request names no key that a token can be bound to; the message says why."""


def session_certificate(holder: etree._Element, limits: Limits) -> x509.Certificate:
    """The one certificate in the X509Data that is a child of `holder`, with a key of an allowed kind and size.

    Raises SessionKeyError.
    """
    try:
        found = certificates_of(holder, limits)
        if len(found) != 1:
            raise SessionKeyError(f"{len(found)} certificates instead of one")
        accepted_key(found[0].public_key())
    except (KeyUnreadable, KeyRefused) as error:
        raise SessionKeyError(str(error)) from error
    return found[0]
