"""The recipes of docs/recipes name what the product has, and their shell lines work against a running mock."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
import typer.main
import urllib3
import yaml
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

from mockserver import __version__
from mockserver.commands import app
from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.identities.personas import personas
from tests.conftest import Mock

ROOT: Final = Path(__file__).parents[2]
RECIPES: Final = ROOT / "docs/recipes"
TOKEN: Final = "only-for-tests"
FILES: Final = sorted(path for path in RECIPES.iterdir() if path.name != "README.md" and path.is_file())
SHELL: Final = ("github-actions.yml", "gitlab-ci.yml", "Jenkinsfile")

recipe = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
with_shell = pytest.mark.parametrize("name", SHELL)


def parsed(name: str) -> Any:
    return yaml.safe_load((RECIPES / name).read_text("utf-8"))


def objects() -> Mapping[str, Any]:
    """What kubernetes.yaml deploys, by kind."""
    documents = yaml.safe_load_all((RECIPES / "kubernetes.yaml").read_text("utf-8"))
    return {document["kind"]: document for document in documents}


def scripts(name: str) -> Iterator[str]:
    """The shell scripts of a recipe, in order."""
    if name == "Jenkinsfile":
        text = (RECIPES / name).read_text("utf-8")
        # In a Groovy string of three quotes, a backslash before the line's end joins the lines, as in the shell.
        found = re.findall(r"sh '''(.*?)'''|sh '([^']*)'", text, re.DOTALL)
        yield from (long or short for long, short in found)
    elif name == "gitlab-ci.yml":
        job = parsed(name)["dossier"]
        for part in ("before_script", "script", "after_script"):
            yield "\n".join(job[part])
    else:
        yield from (step["run"] for step in parsed(name)["jobs"]["test"]["steps"] if "run" in step)


def bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}"}


def settings() -> set[str]:
    serve = typer.main.get_group(app).commands["serve"]
    return {str(parameter.envvar) for parameter in serve.params if parameter.envvar} | {"MOCKSERVER_MANAGEMENT_TOKEN"}


def exposed() -> set[str]:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    return set(re.findall(r"^EXPOSE (\d+) (\d+)$", dockerfile, re.MULTILINE)[0])


@recipe
def test_a_recipe_names_the_image_of_this_version(path: Path) -> None:
    named = re.findall(r"dossiernumbergeneration-mock\S*?:([0-9.]+)", path.read_text("utf-8"))
    assert set(named) == {__version__}


@recipe
def test_a_recipe_sets_only_variables_that_the_command_knows(path: Path) -> None:
    code = "\n".join(line for line in path.read_text("utf-8").splitlines() if not re.match(r"\s*(#|//)", line))
    named = set(re.findall(r"\b(?:MOCKSERVER|DOSSIER)_[A-Z_]+", code))
    assert {"MOCKSERVER_MANAGEMENT_TOKEN", "MOCKSERVER_MANAGEMENT_HOST"} <= named <= settings()


@recipe
def test_a_recipe_uses_both_ports_of_the_image_and_no_other(path: Path) -> None:
    assert set(re.findall(r"\b80\d\d\b", path.read_text("utf-8"))) == exposed()


@recipe
def test_a_recipe_asks_for_paths_that_the_mock_has(path: Path, guarded: Mock) -> None:
    text = path.read_text("utf-8")
    described = urllib3.request("GET", f"{guarded.management}/openapi.json", headers=bearer()).json()["paths"]
    known = [re.sub(r"\{\w+\}", "[a-z]+", each) for each in described]
    text = text.replace("$file", "token.xml")
    named = re.findall(r"/(?:personas|journal|readyz|healthz)\b[\w./]*|(?<=:8081)/[\w./]*|(?<=path: )/.*", text)
    assert named
    assert [each for each in named if not any(re.fullmatch(one, each) for one in known)] == []
    assert set(re.findall(r"/personas/(\w+)", text)) <= personas().keys()
    assert path.name == "kubernetes.yaml" or ENDPOINT_PATH in text


@recipe
def test_a_recipe_says_what_was_not_run(path: Path) -> None:
    assert "Not run here" in path.read_text("utf-8")


@pytest.fixture(scope="session")
def guarded(start_mock: Callable[..., Mock], tmp_path_factory: pytest.TempPathFactory) -> Mock:
    """A mock whose management port asks for the recipes' token."""
    file = tmp_path_factory.mktemp("token") / "token"
    file.write_text(TOKEN, "ascii")
    return start_mock("--management-token-file", str(file))


@with_shell
@pytest.mark.skipif(not (shutil.which("sh") and shutil.which("curl")), reason="there is no sh with curl here")
def test_the_shell_lines_of_a_recipe_fetch_keys_token_and_journal(name: str, guarded: Mock, tmp_path: Path) -> None:
    service = guarded.url.removesuffix(ENDPOINT_PATH)
    for script in scripts(name):
        here = re.sub(r"http://(localhost|dossier):8080", service, script)
        here = re.sub(r"http://(localhost|dossier):8081", guarded.management, here)
        assert "8080" not in here.replace(service, "").replace(guarded.management, "")
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "MOCKSERVER_MANAGEMENT_TOKEN": TOKEN}
        done = subprocess.run(
            ["sh", "-e", "-c", here],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    key, _, _ = load_key_and_certificates((tmp_path / "credential.p12").read_bytes(), b"changeit")
    assert key is not None
    assert (tmp_path / "token.xml").read_bytes().startswith(b"<")
    assert b"definitions" in (tmp_path / "service.wsdl").read_bytes()
    assert (tmp_path / "journal.json").read_bytes().startswith(b"{")


def test_each_step_of_github_uses_or_runs_and_its_service_sets_the_token_that_steps_send() -> None:
    workflow = parsed("github-actions.yml")
    job = workflow["jobs"]["test"]
    assert workflow[True] == ["push", "pull_request"]  # YAML 1.1 reads the key `on` so; GitHub does not
    assert job["runs-on"]
    assert all(("uses" in step) != ("run" in step) for step in job["steps"])
    service = job["services"]["dossier"]
    assert service["env"]["MOCKSERVER_MANAGEMENT_TOKEN"] == workflow["env"]["MOCKSERVER_MANAGEMENT_TOKEN"] == TOKEN
    assert service["ports"] == [f"{port}:{port}" for port in sorted(exposed())]


def test_the_service_of_gitlab_has_the_name_that_its_lines_ask_for() -> None:
    job = parsed("gitlab-ci.yml")["dossier"]
    (service,) = job["services"]
    assert service["alias"] == "dossier"
    assert f"http://{service['alias']}:8080" == job["variables"]["MOCKSERVER_PUBLIC_URL"]
    assert all(isinstance(line, str) for part in ("before_script", "script", "after_script") for line in job[part])


def test_the_brackets_of_the_jenkinsfile_close_as_they_opened() -> None:
    text = (RECIPES / "Jenkinsfile").read_text("utf-8")
    for strings_and_comments in (r"(?s)'''.*?'''", r"'[^'\n]*'", r"//.*"):
        text = re.sub(strings_and_comments, "", text)
    assert text.count("{") > 5
    opened: list[str] = []
    for character in text:
        if character in "([{":
            opened.append(character)
        elif character in ")]}":
            assert opened.pop() + character in ("()", "[]", "{}")
    assert opened == []


def test_kubernetes_selects_the_pod_and_asks_its_probes_at_named_ports() -> None:
    deployment, service = objects()["Deployment"]["spec"], objects()["Service"]["spec"]
    (container,) = deployment["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert deployment["selector"]["matchLabels"] == deployment["template"]["metadata"]["labels"] == service["selector"]
    assert {container[probe]["httpGet"]["port"] for probe in ("readinessProbe", "livenessProbe")} == {"management"}
    assert {port["targetPort"]: port["port"] for port in service["ports"]} == ports
    assert {str(port) for port in ports.values()} == exposed()


def test_kubernetes_gives_the_pod_no_right_and_a_place_for_its_state() -> None:
    pod = objects()["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["enableServiceLinks"] is False
    rights = container["securityContext"]
    assert (rights["readOnlyRootFilesystem"], rights["allowPrivilegeEscalation"]) == (True, False)
    assert rights["capabilities"] == {"drop": ["ALL"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert "/state" in {mount["mountPath"] for mount in container["volumeMounts"]}
    (token,) = (each for each in container["env"] if each["name"] == "MOCKSERVER_MANAGEMENT_TOKEN")
    assert "value" not in token, "everybody would know it"


def test_the_python_recipe_works_where_its_container_is_a_mock(guarded: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "testcontainers",
        "testcontainers.core",
        "testcontainers.core.container",
        "testcontainers.core.wait_strategies",
    ):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["testcontainers.core.container"].DockerContainer = object  # type: ignore[attr-defined]
    sys.modules["testcontainers.core.wait_strategies"].HttpWaitStrategy = object  # type: ignore[attr-defined]
    program: dict[str, Any] = {"__name__": "recipe"}
    exec(compile((RECIPES / "test_with_testcontainers.py").read_text("utf-8"), "recipe", "exec"), program)
    mock = program["Dossier"](guarded.url.removesuffix(ENDPOINT_PATH), guarded.management)
    assert mock.endpoint == guarded.url
    program["test_the_keys_of_the_physician_open"](mock)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("javac") is None, reason="there is no javac here")
def test_java_finds_nothing_wrong_with_its_recipe_but_the_classes_that_are_not_here(tmp_path: Path) -> None:
    command = [
        "javac",
        "-proc:none",
        "-Xmaxerrs",
        "1000",
        "-d",
        str(tmp_path),
        str(RECIPES / "DossierContainerTest.java"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    errors = re.findall(r"error: (.*)", done.stderr)
    assert errors
    allowed = r"package org\.(testcontainers|junit)\S* does not exist|cannot find symbol|static import only from .*"
    assert not [error for error in errors if not re.fullmatch(allowed, error)]
    missing = set(re.findall(r"symbol: +(?:class|variable|method) (\w+)", done.stderr))
    assert missing <= {
        "assertEquals",
        "Container",
        "DockerImageName",
        "GenericContainer",
        "Test",
        "Testcontainers",
        "Wait",
    }
