"""What every ds:Signature must look like before cryptography is asked: the message's and the assertion's alike."""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from mockserver.gateway.crypto.algorithms import DIGESTS, SIGNATURES
from mockserver.gateway.limits import Limits
from mockserver.gateway.message.envelope import elements, has_only_text, local_name, path_of, string_value
from mockserver.gateway.message.security import DIGEST_METHOD, DIGEST_VALUE, INCLUSIVE_NAMESPACES, Signature
from mockserver.gateway.registry import Breach
from mockserver.namespaces import DS, ENVELOPED_SIGNATURE, EXC_C14N

_SIGNATURE: Final = [f"{{{DS}}}{name}" for name in ("SignedInfo", "SignatureValue", "KeyInfo")]
_SIGNED_INFO: Final = [f"{{{DS}}}{name}" for name in ("CanonicalizationMethod", "SignatureMethod")]
_REFERENCE: Final = [f"{{{DS}}}{name}" for name in ("Transforms", "DigestMethod", "DigestValue")]
_REFERENCES: Final = [f"{{{DS}}}Reference"]


def signature_structure(signature: Signature, limits: Limits) -> Iterator[Breach]:
    """SignedInfo, SignatureValue and KeyInfo once each and nothing else (no ds:Object, no second SignedInfo, `rules.md`
    A67), values that are text alone (A68), methods without parameters, lengths within the limits (A94)."""
    yield from _exactly(signature.element, _SIGNATURE)
    if len(signature.signed_infos) == 1:
        yield from _signed_info(signature)
        yield from _values(signature, limits)
        yield from _canonicalization_parameters(signature, limits)


def enveloped_structure(signature: Signature, identifier: str, limits: Limits) -> Iterator[Breach]:
    """The same of a signature inside what it signs: one Reference, to the parent by `#identifier`, with the transforms
    enveloped-signature and exclusive c14n and allowed algorithms (SAML 1.1 core, section 5.4; `rules.md` H06)."""
    yield from signature_structure(signature, limits)
    if len(signature.references) != 1:
        yield Breach(f"{len(signature.references)} references instead of one", path_of(signature.element))
        return
    (reference,) = signature.references
    if reference.uri != f"#{identifier}":
        parent = signature.element.getparent()
        this = "element" if parent is None else local_name(parent).lower()
        yield Breach(f"the reference does not name this {this}", path_of(signature.element))
    if [transform.algorithm for transform in reference.transforms] != [ENVELOPED_SIGNATURE, EXC_C14N]:
        yield Breach("the transforms are not enveloped-signature and exclusive c14n", path_of(signature.element))
    if signature.signature_method not in SIGNATURES:
        yield Breach("the signature algorithm is not allowed", path_of(signature.element))
    if reference.digest_method not in DIGESTS:
        yield Breach("the digest algorithm is not allowed", path_of(signature.element))


def _signed_info(signature: Signature) -> Iterator[Breach]:
    (signed_info,) = signature.signed_infos
    order = [child.tag for child in elements(signed_info)]
    if order != _SIGNED_INFO + _REFERENCES * len(signature.references) or not signature.references:
        yield Breach("SignedInfo is not CanonicalizationMethod, SignatureMethod and References", path_of(signed_info))
    if [c.algorithm for c in signature.canonicalizations] != [EXC_C14N]:
        yield Breach("SignedInfo is not canonicalised exclusively without comments", path_of(signed_info))
    for method in signature.signature_methods:
        if parameters := elements(method):
            yield Breach(f"{local_name(parameters[0])} in SignatureMethod", path_of(signed_info))
    for reference in signature.references:
        yield from _exactly(reference.element, _REFERENCE)
        if any(elements(method) for method in reference.element.iterchildren(DIGEST_METHOD)):
            yield Breach("DigestMethod has parameters", path_of(signed_info))


def _values(signature: Signature, limits: Limits) -> Iterator[Breach]:
    digests = [v for r in signature.references for v in r.element.iterchildren(DIGEST_VALUE)]
    for value in (*signature.signature_values, *digests):
        if not has_only_text(value):
            yield Breach(f"something other than text stands in {local_name(value)}", path_of(value))
        elif len(string_value(value)) > limits.signature_value:
            yield Breach(f"{local_name(value)} is longer than {limits.signature_value} characters", path_of(value))


def _canonicalization_parameters(signature: Signature, limits: Limits) -> Iterator[Breach]:
    methods = [*signature.canonicalizations, *(t for r in signature.references for t in r.transforms)]
    for method in (method for method in methods if method.algorithm == EXC_C14N):
        children = elements(method.element)
        if len(children) > 1 or any(child.tag != INCLUSIVE_NAMESPACES for child in children):
            yield Breach("exclusive c14n has parameters other than one InclusiveNamespaces", path_of(method.element))
        # A canonicaliser looks each prefix up at each element: a long list stops the server for minutes (A90).
        if len(method.prefixes) > limits.namespace_declarations:
            yield Breach(f"a PrefixList of {len(method.prefixes)} prefixes", path_of(method.element))


def _exactly(parent: etree._Element, names: list[str]) -> Iterator[Breach]:
    """The element children of `parent` have just these expanded names, in this order."""
    found = elements(parent)
    if [child.tag for child in found] != names:
        shown = ", ".join(_ds(child)[:30] for child in found[:8]) or "nothing"
        expected = ", ".join(etree.QName(name).localname for name in names)
        yield Breach(f"{local_name(parent)} holds {shown} instead of {expected}", path_of(parent))


def _ds(element: etree._Element) -> str:
    name = etree.QName(element)
    return name.localname if name.namespace == DS else f"foreign {name.localname}"
