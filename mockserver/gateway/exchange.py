"""One exchange: what came over HTTP, what became known of it, and what goes back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from lxml import etree

from mockserver.gateway.crypto.keys import KeyUnreadable, confirmation_key
from mockserver.gateway.crypto.token import token_digest
from mockserver.gateway.crypto.trust import key_bytes
from mockserver.gateway.message.assertion import Assertion, read_assertion
from mockserver.gateway.message.document import Document, Prolog, parse, read_prolog
from mockserver.gateway.message.encoding import Encoding, detect_encoding
from mockserver.gateway.message.envelope import Envelope, locate_envelope
from mockserver.gateway.message.identity import Identity, identity_of
from mockserver.gateway.message.ids import Ids, collect_ids
from mockserver.gateway.message.references import referenced_ids, signed_targets
from mockserver.gateway.message.request import GenerateCovidIdRequest, read_request
from mockserver.gateway.message.security import (
    Reference,
    SecurityHeader,
    Signature,
    Timestamp,
    locate_security,
    read_message_signature,
    read_timestamp,
)
from mockserver.gateway.registry import Breach, Rule, Severity
from mockserver.http.delivery import AT_ONCE, Delivery
from mockserver.instant import Instant

if TYPE_CHECKING:
    from mockserver.gateway.policy import Policy

ENDPOINT_PATH: Final = "/DossierNumberGeneration/v1"
"""Cookbook 5.2, path of both endpoints."""

HeaderField = tuple[str, bytes]
"""A header field as it came: name in the sender's or the server's case, raw value without surrounding blanks."""


@dataclass(frozen=True, slots=True)
class ParserRefusal:
    """What the HTTP parser said of a request that it could not read as one."""

    http: int
    """Status it was answered with."""
    rule: str
    """Id of the rule it broke."""
    detail: str


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came: nothing joined, nothing dropped, order kept."""

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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Finding:
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
        """`was_accepted` looks into the memory of replays; it changes nothing there."""
        self.request = request
        self.policy = policy
        self._was_accepted = was_accepted
        self.replay_keys: tuple[bytes, ...] | None = None
        """What the memory of replays knows this message by, once it was asked."""
        self.findings: list[Finding] = []
        self.breached: set[str] = set()
        self.skipped: dict[str, str] = {}
        """Rules that could not be judged: rule id to the id of the broken rule they require."""

    @cached_property
    def encoding(self) -> Encoding:
        """How the body's bytes were read as characters."""
        return detect_encoding(self.request)

    @cached_property
    def prolog(self) -> Prolog:
        """What stands before the document element, read before any tree parser sees the document."""
        return read_prolog(self.encoding.text or "")

    @cached_property
    def document(self) -> Document:
        """The parsed document, or why there is none."""
        return parse(self.encoding, self.prolog, self.policy.limits)

    @cached_property
    def envelope(self) -> Envelope | None:
        """The parts of the SOAP Envelope by position, if the document element is one."""
        root = self.document.root
        return None if root is None else locate_envelope(root)

    @cached_property
    def security(self) -> SecurityHeader | None:
        """The wsse:Security header addressed to us, if there is exactly one."""
        return None if self.envelope is None else locate_security(self.envelope)

    @cached_property
    def timestamp(self) -> Timestamp | None:
        """The Timestamp of the security header, if there is exactly one."""
        return None if self.security is None else read_timestamp(self.security)

    @cached_property
    def assertion(self) -> Assertion | None:
        """The SAML assertion of the security header, if there is exactly one."""
        return None if self.security is None else read_assertion(self.security)

    @cached_property
    def token_digest(self) -> bytes | None:
        """Names the exact bytes of the assertion, in the namespaces they stand in; None without assertion."""
        return None if self.assertion is None else token_digest(self.assertion.element)

    @property
    def soap_actions(self) -> Sequence[str]:
        """The soapAction of each binding operation that this message may ask for."""
        return (self.policy.contract.soap_action,)

    @property
    def token(self) -> etree._Element | None:
        """The security token that names the key of the message signature; it may be signed too."""
        return None if self.assertion is None else self.assertion.element

    @cached_property
    def key_name(self) -> bytes:
        """That public key itself, SubjectPublicKeyInfo in DER; empty when none can be read.

        Not the token's id: another token of the same holder, put in its place, makes no other message.
        """
        if self.assertion is None or not self.assertion.confirmations:
            return b""
        try:
            return key_bytes(confirmation_key(self.assertion.confirmations[0], self.policy.limits))
        except KeyUnreadable:
            return b""

    def may_hold_signature(self, parent: etree._Element) -> bool:
        """Whether a ds:Signature may be a child of `parent`: the Security header, and the assertion's own."""
        return self.security is not None and any(
            parent is place for place in (self.security.element, *self.security.assertions)
        )

    @cached_property
    def signature(self) -> Signature | None:
        """The message signature, if there is exactly one."""
        return None if self.security is None else read_message_signature(self.security)

    @cached_property
    def identity(self) -> Identity | None:
        """Whom the assertion speaks of. Only the pipeline decides whether it may be believed (`authenticated`)."""
        return None if self.assertion is None else identity_of(self.assertion)

    @cached_property
    def operation(self) -> etree._Element | None:
        """The child of Body, by position; the very object whose ancestor Body was digested."""
        return None if self.envelope is None else self.envelope.operation

    @cached_property
    def ids(self) -> Ids | None:
        """The ids of the message, and which of them anything refers to."""
        if self.document.root is None:
            return None
        return collect_ids(self.document, referenced_ids(self.signature, self.assertion))

    @cached_property
    def signed(self) -> Sequence[tuple[Reference, etree._Element | None]]:
        """Each reference of the message signature with the element it covers; None where it covers nothing allowed."""
        if self.signature is None or self.ids is None:
            return ()
        return signed_targets(self.signature, self.ids, self.assertion)

    @cached_property
    def replayed(self) -> bool:
        """Whether a message with this signature was accepted before. Asked only once the signature is verified."""
        return self._was_accepted(self)

    @cached_property
    def business(self) -> GenerateCovidIdRequest | None:
        """The request element's content, if it is the contract's request element."""
        if self.operation is None or self.operation.tag != self.policy.contract.request.name:
            return None
        return read_request(self.operation, self.policy.contract)

    @property
    def refusal(self) -> Finding | None:
        """The finding that is answered: the first that refuses, by stage and then as in the catalogue."""
        refusing = [finding for finding in self.findings if finding.refuses]
        return min(refusing, key=lambda finding: finding.rule.stage) if refusing else None
