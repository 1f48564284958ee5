"""LastNames that provoke an answer, as a payment provider's test cards do. Reconstructed (decisions 3).

A trigger is looked at after Table 2 and before the person checks, in a request that is otherwise valid: all twelve SOA
codes and both MSG codes can be had without changing a setting.
"""

from mockserver.cbss.person import MESSAGES
from mockserver.gateway.faults import SYSTEM_ERRORS
from mockserver.gateway.message.request import Person


def trigger_of(person: Person) -> str | None:
    """The code that the LastName names, if it is exactly one of cookbook Table 1 or 5.2.2.4."""
    name = person.last_name
    return name if name in SYSTEM_ERRORS or name in MESSAGES else None
