"""Several processes that judge and answer, and one that keeps all they share.

The first process owns sessions, journals, replays, scenarios, clocks and the store, and serves the management port. It
accepts connections and hands each to the worker with the fewest; the workers read, judge and answer, and ask the first
process for what is shared (`line.py`). Not a file for that: a journal of health data must not touch the disk, and one
owner needs no locks across processes.
"""
