"""Which case catches which broken client, and by which check: exactly this and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

DRIVEN = (
    "client-lastname-only",
    "client-all-fields",
    "client-no-lastname",
    "client-physician-other-requester",
    "client-sorting-center-other-requester",
)
WITH_LAST_NAME = tuple(case for case in DRIVEN if case != "client-no-lastname")
"""Where a schema or person rule is not what the case asks to be broken."""
OWN_REQUESTER = ("client-lastname-only", "client-all-fields")


@dataclass(frozen=True)
class Broken:
    """A broken client, and what must be held against it."""

    deviation: str
    cases: Sequence[str]
    """All that must not pass; every other case of the mode must."""
    reasons: frozenset[str]
    """Beginnings of the checks that must not hold, in each of these cases."""
    verdict: str = "FAIL"

    @property
    def mode(self) -> str:
        return "drive" if set(self.cases) <= set(DRIVEN) else "provoke"


def _broken(deviation: str, cases: Sequence[str], *reasons: str, verdict: str = "FAIL") -> Broken:
    return Broken(deviation, cases, frozenset(reasons), verdict)


def _told(*cases: str) -> Sequence[str]:
    return [f"client-{case}" for case in cases]


HIDDEN = "shown or logged"
BELIEF = "what the client believes"
BREAKDOWN = "the command"
REQUESTS = "requests"
TABLE_1 = (
    *(f"told-soa-{code}" for code in ("00001", "01001", "01002", "02001")),
    *(f"told-soa-0300{number}" for number in range(1, 8)),
)

BROKEN = (
    # The message.
    _broken("time-to-live-300", DRIVEN, "T4"),
    _broken("expires-before-created", DRIVEN, "T3"),
    _broken("clock-ahead", DRIVEN, "T5"),
    _broken("clock-behind", DRIVEN, "T6"),
    _broken("local-time", DRIVEN, "S18"),
    _broken("no-expires", DRIVEN, "S14"),
    _broken("two-timestamps", DRIVEN, "S06", "S11"),
    _broken("no-security", DRIVEN, "S01"),
    _broken("indented-after-signing", DRIVEN, "H18", "S22"),
    _broken("token-with-prefix", DRIVEN, "H21"),
    _broken("token-in-one-line", DRIVEN, "H21"),
    _broken("sha-1", DRIVEN, "SHA1", verdict="WARN"),
    _broken("timestamp-not-signed", DRIVEN, "S52"),
    _broken("body-not-signed", DRIVEN, "S52"),
    _broken("wrong-key", DRIVEN, "H18"),
    _broken("certificate-in-key-info", DRIVEN, "S41"),
    _broken("key-identifier-of-another-token", DRIVEN, "S60"),
    _broken("key-identifier-of-saml-2", DRIVEN, "S60"),
    _broken("direct-reference", DRIVEN, "S66"),
    _broken("inclusive-canonicalization", DRIVEN, "S46"),
    _broken("binary-security-token", DRIVEN, "S10-bst", verdict="WARN"),
    _broken("no-token-type", DRIVEN, "S65-present"),
    _broken("id-begins-with-a-digit", WITH_LAST_NAME, "X01"),
    _broken("last-name-empty", WITH_LAST_NAME, "M01"),
    _broken("gender-in-words", WITH_LAST_NAME, "M03"),
    _broken("digits-in-last-name", DRIVEN, "M02"),
    _broken("phone-number-in-words", WITH_LAST_NAME, "M05"),
    _broken("first-names-left-out", ["client-all-fields"], "the request"),
    _broken("accents-dropped", ["client-all-fields"], "FirstNames as given"),
    _broken("wrong-requester", OWN_REQUESTER, "R1"),
    _broken("institution-of-a-person", OWN_REQUESTER, "R2"),
    _broken("unknown-element", WITH_LAST_NAME, "X01"),
    _broken("soap-1.2", DRIVEN, "Q30"),
    _broken("doctype", DRIVEN, "Q32"),
    _broken("processing-instruction", DRIVEN, "Q33"),
    _broken("encoding-style", DRIVEN, "Q34", "Q41"),
    _broken("must-understand-true", DRIVEN, "Q40"),
    _broken("addressing-must-be-understood", DRIVEN, "Q49"),
    _broken("trailing-comma", DRIVEN, "Q20"),
    _broken("latin-1-octets", ["client-all-fields"], "Q16-bytes"),
    # HTTP.
    _broken("soap-action-unquoted", DRIVEN, "Q05"),
    _broken("soap-action-missing", DRIVEN, "Q06"),
    _broken("soap-action-of-another-operation", DRIVEN, "Q06"),
    _broken("media-type-of-soap-1.2", DRIVEN, "Q12"),
    _broken("no-charset", DRIVEN, "Q15"),
    _broken("user-agent-missing", DRIVEN, "U01", verdict="WARN"),
    _broken("user-agent-of-java", DRIVEN, "U02", verdict="WARN"),
    _broken("user-agent-without-connector", DRIVEN, "U03", verdict="WARN"),
    _broken("user-agent-twice", DRIVEN, "U01", verdict="WARN"),
    _broken("from-missing", DRIVEN, "F01", verdict="WARN"),
    _broken("from-without-address", DRIVEN, "F02", verdict="WARN"),
    _broken("put", DRIVEN, "Q01"),
    _broken("sends-twice", DRIVEN, REQUESTS),
    _broken("prints-nothing", OWN_REQUESTER, "the identifier"),
    _broken("never-ends", OWN_REQUESTER, BREAKDOWN),
    # What it does next.
    _broken("tries-again-after-02001", _told("told-soa-02001"), REQUESTS),
    _broken("tries-again-after-01001", _told("told-soa-01001"), REQUESTS),
    _broken("tries-again-after-01002", _told("told-soa-01002"), REQUESTS),
    _broken("tries-again-after-03006", _told("told-soa-03006"), REQUESTS),
    _broken("gives-up-after-02002", _told("told-soa-02002", "told-soa-02002-for-ever"), REQUESTS),
    _broken(
        "sends-the-same-message-again",
        _told("told-soa-02002", "told-soa-02002-for-ever"),
        "Timestamp of a repeated request",
        "SignatureValue of a repeated request",
    ),
    _broken(
        "signs-the-same-timestamp-again",
        _told("told-soa-02002", "told-soa-02002-for-ever"),
        "Timestamp of a repeated request",
    ),
    _broken("tries-for-ever", _told("told-soa-02002-for-ever"), REQUESTS),
    _broken("reuses-expired-token", _told("expired-token"), "the expired token"),
    _broken("takes-the-answer-to-another", _told("told-other-in-response-to"), BELIEF),
    _broken(
        "takes-a-business-error",
        _told(
            "told-table-2",
            "told-msg00013",
            "told-unknown-cbss-code",
            "told-refusal-with-identifier",
            "told-success-without-identifier",
        ),
        BELIEF,
    ),
    _broken("takes-the-identifier-of-a-refusal", _told("told-refusal-with-identifier"), BELIEF),
    _broken("takes-a-success-without-identifier", _told("told-success-without-identifier"), BELIEF),
    _broken("takes-half-an-answer", _told("told-half"), BELIEF),
    _broken("believes-http-200", _told("told-fault-in-http-200"), BELIEF),
    _broken("looks-for-prefixes", _told("told-other-prefixes"), BELIEF),
    _broken("validates-answers", _told("told-more-than-known"), BELIEF, verdict="WARN"),
    _broken("crashes-on-unknown-code", _told("told-unknown-code"), BREAKDOWN),
    _broken("crashes-on-unknown-cbss-code", _told("told-unknown-cbss-code"), BREAKDOWN),
    _broken("crashes-on-html", _told("told-html", "told-html-in-http-200"), BREAKDOWN),
    _broken("crashes-on-empty-answer", _told("told-nothing"), BREAKDOWN),
    _broken("crashes-on-reset", _told("hung-up-on"), BREAKDOWN),
    _broken("fetches-entities", _told("told-doctype"), "fetched beside the service"),
    _broken("takes-entities", _told("told-doctype"), BELIEF),
    _broken("hides-table-2", _told("told-table-2"), HIDDEN),
    _broken("hides-cbss-code", _told("told-msg00013", "told-unknown-cbss-code"), HIDDEN),
    _broken("hides-soa-code", _told(*TABLE_1, "told-soa-02002-for-ever", "told-unknown-code"), HIDDEN),
    _broken("hides-ticket", _told(*TABLE_1, "told-soa-02002-for-ever"), HIDDEN, verdict="WARN"),
    _broken("gives-up-waiting", _told("told-late"), BELIEF),
    _broken(
        "breaks-down-when-refused",
        [case for case in DRIVEN if case not in OWN_REQUESTER],
        BREAKDOWN,
    ),
)
"""The table."""
