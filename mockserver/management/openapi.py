"""The description of the management port (OpenAPI 3.1), written from the table of operations."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

from mockserver import __version__
from mockserver.management.operation import Operation, Returns

_PATH_PARAMETER: Final = re.compile(r"\{([a-z]+)\}")


@cache
def schemas() -> Mapping[str, Any]:
    """The JSON Schemas of what is sent and answered, by name."""
    text = resources.files("mockserver.management").joinpath("schemas.json").read_text("utf-8")
    content: Mapping[str, Any] = json.loads(text)
    return content


def description(operations: Sequence[Operation]) -> dict[str, Any]:
    """The document served at /openapi.json."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Management port of the DossierNumberGeneration mock",
            "version": __version__,
            "description": "Journal, sessions, scenarios, clock, personas, keys, rules and metrics. It shows health "
            "data: on loopback without a token, elsewhere with one.",
        },
        "paths": paths,
        "components": {
            "schemas": dict(schemas()),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _operation(operation: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.text,
        "parameters": [*_path_parameters(operation.path), *_query_parameters(operation)],
        "responses": {str(status): _response(returns) for status, returns in operation.returns.items()}
        | {"default": _response(Returns("Anything else that is wrong", "Problem", "application/problem+json"))},
    }
    if operation.is_open:
        content["security"] = []
    if operation.body is not None:
        content["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _reference(operation.body)}},
        }
    return content


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PATH_PARAMETER.findall(path)
    ]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": parameter.name, "in": "query", "description": parameter.text, "schema": parameter.schema()}
        for parameter in operation.query
    ]


def _response(returns: Returns) -> dict[str, Any]:
    schema = _reference(returns.schema) if returns.schema is not None else {}
    return {"description": returns.text, "content": {returns.media_type: {"schema": schema}}}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
