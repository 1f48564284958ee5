"""What the gateway says of each broken message of the tables, word for word.

The other tests of this package ask which rule is broken. A developer reads more than its id: the place and the
sentence. All of it is recorded in __snapshots__; a change there is a change of the product's words and is to be read.
`pytest tests/rules/test_findings.py --snapshot-update` records anew.
"""

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from mockserver.gateway.pipeline import judge
from tests.mutants.messages import TABLES, messages, told
from tests.mutants.recorder import Message, Recorder


@pytest.fixture(scope="session")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Recorder:
    return Recorder(tmp_path_factory.mktemp("recorder"))


@pytest.mark.parametrize("table", TABLES)
def test_each_finding_says_what_is_recorded(table: str, recorder: Recorder, snapshot: SnapshotAssertion) -> None:
    found = {name: judged(message, recorder) for name, message in messages(table, recorder).items()}
    assert found == snapshot.use_extension(JSONSnapshotExtension)


def judged(message: Message, recorder: Recorder) -> dict[str, Any]:
    exchange = message.exchange(recorder.gateway.policy)
    judge(exchange, exchange.policy)
    refusal = exchange.refusal
    return {
        "refused by": refusal.rule.id if refusal is not None else None,
        "findings": [told(finding.rule, finding.severity, finding.breach) for finding in exchange.findings],
    }
