"""Several processes that judge and answer, and one that keeps all they share.

The first process owns sessions, journals, replays, scenarios and clocks, and serves the management port. It accepts
connections and hands each to the worker with the fewest; the workers read, judge and answer. Of an accepted message a
worker asks one thing, whether it is new (`line.py`); the exchange it notes and does not wait (`notes.py`); a session it
knows until it has notice of a change (`changes.py`). Not a file for that: a journal of health data must not touch the
disk, and one owner needs no locks across processes. Identifiers alone, which are in a file or a database anyway, each
worker stores by itself.
"""
