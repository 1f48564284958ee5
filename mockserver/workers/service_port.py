"""A service port that workers answer, and what the first process keeps for them."""

import asyncio
import socket
from typing import Final

from mockserver.assembly import MockPremises, Plan
from mockserver.management.operation import Gauges
from mockserver.service_port import PortSettings
from mockserver.sessions.rooms import Premises
from mockserver.workers.accepted_file import new_accepted_file
from mockserver.workers.crew import Crew, WorkerError, check_platform, share_of
from mockserver.workers.front import Shared
from mockserver.workers.notes import Notes
from mockserver.workers.orders import Orders

_LATER_SECONDS: Final = 1.0
"""What a worker gets beyond the time for its requests in flight: to end its process."""


class ManyProcesses:
    """The port is answered by so many workers. See ServicePort."""

    def __init__(
        self,
        settings: PortSettings,
        *,
        workers: int,
        plan: Plan,
        clock_offset: float = 0.0,
        log_form: str | None = None,
    ) -> None:
        """`plan` is what each of them loads, and this process too.

        `clock_offset`, in seconds, is that of the server's clock: a clock cannot be handed to another process.

        Raises ListenError when the certificate and its key cannot be used, and where there can be no workers.
        """
        check_platform()
        ports, limits = settings.ports, settings.limits
        if ports.tls is not None:
            ports.tls.context()  # in case of a fault here and now, and not in each worker
        self._sessions = settings.sessions
        self._notes = Notes(settings.sessions)
        try:
            self._accepted = new_accepted_file()
        except OSError as error:
            reason = error.strerror or error
            raise WorkerError(f"Workers have no place to remember together what they accept: {reason}.") from error
        self._crew = Crew(workers, limits, self._notes, self._accepted)
        self._orders = Orders(
            plan=plan,
            origin=settings.origin,
            public_url=ports.public_url,
            trusted_proxies=ports.trusted_proxies,
            tls=ports.tls,
            limits=share_of(limits, workers),
            clock_offset=clock_offset,
            log_form=log_form,
        )
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self.premises: Premises | None = None
        self.failure = self._crew.failure
        self.stop_seconds = limits.stop_seconds + _LATER_SECONDS

    @property
    def drained(self) -> Crew:
        """See ServicePort."""
        return self._crew

    def gauges(self) -> Gauges:
        """See ServicePort."""
        return self._crew.gauges()

    def catch_up(self) -> None:
        """See ServicePort."""
        self._notes.settle()

    def tell_change(self) -> None:
        """See ServicePort."""
        self._crew.tell_change()

    async def start(self, listener: socket.socket) -> None:
        """See ServicePort. Connections wait in the listener until the workers are ready."""
        self._listener = listener
        self._crew.start()

    async def open(self, premises: Premises) -> Premises:
        """See ServicePort."""
        if not isinstance(premises, MockPremises) or premises.register is None or self._listener is None:
            raise WorkerError("Workers can serve the whole mock only, with a store that this process has opened.")
        await self._crew.open(Shared(self._sessions, premises.register, premises.personas, self._notes), self._orders)
        self.premises = premises
        self._accepting = asyncio.create_task(self._crew.accept(self._listener))
        return premises

    def close(self) -> None:
        """See ServicePort."""
        if self._accepting is not None:
            self._accepting.cancel()
        self._accepted.close()  # the workers have theirs, and none is started any more
