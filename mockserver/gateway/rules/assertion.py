"""The SAML 1.1 holder-of-key assertion (cookbook 5.1.2; SAML Token Profile 1.1; SAML 1.1 core; `rules.md` 5)."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from lxml import etree

from mockserver.gateway.claims import zoned_instant
from mockserver.gateway.crypto.algorithms import SHA_1
from mockserver.gateway.crypto.keys import KeyUnreadable, confirmation_key
from mockserver.gateway.crypto.token import is_signed_by
from mockserver.gateway.crypto.trust import KeyRefused, accepted_key, key_bytes
from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.assertion import (
    ADVICE,
    ATTRIBUTE_VALUE,
    CONFIRMATION_METHOD,
    Assertion,
)
from mockserver.gateway.message.envelope import has_only_text, local_name, path_of, string_value
from mockserver.gateway.message.identity import IDENTIFICATION
from mockserver.gateway.message.ids import is_ncname
from mockserver.gateway.message.saml_schema import schema_violation
from mockserver.gateway.message.security import ASSERTION
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Level, Severity, Stage
from mockserver.gateway.rules.structure import enveloped_structure
from mockserver.instant import SECOND, Instant, format_instant
from mockserver.namespaces import HOLDER_OF_KEY, SAML, SAML_20

security = partial(RULES.rule, stage=Stage.SECURITY, soa="SOA-01001")

_UNDERSTOOD_CONDITIONS: Final = ("AudienceRestrictionCondition", "DoNotCacheCondition")


@security(
    "H01",
    "There is one assertion",
    source="cookbook 5.1.2; rules H01",
    advice="Put the token from the STS into the Security header once, and nowhere else.",
    requires=("S01",),
    essential=True,
    judges_outline=True,
)
def one_assertion(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Exactly one SAML 1.1 Assertion is a direct child of Security; no assertion of any version stands elsewhere, but
    for the Advice of that one, which is ignored."""
    header = exchange.security
    if header is None or exchange.envelope is None:
        return
    if len(header.assertions) != 1:
        yield Breach(f"{len(header.assertions)} SAML 1.1 assertions", path_of(header.element))
    for element in exchange.envelope.root.iter(ASSERTION, f"{{{SAML_20}}}Assertion"):
        if element.getparent() is header.element and element.tag == ASSERTION:
            continue
        if not _in_advice(element, header.element):
            yield Breach("an assertion stands where none may be", path_of(element))


@security(
    "H02",
    "The assertion is SAML 1.1",
    source="cookbook 2.4 (SAML Token Profile 1.1); rules H02",
    advice="Ask the STS for a SAML 1.1 token.",
    requires=("H01",),
    essential=True,
    judges_token=True,
)
def version(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """MajorVersion and MinorVersion are 1."""
    if token := exchange.assertion:
        said = (token.element.get("MajorVersion"), token.element.get("MinorVersion"))
        if said != ("1", "1"):
            yield Breach(f"version {said[0]}.{said[1]}"[:40], path_of(token.element))


@security(
    "H03",
    "The assertion has its attributes",
    source="SAML 1.1 core, section 2.3.2",
    advice="Forward the token exactly as the STS gave it.",
    requires=("H01",),
    essential=True,
    judges_token=True,
)
def required_attributes(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """AssertionID (an NCName), Issuer and IssueInstant (a dateTime) are present."""
    if (token := exchange.assertion) is None:
        return
    if not is_ncname(token.id) or len(token.id) > policy.limits.id_length:
        yield Breach("AssertionID is missing or no NCName", path_of(token.element))
    if not token.element.get("Issuer"):
        yield Breach("Issuer is missing", path_of(token.element))
    if zoned_instant(token.element.get("IssueInstant")) is None:
        yield Breach("IssueInstant is missing or no dateTime in UTC", path_of(token.element))


@security(
    "H05",
    "The assertion is signed",
    source="cookbook 5.1.2; SAML Token Profile 1.1, section 3.5.1",
    advice="Forward the token with the signature of the STS in it.",
    requires=("H01",),
    essential=True,
    judges_token=True,
)
def signed(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Exactly one ds:Signature is a direct child of the assertion."""
    if (token := exchange.assertion) and len(token.signatures) != 1:
        yield Breach(f"{len(token.signatures)} signatures", path_of(token.element))


@security(
    "H06",
    "The assertion's signature covers the assertion",
    source="SAML 1.1 core, section 5.4; rules H06, I2 to I5",
    advice="Forward the token exactly as the STS gave it.",
    requires=("H02", "H03", "H05", "S06"),
    essential=True,
    judges_token=True,
)
def signature_profile(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """One Reference to this very assertion by #AssertionID, transforms enveloped-signature and exclusive c14n, allowed
    algorithms, nothing hidden in ds:Object. Checked before any library touches the signature."""
    if (token := exchange.assertion) is None:
        return
    own = token.signatures[0]
    yield from enveloped_structure(own, token.id, policy.limits)


@security(
    "SHA1-token",
    "The assertion's signature does not use SHA-1",
    source="decisions 4; wire-facts A1: STS tokens of 2020 used it, those of 2025 do not",
    advice="Nothing a client can do: the STS chooses.",
    level=Level.SHOULD,
    requires=("H06",),
    judges_token=True,
)
def no_sha1(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Neither digest nor signature of the assertion uses SHA-1."""
    if token := exchange.assertion:
        own = token.signatures[0]
        if SHA_1 & {own.signature_method, own.references[0].digest_method}:
            yield Breach("SHA-1", path_of(own.element))


@security(
    "H08",
    "The issuer is a known STS",
    source="wire-facts A1; rules H08",
    advice="Take the token from eHealth's STS, or from this mock, or name the issuer in the policy's setting issuers.",
    requires=("H03",),
    essential=True,
)
def issuer(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Issuer is one of the setting `issuers`."""
    if exchange.claims is not None and exchange.claims.issuer not in policy.settings.issuers:
        yield Breach("the Issuer is not a configured one", path_of(_token(exchange).element))


@security(
    "H07",
    "The signer of the assertion is trusted",
    source="rules H07, I6",
    advice="Take a token from this mock (mockserver token, with the --state of the server), or name the STS with "
    "--trust-sts.",
    requires=("H06",),
    essential=True,
)
def signer(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The one certificate in the signature's KeyInfo has the key of a configured STS, or a configured CA issued it for
    an STS; it may sign, is valid now, and its key is strong enough."""
    if exchange.claims is None:
        return
    try:
        certificates = exchange.claims.signers
    except KeyUnreadable as error:
        yield Breach(str(error), _path_of_signature(exchange))
        return
    if len(certificates) != 1:
        said = f"KeyInfo names {len(certificates)} certificates instead of one"
        yield Breach(said, _path_of_signature(exchange))
        return
    trusted = exchange.claims.signer(policy.trust)
    if trusted is None:
        yield Breach("the certificate is not that of a trusted STS", _path_of_signature(exchange))
        return
    begin, end = trusted.life
    if not begin <= exchange.request.received <= end:
        yield Breach("the certificate of the STS is not valid at this time", _path_of_signature(exchange))
    if not trusted.may_sign:
        yield Breach("the certificate of the STS may not sign (keyUsage)", _path_of_signature(exchange))
    if trusted.weakness is not None:
        yield Breach(f"the STS has {trusted.weakness}", _path_of_signature(exchange))


@security(
    "H21",
    "The assertion is exactly as the STS signed it",
    source='cookbook 5.1.2: "forwarded exactly as received in order to not to break the signature"',
    advice="Insert the token's bytes unchanged. Pretty-printing, trimming white space, or copying it between documents "
    "without namespaces breaks it. `mockserver check --explain` looks for what was done.",
    requires=("H06", "H07"),
    essential=True,
)
def assertion_signature(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The STS's signature verifies with the key of the trusted STS certificate."""
    if exchange.claims is None or exchange.token_digest is None:
        return
    trusted = exchange.claims.signer(policy.trust)
    if trusted is None or not is_signed_by(trusted, exchange.token_digest, lambda: _token(exchange)):
        yield Breach("the signature of the STS does not verify", _path_of_signature(exchange))


@security(
    "H04",
    "The assertion is valid against the schema of SAML 1.1",
    source="SAML 1.1 core, section 2; rules H04: judged after the signature, by a schema that adds nothing to the tree",
    advice="Forward the token exactly as the STS gave it.",
    requires=("H21",),
    judges_token=True,
)
def schema_valid(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Elements and attributes stand where SAML 1.1 has them, with values of their types."""
    if (token := exchange.assertion) and (violation := schema_violation(token.element)):
        yield Breach(violation, path_of(token.element))


@security(
    "H09",
    "The assertion is valid now",
    source="SAML 1.1 core, section 2.3.2.1.1: NotBefore included, NotOnOrAfter excluded; skew by decisions 4",
    advice="Ask the STS for a new token before the old one ends. If the token is new, set the clock.",
    requires=("H01",),
    essential=True,
)
def conditions_window(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """NotBefore minus skew <= received < NotOnOrAfter; NotBefore is before NotOnOrAfter."""
    if exchange.claims is None:
        return
    now, settings = exchange.request.received, policy.settings
    for number, life in enumerate(exchange.claims.validities):
        not_before, end, breaches = life.not_before, life.end, []
        if life.has_not_before and not_before is None:
            breaches.append("NotBefore is no dateTime in UTC")
        if not_before is not None and now < not_before - settings.assertion_skew * SECOND:
            breaches.append(f"received {format_instant(now)}, valid from {format_instant(not_before)}")
        if end is not None and now >= end + settings.assertion_end_skew * SECOND:
            breaches.append(f"received {format_instant(now)}, expired {format_instant(end)}")
        if not_before is not None and end is not None and not_before >= end:
            breaches.append("NotBefore is not before NotOnOrAfter")
        for breach in breaches:
            yield Breach(breach, path_of(_token(exchange).conditions[number]))


@security(
    "H10",
    "The assertion has an end",
    source="rules H10; every token of the STS has one (wire-facts A1)",
    advice="Forward the token exactly as the STS gave it.",
    level=Level.HARDENING,
    requires=("H01",),
    essential=True,
    judges_token=True,
)
def has_conditions(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Exactly one Conditions with a NotOnOrAfter that is a dateTime."""
    if (token := exchange.assertion) is None:
        return
    if len(token.conditions) != 1:
        yield Breach(f"{len(token.conditions)} Conditions elements", path_of(token.element))
    for conditions in token.conditions:
        if zoned_instant(conditions.get("NotOnOrAfter")) is None:
            yield Breach("NotOnOrAfter is missing or no dateTime in UTC", path_of(conditions))


@security(
    "H11",
    "The assertion was not issued in the future",
    source="rules H11; skew by decisions 4",
    advice="Set the clock by NTP.",
    requires=("H03",),
)
def issued_in_past(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """IssueInstant is not later than now plus the skew."""
    if exchange.claims is None:
        return
    if late := _in_future(exchange.claims.issued, "IssueInstant", exchange, policy):
        yield Breach(late, path_of(_token(exchange).element))


@security(
    "H12",
    "The assertion is meant for us",
    source="SAML 1.1 core, section 2.3.2.1.3: every condition must hold, by one of its audiences",
    advice="Ask the STS for a token for this service.",
    requires=("H01",),
    essential=True,
)
def audience(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Each AudienceRestrictionCondition names this service. Tokens of eHealth's STS carry none."""
    if exchange.claims is None:
        return
    for number, audiences in enumerate(exchange.claims.audiences):
        if audiences.isdisjoint(policy.settings.audiences):
            yield Breach("none of its audiences is this service", path_of(_token(exchange).restrictions[number]))


@security(
    "H13",
    "Every condition is understood",
    source="SAML 1.1 core, section 2.3.2.1; SAML Token Profile 1.1, section 3.6",
    advice="Ask the STS for a token without further conditions.",
    requires=("H01",),
    essential=True,
    judges_token=True,
)
def conditions_understood(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Any condition but AudienceRestrictionCondition and DoNotCacheCondition leaves the assertion indeterminate."""
    if exchange.assertion is None:
        return
    known = {f"{{{SAML}}}{name}" for name in _UNDERSTOOD_CONDITIONS}
    for conditions in exchange.assertion.conditions:
        for child in conditions:
            if isinstance(child.tag, str) and child.tag not in known:
                yield Breach(f"{local_name(child)} is not understood", path_of(child))


@security(
    "H14",
    "The holder is confirmed by key",
    source="cookbook 5.1.2 (HOK); SAML Token Profile 1.1, section 3.5.1",
    advice="Ask the STS for a holder-of-key token; bearer and sender-vouches are not taken.",
    requires=("H01",),
    essential=True,
    judges_token=True,
)
def holder_of_key(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """At least one statement has a SubjectConfirmation, and each that has one has the method holder-of-key alone."""
    if (token := exchange.assertion) is None:
        return
    if not token.confirmations:
        yield Breach("no statement has a SubjectConfirmation", path_of(token.element))
    for confirmation in token.confirmations:
        if list(confirmation.methods) != [HOLDER_OF_KEY]:
            yield Breach("the confirmation methods are not holder-of-key alone", path_of(confirmation.element))


@security(
    "H16",
    "The confirmation holds the key",
    source="BSP 1.1 R6601; rules H16, H17, 4.4",
    advice="Ask the STS for a token with the certificate of the session key in its SubjectConfirmation.",
    requires=("H14",),
    essential=True,
    judges_token=True,
)
def confirmation_has_key(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Each SubjectConfirmation has one KeyInfo with a certificate or key value in it, of an allowed kind and size; a
    reference to something else is no key."""
    if (token := exchange.assertion) is None:
        return
    for confirmation in token.confirmations:
        try:
            accepted_key(confirmation_key(confirmation, policy.limits))
        except (KeyUnreadable, KeyRefused) as error:
            yield Breach(str(error), path_of(confirmation.element))


@security(
    "H15",
    "The statements agree",
    source="hardening: rules H15; SAML 1.1 core lets an assertion hold several statements",
    advice="Forward the token exactly as the STS gave it.",
    level=Level.HARDENING,
    requires=("H16",),
    essential=True,
    judges_token=True,
)
def statements_agree(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """All Subjects have the same NameIdentifier, and all confirmations the same key."""
    if (token := exchange.assertion) is None:
        return
    names = {tuple(string_value(n) for n in subject.name_identifiers) for subject in token.subjects}
    if len(names) > 1:
        yield Breach("the statements speak of different subjects", path_of(token.element))
    keys = {key_bytes(confirmation_key(confirmation, policy.limits)) for confirmation in token.confirmations}
    if len(keys) > 1:
        yield Breach("the statements confirm different keys", path_of(token.element))


@security(
    "H20",
    "The holder's certificate comes from a trusted CA",
    source="cookbook 3.1.1; decisions 4",
    advice="Use a certificate of this mock's CA (mockserver token, with the --state of the server), or name the "
    "issuing CA with --trust-ca.",
    requires=("H16",),
)
def holder_certificate_chains(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The certificate in the SubjectConfirmation was issued by a configured CA."""
    if exchange.claims is None:
        return
    for number, is_anchored in enumerate(exchange.claims.anchored(policy.trust)):
        if not is_anchored:
            where = path_of(_token(exchange).confirmations[number].element)
            yield Breach("no trusted CA issued the holder's certificate", where)


@security(
    "H20-valid",
    "The holder's certificate is valid",
    source="decisions 4; rules H20",
    advice="Renew the eHealth certificate.",
    severity=Severity.WARN,
    requires=("H16",),
)
def holder_certificate_valid(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The certificate in the SubjectConfirmation is valid at the moment of the call."""
    if exchange.claims is None:
        return
    for number, life in enumerate(exchange.claims.holder_lives):
        if life is not None and not life[0] <= exchange.request.received <= life[1]:
            where = path_of(_token(exchange).confirmations[number].element)
            yield Breach("the holder's certificate is not valid at this time", where)


@security(
    "H23",
    "The attributes can be read without doubt",
    source="rules H23, A119, A120 (comments cut values short); SAML 1.1 core, section 2.4.4",
    advice="Forward the token exactly as the STS gave it.",
    requires=("H01",),
    essential=True,
    judges_token=True,
)
def attributes_are_clear(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Every Attribute has a name, a namespace and at least one value; values, NameIdentifiers and ConfirmationMethods
    are text alone."""
    if (token := exchange.assertion) is None:
        return
    for attribute in token.attributes:
        if not attribute.name or not attribute.namespace or not attribute.values:
            yield Breach("an Attribute lacks its name, namespace or value", path_of(attribute.element))
    values = [v for a in token.attributes for v in a.element if v.tag == ATTRIBUTE_VALUE]
    names = [n for subject in token.subjects for n in subject.name_identifiers]
    methods = [m for confirmation in token.confirmations for m in confirmation.element if m.tag == CONFIRMATION_METHOD]
    for element in (*values, *names, *methods):
        if not has_only_text(element):
            yield Breach("something other than text stands inside", path_of(element))


@security(
    "H24",
    "Identity attributes have one value",
    source="hardening: rules H24, A121",
    advice="Forward the token exactly as the STS gave it.",
    level=Level.HARDENING,
    requires=("H23",),
    essential=True,
    judges_token=True,
)
def identity_is_unambiguous(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """An identification attribute does not occur with two different values."""
    if (token := exchange.assertion) is None:
        return
    seen: dict[str | None, set[str]] = {}
    for attribute in token.attributes:
        if attribute.namespace == IDENTIFICATION:
            seen.setdefault(attribute.name, set()).update(attribute.values)
    for name, values in seen.items():
        if len(values) > 1:
            yield Breach(f"{name} has {len(values)} values", "Assertion/AttributeStatement")


@security(
    "H29",
    "The authentication was not in the future",
    source="rules H29; skew by decisions 4",
    advice="Set the clock by NTP.",
    severity=Severity.WARN,
    requires=("H01",),
)
def authenticated_in_past(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """AuthenticationInstant is not later than now plus the skew."""
    if exchange.claims is None:
        return
    for number, instant in enumerate(exchange.claims.authenticated):
        if late := _in_future(instant, "AuthenticationInstant", exchange, policy):
            yield Breach(late, path_of(_token(exchange).authentications[number]))


def _in_future(instant: Instant | None, what: str, exchange: Exchange, policy: Policy) -> str | None:
    """How far ahead of the clock the instant is; None where it is not, by the tolerance."""
    now = exchange.request.received
    if instant is None or instant <= now + policy.settings.assertion_skew * SECOND:
        return None
    return f"{what} is {format_instant(instant)}, received {format_instant(now)}"


def _token(exchange: Exchange) -> Assertion:
    """The assertion itself, where something of it must be shown or verified; its claims are known without."""
    if exchange.assertion is None:
        raise ValueError("there are no claims without an assertion")
    return exchange.assertion


def _path_of_signature(exchange: Exchange) -> str:
    return path_of(_token(exchange).signatures[0].element)


def _in_advice(element: etree._Element, security_element: etree._Element) -> bool:
    """True if the element stands below the Advice of an assertion that is a direct child of our header."""
    for above in element.iterancestors():
        if above.tag == ADVICE:
            token = above.getparent()
            return token is not None and token.tag == ASSERTION and token.getparent() is security_element
    return False
