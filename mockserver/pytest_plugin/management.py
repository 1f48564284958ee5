"""The management port as its client sees it. In process and against a container it is the same."""

import json
from typing import Any, Final

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError

ANSWER_SECONDS: Final = 30.0
"""For an answer; the first use of a persona makes an RSA key."""


class DossierError(Exception):
    """The mock cannot be used as asked; one sentence that says why and what to do."""


class Refused(DossierError):
    """The management port answered with a problem."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(str(problem.get("detail", f"The management port answered HTTP {status}.")))
        self.status = status
        self.problem = problem
        """Problem details (RFC 9457); empty when the answer was something else."""


class Management:
    """Asks the management port. Safe to use from several threads."""

    def __init__(self, url: str, token: str) -> None:
        """`token` may be empty where the port asks for none."""
        self.url = url.rstrip("/")
        self._fields = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = urllib3.PoolManager(retries=False)

    def octets(self, method: str, path: str, body: object = None, *, seconds: float = ANSWER_SECONDS) -> bytes:
        """The body of the answer. Raises Refused, and DossierError when there is none."""
        fields, content = dict(self._fields), None
        if body is not None:
            fields["Content-Type"], content = "application/json", json.dumps(body).encode()
        try:
            answer = self._http.request(
                method, self.url + path, body=content, headers=fields, redirect=False, timeout=seconds
            )
        except (HTTPError, LocationParseError) as error:
            raise DossierError(f"No answer from the mock's management port {self.url}: {error}.") from error
        if answer.status != 200:
            raise Refused(answer.status, _problem(answer.data))
        return answer.data

    def ask(self, method: str, path: str, body: object = None, *, seconds: float = ANSWER_SECONDS) -> Any:
        """The JSON of the answer. Raises as `octets`."""
        octets = self.octets(method, path, body, seconds=seconds)
        try:
            return json.loads(octets)
        except ValueError as error:
            raise DossierError(f"{self.url} is no management port of the mock: {path} answers no JSON.") from error

    def close(self) -> None:
        """Close the connections that wait for more."""
        self._http.clear()


def _problem(octets: bytes) -> dict[str, Any]:
    try:
        content = json.loads(octets)
    except ValueError:
        return {}  # a proxy's page, say: the status tells it
    return content if isinstance(content, dict) else {}
