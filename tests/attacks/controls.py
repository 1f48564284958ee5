"""What a positive control asserts: a verifier that refuses everything would pass every attack."""

from collections.abc import Sequence

from mockserver.instant import system_clock
from tests.attacks.catalogue import Request
from tests.conftest import Mock, Reply
from tests.forge import Forge


def assert_accepted(mock: Mock, message: Forge | bytes | Request, warns: Sequence[str] = ()) -> Reply:
    """The message succeeds with one new identifier, and exactly these rules warn."""
    issued = mock.issued()
    body, fields = (message.body, message.fields) if isinstance(message, Request) else (message, None)
    reply = mock.post(body, fields)
    assert (reply.http, reply.status, reply.rules) == (200, "Success", [])
    assert sorted(set(reply.warnings)) == sorted(warns)
    assert mock.issued() == issued + 1
    return reply


def rewritten(mock: Mock, *changes: tuple[str, str]) -> Forge:
    """A request whose text is changed before the holder signs: declarations and prefixes, which a tree does not move.

    The token stays as the STS signed it.
    """
    credentials = mock.credentials()
    token = credentials.token.octets.decode()
    text = Forge.request(credentials, mock.contract, system_clock()).octets().decode()
    marked = text.replace(token, "\0")
    assert marked.count("\0") == 1, "the token is not there as it was issued"
    for old, new in changes:
        assert old in marked, old
        marked = marked.replace(old, new)
    return Forge(marked.replace("\0", token).encode(), credentials).sign()
