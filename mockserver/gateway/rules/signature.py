"""The message signature: Body and Timestamp under the key that the assertion confirms (cookbook 5.1.2, 6.2).

Order of trust (`rules.md` I7): structure, key, SignatureValue, digests. The rules that call cryptography require all
that guard it, and whether a message is authenticated hangs on `S52` and `H19`, which no profile can weaken.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from lxml import etree

from mockserver.gateway.crypto.algorithms import DIGESTS, SHA_1, SIGNATURES
from mockserver.gateway.crypto.canonical import DEFAULT
from mockserver.gateway.crypto.message_signature import digest_matches, fits, signature_verifies
from mockserver.gateway.crypto.trust import PublicKey
from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.envelope import elements, has_only_text, is_within, local_name, path_of, string_value
from mockserver.gateway.message.security import (
    BINARY_SECURITY_TOKEN,
    KEY_IDENTIFIER,
    SECURITY_TOKEN_REFERENCE,
    SIGNATURE,
    Reference,
    Signature,
)
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Level, Severity, Stage
from mockserver.gateway.rules.structure import signature_structure
from mockserver.namespaces import (
    DS,
    EXC_C14N,
    SAML,
    SAML_ASSERTION_ID,
    SAML_TOKEN_TYPE,
    STR_TRANSFORM,
    WSSE,
    WSSE_11,
    XSI,
)

security = partial(RULES.rule, stage=Stage.SECURITY, soa="SOA-01001")

_REFERENCE: Final = f"{{{WSSE}}}Reference"
_TRANSFORMATION_PARAMETERS: Final = f"{{{WSSE}}}TransformationParameters"
_CANONICALIZATION_METHOD: Final = f"{{{DS}}}CanonicalizationMethod"
_TOKEN_TYPE: Final = f"{{{WSSE_11}}}TokenType"
_XSI_TYPE: Final = f"{{{XSI}}}type"


@security(
    "S30",
    "There is one message signature",
    source="cookbook 5.1.2",
    advice="Sign Body and Timestamp in one ds:Signature, a direct child of Security.",
    requires=("S01",),
    essential=True,
    judges_outline=True,
)
def one_signature(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Exactly one ds:Signature is a direct child of Security; the assertion's own stands inside the assertion."""
    header = exchange.security
    if header is None or exchange.envelope is None:
        return
    if len(header.signatures) != 1:
        yield Breach(f"{len(header.signatures)} signatures", path_of(header.element))
    for element in exchange.envelope.root.iter(SIGNATURE):
        parent = element.getparent()
        if parent is None or not exchange.may_hold_signature(parent):
            yield Breach("a ds:Signature where none may be", path_of(element))


@security(
    "S54",
    "The signature has the structure of XML Signature",
    source="XML Signature 1.0; BSP 1.1 R3102, R5401, R5403, R5404, R5440; rules S31 to S35, S54, A67, A68",
    advice="Let a WS-Security library write the signature: exclusive canonicalisation, no Object, no Manifest, no HMAC "
    "parameters.",
    requires=("S30",),
    essential=True,
    judges_outline=True,
)
def structure(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """SignedInfo, SignatureValue and KeyInfo once each and nothing else; exclusive c14n without comments; values that
    are text alone."""
    if exchange.signature is not None:
        yield from signature_structure(exchange.signature, policy.limits)


@security(
    "I11-references",
    "The signature has few references",
    source="reconstructed: rules I11, A51",
    advice="Body and Timestamp are enough; the token may be a third.",
    level=Level.HARDENING,
    requires=("S54",),
    essential=True,
    reconstructed=True,
    judges_outline=True,
)
def few_references(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """At most four references."""
    if exchange.signature is not None and len(exchange.signature.references) > policy.limits.references:
        yield Breach(f"{len(exchange.signature.references)} references", path_of(exchange.signature.element))


@security(
    "S42",
    "References are #id within the message",
    source="BSP 1.1 R3001, R3005; rules S42, I3, A42 to A46",
    advice='Refer to Body and Timestamp by "#" and their wsu:Id.',
    level=Level.SHOULD,
    severity=Severity.REJECT,
    requires=("S54", "S07"),
    essential=True,
    judges_outline=True,
)
def references_are_local(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Each URI is # and an id: not empty, not absent, no XPointer, nothing that could be fetched."""
    for reference in _references(exchange):
        if reference.uri is None or not reference.uri.startswith("#") or len(reference.uri) < 2:
            yield Breach("the URI is not # and an id", path_of(reference.element))


@security(
    "S46",
    "Each reference has one allowed transform",
    source="BSP 1.1 R5416, R5411, R5423, R5412; rules S46, I4, A47 to A50",
    advice="Use exclusive c14n for Body and Timestamp, STR-Transform for the token by its SecurityTokenReference.",
    requires=("S54",),
    essential=True,
    judges_outline=True,
)
def transforms(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Exactly one transform: exclusive c14n without comments, or STR-Transform. No XPath, no XSLT, no base64."""
    for reference in _references(exchange):
        algorithms = [transform.algorithm for transform in reference.transforms]
        if len(algorithms) != 1:
            yield Breach(f"{len(algorithms)} transforms instead of one", path_of(reference.element))
        elif algorithms[0] not in (EXC_C14N, STR_TRANSFORM):
            yield Breach("the transform is not allowed", path_of(reference.element))


@security(
    "S49",
    "STR-Transform names its canonicalisation",
    source="BSP 1.1 R3065; WSS SOAP Message Security 1.1, section 8.3",
    advice="Put wsse:TransformationParameters with a ds:CanonicalizationMethod for exclusive c14n into the Transform.",
    requires=("S46",),
    essential=True,
    judges_outline=True,
)
def str_transform_parameters(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """TransformationParameters holds one CanonicalizationMethod, exclusive c14n."""
    for reference in _references(exchange):
        (transform,) = reference.transforms
        if transform.algorithm != STR_TRANSFORM:
            continue
        parameters = elements(transform.element)
        methods = elements(parameters[0]) if len(parameters) == 1 else []
        fine = (
            len(methods) == 1
            and parameters[0].tag == _TRANSFORMATION_PARAMETERS
            and methods[0].tag == _CANONICALIZATION_METHOD
            and methods[0].get("Algorithm") == EXC_C14N
        )
        if not fine:
            yield Breach(
                "STR-Transform without exclusive c14n as its CanonicalizationMethod",
                path_of(reference.element),
            )


@security(
    "S36",
    "A PrefixList is not empty",
    source="BSP 1.1 R5406, R5407",
    advice="Leave InclusiveNamespaces out when there is nothing to list.",
    severity=Severity.WARN,
    requires=("S54",),
    judges_outline=True,
)
def prefix_list(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """InclusiveNamespaces has a PrefixList with something in it."""
    if exchange.signature is None:
        return
    signature = exchange.signature
    for method in (*signature.canonicalizations, *(t for r in signature.references for t in r.transforms)):
        if method.prefix_lists and not method.prefixes:
            yield Breach("an empty PrefixList", path_of(method.element))


@security(
    "S45",
    "The algorithms are allowed",
    source="rules 4.4; BSP 1.1 R5420, R5421 (SHA-1, RSA-SHA1) are older than today's practice",
    advice="Sign with rsa-sha256 (ecdsa-sha256 for an EC key) and digest with SHA-256.",
    requires=("S54",),
    essential=True,
    judges_outline=True,
)
def algorithms(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Signature and digest algorithms are RSA or ECDSA with SHA-2 (or SHA-1, by rule SHA1); never HMAC, DSA or MD5."""
    if exchange.signature is None:
        return
    if exchange.signature.signature_method not in SIGNATURES:
        yield Breach("the signature algorithm is not allowed", path_of(exchange.signature.element))
    for reference in _references(exchange):
        if reference.digest_method not in DIGESTS:
            yield Breach("the digest algorithm is not allowed", path_of(reference.element))


@security(
    "SHA1",
    "The message signature does not use SHA-1",
    source="decisions 4; wire-facts C2: connectors up to 3.20 sent SHA-1, from 4.0.2 on SHA-256",
    advice="Switch to rsa-sha256 and SHA-256; with the connector by upgrading to 4.0.2 or later.",
    level=Level.SHOULD,
    requires=("S45",),
    judges_outline=True,
)
def no_sha1(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Neither signature nor digests use SHA-1."""
    if exchange.signature is None:
        return
    used = {
        exchange.signature.signature_method,
        *(reference.digest_method for reference in _references(exchange)),
    }
    if used & SHA_1:
        yield Breach("SHA-1", path_of(exchange.signature.element))


@security(
    "S41",
    "KeyInfo is one SecurityTokenReference",
    source="cookbook 5.1.2; BSP 1.1 R5402, R5417, R3027",
    advice="KeyInfo holds a wsse:SecurityTokenReference to the assertion and nothing else.",
    requires=("S54",),
    essential=True,
    judges_outline=True,
)
def key_info(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The only child of KeyInfo is a SecurityTokenReference: no certificate, key value or key name beside it."""
    if exchange.signature is None:
        return
    children = elements(exchange.signature.key_infos[0])
    if [child.tag for child in children] != [SECURITY_TOKEN_REFERENCE]:
        names = ", ".join(local_name(child)[:30] for child in children[:5]) or "nothing"
        yield Breach(f"KeyInfo holds {names}", path_of(exchange.signature.key_infos[0]))


@security(
    "S60",
    "The reference points at the assertion",
    source="cookbook 5.1.2; BSP 1.1 R3061, R6602, R6603, R6605, R3066; SAML Token Profile 1.1, section 3.4",
    advice=f"Use one wsse:KeyIdentifier with ValueType {SAML_ASSERTION_ID} and the AssertionID as its text. The URI "
    "ending in SAMLID is for SAML 2.0.",
    requires=("S41", "H01", "H03"),
    essential=True,
    judges_outline=True,
)
def names_the_assertion(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The SecurityTokenReference has one child: a KeyIdentifier of type SAMLAssertionID whose text is the AssertionID
    of the assertion in the header (a direct wsse:Reference to it is rule S66's matter)."""
    if exchange.assertion is None or exchange.signature is None:
        return
    str_element = elements(exchange.signature.key_infos[0])[0]
    yield from _points_at_assertion(str_element, exchange.assertion.id)


@security(
    "S63",
    "The KeyIdentifier has no EncodingType",
    source="BSP 1.1 R6604",
    advice="Remove the attribute: the value is plain text.",
    severity=Severity.WARN,
    requires=("S41",),
    judges_outline=True,
)
def no_encoding_type(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """A KeyIdentifier for a SAML assertion has no EncodingType."""
    for child in _reference_children(exchange):
        if child.tag == KEY_IDENTIFIER and "EncodingType" in child.attrib:
            yield Breach("EncodingType", path_of(child))


@security(
    "S65",
    "The TokenType is that of SAML 1.1",
    source="BSP 1.1 R6611; SAML Token Profile 1.1, section 3.4",
    advice=f"Write wsse11:TokenType={SAML_TOKEN_TYPE}.",
    requires=("S41",),
    judges_outline=True,
)
def token_type(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """A wsse11:TokenType, where there is one, names SAML 1.1."""
    for element in _token_references(exchange):
        if element.get(_TOKEN_TYPE, SAML_TOKEN_TYPE) != SAML_TOKEN_TYPE:
            yield Breach("wsse11:TokenType of another token", path_of(element))


@security(
    "S65-present",
    "The TokenType is given",
    source="BSP 1.1 R6611, R3074; wire-facts C3: older stacks leave it out",
    advice=f"Write wsse11:TokenType={SAML_TOKEN_TYPE} on the SecurityTokenReference.",
    severity=Severity.WARN,
    requires=("S41",),
    judges_outline=True,
)
def token_type_present(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The SecurityTokenReference has a wsse11:TokenType."""
    for element in _token_references(exchange):
        if _TOKEN_TYPE not in element.attrib:
            yield Breach("there is no wsse11:TokenType", path_of(element))


@security(
    "S66",
    "The token is referred to by KeyIdentifier",
    source="SAML Token Profile 1.1, section 3.4; BSP 1.1 R6610; wire-facts I8",
    advice="Use a KeyIdentifier; a direct wsse:Reference is for SAML 2.0.",
    requires=("S41",),
    judges_outline=True,
)
def by_key_identifier(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """A SAML 1.1 token is referred to by KeyIdentifier and not by a direct wsse:Reference."""
    for child in _reference_children(exchange):
        if child.tag == _REFERENCE:
            yield Breach("a direct wsse:Reference", path_of(child))


@security(
    "S40",
    "The token stands before the signature",
    source="BSP 1.1 R5205",
    advice="Write Timestamp, Assertion, Signature in this order.",
    severity=Severity.WARN,
    requires=("H01", "S30"),
    judges_outline=True,
)
def token_first(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """In document order the assertion precedes the signature that refers to it."""
    header = exchange.security
    if header is None:
        return
    order = list(header.element)
    if order.index(header.assertions[0]) > order.index(header.signatures[0]):
        yield Breach("the Assertion stands after the Signature", path_of(header.element))


@security(
    "S52",
    "Body and Timestamp are signed, and nothing unknown",
    source="cookbook 5.1.2, 6.2; rules S52, S53, S22, I1, I2",
    advice="Sign the whole soap:Body and the wsu:Timestamp of the Security header, each by its own wsu:Id.",
    requires=(
        "S42",
        "S46",
        "S49",
        "S06",
        "S11",
        "S12",
        "S04",
        "H01",
        "S10-limit",
        "I11-references",
        "Q39",
        "B01",
        "Q31",
    ),
    essential=True,
    judges_outline=True,
)
def covers_body_and_timestamp(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """References resolve to the very Body of this Envelope and the very Timestamp of this header, found by position;
    beside them to the token or a direct child of Header. A target that is missing, or stands elsewhere, refuses."""
    if exchange.signature is None or exchange.envelope is None or exchange.timestamp is None:
        return
    targets = [target for _, target in exchange.signed]
    if not any(target is exchange.envelope.body for target in targets):
        yield Breach("Body is not signed", "SignedInfo")
    if not any(target is exchange.timestamp.element for target in targets):
        yield Breach("the Timestamp is not signed", "SignedInfo")
    for reference, target in exchange.signed:
        if target is None:
            yield Breach("the reference resolves to nothing that may be signed", path_of(reference.element))
        elif not _may_be_signed(target, exchange):
            yield Breach(f"{path_of(target)} is not a part that may be signed", path_of(reference.element))


@security(
    "S52-twice",
    "No part is signed twice",
    source="rules S52",
    advice="One reference for each part.",
    level=Level.SHOULD,
    requires=("S52",),
    judges_outline=True,
)
def signed_once(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """No two references have the same target."""
    targets = [target for _, target in exchange.signed]
    for target in targets:
        if targets.count(target) > 1 and target is not None:
            yield Breach(f"{local_name(target)} is referred to {targets.count(target)} times", "SignedInfo")
            return


@security(
    "S52-other",
    "Nothing but Body, Timestamp and token is signed",
    source="cookbook 5.1.2; decisions 4: another header block warns",
    advice="Sign Body and Timestamp, and the token if you like.",
    level=Level.SHOULD,
    requires=("S52",),
    judges_outline=True,
)
def nothing_else_signed(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """No other header block is signed."""
    if exchange.envelope is None:
        return
    for _, target in exchange.signed:
        if target is not None and target.getparent() is exchange.envelope.header:
            yield Breach(f"the header block {local_name(target)} is signed", "SignedInfo")


@security(
    "H18",
    "The signature is made with the confirmed key",
    source="cookbook 5.1.2: signed with the certificate whose public key is mentioned in the assertion",
    advice="Sign with the private key of the certificate in the token's SubjectConfirmation: the one the STS was asked "
    "with, not the eID or another certificate of the same person. If S22 is broken too, SignedInfo was changed after "
    "signing: pretty-printing the message does that. `mockserver check --explain` looks for the reason.",
    requires=("S45", "S60", "H15", "H16"),
    essential=True,
)
def made_with_confirmed_key(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """SignatureValue verifies over the canonical SignedInfo with exactly the key of the SubjectConfirmation."""
    if exchange.signature is not None and exchange.claims is not None:
        yield from made_with(exchange.signature, exchange.claims.accepted_holder_key, "confirmed")


@security(
    "S22",
    "What is signed has not changed",
    source="XML Signature 1.0, section 3.2.1 (reference validation); cookbook 6.2",
    advice="Sign last. Anything that changes Body or Timestamp afterwards (an edited value, pretty-printing, another "
    "encoding, an id added late) breaks the digest. `mockserver check --explain` looks for the change.",
    requires=("S45", "S52"),
    essential=True,
)
def digests(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The DigestValue of each reference is that of its target, computed by position and by the allowed transform."""
    for reference, target in exchange.signed:
        if target is not None and not digest_matches(reference, target):
            yield Breach(f"the digest of {local_name(target)} does not match", path_of(target))


@security(
    "S52-token",
    "The token is signed",
    source="cookbook, figure in section 4 (body+token+TS), against its text in 5.1.2 (body and timestamp)",
    advice="Nothing: since connector 3.11 clients sign Body and Timestamp alone.",
    level=Level.MAY,
    severity=Severity.INFO,
    requires=("S52",),
    judges_outline=True,
)
def token_is_covered(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The message signature covers the assertion, directly or through STR-Transform."""
    if exchange.assertion is None:
        return
    if not any(target is exchange.assertion.element for _, target in exchange.signed):
        yield Breach("the token is not covered by the message signature", "SignedInfo")


@security(
    "S38",
    "xsi:type means what was signed",
    source="BSP 1.1 R5405; rules S38, A32: exclusive c14n leaves out a prefix that stands in a value alone",
    advice="Leave xsi:type out; where it must be, use its prefix in a name within Body too, or list it.",
    level=Level.HARDENING,
    requires=("S52",),
    judges_outline=True,
)
def type_prefixes_are_signed(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The prefix in an xsi:type within Body is bound by something that the signature covers."""
    if exchange.envelope is None or exchange.envelope.body is None:
        return
    body = exchange.envelope.body
    listed = {p for reference, target in exchange.signed if target is body for p in reference.transforms[0].prefixes}
    for element in exchange.document.carrying(_XSI_TYPE):
        if not is_within(element, body):
            continue
        name = element.get(_XSI_TYPE, "").strip()
        # Without a prefix the default namespace decides, which exclusive c14n leaves out just so.
        prefix = name.partition(":")[0] if ":" in name else None
        if not name or (prefix or DEFAULT) in listed or (prefix is None and None not in element.nsmap):
            continue
        if not _is_bound_within(prefix, element, body):
            yield Breach("the namespace of the xsi:type is not covered by the signature", path_of(element))


@security(
    "S10-bst",
    "No BinarySecurityToken",
    source="wire-facts C1, I8: the STS is called with one, this service is not",
    advice="Leave it out; the key is the one the assertion confirms.",
    level=Level.SHOULD,
    requires=("S01",),
    judges_outline=True,
)
def no_binary_security_token(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The header has no BinarySecurityToken. It is never a source of keys."""
    if exchange.security is not None:
        for child in exchange.security.children:
            if child.tag == BINARY_SECURITY_TOKEN:
                yield Breach("a BinarySecurityToken", path_of(child))


@security(
    "I12",
    "The message is not a replay",
    source="cookbook is silent; rules I12, A110 to A113",
    advice="Sign each call anew; a retry needs a fresh Timestamp and signature.",
    level=Level.HARDENING,
    severity=Severity.WARN,
    requires=("H18", "S22", "T2"),
    judges_history=True,
    reconstructed=True,
)
def not_replayed(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """No message with this signature was accepted before, within its time to live and the tolerance."""
    if exchange.replayed:
        yield Breach("a message with this SignatureValue was accepted before", "Signature")


def made_with(signature: Signature, key: PublicKey, which: str) -> Iterator[Breach]:
    """The signature verifies with `key`, which findings call the `which` key; only for rules that require S45."""
    if not fits(SIGNATURES[signature.signature_method], key):
        where = path_of(signature.element)
        yield Breach(f"the signature algorithm is for another kind of key than the {which} one", where)
    elif not signature_verifies(signature, key):
        yield Breach(f"SignatureValue does not verify with the {which} key", path_of(signature.element))


def _references(exchange: Exchange) -> list[Reference]:
    return list(exchange.signature.references) if exchange.signature is not None else []


def _token_references(exchange: Exchange) -> list[etree._Element]:
    """The SecurityTokenReference of the signature's KeyInfo."""
    return elements(exchange.signature.key_infos[0]) if exchange.signature is not None else []


def _reference_children(exchange: Exchange) -> list[etree._Element]:
    return [child for reference in _token_references(exchange) for child in elements(reference)]


def _points_at_assertion(reference: etree._Element, assertion_id: str) -> Iterator[Breach]:
    children = elements(reference)
    if len(children) != 1:
        yield Breach(f"{len(children)} children instead of one", path_of(reference))
        return
    (child,) = children
    if child.tag == _REFERENCE:
        if child.get("URI") != f"#{assertion_id}":
            yield Breach("the wsse:Reference does not name the assertion", path_of(child))
    elif child.tag != KEY_IDENTIFIER:
        kind = "an AuthorityBinding" if child.tag == f"{{{SAML}}}AuthorityBinding" else local_name(child)[:40]
        yield Breach(f"{kind} instead of KeyIdentifier", path_of(child))
    elif child.get("ValueType") != SAML_ASSERTION_ID:
        yield Breach("the ValueType is not that of a SAML 1.1 assertion", path_of(child))
    elif not has_only_text(child) or string_value(child).strip(" \t\r\n") != assertion_id:
        yield Breach("the KeyIdentifier is not the AssertionID", path_of(child))


def _is_bound_within(prefix: str | None, element: etree._Element, apex: etree._Element) -> bool:
    """True if an element from `element` up to `apex` has the prefix in its name, so that the binding is digested."""
    binding = element.nsmap.get(prefix)
    while True:
        if element.prefix == prefix and element.nsmap.get(prefix) == binding:
            return True
        above = element.getparent()
        if element is apex or above is None:
            return False
        element = above


def _may_be_signed(target: etree._Element, exchange: Exchange) -> bool:
    """Body, our Timestamp, our security token, or a direct child of Header."""
    parts = [exchange.envelope.body if exchange.envelope else None]
    parts += [exchange.timestamp.element if exchange.timestamp else None]
    parts += [exchange.token]
    header = exchange.envelope.header if exchange.envelope else None
    return any(target is part for part in parts) or (header is not None and target.getparent() is header)
