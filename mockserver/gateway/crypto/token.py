"""The STS's signature on the assertion, verified by libxmlsec.

Only called for a signature that the rules found to have one Reference to its own assertion, with allowed algorithms
and transforms (rule H06). libxmlsec gets the same limits again, and the key of the configured certificate: it never
looks at the KeyInfo.
"""

from typing import Final

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mockserver.gateway.message.assertion import Assertion

_REFERENCE_TRANSFORMS: Final = (
    xmlsec.constants.TransformEnveloped,
    xmlsec.constants.TransformExclC14N,
    xmlsec.constants.TransformSha1,
    xmlsec.constants.TransformSha256,
    xmlsec.constants.TransformSha384,
    xmlsec.constants.TransformSha512,
)


def verify_assertion_signature(assertion: Assertion, certificate: x509.Certificate) -> bool:
    """True if the assertion's own signature verifies with the certificate's key.

    The assertion is digested in place, in the tree that came in, by the AssertionID of this very element.
    """
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem)
    for transform in _REFERENCE_TRANSFORMS:
        context.enable_reference_transform(transform)
    try:
        context.register_id(assertion.element, "AssertionID")
        context.verify(assertion.signatures[0].element)
    except xmlsec.Error:
        return False
    return True
