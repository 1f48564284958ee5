"""A token for a guarded management port."""

from pathlib import Path

import pytest

TOKEN = "a-token-for-tests-0123456789abcdef"


@pytest.fixture(scope="session")
def token_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with TOKEN; one for all tests, so that they share one guarded mock."""
    file = tmp_path_factory.mktemp("token") / "token"
    file.write_text(TOKEN, "utf-8")
    return file
