"""Personas: who may call, and what they call with."""

from collections.abc import Callable
from typing import Any, Final

from mockserver.gateway.exchange import Answer
from mockserver.http.refusal import shown
from mockserver.identities.assertion import issue_assertion
from mockserver.identities.authority import AuthorityError, Credential
from mockserver.identities.persona_register import PersonaTaken
from mockserver.identities.personas import Persona, PersonaError
from mockserver.identities.token_files import DEFAULT_PASSWORD
from mockserver.management.operation import PROBLEM, Call, Desk, Operation, Parameter, Returns, Stock
from mockserver.management.problem import Problem, content_answer, json_answer
from mockserver.sessions.open_session import DEFAULT


def _shown(stock: Stock, persona: Persona) -> dict[str, Any]:
    return {
        "name": persona.name,
        "title": persona.title,
        "subject": [list(pair) for pair in persona.subject],
        "attributes": [
            {"namespace": attribute.namespace, "name": attribute.name, "value": attribute.value}
            for attribute in persona.attributes
        ],
        "legalContext": persona.legal_context,
        "requester": dict(persona.requester),
        "added": persona.name in stock.personas.added,
    }


def _listing(desk: Desk, _call: Call) -> Answer:
    stock = desk.stock()
    return json_answer({"personas": [_shown(stock, persona) for persona in stock.personas.values()]})


def _show(desk: Desk, call: Call) -> Answer:
    stock = desk.stock()
    return json_answer(_shown(stock, _persona(stock, call)))


def _add(desk: Desk, call: Call) -> Answer:
    stock, name = desk.stock(), call.path["name"]
    if not isinstance(call.body, dict):
        raise Problem(422, "The body must be an object with the keys of a persona.")
    try:
        persona = stock.personas.add(name, call.body)
    except PersonaTaken as error:
        raise Problem(409, f"{error}.") from error
    except PersonaError as error:
        raise Problem(422, f"{error}.") from error
    return json_answer(_shown(stock, persona))


def _remove(desk: Desk, call: Call) -> Answer:
    stock, name = desk.stock(), call.path["name"]
    try:
        stock.personas.remove(name)
    except PersonaError as error:
        raise Problem(404, f"{error}.") from error
    return json_answer({"removed": name})


def _certificate(desk: Desk, call: Call) -> Answer:
    return content_answer(_credential(desk, call).certificate_pem(), _PEM)


def _token(desk: Desk, call: Call) -> Answer:
    """Without the key a token is of no use: it is shown to whoever may see the journal."""
    session = desk.session(call.query.get("session", DEFAULT))
    lifetime = call.query.get("lifetime", _DAY)
    credential = _credential(desk, call)
    token = issue_assertion(desk.stock().authority, credential, now=session.clock(), lifetime=lifetime)
    return content_answer(token, _OCTETS, fields=[("Content-Disposition", 'attachment; filename="token.xml"')])


def _private(read: Callable[[Credential], bytes], media_type: str) -> Callable[[Desk, Call], Answer]:
    def answer(desk: Desk, call: Call) -> Answer:
        if not desk.guarded:
            raise Problem(
                403,
                "Private keys are handed out only where a management token guards them: start with "
                "--management-token-file, or take them from the state folder with `mockserver token`.",
            )
        return content_answer(read(_credential(desk, call)), media_type)

    return answer


def _credential(desk: Desk, call: Call) -> Credential:
    stock = desk.stock()
    try:
        return stock.authority.credential(_persona(stock, call))
    except AuthorityError as error:
        raise Problem(500, f"{error}.") from error


def _persona(stock: Stock, call: Call) -> Persona:
    name = call.path["name"]
    if name not in stock.personas:
        raise Problem(404, f"There is no persona {shown(name)}; there are {', '.join(stock.personas)}.")
    return stock.personas[name]


_DAY: Final = 24 * 3600
_PEM: Final = "application/x-pem-file"
_OCTETS: Final = "application/octet-stream"
_PKCS12: Final = "application/x-pkcs12"
_PERSONA: Final = Returns("The persona", "Persona")
_GUARDED: Final = {403: PROBLEM, 404: PROBLEM, 503: PROBLEM}

OPERATIONS: Final = (
    Operation(
        "listPersonas",
        "GET",
        "/personas",
        "All personas",
        _listing,
        {200: Returns("The personas", "Personas"), 503: PROBLEM},
    ),
    Operation(
        "showPersona",
        "GET",
        "/personas/{name}",
        "One persona",
        _show,
        {200: _PERSONA, 404: PROBLEM, 503: PROBLEM},
    ),
    Operation(
        "addPersona",
        "PUT",
        "/personas/{name}",
        "Add a persona, with the keys that one has in a --personas file; it is kept in the state folder",
        _add,
        {200: _PERSONA, 409: PROBLEM, 422: PROBLEM, 503: PROBLEM},
        body="NewPersona",
    ),
    Operation(
        "removePersona",
        "DELETE",
        "/personas/{name}",
        "Remove a persona that was added here",
        _remove,
        {200: Returns("It is gone", "Removed"), 404: PROBLEM, 503: PROBLEM},
    ),
    Operation(
        "personaCertificate",
        "GET",
        "/personas/{name}/certificate.pem",
        "The persona's certificate",
        _certificate,
        {200: Returns("PEM", media_type=_PEM), 404: PROBLEM, 503: PROBLEM},
    ),
    Operation(
        "personaToken",
        "GET",
        "/personas/{name}/token.xml",
        "A new token of the mock's STS for the persona, to be put into a message byte for byte",
        _token,
        {200: Returns("The saml:Assertion", media_type=_OCTETS), 404: PROBLEM, 503: PROBLEM},
        query=(
            Parameter("lifetime", "Seconds that it is valid; without it a day", "integer", least=1, most=_DAY),
            Parameter("session", 'By whose clock; without it that of "default"'),
        ),
    ),
    Operation(
        "personaKey",
        "GET",
        "/personas/{name}/key.pem",
        "The persona's private key, not encrypted; only where a management token is set",
        _private(lambda credential: credential.key_pem(), _PEM),
        {200: Returns("PEM", media_type=_PEM), **_GUARDED},
    ),
    Operation(
        "personaCredential",
        "GET",
        "/personas/{name}/credential.p12",
        f"Key, certificate and CA for Java and .NET, password {DEFAULT_PASSWORD}; only where a management token is set",
        _private(lambda credential: credential.pkcs12(DEFAULT_PASSWORD.encode()), _PKCS12),
        {200: Returns("PKCS #12", media_type=_PKCS12), **_GUARDED},
    ),
)
