"""A worker process. Not for people: `mockserver serve --workers N` starts it, with the numbers of its descriptors."""

import socket
import sys
from multiprocessing.connection import Connection

from mockserver.workers.worker import work

if __name__ == "__main__":
    control, accepted, *sockets = map(int, sys.argv[1:6])
    line, notes, changes = (socket.socket(fileno=number) for number in sockets)
    work(Connection(control), accepted, line, notes, changes)
