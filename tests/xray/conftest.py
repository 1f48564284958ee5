"""One test PKI for all X-rays."""

import pytest

from tests.xray.specimens import Bench


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("xray"))
