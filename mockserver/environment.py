"""Settings by environment: a variable that is no setting is told, because nothing else would tell it."""

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Final

PREFIX: Final = "MOCKSERVER_"

# What Kubernetes sets in every pod of a namespace that has a Service named "mockserver" (its documentation, "Service":
# environment variables). MOCKSERVER_PORT itself is among them and is told as a wrong port.
_OF_KUBERNETES: Final = re.compile(r"MOCKSERVER_(?:SERVICE_(?:HOST|PORT.*)|PORT_\d+_.*)")


def unknown_variables(names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """A sentence for each name that begins as a setting does, and is none."""
    settings = sorted(setting.removeprefix(PREFIX) for setting in known)
    for name in sorted(names):
        setting = name.removeprefix(PREFIX)
        if name.startswith(PREFIX) and setting not in settings and not _OF_KUBERNETES.fullmatch(name):
            near = difflib.get_close_matches(setting, settings, n=1)
            advice = f"did you mean {PREFIX}{near[0]}?" if near else "`mockserver serve --help` names those there are."
            yield f"the variable {name} is no setting: {advice}"
