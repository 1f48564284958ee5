"""Signature X-ray: says why a signature or digest does not verify, not only that.

It looks at the message beside the wire and after the answer. Nothing of it decides anything, and none of it may be
logged.

A server explains in a process of its own (`worker`, `job`), so what explains (`explain`) is not loaded into it.
"""
