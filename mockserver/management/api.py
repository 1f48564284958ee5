"""The management port: routes a request to its operation, and answers every error in one form."""

import re
import traceback
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import structlog
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from mockserver.gateway.exchange import Answer
from mockserver.http.application import Fragment, Later, Message, Stream
from mockserver.http.head import Head
from mockserver.http.refusal import Refusal, shown
from mockserver.management.access import Access
from mockserver.management.openapi import description
from mockserver.management.operation import Call, Desk, Operation, Returns
from mockserver.management.operations import OPERATIONS
from mockserver.management.problem import Problem, json_answer, problem_answer

_LOG: Final = structlog.get_logger("mockserver.management")


class ManagementApp:
    """The application of the management port."""

    def __init__(self, desk: Desk, access: Access, operations: tuple[Operation, ...] = OPERATIONS) -> None:
        """`operations` are those of this port, and `/openapi.json` describes them."""
        self._desk = desk
        self._access = access
        self._operations = {operation.id: operation for operation in (*operations, self._description)}
        desk.sessions.subscribe(lambda kept: desk.tally.add(kept.recorded))

    def admit(self, head: Head) -> None:
        """Refuse strangers, unknown paths and wrong methods. Raises Refusal."""
        self._access.check_origin(head)
        operation, _ = self._route(head)
        if not operation.is_open:
            self._access.check_token(head)

    def answer(self, message: Message) -> Answer | Later | Stream:
        """The answer to an admitted request. Raises Refusal, and so may a Later."""
        operation, path = self._route(message.head)
        call = operation.call(message, path)
        self._desk.catch_up()
        try:
            answer = operation.handle(self._desk, call)
        except Refusal:
            raise
        except Exception as error:
            raise _unexpected(operation, error) from error
        finally:
            if operation.method != "GET":
                self._desk.tell_change()
        return answer if isinstance(answer, Answer | Stream) else _guarded(operation, answer)

    def refuse(self, refusal: Refusal, fragment: Fragment) -> Answer:
        """The refusal as problem details; requests to this port are not journalled."""
        return problem_answer(refusal)

    def cut(self, reason: str, fragment: Fragment) -> None:
        """Nothing to note: requests to this port are not journalled."""

    @cached_property
    def _routes(self) -> Any:
        rules = [
            Rule(re.sub(r"\{(\w+)\}", r"<\1>", operation.path), endpoint=name, methods=[operation.method])
            for name, operation in self._operations.items()
        ]
        return Map(rules, strict_slashes=False, merge_slashes=False, redirect_defaults=False).bind("")

    def _route(self, head: Head) -> tuple[Operation, dict[str, str]]:
        try:
            name, path = self._routes.match(unquote(head.path), method=head.method)
        except MethodNotAllowed as error:
            allow = ", ".join(sorted(error.valid_methods or ()))
            raise Refusal(
                405, None, f"Method {shown(head.method)} is not for this path.", fields=[("Allow", allow)]
            ) from error
        except NotFound as error:
            raise Refusal(404, None, "There is nothing here: GET /openapi.json lists all there is.") from error
        return self._operations[name], {key: str(value) for key, value in path.items()}

    @cached_property
    def _description(self) -> Operation:
        def handle(_desk: Desk, _call: Call) -> Answer:
            return json_answer(description(tuple(self._operations.values())))

        text = "This description"
        return Operation("describe", "GET", "/openapi.json", text, handle, {200: Returns("OpenAPI 3.1", "Description")})


async def _guarded(operation: Operation, later: Later) -> Answer:
    try:
        return await later
    except Refusal:
        raise
    except Exception as error:
        raise _unexpected(operation, error) from error


def _unexpected(operation: Operation, error: Exception) -> Problem:
    """A fault of ours. Its text may hold what a log never may: kind and place are enough."""
    frames = traceback.extract_tb(error.__traceback__)
    at = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    _LOG.error("unexpected", operation=operation.id, exception=type(error).__qualname__, at=at)
    return Problem(500, "Something went wrong here; the log says where.")
