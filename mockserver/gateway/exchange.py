"""One exchange: what came over HTTP, what became known of it, and what goes back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from lxml import etree

from mockserver.gateway.claims import Claims
from mockserver.gateway.crypto.token import token_digest
from mockserver.gateway.fact import fact
from mockserver.gateway.message.assertion import Assertion, read_assertion
from mockserver.gateway.message.document import NO_DOCTYPE, Document, Prolog, parse, read_prolog, within_limits
from mockserver.gateway.message.encoding import Encoding, detect_encoding
from mockserver.gateway.message.envelope import Envelope, string_value
from mockserver.gateway.message.identity import Identity
from mockserver.gateway.message.ids import Ids, collect_ids
from mockserver.gateway.message.references import referenced_ids, signed_targets
from mockserver.gateway.message.request import GenerateCovidIdRequest, read_request, read_request_along
from mockserver.gateway.message.security import (
    Reference,
    SecurityHeader,
    Signature,
    Timestamp,
    locate_security,
    read_message_signature,
    read_timestamp,
)
from mockserver.gateway.precedent import Part, Precedent
from mockserver.gateway.registry import Breach, Rule, Severity, Stage
from mockserver.http.delivery import AT_ONCE, Delivery
from mockserver.instant import DateTime, Instant, read_date_time

if TYPE_CHECKING:
    from mockserver.gateway.policy import Policy

HTTP_EXTENSION_FIELDS: Final = frozenset(("man", "c-man", "opt", "c-opt", "ext", "c-ext"))
"""RFC 2774, in lower case."""

ENDPOINT_PATH: Final = "/DossierNumberGeneration/v1"
"""Cookbook 5.2, path of both endpoints."""

JUDGED_FIELDS: Final = frozenset(
    (
        "content-type",
        "content-encoding",
        "soapaction",
        "user-agent",
        "from",
        "authorization",
        "upgrade",
        *HTTP_EXTENSION_FIELDS,
    )
)
"""Header fields that rules look at, in lower case; those of the framing, and all others, are nothing to them."""

_BACK_END_STAGES: Final = (Stage.REQUESTER, Stage.CBSS, Stage.TOKEN_REQUEST)
"""What stands behind the gateway refuses at these, with an answer of its own."""

HeaderField = tuple[str, bytes]
"""A header field as it came: name in the sender's or the server's case, raw value without surrounding blanks."""


@lru_cache(maxsize=256)
def _judged(fields: tuple[HeaderField, ...]) -> tuple[HeaderField, ...]:
    named = [(name.lower(), value) for name, value in fields]
    return tuple(each for each in named if each[0] in JUDGED_FIELDS)


@dataclass(frozen=True, slots=True)
class ParserRefusal:
    """What the HTTP parser said of a request that it could not read as one."""

    http: int
    """Status it was answered with."""
    rule: str
    """Id of the rule it broke."""
    detail: str


@dataclass(slots=True)
class HttpRequest:
    """A request as it came: nothing joined, nothing dropped, order kept.

    Nobody changes it; it is not frozen, as is nothing that is made for each request, because that takes thrice as long.
    """

    method: str
    target: str
    """Request target as sent: path and query."""
    version: str
    """`1.1` or `1.0`."""
    fields: Sequence[HeaderField]
    body: bytes
    received: Instant
    """The moment the last byte of the body was in (cookbook 6.2: "if it is received within the time-to-live")."""
    has_head: bool = True
    """False when only the envelope is known (`mockserver check` without --headers): HTTP rules are left out."""
    peer: str = ""
    """Address of the caller, for the journal; empty when there was none."""
    refusal: ParserRefusal | None = None
    """Set where HTTP ended before the gateway; only `mockserver check` hands such a request on."""

    def values(self, name: str) -> list[bytes]:
        """All values of the field `name` (compared without case), in order."""
        wanted = name.lower()
        return [value for field_name, value in self.fields if field_name.lower() == wanted]

    @property
    def judged_fields(self) -> tuple[HeaderField, ...]:
        """The fields that rules about the head look at, in order, their names in lower case."""
        return _judged(tuple(self.fields))


@dataclass(slots=True)
class Answer:
    """What goes back on the wire, and the same in words for `mockserver check` and the journal."""

    http: int
    fields: Sequence[tuple[str, str]]
    body: bytes
    correlation_id: str
    soa: str | None = None
    """SOA-xxxxx of the fault, if it is one."""
    status: str | None = None
    """`Success`, `Requester` or `Responder`: the Level 1 StatusCode without its URN."""
    message: str | None = None
    """StatusMessage, or the Message of the fault's SystemError."""
    cbss: str | None = None
    """Code of the CbssStatus (MSG00008, MSG00013)."""
    identifier: str | None = field(default=None, repr=False)
    """CovidDossierIdentifier that was issued."""
    delivery: Delivery = AT_ONCE
    """How it is sent; other than at once and whole only where a scenario says so."""


class Finding(NamedTuple):
    """A breach of a rule by this message, weighed by the profile."""

    rule: Rule
    severity: Severity
    breach: Breach

    @property
    def refuses(self) -> bool:
        """True if this finding alone keeps the message from success."""
        return self.severity is Severity.REJECT


class Exchange:
    """All that is known of one request, derived step by step and each step once.

    Every fact is a cached property of the bytes that came in and of the policy: asking for it twice gives the same
    object, so what was digested is what the business layer reads (`rules.md` I8), and there is no order in which
    rules have to fill it. A fact is None where the message lacks what it is derived from.
    """

    def __init__(
        self, request: HttpRequest, policy: "Policy", was_accepted: Callable[["Exchange"], bool] = lambda _: False
    ) -> None:
        """`was_accepted` asks the memory of replays, and lets it take note of a message that nothing else refuses."""
        self.request = request
        self.policy = policy
        self._was_accepted = was_accepted
        self.precedent: Precedent | None = None
        """What was judged of a message that had the same outline; set before any fact but `encoding` is derived."""
        self.replay_keys: tuple[bytes, ...] | None = None
        """What the memory of replays knows this message by, once it was asked."""
        self.begin_again()

    def begin_again(self) -> None:
        """Nothing is judged yet; the facts stay."""
        self.findings: list[Finding] = []
        self.breaches: dict[str, Sequence[Breach]] = {}
        """By the id of the rule, whatever its severity."""
        self.skipped: dict[str, str] = {}
        """Rules that could not be judged: rule id to the id of the broken rule they require."""

    @fact
    def encoding(self) -> Encoding:
        """How the body's bytes were read as characters."""
        return detect_encoding(self.request)

    @fact
    def prolog(self) -> Prolog:
        """What stands before the document element, read before any tree parser sees the document."""
        return read_prolog(self.encoding.text or "")

    @fact
    def document(self) -> Document:
        """The parsed document, or why there is none."""
        if self.precedent is not None:
            # It has no DOCTYPE, and as many nodes, attributes and declarations, and kept the limits.
            return parse(self.encoding, NO_DOCTYPE, self.policy.limits)
        return within_limits(parse(self.encoding, self.prolog, self.policy.limits), self.policy.limits)

    @fact
    def envelope(self) -> Envelope | None:
        """The parts of the SOAP Envelope by position, if the document element is one."""
        root = self.document.root
        if root is None:
            return None
        return Envelope(root) if self.precedent is None else self.precedent.places.envelope(root)

    @fact
    def security(self) -> SecurityHeader | None:
        """The wsse:Security header addressed to us, if there is exactly one."""
        if self.envelope is None:
            return None
        places = None if self.precedent is None else self.precedent.places
        return locate_security(self.envelope) if places is None else places.security_header(self.envelope)

    @fact
    def timestamp(self) -> Timestamp | None:
        """The Timestamp of the security header, if there is exactly one."""
        if self.security is None:
            return None
        places = None if self.precedent is None else self.precedent.places
        return read_timestamp(self.security) if places is None else places.timestamp_of(self.security)

    @fact
    def assertion(self) -> Assertion | None:
        """The SAML assertion of the security header, if there is exactly one."""
        return None if self.security is None else read_assertion(self.security)

    @fact
    def token_digest(self) -> bytes | None:
        """Names the exact bytes of the assertion, in the namespaces they stand in; None without assertion."""
        if self.precedent is not None:
            return self.precedent.token_digest
        return None if self.assertion is None else token_digest(self.assertion.element)

    @fact
    def times(self) -> Sequence[tuple[etree._Element, DateTime]]:
        """Created and Expires as they can be read. Raises DateTimeError; only rules that require T2 ask."""
        if self.timestamp is None:
            return ()
        both = (*self.timestamp.created, *self.timestamp.expires)
        return [(element, read_date_time(string_value(element))) for element in both]

    @fact
    def life(self) -> tuple[Instant, Instant] | None:
        """Created and Expires as instants; None where they are not two. As `times`."""
        instants = [value.instant for _, value in self.times]
        return (instants[0], instants[1]) if len(instants) == 2 else None

    @fact
    def claims(self) -> Claims | None:
        """What the assertion claims; None without assertion."""
        if self.precedent is not None:
            return self.precedent.claims
        return None if self.assertion is None else Claims(self.assertion, self.policy.limits)

    @property
    def soap_actions(self) -> Sequence[str]:
        """The soapAction of each binding operation that this message may ask for."""
        return (self.policy.contract.soap_action,)

    @property
    def token(self) -> etree._Element | None:
        """The security token that names the key of the message signature; it may be signed too."""
        return None if self.assertion is None else self.assertion.element

    @fact
    def key_name(self) -> bytes:
        """That public key itself, SubjectPublicKeyInfo in DER; empty when none can be read.

        Not the token's id: another token of the same holder, put in its place, makes no other message.
        """
        return b"" if self.claims is None else self.claims.holder_key_bytes

    def may_hold_signature(self, parent: etree._Element) -> bool:
        """Whether a ds:Signature may be a child of `parent`: the Security header, and the assertion's own."""
        return self.security is not None and any(
            parent is place for place in (self.security.element, *self.security.assertions)
        )

    @fact
    def signature(self) -> Signature | None:
        """The message signature, if there is exactly one."""
        if self.security is None:
            return None
        return read_message_signature(self.security, self.precedent.signature if self.precedent is not None else None)

    @fact
    def identity(self) -> Identity | None:
        """Whom the assertion speaks of. Only the pipeline decides whether it may be believed (`authenticated`)."""
        return None if self.claims is None else self.claims.identity

    @fact
    def operation(self) -> etree._Element | None:
        """The child of Body, by position; the very object whose ancestor Body was digested."""
        return None if self.envelope is None else self.envelope.operation

    @fact
    def ids(self) -> Ids | None:
        """The ids of the message, and which of them anything refers to."""
        if self.document.root is None:
            return None
        return collect_ids(self.document, referenced_ids(self.signature, self.assertion))

    @fact
    def signed(self) -> Sequence[tuple[Reference, etree._Element | None]]:
        """Each reference of the message signature with the element it covers; None where it covers nothing allowed."""
        if self.precedent is not None:
            return self._signed_as(self.precedent.signed)
        if self.signature is None or self.ids is None:
            return ()
        return signed_targets(self.signature, self.ids, self.assertion)

    def _signed_as(self, parts: Sequence[Part]) -> Sequence[tuple[Reference, etree._Element | None]]:
        if self.signature is None:
            return ()
        return [(reference, self._part(part)) for reference, part in zip(self.signature.references, parts, strict=True)]

    def _part(self, part: Part) -> etree._Element | None:
        if part is Part.BODY:
            return None if self.envelope is None else self.envelope.body
        if part is Part.TIMESTAMP:
            return None if self.timestamp is None else self.timestamp.element
        return self.token

    @fact
    def replayed(self) -> bool:
        """Whether a message with this signature was accepted before. To be asked once all else is judged: where nothing
        refuses, this message counts as accepted from now on."""
        return self._was_accepted(self)

    @fact
    def business(self) -> GenerateCovidIdRequest | None:
        """The request element's content, if it is the contract's request element."""
        if self.operation is None or self.operation.tag != self.policy.contract.request.name:
            return None
        if self.precedent is not None:
            return read_request_along(self.operation, self.precedent.ways)
        return read_request(self.operation, self.policy.contract)

    @property
    def refusal(self) -> Finding | None:
        """The finding that is answered: the first that refuses, by stage and then as in the catalogue."""
        refusing = [finding for finding in self.findings if finding.severity is Severity.REJECT]
        return min(refusing, key=lambda finding: finding.rule.stage) if refusing else None

    @property
    def gate_refusal(self) -> Finding | None:
        """The finding for which the gateway itself refuses; None where it accepts, whatever the back end will say."""
        refusal = self.refusal
        return None if refusal is None or refusal.rule.stage in _BACK_END_STAGES else refusal
