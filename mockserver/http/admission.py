"""What a head must say so that its body is read: the method, and the media type.

The app asks before it reads a body; the gateway's rules of the HTTP stage ask the same functions, for `mockserver
check --headers`.
"""

import re
from collections.abc import Sequence
from typing import Final

from mockserver.http.refusal import Refusal, shown

# RFC 9110 section 8.3.1, written so that no blank can be matched in two ways:
# media-type = type "/" subtype *( OWS ";" OWS [ token "=" ( token / quoted-string ) ] )
# werkzeug.http.parse_options_header skips what it cannot read, and so cannot tell an unreadable field.
_TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED: Final = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
_MEDIA_TYPE: Final = re.compile(
    rb"(%b/%b)(?:[ \t]*;(?:[ \t]*%b=(?:%b|%b))?)*" % (_TOKEN, _TOKEN, _TOKEN, _TOKEN, _QUOTED)
)


def check_method(method: str) -> None:
    """A SOAP request is sent with POST (`rules.md` Q01). Raises Refusal (405)."""
    if method == "POST":
        return
    allow = [("Allow", "POST")]
    if method.startswith("M-"):
        # RFC 2774, HTTP Extension Framework (R1108).
        detail = f"{shown(method)}: the HTTP Extension Framework is not taken, send POST."
        raise Refusal(405, "Q02", detail, fields=allow)
    detail = f"Method {shown(method)}: a SOAP request is sent with POST, in capitals; GET serves ?wsdl and ?xsd= only."
    raise Refusal(405, "Q01", detail, fields=allow)


def check_media_type(values: Sequence[bytes]) -> None:
    """There is one Content-Type, and it is text/xml (`rules.md` Q12 to Q14). Raises Refusal (415)."""
    if len(values) != 1:
        what = "no Content-Type" if not values else f"{len(values)} Content-Type fields"
        raise Refusal(415, "Q12", f"The request has {what}: send one, text/xml; charset=utf-8.")
    match = _MEDIA_TYPE.fullmatch(values[0])
    if match is None:
        detail = f"Content-Type {shown(values[0])} is not readable: send text/xml; charset=utf-8."
        raise Refusal(415, "Q12", detail)
    if match[1].lower() != b"text/xml":
        detail = f"Content-Type {shown(values[0])}: SOAP 1.1 travels as text/xml; charset=utf-8 (WS-I R1115)."
        raise Refusal(415, "Q12", detail)
