"""Several processes that judge and answer, and one that keeps all they share.

The first process owns sessions, journals, scenarios and clocks, and serves the management port. It accepts connections
and hands each to the worker with the fewest; the workers read, judge and answer. An exchange a worker notes and does
not wait (`notes.py`); a session it knows until it has notice of a change (`changes.py`); what is rare it asks
(`line.py`). Not a file for that: a journal of health data must not touch the disk, and one owner needs no locks across
processes.

Two things every request needs at once, so each worker does them by itself: identifiers, which are in a file or a
database anyway; and whether a message was accepted before, of which there are but digests, in memory that all workers
share (`accepted_table.py`).
"""
