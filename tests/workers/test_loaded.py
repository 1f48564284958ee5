"""What a process that answers does not load: it starts sooner, and every worker is smaller."""

import subprocess
import sys

import pytest

_UNNEEDED = ("typer", "pydantic", "signxml", "stdnum", "sqlalchemy", "mockserver.commands", "mockserver.xray.explain")


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        pytest.param(
            "mockserver.workers.worker",
            (*_UNNEEDED, "mockserver.inspector", "mockserver.management.api"),
            id="a worker",
        ),
        pytest.param("mockserver.server", _UNNEEDED, id="the first process"),
    ],
)
def test_no_command_line_pages_or_settings_libraries(module: str, unneeded: tuple[str, ...]) -> None:
    code = f"import sys, {module}\nprint(*({set(unneeded)!r} & sys.modules.keys()))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_options_are_read_without_a_settings_library() -> None:
    code = (
        "import sys; sys.argv = ['mockserver', 'serve', '--port', '-1']\n"
        "from mockserver.commands import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 2\n"
        "print(*({'pydantic', 'lxml', 'spyne'} & sys.modules.keys()))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
