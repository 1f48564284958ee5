"""Listening sockets, with one clear sentence for everything that can go wrong there."""

import errno
import ipaddress
import socket


class ListenError(Exception):
    """A port cannot be opened as asked; the message is one sentence that says why and what to do."""


class UnusableAddress(ListenError):
    """What was given as an address cannot be meant or must not be opened: wrong usage, whatever the machine has."""


def listen(host: str, port: int, *, option: str, loopback_only: bool = False) -> socket.socket:
    """A listening TCP socket on `host` (name or address) and `port` (0 takes any free one).

    `option` is the setting that names the port, for the message. With `loopback_only`, an address that other
    machines can reach is refused before the socket exists.

    Raises ListenError.
    """
    family, address = _resolve(host, port)
    if loopback_only and not ipaddress.ip_address(address.partition("%")[0]).is_loopback:
        raise UnusableAddress(
            f"The management port shows messages with health data, and {host} is open to other machines: "
            "listen on 127.0.0.1, or set a token with --management-token-file, which its readers must then present."
        )
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        raise ListenError(_reason(error, host, port, option)) from error


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ListenError(f"Cannot listen on {host!r}: no address is known by that name.") from error
    family, _, _, _, address = found[0]
    return family, str(address[0])


def _reason(error: OSError, host: str, port: int, option: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use: stop the other program, or choose another port with {option}."
    if error.errno == errno.EACCES:
        return f"Port {port} on {host} is not free to this user: choose one above 1023 with {option}."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"Cannot listen on {host}: it is not an address of this machine."
    return f"Cannot listen on port {port} of {host}: {error.strerror}."


def authority_of(listener: socket.socket) -> str:
    """host:port a socket listens on; IPv6 in brackets."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
