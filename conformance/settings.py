"""The settings file: TOML, flat, every key also an option of `conformance run`, which wins."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from conformance.cases import all_cases
from conformance.client.endpoint import Endpoint, read_endpoint
from conformance.client.sts.message import PATH as STS_PATH
from conformance.modes.engine import Verdict
from conformance.modes.run import ONE_AT_A_TIME, RunSettings
from conformance.performance.measure import MAX_AT_A_TIME, MAX_CALLS, MAX_REMOTE_CALLS
from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.given_file import UnusableFile, read_toml
from mockserver.identities.authority import default_state_directory

MAX_JOBS: Final = 64
"""Processes at the same time."""

MAX_WAIT: Final = 86_400
"""Seconds, a day: longer nobody waits for an answer, a connection or the next request."""

_BOUNDS: Final[dict[str, tuple[float, float, str]]] = {
    "timeout": (0.1, MAX_WAIT, " seconds"),
    "connect_timeout": (0.1, MAX_WAIT, " seconds"),
    "interval": (0, MAX_WAIT, " seconds"),
    "jobs": (1, MAX_JOBS, ""),
}

FILE_NAME: Final = "conformance.toml"
"""Read from the working directory when no other file is named."""

KEYS: Final[dict[str, type | tuple[type, ...]]] = {
    "endpoint": str,
    "acceptance": bool,
    "allow_intrusive": bool,
    "state": str,
    "keystore": str,
    "alias": str,
    "token": str,
    "sts": str,
    "personas": str,
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
    "performance": int,
    "at_a_time": int,
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
# ... or a PKCS#12 file, the environment variable with its password, the entry where there are several, and ...
# keystore = "caller.p12"
# password_env = "CONFORMANCE_PASSWORD"
# alias = "authentication"
# ... the token as the STS sent it, or the STS to ask for one as the persona below. Renewed before its end.
# token = "token.xml"
# sts = "http://127.0.0.1:8080"

# Which persona calls where any may, and whose keystore it is. A file of personas holds numbers of your own.
# persona = "physician"
# personas = "personas.toml"

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

# Processes that run cases at the same time, on this machine and without an interval.
# jobs = 2

# The seed of the order of cases and of what they draw; what ends with 1.
# seed = 1
# fail_on = "WARN"

# Calls to measure after the cases (cookbook 7.1.3: "performance results"), and how many may be under way together.
# performance = 50
# at_a_time = 1

# Cases that do not apply, with the reason that the report shows.
# [not_applicable]
# http-options = "the gateway in front answers OPTIONS itself"
"""


class SettingsError(Exception):
    """Settings cannot be used; one sentence that names the key and the nearest valid one."""


def read_settings(file: Path) -> dict[str, Any]:
    """The settings in `file`, checked for names and types. Raises SettingsError."""
    try:
        table = read_toml(file)
    except UnusableFile as error:
        raise SettingsError(f"the settings file {error}") from error
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


def given_settings(file: Path | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """What the settings file and the options of a command say; an option that was given wins.

    Without `file`, FILE_NAME in the working directory is read if it is there. Raises SettingsError.
    """
    found = file or (Path(FILE_NAME) if Path(FILE_NAME).is_file() else None)
    said = read_settings(found) if found is not None else {}
    given = {name: value for name, value in options.items() if name in KEYS and value is not None}
    return {**said, **{name: str(value) if isinstance(value, Path) else value for name, value in given.items()}}


def nearest(name: str, known: Sequence[str]) -> str:
    """The word of help behind an unknown name."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"


def guarded_endpoint(url: str, default_path: str = ENDPOINT_PATH, *, acceptance: bool) -> Endpoint:
    """The endpoint at `url`: never production, and another machine only when that is said to be meant.

    Raises EndpointError or SettingsError.
    """
    endpoint = read_endpoint(url, default_path)
    if not endpoint.is_loopback and not acceptance:
        raise SettingsError(
            f"{endpoint.host} is not this machine: if it is the acceptance environment or a mock of yours, say so "
            "with --acceptance"
        )
    return endpoint


def run_settings(values: Mapping[str, Any], password: str | None = None) -> RunSettings:
    """The settings of a run from what file and options say, by the names of KEYS; guard rails included.

    `password` is that of the keystore. Raises EndpointError or SettingsError.
    """
    if not values.get("endpoint"):
        raise SettingsError("no endpoint: name one with --endpoint URL, or in the settings file")
    endpoint = guarded_endpoint(values["endpoint"], acceptance=bool(values.get("acceptance")))
    sts = _sts(values)
    said = str(values.get("fail_on", "FAIL"))
    fail_on = said.upper()
    if fail_on not in (Verdict.FAIL, Verdict.WARN):
        raise SettingsError(f"fail_on is {said!r}: it must be fail or warn")
    _check_bounds(values)
    _check_proxy(values.get("proxy"))
    _check_performance(values, endpoint)
    direct: dict[str, Any] = {
        name: values[key]
        for name, key in (
            ("contact", "contact"),
            ("answer_timeout", "timeout"),
            ("connect_timeout", "connect_timeout"),
            ("persona", "persona"),
            ("alias", "alias"),
            ("proxy", "proxy"),
            ("interval", "interval"),
            ("jobs", "jobs"),
            ("seed", "seed"),
            ("performance", "performance"),
            ("at_a_time", "at_a_time"),
            ("not_applicable", "not_applicable"),
        )
        if values.get(key) is not None
    }
    files: dict[str, Any] = {
        name: Path(values[name])
        for name in ("contract", "keystore", "token", "personas", "ca_file")
        if values.get(name)
    }
    settings = RunSettings(
        endpoint=endpoint,
        sts=sts,
        state=Path(values["state"]) if values.get("state") else default_state_directory(),
        out=Path(values.get("out") or "conformance-results"),
        password=password,
        allow_intrusive=bool(values.get("allow_intrusive")),
        fail_on=Verdict(fail_on),
        **direct,
        **files,
    )
    if settings.jobs > 1 and settings.is_one_at_a_time:
        raise SettingsError(f"jobs is {settings.jobs}: {ONE_AT_A_TIME}")
    return settings


def _sts(values: Mapping[str, Any]) -> Endpoint | None:
    """Where the caller's token is asked for; None without a word of an STS. Raises EndpointError or SettingsError."""
    has_keystore, has_token = (values.get(name) is not None for name in ("keystore", "token"))
    if values.get("sts") is None:
        if has_keystore != has_token:
            raise SettingsError(
                "--keystore and --token go together: a key is of no use without the token issued to it. "
                "Without a token, name the STS to ask for one in --sts"
            )
        return None
    if has_token:
        raise SettingsError("--token and --sts exclude each other: the STS is asked when there is no token")
    if has_keystore and not values.get("persona"):
        raise SettingsError("--sts with --keystore needs --persona: who to ask the STS as")
    return guarded_endpoint(values["sts"], STS_PATH, acceptance=bool(values.get("acceptance")))


def _check_bounds(values: Mapping[str, Any]) -> None:
    """Numbers that a run can work with. A NaN is neither below nor above, and so within no bounds."""
    for key, (least, most, unit) in _BOUNDS.items():
        value = values.get(key)
        if value is not None and not least <= value <= most:
            raise SettingsError(f"{key} is {value:g}: it must be {least:g} to {most:g}{unit}")


def _check_proxy(url: str | None) -> None:
    """Whether the URL could be that of a proxy, wherever the endpoint is; it is not repeated, as it may hold a secret.

    Raises SettingsError.
    """
    if url is None:
        return
    refused = SettingsError("the proxy is no URL such as http://proxy.mycompany.be:3128; correct --proxy")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise refused
    try:
        read = parse_url(url)
    except LocationParseError as error:
        raise refused from error
    if read.scheme not in ("http", "https") or not read.host or read.path not in (None, "", "/") or read.port == 0:
        raise refused


def _check_performance(values: Mapping[str, Any], endpoint: Endpoint) -> None:
    """A measurement is bounded, and more so where others work too."""
    calls, at_a_time = values.get("performance", 0), values.get("at_a_time", 1)
    most = MAX_CALLS if endpoint.is_loopback else MAX_REMOTE_CALLS
    if not 0 <= calls <= most:
        raise SettingsError(f"performance is {calls}: to {endpoint.host} it may be 0 to {most} calls")
    if not 1 <= at_a_time <= MAX_AT_A_TIME:
        raise SettingsError(f"at_a_time is {at_a_time}: it must be 1 to {MAX_AT_A_TIME}; this is no load test")
