from collections.abc import Iterator

import pytest

from tests.http.running import Running, running


@pytest.fixture
def server() -> Iterator[Running]:
    with running() as started:
        yield started
