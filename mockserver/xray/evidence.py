"""Evidence of a Reference that could not be digested: what it declares, and why nothing came out."""

from lxml import etree

from mockserver.gateway.message.envelope import path_of
from mockserver.gateway.message.security import Reference
from mockserver.xray.explanation import ReferenceEvidence


def undigested(reference: Reference, target: etree._Element | None, problem: str) -> ReferenceEvidence:
    """`target` is the element it names, if it names one; `problem` a clause for people."""
    return ReferenceEvidence(
        reference.uri,
        None if target is None else path_of(target),
        [transform.algorithm for transform in reference.transforms],
        reference.digest_method,
        reference.digest_value,
        None,
        None,
        problem=problem,
    )
