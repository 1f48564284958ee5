"""User-Agent and From (cookbook 5.1.4): "the request SHOULD contain" them, so nothing in them is a reason to refuse."""

from collections.abc import Iterator, Sequence
from typing import Final

from conformance.cases.checks import Finding, Level
from conformance.cases.expectations import expect_success
from conformance.cases.known import PERSON
from conformance.cases.registry import case
from conformance.client.exchange import Client

VARIANTS: Final[dict[str, tuple[str, str, Sequence[str]]]] = {
    "user-agent-example-1": ("the cookbook's first example", "User-Agent", ["myProduct/62.310.4 Technical/3.19.0"]),
    "user-agent-example-2": (
        "the cookbook's second example",
        "User-Agent",
        ["Topaz-XXXX/123.23.X freeconnector/XXXXX.XXX"],
    ),
    "user-agent-absent": ("no User-Agent", "User-Agent", []),
    "user-agent-one-part": ("the connector's part alone", "User-Agent", ["eHealthTechnical/4.0.2"]),
    "user-agent-no-slash": ("a User-Agent without slash, as real clients send", "User-Agent", ["e-Contract.be"]),
    "user-agent-browser": (
        "the User-Agent of a browser",
        "User-Agent",
        ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"],
    ),
    "user-agent-library": (
        "the default of an HTTP library",
        "User-Agent",
        ["Apache-HttpClient/4.5.13 (Java/17.0.2)"],
    ),
    "user-agent-slash": ("a lone slash, which the regular expression matches", "User-Agent", ["/"]),
    "user-agent-three-parts": (
        "three parts",
        "User-Agent",
        ["myProduct/1.0 Technical/3.19.0 Java/17.0.2"],
    ),
    "user-agent-twice": (
        "two User-Agent fields, the second with the e-mail address: a known mistake of a connector",
        "User-Agent",
        ["myProduct/1.0 Technical/3.19.0", "info@mycompany.be"],
    ),
    "from-example": ("the cookbook's example", "From", ["info@mycompany.be"]),
    "from-absent": ("no From", "From", []),
    "from-display-name": ("a name beside the address", "From", ["Ops Team <info@mycompany.be>"]),
    "from-no-address": ("something that is no address", "From", ["mycompany.be"]),
    "from-two-addresses": ("two addresses", "From", ["info@mycompany.be, ops@mycompany.be"]),
}
"""By end of the id: what is sent in words, the field, its values."""


def _variant(name: str, what: str, field: str, values: Sequence[str]) -> None:
    def steps(client: Client) -> Iterator[Finding]:
        exchange = client.generate_covid_id(client.credentials.requester, PERSON, fields={field: values})
        yield from expect_success(exchange)

    steps.__doc__ = (
        f"A request with {what} in {field} is not refused." if values else f"A request with {what} is not refused."
    )
    case(f"tracing-{name}", clause="5.1.4", level=Level.MUST)(steps)


for _name, (_what, _field, _values) in VARIANTS.items():
    _variant(_name, _what, _field, _values)
