"""A worker process. Not for people: `mockserver serve --workers N` starts it, with the numbers of two open sockets."""

import sys
from multiprocessing.connection import Connection

from mockserver.workers.worker import work

if __name__ == "__main__":
    control, line = (Connection(int(number)) for number in sys.argv[1:3])
    work(control, line)
