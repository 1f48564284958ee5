"""The process that explains one message for the server: a Job on standard input, the explanation as JSON on its output.

Not for people: `mockserver check --explain` is.
"""

import contextlib
import json
import os
import sys

_NICER = 15
"""Of 19: whatever else the machine does comes first."""


def main() -> None:
    """Give way to everybody else, read, explain, write."""
    _give_way()
    # Only now: to import the readers and the cryptography takes as long as many an explanation.
    from mockserver.xray.job import Job  # noqa: PLC0415

    explanation = Job.from_bytes(sys.stdin.buffer.read()).run()
    sys.stdout.buffer.write(json.dumps(explanation.to_json()).encode())


def _give_way() -> None:
    """Ask for processor time that nobody else wants."""
    if sys.platform == "linux":
        # Of a nice process the kernel still lets a turn end that has begun; an idle one is put aside at once.
        with contextlib.suppress(PermissionError):  # a sandbox may forbid it; then nice has to do
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    if sys.platform != "win32":  # there the server starts this process with a lower priority class instead
        os.nice(_NICER)


if __name__ == "__main__":
    main()
