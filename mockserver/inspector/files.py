"""Serves the files of the page, and tells the browser to trust nothing else.

What the page shows was sent by strangers. It puts it into the document as text only; should that ever fail, the policy
keeps a browser from running it.
"""

from importlib.resources import files
from typing import Final

from mockserver.gateway.exchange import Answer
from mockserver.http.refusal import shown
from mockserver.management.operation import PROBLEM, Call, Desk, Operation, Returns
from mockserver.management.problem import Problem, content_answer

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        # Text cannot become markup but through a named policy (Trusted Types); xml.js has the only one.
        "require-trusted-types-for 'script'",
        "trusted-types message",
    )
)
"""Content Security Policy Level 3: own files only, and no script or style in the page itself."""

_FIELDS: Final = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)

_HTML: Final = "text/html; charset=utf-8"
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_PAGE: Final = files("mockserver.inspector") / "page"
_NAMES: Final = frozenset(entry.name for entry in _PAGE.iterdir() if entry.name.endswith(tuple(_MEDIA_TYPES)))


def _page(_desk: Desk, _call: Call) -> Answer:
    return content_answer((_PAGE / "index.html").read_bytes(), _HTML, fields=_FIELDS)


def _file(_desk: Desk, call: Call) -> Answer:
    name = call.path["file"]
    if name not in _NAMES:
        raise Problem(404, f"The Inspector has no file {shown(name)}: GET / shows it.")
    media_type = _MEDIA_TYPES[name[name.rindex(".") :]]
    return content_answer((_PAGE / name).read_bytes(), media_type, fields=_FIELDS)


OPERATIONS: Final = (
    Operation(
        "showInspector",
        "GET",
        "/",
        "The Inspector, a page for people. It holds no exchanges: it asks for them, with the token where one is set",
        _page,
        {200: Returns("The page", media_type=_HTML)},
        is_open=True,
    ),
    Operation(
        "inspectorFile",
        "GET",
        "/inspector/{file}",
        "A script, style or image of the Inspector",
        _file,
        {200: Returns("The file, by its own media type", media_type="*/*"), 404: PROBLEM},
        is_open=True,
    ),
)
