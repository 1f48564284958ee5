"""`make fuzz`: mutated and hostile messages against the gateway and the HTTP head parser, in process.

Five kinds of message: hostile files of fixtures/hostile; heads; valid messages changed by somebody who has no key;
such that their holder signed again, and such whose token the STS signed again, which come as far as the schema, CBSS
and Spyne. For each: no exception, an answer that is a right HTTP status without envelope or an envelope valid against
the schema, never SOA-00001, at most two seconds. Whoever has no key can do no more than replay: what he changed in the
signed parts is refused; where he left them alone, and the holder sent his message before, the mock warns of a replay
(the cookbook is silent) or, as in profile hardened, refuses it: no identifier for him. Memory stays flat. The seed is
printed; with it a run is repeatable.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import structlog
from lxml import etree

from conformance.client.credentials import StateFolder
from mockserver.assembly import Plan, build_examiner
from mockserver.gateway.exchange import ENDPOINT_PATH, Answer, HttpRequest
from mockserver.gateway.gateway import Gateway
from mockserver.gateway.registry import Severity
from mockserver.http.head import read_head
from mockserver.http.limits import Limits
from mockserver.http.refusal import Refusal
from mockserver.identities.authority import Authority
from mockserver.instant import Instant, system_clock
from mockserver.namespaces import DS, SAML, SOAP, WSSE, WSU
from tests.attacks.tokens import sign_assertion
from tests.forge import Forge
from tests.fuzz.mutations import IN_OCTETS, changed, mutated
from tests.fuzz.shapes import Shape, shapes
from tests.samples.messages import CA, STS

FIXTURES: Final = Path(__file__).parents[2] / "fixtures"

SLOWEST: Final = 2.0
"""Seconds of processor time an answer may take."""

GROWTH: Final = 1.2
"""Resident memory at the end against that after the first tenth."""

_WITHOUT_ENVELOPE: Final = (400, 404, 405, 408, 413, 414, 415, 417, 431, 505)
_PARTS: Final = (
    f"{{{SOAP}}}Body",
    f"{{{SOAP}}}Header/{{{WSSE}}}Security/{{{WSU}}}Timestamp",
    f"{{{SOAP}}}Header/{{{WSSE}}}Security/{{{SAML}}}Assertion",
)


class Failure(AssertionError):
    """A message got an answer that no message may get."""


@dataclass
class Tally:
    """What came of a run."""

    answers: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    replays: int = 0
    """Messages of senders without a key whose signed content was untouched: warned of, and refused by `hardened`."""
    slowest: float = 0.0
    """Seconds."""
    growth: float = 1.0


class Fuzz:
    """One gateway, valid messages of every shape, and what to hold against it."""

    def __init__(self, state: Path, seed: int) -> None:
        self._rng = random.Random(seed)
        self._now: Instant = system_clock()
        folder = StateFolder(state)
        folder.credentials("physician")  # fills the state folder, which the examiner does not
        plan = Plan(state, trust_sts=[STS], trust_ca=[CA])
        self._gateway: Gateway = build_examiner(plan, clock=lambda: self._now)
        self._strict: Gateway = build_examiner(plan, clock=lambda: self._now)
        self._strict.policy = replace(self._gateway.policy, severities={"I12": Severity.REJECT})
        self._sts_key = Authority.open(state).sts_key
        self._schema = etree.XMLSchema(file=str(FIXTURES / "schemas" / "soap-envelope-1.1.xsd"))
        contract = self._gateway.policy.contract
        self._shapes = list(shapes(folder, contract, self._now))
        self._ours = [shape for shape in self._shapes if shape.credentials is not None]
        self._signed = {signed_content(shape.octets): shape for shape in self._shapes}
        self._corpus = [file.read_bytes() for file in sorted((FIXTURES / "hostile").glob("*.xml"))]
        self._head = (
            f"POST {ENDPOINT_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\n"
            f'SOAPAction: "{contract.soap_action}"\r\nUser-Agent: fuzz/1.0 python/3\r\nFrom: fuzz@example.org\r\n'
            "Content-Length: 9000\r\n\r\n"
        ).encode()
        self.tally = Tally()

    def one(self) -> None:
        """Judge one message. Raises Failure."""
        kind = self._rng.choices(("corpus", "head", "outsider", "holder", "sts"), (8, 12, 50, 20, 10))[0]
        self.tally.kinds[kind] += 1
        self.tally.messages += 1
        if kind == "corpus":
            message = self._rng.choice(self._corpus)
            if self._rng.random() < 0.5:
                message = self._rng.choice(IN_OCTETS)(self._rng, message or b"<a/>")
            self._judge(self._bare(message, self._now), keyed=False)
        elif kind == "head":
            self._judge_head()
        elif kind == "outsider":
            shape = self._rng.choice(self._shapes)
            self._judge(self._bare(mutated(self._rng, shape.octets), shape.received), keyed=False)
        else:
            shape = self._rng.choice(self._ours)
            self._judge(self._bare(self._signed_again(shape, by_sts=kind == "sts"), shape.received), keyed=True)

    def valid(self) -> list[Answer]:
        """The answers to the shapes as they are."""
        return [self._gateway.handle(self._bare(shape.octets, shape.received)) for shape in self._shapes]

    @staticmethod
    def _bare(message: bytes, received: Instant) -> HttpRequest:
        return HttpRequest("POST", ENDPOINT_PATH, "1.1", (), message, received, has_head=False)

    def _signed_again(self, shape: Shape, *, by_sts: bool) -> bytes:
        """A change in the tree that the holder signs, or the STS and then the holder: the deepest way in."""
        assert shape.credentials is not None
        forge = Forge(shape.octets, shape.credentials)
        part = (
            forge.assertion if by_sts else self._rng.choice([forge.root, forge.body, forge.timestamp, forge.security])
        )
        for _ in range(self._rng.randrange(1, 3)):
            changed(self._rng, part)
        try:
            if by_sts:
                sign_assertion(forge.assertion, self._sts_key)
            forge.sign()
        except (AssertionError, LookupError, StopIteration, etree.C14NError):
            self.tally.kinds["cannot be signed, sent as it is"] += 1
        return forge.octets()

    def _judge_head(self) -> None:
        raw = self._head
        for _ in range(self._rng.randrange(1, 4)):
            raw = self._rng.choice(IN_OCTETS)(self._rng, raw) or b"\r\n"
        try:
            head = read_head(raw, Limits())
        except Refusal as refusal:
            if refusal.status not in _WITHOUT_ENVELOPE:
                raise Failure(f"a head got {refusal.status}: {raw!r}") from refusal
            self.tally.answers[f"HTTP {refusal.status}, by the head"] += 1
            return
        shape = self._rng.choice(self._shapes)
        request = HttpRequest(head.method, head.target, head.version, head.fields, shape.octets, shape.received)
        self._judge(request, keyed=True)

    def _judge(self, request: HttpRequest, *, keyed: bool) -> None:
        """`keyed`: somebody with the key signed it, so that success is his right."""
        answer, seconds = self._timed(request)
        if seconds > SLOWEST:
            # A busy machine makes one answer slow; a costly message makes each of them slow.
            seconds = min(self._timed(request)[1] for _ in range(3))
        self.tally.slowest = max(self.tally.slowest, seconds)
        self.tally.answers[answer.soa or answer.status or f"HTTP {answer.http}"] += 1
        if seconds > SLOWEST:
            raise Failure(f"the answer took {seconds:.1f} s: {_shown(request)}")
        if answer.http in _WITHOUT_ENVELOPE:
            if answer.body.startswith(b"<") or not dict(answer.fields)["Content-Type"].startswith("text/plain"):
                raise Failure(f"HTTP {answer.http} with an envelope: {_shown(request)}")
            return
        self._check_envelope(answer, request)
        if answer.http == 200 and not keyed:
            self._check_replay(answer, request)

    def _check_replay(self, answer: Answer, request: HttpRequest) -> None:
        """The holder's own message comes first, and then the copy."""
        shape = self._signed.get(signed_content(request.body))
        if shape is None:
            raise Failure(f"an altered message got {answer.status}: {_shown(request)}")
        own = self._bare(shape.octets, shape.received)
        self._gateway.handle(own)
        if "I12" not in {finding.rule.id for finding in self._gateway.examine(request).findings}:
            raise Failure(f"no warning of a replay: {_shown(request)}")
        self._strict.handle(own)
        strict = self._strict.handle(request)
        if strict.soa != "SOA-01001" or strict.identifier is not None:
            raise Failure(f"a replay got {strict.soa or strict.status} where replays are refused: {_shown(request)}")
        self.tally.replays += 1

    def _timed(self, request: HttpRequest) -> tuple[Answer, float]:
        began = time.process_time()
        answer = self._gateway.handle(request)
        return answer, time.process_time() - began

    def _check_envelope(self, answer: Answer, request: HttpRequest) -> None:
        try:
            valid = self._schema.validate(etree.fromstring(answer.body))
        except etree.XMLSyntaxError as error:
            raise Failure(f"the answer {answer.body!r} is not well formed: {_shown(request)}") from error
        if not valid or answer.http not in (200, 500) or (answer.http == 500) != (answer.soa is not None):
            raise Failure(f"HTTP {answer.http} with {answer.body!r}: {_shown(request)}")
        if answer.soa == "SOA-00001":
            raise Failure(f"SOA-00001: {_shown(request)}")
        if answer.soa is not None and (answer.identifier is not None or answer.status is not None):
            raise Failure(f"a fault with an identifier: {_shown(request)}")


def signed_content(message: bytes) -> tuple[bytes, ...] | None:
    """The canonical octets of Body, Timestamp and Assertion (without its signature) by position; None where one is
    missing or stands twice."""
    root = etree.fromstring(message, etree.XMLParser(resolve_entities=False, no_network=True))
    found = [root.findall(path) for path in _PARTS]
    if any(len(elements) != 1 for elements in found):
        return None
    # The signature of the STS does not cover itself: what else stands in its KeyInfo says nothing to anybody.
    for signature in found[2][0].findall(f"{{{DS}}}Signature"):
        found[2][0].remove(signature)
    return tuple(etree.tostring(each, method="c14n", exclusive=True, with_comments=False) for (each,) in found)


def resident() -> int:
    """Resident memory of this process in pages; 0 where the platform does not tell."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) if statm.exists() else 0


def run(count: int, seed: int, state: Path, *, progress: bool = False) -> Tally:
    """Judge `count` messages. Raises Failure."""
    fuzz = Fuzz(state, seed)
    warm = 0
    for number in range(1, count + 1):
        fuzz.one()
        if number == max(1, count // 10):
            warm = resident()
        if progress and number % 5000 == 0:
            print(f"{number} of {count}, resident {resident() * 4096 >> 20} MiB", flush=True)
    fuzz.tally.growth = resident() / warm if warm else 1.0
    if count >= 10_000 and fuzz.tally.growth > GROWTH:
        raise Failure(f"resident memory grew to {fuzz.tally.growth:.2f} of what it was")
    return fuzz.tally


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="messages (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32), help="of an earlier run")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory() as state:
        try:
            tally = run(options.count, options.seed, Path(state), progress=True)
        except Failure as failure:
            print(f"FAILED: {failure}", file=sys.stderr)
            return 1
    for counter in (tally.kinds, tally.answers):
        for name, number in counter.most_common():
            print(f"{number:8} {name}")
        print()
    print(
        f"{tally.messages} messages, no crash, no wrong answer; without a key no identifier, {tally.replays} replays "
        f"told as such; slowest answer {tally.slowest * 1000:.0f} ms; resident memory {tally.growth:.2f} of that after "
        "warming up"
    )
    return 0


def _shown(request: HttpRequest) -> str:
    head = "" if not request.has_head else f"{request.method} {request.target} {list(request.fields)!r} "
    return f"{head}{request.body!r}"


if __name__ == "__main__":
    sys.exit(main())
