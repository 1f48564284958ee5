"""What the endpoint does to a client in each case of `provoke`, and what the client must do then.

Data: one row a case. How a wrong answer is made stands in `faulty.py`, how a client is judged in `conduct.py`.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from conformance.cases.checks import Level
from conformance.certify import faulty
from conformance.certify.endpoint import React
from mockserver.gateway.faults import SYSTEM_ERRORS


class Holds(Enum):
    """What the client must believe in the end."""

    IDENTIFIER = "an identifier"
    NOTHING = "no identifier"


ONCE: Final = (1, 1)
SOME: Final = (1, 5)
"""A few attempts: each may make one more dossier number, and a storm helps nobody."""
RETRY: Final = (2, 5)


@dataclass(frozen=True, slots=True)
class Provocation:
    """One case."""

    id: str
    clause: str
    text: str
    react: React = field(repr=False)
    holds: Holds
    requests: tuple[int, int]
    """How many requests the client may send: at least, at most."""
    must_show: tuple[str, ...] = ()
    """Texts that must stand in the command's output, white space apart."""
    should_show: tuple[str, ...] = ()
    level: Level = Level.MUST
    """Of the case; the numbers of requests and a breakdown are always a MUST."""
    fresh: bool = False
    """A repeated request must have a Timestamp and a signature of its own."""
    slow: bool = False
    """The answer takes as long as the session's setting says."""
    expired: bool = False
    """The command is handed a token whose time is over."""
    needs_id: bool = False
    """It proves nothing about a client that sends no @Id."""
    undisturbed: bool = False
    """Nothing but the service may be asked for."""


_RETRIED: Final = {
    "SOA-00001": (SOME, "nothing is said about retries; a few are no mistake"),
    "SOA-01001": (ONCE, "the same credentials will not be taken the second time"),
    "SOA-01002": (ONCE, "who is not allowed to call will not be allowed the second time"),
    "SOA-02001": (ONCE, '"Retries will not work"'),
}


def _table_1(code: str) -> Provocation:
    requests, why = _RETRIED.get(code, (ONCE, "the same message will be refused again"))
    return Provocation(
        id=f"client-told-{code.lower()}",
        clause="8, Table 1",
        text=f"The endpoint answers {code}, {SYSTEM_ERRORS[code].message!r}. The client shows or logs the code and the "
        f"ticket (SystemError Id), and does not call again at will: {why}.",
        react=faulty.fault_with(code),
        holds=Holds.NOTHING,
        requests=requests,
        must_show=(code,),
        should_show=(faulty.TICKET,),
    )


PROVOCATIONS: Final = (
    *(_table_1(code) for code in SYSTEM_ERRORS if code != "SOA-02002"),
    Provocation(
        id="client-told-soa-02002",
        clause="8, Table 1",
        text='The endpoint answers SOA-02002 once: "Service temporarily not available. Please try later", "Retries '
        'should work". The client calls again, with a message of its own: another Timestamp, another signature.',
        react=faulty.first(faulty.fault_with("SOA-02002")),
        holds=Holds.IDENTIFIER,
        requests=RETRY,
        fresh=True,
    ),
    Provocation(
        id="client-told-soa-02002-for-ever",
        clause="8, Table 1",
        text='The endpoint answers SOA-02002 whatever is sent: "If the problem persists service desk may help". The '
        "client gives up after a few attempts and says so.",
        react=faulty.fault_with("SOA-02002"),
        holds=Holds.NOTHING,
        requests=RETRY,
        must_show=("SOA-02002",),
        should_show=(faulty.TICKET,),
        fresh=True,
    ),
    Provocation(
        id="client-told-unknown-code",
        clause="8, Table 1",
        text='The endpoint answers with a code that no table lists; Table 1 is "a list of common system error codes". '
        "The client survives it and shows or logs it.",
        react=faulty.fault_with(faulty.UNKNOWN_SOA, faulty.UNKNOWN_MESSAGE),
        holds=Holds.NOTHING,
        requests=SOME,
        must_show=(faulty.UNKNOWN_SOA,),
    ),
    Provocation(
        id="client-told-fault-in-http-200",
        clause="5.1.3 (BP 1.1 R1126)",
        text="A Fault comes with HTTP 200 instead of 500, as some intermediaries do. It is a Fault all the same.",
        react=faulty.fault_with("SOA-00001", http=200),
        holds=Holds.NOTHING,
        requests=SOME,
    ),
    Provocation(
        id="client-told-table-2",
        clause="8, Table 2",
        text="The endpoint answers Level 1 Requester with the StatusMessage of Table 2. The client shows or logs that "
        "text: it says what is wrong, and with which numbers.",
        react=faulty.requester_error,
        holds=Holds.NOTHING,
        requests=ONCE,
        must_show=(faulty.TABLE_2,),
    ),
    Provocation(
        id="client-told-msg00013",
        clause="5.2.2.4",
        text="CBSS answers NOK with MSG00013: an answer with HTTP 200 that is no success. The client shows or logs "
        "the code.",
        react=faulty.cbss_error("MSG00013"),
        holds=Holds.NOTHING,
        requests=ONCE,
        must_show=("MSG00013",),
    ),
    Provocation(
        id="client-told-unknown-cbss-code",
        clause="5.2.2.4",
        text="CBSS answers NOK with a code that the cookbook does not list. It is a refusal all the same.",
        react=faulty.cbss_error(faulty.UNKNOWN_CBSS),
        holds=Holds.NOTHING,
        requests=ONCE,
        must_show=(faulty.UNKNOWN_CBSS,),
    ),
    Provocation(
        id="client-told-refusal-with-identifier",
        clause="5.2.2.3",
        text="Level 1 is Requester, and yet a CovidDossierIdentifier stands in the answer. The status decides.",
        react=faulty.requester_error_with_identifier,
        holds=Holds.NOTHING,
        requests=ONCE,
    ),
    Provocation(
        id="client-told-success-without-identifier",
        clause="5.2.1.2",
        text="Level 1 is Success, and no CovidDossierIdentifier stands in the answer. There is nothing to use.",
        react=faulty.success_without_identifier,
        holds=Holds.NOTHING,
        requests=SOME,
    ),
    Provocation(
        id="client-told-other-in-response-to",
        clause="5.2.1.2",
        text="InResponseTo is not the Id of the request: the answer is somebody else's, and so is its identifier.",
        react=faulty.other_in_response_to,
        holds=Holds.NOTHING,
        requests=SOME,
        needs_id=True,
    ),
    Provocation(
        id="client-told-late",
        clause="6.2",
        text='"The actual response time may be greater than one minute in some situations": the client waits.',
        react=faulty.late,
        holds=Holds.IDENTIFIER,
        requests=ONCE,
        slow=True,
    ),
    Provocation(
        id="client-told-other-prefixes",
        clause="5.2.1.2",
        text="The right answer, written otherwise: other prefixes, an XML declaration, an empty Header, comments and "
        "blanks. It says the same.",
        react=faulty.otherwise_written,
        holds=Holds.IDENTIFIER,
        requests=ONCE,
    ),
    Provocation(
        id="client-told-more-than-known",
        clause="5.2.1.2 (reconstructed)",
        text="The right answer with an element and an attribute that the client cannot know, as a later version of the "
        "contract may add. No source demands that it is read.",
        react=faulty.with_unknown_parts,
        holds=Holds.IDENTIFIER,
        requests=ONCE,
        level=Level.SHOULD,
    ),
    Provocation(
        id="client-told-html",
        clause="8",
        text="A proxy answers with an HTML page and HTTP 503. The client survives it.",
        react=faulty.html(503),
        holds=Holds.NOTHING,
        requests=SOME,
    ),
    Provocation(
        id="client-told-html-in-http-200",
        clause="8",
        text="A proxy answers with an HTML page and HTTP 200, a login page say. The client survives it.",
        react=faulty.html(200),
        holds=Holds.NOTHING,
        requests=SOME,
    ),
    Provocation(
        id="client-told-nothing",
        clause="8",
        text="The endpoint answers HTTP 500 with an empty body. The client survives it.",
        react=faulty.empty,
        holds=Holds.NOTHING,
        requests=SOME,
    ),
    Provocation(
        id="client-told-half",
        clause="8",
        text="The answer is cut after its identifier, before its end. Half an answer is none.",
        react=faulty.cut,
        holds=Holds.NOTHING,
        requests=SOME,
    ),
    Provocation(
        id="client-hung-up-on",
        clause="8",
        text="The connection is reset instead of an answer. The client survives it.",
        react=faulty.reset,
        holds=Holds.NOTHING,
        requests=SOME,
    ),
    Provocation(
        id="client-told-doctype",
        clause="5.1.3 (BP 1.1 R1008)",
        text="The answer has a DOCTYPE with an external entity in place of the identifier. The client fetches nothing "
        "and takes nothing from it.",
        react=faulty.with_doctype,
        holds=Holds.NOTHING,
        requests=SOME,
        undisturbed=True,
    ),
    Provocation(
        id="client-expired-token",
        clause="5.1.1 (SAML 1.1, 2.3.2.1)",
        text="The token at hand has expired. The client gets another one, or stops; it does not send the old one.",
        react=faulty.fault_with("SOA-01001"),
        holds=Holds.NOTHING,
        requests=(0, 1),
        expired=True,
    ),
)
