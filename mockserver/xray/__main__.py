"""The process that explains one message for the server: a Job on standard input, the explanation as JSON on its output.

Not for people: `mockserver check --explain` is.
"""

import json
import os
import sys

from mockserver.xray.job import Job

_NICER = 15
"""Of 19: whatever else the machine does comes first."""


def main() -> None:
    """Give way to everybody else, read, explain, write."""
    if hasattr(os, "nice"):
        os.nice(_NICER)  # on Windows the server starts this process with a lower priority class instead
    explanation = Job.from_bytes(sys.stdin.buffer.read()).run()
    sys.stdout.buffer.write(json.dumps(explanation.to_json()).encode())


if __name__ == "__main__":
    main()
