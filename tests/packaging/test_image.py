"""Dockerfile, .dockerignore and compose.yaml agree with the project: they are read here, no image is built."""

import re
import shlex
from pathlib import Path
from typing import Any, Final

import pytest
import typer.main
import yaml

from mockserver.commands import app

ROOT: Final = Path(__file__).parents[2]
CONTAINER_PAGE: Final = ROOT / "docs/container.md"

needs_checkout = pytest.mark.skipif(not (ROOT / "Dockerfile").is_file(), reason="there is no Dockerfile here")
pytestmark = needs_checkout


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile with its arguments on one line."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8")).replace("\\\n", " ")
    lines = [line.split(None, 1) for line in text.splitlines() if line.strip()]
    return [(name, arguments) for name, arguments in lines]


def arguments_of(name: str) -> list[str]:
    return [arguments for found, arguments in instructions() if found == name]


def variables_set() -> dict[str, str]:
    """What the image's environment holds."""
    pairs = [pair.split("=", 1) for arguments in arguments_of("ENV") for pair in shlex.split(arguments)]
    return dict(pairs)


def variables_known() -> set[str]:
    """What `mockserver serve` reads from the environment."""
    serve = typer.main.get_group(app).commands["serve"]
    known = {str(parameter.envvar) for parameter in serve.params if parameter.envvar}
    return known | {"MOCKSERVER_MANAGEMENT_TOKEN"}  # read by its name: the default of --management-token-env


def compose() -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["dossier"]


def copied() -> list[str]:
    """Files and folders that are copied out of the build context."""
    found = [shlex.split(arguments)[:-1] for arguments in arguments_of("COPY") if "--from=" not in arguments]
    return [source for sources in found for source in sources]


def test_everything_that_is_copied_exists_and_passes_the_ignore_file() -> None:
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }
    assert copied(), "the Dockerfile copies nothing"
    assert not [source for source in copied() if not (ROOT / source).exists()]
    assert set(copied()) == let_through


def test_the_image_sets_variables_that_the_command_knows() -> None:
    own = {name for name in variables_set() if name.startswith(("MOCKSERVER_", "DOSSIER_"))}
    assert own
    assert own <= variables_known()


def test_compose_sets_variables_that_the_command_knows() -> None:
    assert set(compose()["environment"]) <= variables_known()


def test_every_option_of_serve_can_be_set_by_the_environment() -> None:
    serve = typer.main.get_group(app).commands["serve"]
    without = [parameter.name for parameter in serve.params if not parameter.envvar and parameter.name != "help"]
    assert without == ["management_token_env"]


def test_every_variable_stands_in_the_page_on_containers() -> None:
    page = CONTAINER_PAGE.read_text(encoding="utf-8")
    assert not [name for name in sorted(variables_known()) if f"`{name}`" not in page]


def test_the_image_runs_a_command_that_exists_as_a_user_that_is_not_root() -> None:
    assert arguments_of("ENTRYPOINT") == ['["mockserver"]']
    assert arguments_of("CMD") == ['["serve"]']
    assert "serve" in typer.main.get_group(app).commands
    user = arguments_of("USER")[-1].partition(":")[0]
    assert user.isdigit()
    assert int(user) > 0


def test_both_stages_stand_on_the_base_that_the_caller_names() -> None:
    names = [arguments.split()[0] for arguments in arguments_of("FROM")]
    assert names == ["${BASE}", "${BASE}"]
    assert arguments_of("ARG")[0].startswith("BASE=")


def test_ports_and_volume_are_those_of_the_environment() -> None:
    variables = variables_set()
    assert arguments_of("EXPOSE") == [f"{variables['MOCKSERVER_PORT']} {variables['MOCKSERVER_MANAGEMENT_PORT']}"]
    assert arguments_of("VOLUME") == [f'["{variables["DOSSIER_STATE"]}"]']


def test_compose_publishes_the_ports_of_the_image_on_loopback_and_keeps_its_state() -> None:
    service, variables = compose(), variables_set()
    ports = [variables["MOCKSERVER_PORT"], variables["MOCKSERVER_MANAGEMENT_PORT"]]
    assert service["ports"] == [f"127.0.0.1:{port}:{port}" for port in ports]
    assert service["volumes"] == [f"state:{variables['DOSSIER_STATE']}"]
    assert service["read_only"] is True


def test_what_the_image_installs_is_pinned_as_in_the_lock_of_the_tests() -> None:
    pins = re.compile(r"^([a-z0-9-]+==\S+)", re.MULTILINE)
    shipped = set(pins.findall((ROOT / "requirements/runtime.txt").read_text(encoding="utf-8")))
    tested = set(pins.findall((ROOT / "requirements/lock.txt").read_text(encoding="utf-8")))
    assert shipped
    assert shipped <= tested
