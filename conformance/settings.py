"""The settings file: TOML, flat, every key also an option of `conformance run`, which wins."""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from conformance.cases import all_cases
from conformance.client.endpoint import read_endpoint
from conformance.modes.engine import Verdict
from conformance.modes.run import RunSettings
from mockserver.identities.authority import default_state_directory

FILE_NAME: Final = "conformance.toml"
"""Read from the working directory when no other file is named."""

KEYS: Final[dict[str, type | tuple[type, ...]]] = {
    "endpoint": str,
    "acceptance": bool,
    "allow_intrusive": bool,
    "state": str,
    "keystore": str,
    "token": str,
    "password_env": str,
    "persona": str,
    "contract": str,
    "out": str,
    "contact": str,
    "timeout": (int, float),
    "connect_timeout": (int, float),
    "interval": (int, float),
    "jobs": int,
    "seed": int,
    "proxy": str,
    "ca_file": str,
    "fail_on": str,
    "not_applicable": dict,
}
"""What a settings file may hold, and the type of each."""

TEMPLATE: Final = """\
# Settings of the conformance suite. Options of `conformance run` win over what stands here.

# The service. Without a path, the cookbook's path is added. The production environment is refused.
endpoint = "http://127.0.0.1:8080"

# A host that is not this machine needs a word that it is meant: the acceptance environment, or a mock of yours.
# acceptance = true

# Such a host gets only what an honest client could send. Malformed and forged messages need a second word.
# allow_intrusive = true

# Seconds between requests. Without it: none for this machine, 1 for any other.
# interval = 1.0

# Who calls: the mock's state folder, which has all personas ...
# state = "state"
# ... or a PKCS#12 file, the environment variable with its password, and the token as the STS sent it.
# keystore = "caller.p12"
# password_env = "CONFORMANCE_PASSWORD"
# token = "token.xml"

# Which persona calls where any may.
# persona = "physician"

# E-mail address of the emergency contact, sent as From (cookbook 5.1.4).
# contact = "info@mycompany.be"

# Seconds to wait for an answer, and for a connection.
# timeout = 90
# connect_timeout = 10

# An HTTP proxy, and CAs in PEM form to trust besides the system's.
# proxy = "http://proxy.mycompany.be:3128"
# ca_file = "ca.pem"

# Another contract than the reconstructed one: the folder with the official WSDL.
# contract = "wsdl"

# Where results.json, junit.xml and every exchange go.
# out = "conformance-results"

# Processes that run cases at the same time; the seed of their order and of what they draw; what ends with 1.
# jobs = 2
# seed = 1
# fail_on = "WARN"

# Cases that do not apply, with the reason that the report shows.
# [not_applicable]
# http-options = "the gateway in front answers OPTIONS itself"
"""


class SettingsError(Exception):
    """Settings cannot be used; one sentence that names the key and the nearest valid one."""


def read_settings(file: Path) -> dict[str, Any]:
    """The settings in `file`, checked for names and types. Raises SettingsError."""
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"the settings file {file} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {file} is not TOML: {error}") from error
    for key, value in table.items():
        if key not in KEYS:
            raise SettingsError(f"{file}: there is no key {key!r}; {nearest(key, list(KEYS))}")
        if not isinstance(value, KEYS[key]) or (isinstance(value, bool) and KEYS[key] is not bool):
            raise SettingsError(f"{file}: {key} is {value!r}, which is of the wrong type")
    known = [case.id for case in all_cases()]
    for identifier, reason in table.get("not_applicable", {}).items():
        if identifier not in known:
            raise SettingsError(f"{file}: there is no case {identifier!r}; {nearest(identifier, known)}")
        if not isinstance(reason, str) or not reason.strip():
            raise SettingsError(f"{file}: {identifier} is declared not applicable without a reason")
    return table


def nearest(name: str, known: list[str]) -> str:
    """The word of help behind an unknown name."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"


def run_settings(values: Mapping[str, Any], password: str | None = None) -> RunSettings:
    """The settings of a run from what file and options say, by the names of KEYS; guard rails included.

    `password` is that of the keystore. Raises EndpointError or SettingsError.
    """
    if not values.get("endpoint"):
        raise SettingsError("no endpoint: name one with --endpoint URL, or in the settings file")
    endpoint = read_endpoint(values["endpoint"])
    if not endpoint.is_loopback and not values.get("acceptance"):
        raise SettingsError(
            f"{endpoint.host} is not this machine: if it is the acceptance environment or a mock of yours, say so "
            "with --acceptance"
        )
    if (values.get("keystore") is None) != (values.get("token") is None):
        raise SettingsError("--keystore and --token go together: a key is of no use without the token issued to it")
    fail_on = str(values.get("fail_on") or "FAIL").upper()
    if fail_on not in (Verdict.FAIL, Verdict.WARN):
        raise SettingsError(f"fail_on is {fail_on!r}: it must be fail or warn")
    if values.get("jobs", 1) < 1:
        raise SettingsError("jobs must be 1 or more")
    direct: dict[str, Any] = {
        name: values[key]
        for name, key in (
            ("contact", "contact"),
            ("answer_timeout", "timeout"),
            ("connect_timeout", "connect_timeout"),
            ("persona", "persona"),
            ("proxy", "proxy"),
            ("interval", "interval"),
            ("jobs", "jobs"),
            ("seed", "seed"),
            ("not_applicable", "not_applicable"),
        )
        if values.get(key) is not None
    }
    files: dict[str, Any] = {
        name: Path(values[name]) for name in ("contract", "keystore", "token", "ca_file") if values.get(name)
    }
    return RunSettings(
        endpoint=endpoint,
        state=Path(values["state"]) if values.get("state") else default_state_directory(),
        out=Path(values.get("out") or "conformance-results"),
        password=password,
        allow_intrusive=bool(values.get("allow_intrusive")),
        fail_on=Verdict(fail_on),
        **direct,
        **files,
    )
