"""Why a journalled request's signature or token does not verify: asked for, never on the way of a request."""

from typing import Final

from mockserver.gateway.exchange import Answer
from mockserver.http.application import Later
from mockserver.http.refusal import shown
from mockserver.management.entry import Entry
from mockserver.management.operation import PROBLEM, Call, Desk, Operation, Returns, Stock
from mockserver.management.problem import Problem, json_answer
from mockserver.sessions.session import Session
from mockserver.xray.budget import Limits
from mockserver.xray.job import Job
from mockserver.xray.known import Known, persona_certificates, persona_values
from mockserver.xray.worker import Worker, WorkerBusy, WorkerFailed

_EARLIER: Final = 5
"""Messages before this one that are compared with it."""


def _xray(desk: Desk, call: Call) -> Later:
    found = desk.sessions.entry(call.path["id"])
    if found is None:
        raise Problem(404, f"No journal has an exchange {shown(call.path['id'])}: it was never there, or was dropped.")
    session, entry = found
    if entry.service == "STS":
        raise Problem(
            404,
            "This is a request to the STS: only requests for GenerateCovidId have an X-ray. Ask for that of the "
            "request in which the token was used.",
        )
    if entry.request is None or entry.service != "DossierNumberGeneration":
        raise Problem(404, "It did not reach GenerateCovidId: HTTP alone refused it, so that nothing was verified.")
    job = _job(session, entry, desk.stock())
    return _answer(desk.xray, job)


async def _answer(worker: Worker, job: Job) -> Answer:
    try:
        return json_answer(await worker.explain(job))
    except WorkerBusy as error:
        raise Problem(
            503, "Too many X-rays are waited for: try again in a few seconds.", fields=[("Retry-After", "5")]
        ) from error
    except WorkerFailed as error:
        raise Problem(500, f"There is no X-ray of it: {error}.") from error


def _job(session: Session, entry: Entry, stock: Stock) -> Job:
    if entry.request is None:
        raise ValueError("only an exchange with a request can be explained")
    before = [each for each in session.journal.newest_first()[0] if each.number < entry.number]
    earlier = [each.body for each in before if each.service == entry.service][:_EARLIER]
    state = stock.authority.tls_certificate_file.parents[2]  # STATE/pki/tls/certificate.pem
    known = Known(persona_certificates(state), earlier, persona_values(stock.personas.values()))
    policy = stock.policy
    return Job(
        entry.body, entry.request.fields, entry.received, policy.trust, policy.settings, policy.limits, known, Limits()
    )


OPERATIONS: Final = (
    Operation(
        "xrayExchange",
        "GET",
        "/journal/{id}/xray",
        "Why its signature or token does not verify: digests, keys, canonical bytes and a diagnosis. Takes up to ten "
        "seconds, in a process of low priority",
        _xray,
        {200: Returns("The explanation", "Xray"), 404: PROBLEM, 503: PROBLEM},
    ),
)
