"""Beside a server: a process of its own, one at a time, bounded; and the journal's operation that asks for it."""

import asyncio
import json
from typing import Any

import pytest
import urllib3
from lxml import etree

from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.gateway.limits import Limits as MessageLimits
from mockserver.gateway.settings import Settings
from mockserver.management.openapi import schemas
from mockserver.sts.endpoints import ENDPOINTS
from mockserver.xray.budget import Limits
from mockserver.xray.job import Job
from mockserver.xray.known import Known
from mockserver.xray.worker import Worker, WorkerBusy, WorkerFailed
from tests.conftest import Mock
from tests.xray.specimens import Bench, key_of_the_hospital


def _job(bench: Bench, octets: bytes, known: Known | None = None, limits: Limits | None = None) -> Job:
    fields = [("Content-Type", b"text/xml; charset=utf-8")]
    return Job(
        octets,
        fields,
        bench.now,
        bench.policy.trust,
        Settings(audiences=("https://here.example",)),
        MessageLimits(),
        known or Known(),
        limits or Limits(),
    )


def test_a_job_is_the_same_on_the_other_side(bench: Bench) -> None:
    specimen = key_of_the_hospital(bench)
    known = Known(specimen.known.certificates, [b"<earlier/>"], ["a value"])
    job = _job(bench, specimen.octets, known, Limits(7, 8.0))
    arrived = Job.from_bytes(job.to_bytes())
    assert arrived.to_bytes() == job.to_bytes()
    assert (arrived.settings, arrived.limits, arrived.known.certificates) == (
        job.settings,
        job.limits,
        known.certificates,
    )


def test_the_process_explains_as_this_one_does(bench: Bench) -> None:
    forge = bench.forge()
    etree.indent(forge.body)
    job = _job(bench, forge.octets())
    explained = asyncio.run(Worker().explain(job))
    here = job.run().to_json()
    assert explained["diagnoses"] == here["diagnoses"]
    assert explained["signatures"] == here["signatures"]


def test_no_more_wait_than_the_queue_takes(bench: Bench) -> None:
    job = _job(bench, bench.forge().octets())

    async def crowd() -> tuple[dict[str, Any] | BaseException, ...]:
        worker = Worker(most_waiting=1)
        return await asyncio.gather(worker.explain(job), worker.explain(job), return_exceptions=True)

    first, second = asyncio.run(crowd())
    assert isinstance(first, dict)
    assert isinstance(second, WorkerBusy)


def test_a_process_that_fails_is_told_without_its_words(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    job = _job(bench, b"")
    monkeypatch.setattr("mockserver.xray.worker._START", -100.0)
    with pytest.raises(WorkerFailed, match="longer than its limit"):
        asyncio.run(Worker().explain(job))


def test_the_journal_explains_a_refused_request_on_demand(mock: Mock) -> None:
    forge = mock.forge()
    etree.indent(forge.body)
    reply = mock.post(forge)
    assert reply.rules == ["S22"]
    answer = urllib3.request("GET", f"{mock.management}/journal/{reply.entry['id']}/xray", retries=False, timeout=60)
    assert answer.status == 200, answer.data
    content = json.loads(answer.data)
    assert content["headline"].startswith("Body: it was pretty-printed after signing")
    assert set(content) == set(schemas()["Xray"]["properties"])
    assert b"pretty" not in reply.body


def test_an_exchange_that_is_not_there_has_no_x_ray(mock: Mock) -> None:
    answer = urllib3.request("GET", f"{mock.management}/journal/nothing/xray", retries=False, timeout=30)
    assert answer.status == 404


def test_a_request_to_the_sts_has_no_x_ray_and_is_told_where_to_ask(mock: Mock) -> None:
    """Its rules are others; the token it leads to is looked into in the request that carries it."""
    origin = mock.url.removesuffix(ENDPOINT_PATH)
    fields = {"Content-Type": "text/xml; charset=utf-8"}
    urllib3.request("POST", origin + ENDPOINTS[0].path, body=b"<a/>", headers=fields, retries=False, timeout=30)
    journal = urllib3.request("GET", f"{mock.management}/journal?service=STS&limit=1", retries=False, timeout=30).json()
    (entry,) = journal["entries"]
    answer = urllib3.request("GET", f"{mock.management}/journal/{entry['id']}/xray", retries=False, timeout=30)
    assert answer.status == 404
    assert "request to the STS" in answer.json()["detail"]
    assert "request in which the token was used" in answer.json()["detail"]
