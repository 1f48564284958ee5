"""What garbage collection passes over. In a process of its own, for it is about the whole process."""

import subprocess
import sys

_SCRIPT = """
import gc, weakref
from mockserver.process_memory import spare_what_is_loaded

class Loop:
    def __init__(self):
        self.itself = self

gc.disable()
garbage, loaded = weakref.ref(Loop()), Loop()
spare_what_is_loaded()
assert garbage() is None, "what was garbage already stays for ever"
assert gc.get_freeze_count() > 1000, "what is loaded is looked at"
assert not any(each is loaded for each in gc.get_objects()), "what is loaded is looked at"
later = weakref.ref(Loop())
gc.collect()
assert later() is None, "what becomes garbage later is not freed"
"""


def test_what_is_loaded_is_passed_over_and_later_garbage_is_freed() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
