"""The catalogue of rules, as the running mock weighs them."""

from collections.abc import Sequence
from typing import Any, Final

from mockserver.gateway.exchange import Answer
from mockserver.http.refusal import shown
from mockserver.management.operation import PROBLEM, Call, Desk, Operation, Returns
from mockserver.management.problem import Problem, json_answer


def _rows(desk: Desk) -> tuple[str, Sequence[dict[str, Any]]]:
    # The catalogue loads every rule of the gateway; the port has to listen before that.
    from mockserver.catalogue import catalogue  # noqa: PLC0415
    from mockserver.gateway.registry import RULES  # noqa: PLC0415
    from mockserver.sts.rules import STS_RULES  # noqa: PLC0415

    policy = desk.stock().policy
    known = {rule.id: rule for rule in (*STS_RULES, *RULES)}
    rows = catalogue(policy.profile)
    return policy.profile, [row | {"severity": policy.severity(known[row["id"]]).value} for row in rows]


def _listing(desk: Desk, _call: Call) -> Answer:
    from mockserver.catalogue import CATALOGUE_VERSION  # noqa: PLC0415

    profile, rows = _rows(desk)
    return json_answer({"catalogueVersion": CATALOGUE_VERSION, "profile": profile, "rules": rows})


def _show(desk: Desk, call: Call) -> Answer:
    _, rows = _rows(desk)
    found = next((row for row in rows if row["id"] == call.path["id"]), None)
    if found is None:
        raise Problem(404, f"There is no rule {shown(call.path['id'])}: GET /rules lists them.")
    return json_answer(found)


OPERATIONS: Final = (
    Operation(
        "listRules",
        "GET",
        "/rules",
        "Every rule with its severity, policy file included",
        _listing,
        {200: Returns("The rules", "Rules"), 503: PROBLEM},
    ),
    Operation(
        "showRule",
        "GET",
        "/rules/{id}",
        "One rule",
        _show,
        {200: Returns("The rule", "Rule"), 404: PROBLEM, 503: PROBLEM},
    ),
)
