"""Addresses that the simulator listens on: HOST:PORT words, loopback only, bound at once."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass


class AddressError(ValueError):
    """An address that is not taken; the message says why and what to give."""


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse(word: str) -> Address:
    """HOST:PORT; port 0 lets the system choose. Refuses everything but loopback.

    The simulator has no access control, and its cards are anybody's: it stays on this machine.
    """
    host, colon, port = word.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise AddressError(f"address {word!r} cannot be read: give HOST:PORT, such as 127.0.0.1:0")
    host = "127.0.0.1" if host == "localhost" else host
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise AddressError(f"address {word!r} is refused: the simulator listens on loopback only")
    return Address(host, int(port))


def bind(address: Address) -> socket.socket:
    """A listening socket. Raises OSError when the port is taken.

    SO_REUSEADDR: a fixed port is free again at once after SIGKILL, whatever waits in TIME_WAIT. It
    also lets two processes bind one port as long as neither listens, so this one does at once.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address.host, address.port))
        bound.listen()
    except OSError:
        bound.close()
        raise
    return bound


def address_of(bound: socket.socket) -> Address:
    host, port = bound.getsockname()[:2]
    return Address(host, port)
