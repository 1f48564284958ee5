"""A broken client as a command: the reference client with the deviation that --deviation names."""

import sys

from tests.clients.deviations import DEVIATIONS, broken_client
from tests.clients.options import options

if __name__ == "__main__":
    parser = options()
    parser.add_argument("--deviation", required=True, choices=list(DEVIATIONS))
    arguments = parser.parse_args()
    sys.exit(broken_client(DEVIATIONS[arguments.deviation])(arguments).run())
