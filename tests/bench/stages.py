"""One thread's CPU for a request, by stage, against a floor: what the cryptography alone needs.

All in microseconds of CPU of this process (`time.process_time`), each the best of several rounds: what else the
machine does only ever adds.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from conformance.client.credentials import Credentials, StateFolder
from conformance.client.message import Person
from mockserver.assembly import MockPremises, Plan
from mockserver.cbss.service import GenerateCovidId
from mockserver.cbss.spyne_adapter import SpyneService
from mockserver.gateway.crypto import token
from mockserver.gateway.exchange import ENDPOINT_PATH, Exchange, HttpRequest
from mockserver.gateway.gateway import Gateway
from mockserver.gateway.pipeline import judge
from mockserver.gateway.precedent import forget_precedents, name_of, precedent_of
from mockserver.gateway.registry import RULES
from mockserver.gateway.rules.assertion import assertion_signature, schema_valid
from mockserver.gateway.rules.signature import digests, made_with_confirmed_key
from mockserver.http.wire import answer_bytes
from mockserver.instant import system_clock
from tests.forge import PERSON, Forge

T = TypeVar("T")

ROUNDS: Final = 5
EACH: Final = 60
"""Requests of a round; none is used twice by what remembers."""

SIZES: Final = (8, 32, 128, 512, 1000)
"""Kilobytes of a request, roughly: the last name is filled up."""


class Bench:
    """A gateway with its register in a state folder, and requests for it."""

    def __init__(self, state: Path) -> None:
        self.premises = MockPremises(Plan(state))
        self.credentials: Credentials = StateFolder(state).credentials("physician")
        assert self.premises.register is not None
        self.register = self.premises.register
        self.service = GenerateCovidId(self.premises.contract, self.register, system_clock)
        self.gateway = Gateway(self.premises.policy, self.service)

    def request(self, kilobytes: int = 0) -> HttpRequest:
        """A request signed now; padded in its FirstNames where it shall be large."""
        person = PERSON
        if kilobytes > 10:
            person = Person("COVID_LASTNAME_TEST", "A" * ((kilobytes - 9) * 1000), "F", "+3227885155")
        now = system_clock()
        body = Forge.request(self.credentials, self.premises.contract, now, person=person).octets()
        fields = [("Host", "127.0.0.1:8080"), *self.fields(), ("Content-Length", str(len(body)))]
        raw = tuple((name, value.encode()) for name, value in fields)
        return HttpRequest("POST", ENDPOINT_PATH, "1.1", raw, body, now)

    def fields(self) -> list[tuple[str, str]]:
        """What a client says in its head."""
        return [
            ("Content-Type", "text/xml; charset=utf-8"),
            ("SOAPAction", f'"{self.premises.contract.soap_action}"'),
            ("User-Agent", "bench/1.0 urllib3/2.0"),
            ("From", "bench@example.org"),
        ]

    def parsed(self, request: HttpRequest) -> Exchange:
        """The exchange of a request, with every fact that the stages need derived already."""
        exchange = Exchange(request, self.premises.policy)
        judge(exchange, self.premises.policy)
        return exchange


def stages(bench: Bench) -> dict[str, Any]:
    """Microseconds for the floor and for each stage of a request of ordinary size."""
    requests = [bench.request() for _ in range(ROUNDS * EACH)]
    judged = [bench.parsed(request) for request in requests[:EACH]]
    if any(exchange.refusal for exchange in judged):
        raise RuntimeError(f"the requests to measure with are refused: {judged[0].refusal}")
    policy = bench.premises.policy
    spyne = SpyneService(bench.premises.contract)
    answer = bench.gateway.handle(bench.request())

    def seen_before(exchange: Exchange) -> None:
        del exchange.token_digest  # as long as it is held it is not computed again
        list(assertion_signature(exchange, policy))

    def first_sight(exchange: Exchange) -> None:
        token._VERIFIED.clear()
        seen_before(exchange)
        list(schema_valid(exchange, policy))

    def outlined(request: HttpRequest) -> Exchange:
        exchange = Exchange(request, policy)
        name = name_of(exchange, policy, RULES)
        exchange.precedent = None if name is None else precedent_of(name, exchange)
        return exchange

    with_precedent = [outlined(request) for request in requests[:EACH]]
    if any(exchange.precedent is None for exchange in with_precedent):
        raise RuntimeError("a request to measure with follows no precedent")

    def verified(exchange: Exchange) -> None:
        if exchange.signature is not None:
            exchange.signature.octets = None  # as long as they are held they are not made again
        list(made_with_confirmed_key(exchange, policy))
        list(digests(exchange, policy))

    def parsed_anew(exchange: Exchange) -> None:
        exchange.__dict__.pop("document", None)
        _ = exchange.document

    def without_precedent(request: HttpRequest) -> None:
        forget_precedents()
        bench.gateway.handle(request)

    measured = {
        "characters, outline": _cost(requests[:EACH], outlined),
        "parse": _cost(with_precedent, parsed_anew),
        "signature": _cost(judged, verified),
        "assertion": _cost(judged, seen_before),
        "assertion, first sight of a token": _cost(judged, first_sight),
        "Spyne": _cost(judged, lambda e: spyne.dispatch(_operation(e), lambda _: b"<answer/>")),
        "identifier": _cost(judged, lambda _: bench.register.issue(now=0, correlation_id="bench")),
        "write": _cost(judged, lambda _: answer_bytes(answer, date="", version="1.1", with_body=True, close=False)),
    }
    whole = _once_each(requests, bench.gateway.handle)
    measured["whole, no precedent (not a part of the whole)"] = _once_each(
        [bench.request() for _ in range(ROUNDS * EACH)], without_precedent
    )
    told = ("characters, outline", "parse", "signature", "assertion", "Spyne", "identifier", "write")
    measured["rules and the rest"] = whole - sum(measured[name] for name in told if name != "write")
    floor = floor_of(bench, judged)
    return {
        "bytes": len(requests[0].body),
        "floor": floor,
        "stages": measured,
        "whole": whole + measured["write"],
        "ratio": (whole + measured["write"]) / floor["whole"],
    }


def floor_of(bench: Bench, judged: list[Exchange]) -> dict[str, float]:
    """Parse, five canonicalisations, three digests and two RSA verifications, and nothing around them."""
    key = bench.credentials.certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("the persona's key is not RSA")
    signed = b"a SignedInfo of ordinary length" * 20
    private: Any = bench.credentials.key
    value = private.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    forms = [_canonical(element) for element in _signed_elements(judged[0])]
    parts = {
        "parse": _cost(judged, lambda exchange: etree.fromstring(exchange.request.body)),
        "canonicalise": _cost(judged, lambda exchange: [_canonical(each) for each in _signed_elements(exchange)]),
        "digest": _cost(judged, lambda _: [hashlib.sha256(form).digest() for form in forms[:3]]),
        "two RSA": _cost(
            judged, lambda _: [key.verify(value, signed, padding.PKCS1v15(), hashes.SHA256()) for _ in range(2)]
        ),
    }
    return {**parts, "whole": sum(parts.values())}


def by_size(bench: Bench) -> list[dict[str, float]]:
    """Microseconds of a whole request, and of its floor, by the size of the message."""
    found = []
    for size in SIZES:
        requests = [bench.request(size) for _ in range(ROUNDS * 6)]
        whole = _once_each(requests, bench.gateway.handle)
        exchanges = [bench.parsed(request) for request in requests[:6]]
        found.append({"bytes": len(requests[0].body), "whole": whole, "floor": floor_of(bench, exchanges)["whole"]})
    return found


def _signed_elements(exchange: Exchange) -> list[etree._Element]:
    if exchange.envelope is None or exchange.timestamp is None or exchange.assertion is None:
        raise ValueError("a message without its parts is not measured")
    if exchange.signature is None or exchange.envelope.body is None:
        raise ValueError("a message without its parts is not measured")
    return [
        exchange.envelope.body,
        exchange.timestamp.element,
        exchange.assertion.element,
        exchange.signature.signed_infos[0],
        exchange.assertion.signatures[0].signed_infos[0],
    ]


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def _operation(exchange: Exchange) -> etree._Element:
    if exchange.operation is None:
        raise ValueError("a message without operation is not measured")
    return exchange.operation


def _cost(items: list[T], act: Callable[[T], object]) -> float:
    """Microseconds of CPU for one call of `act`: the best of several rounds over the items."""
    return min(_round(items, act) for _ in range(ROUNDS))


def _once_each(items: list[T], act: Callable[[T], object]) -> float:
    """The same where an item may be used only once: the rounds share them."""
    size = len(items) // ROUNDS
    return min(_round(items[start : start + size], act) for start in range(0, size * ROUNDS, size))


def _round(items: list[T], act: Callable[[T], object]) -> float:
    began = time.process_time_ns()
    for item in items:
        act(item)
    return (time.process_time_ns() - began) / len(items) / 1000
