"""Raw TCP to a printer, as print servers have it: the bytes of the line and nothing around them."""

from __future__ import annotations

import socket

from drivers.contract import DeviceGone
from drivers.transports.address import TcpAddress
from drivers.transports.line import LinePort

#: A printer on the same network answers within milliseconds; three lost SYNs take 3 s (RFC 6298).
CONNECT_TIMEOUT_S = 5.0


def open_tcp(address: TcpAddress, name: str) -> LinePort:
    """Connect; sends nothing. `DeviceGone` when nobody answers or somebody else has the only connection."""
    try:
        connection = socket.create_connection((address.host, address.port), CONNECT_TIMEOUT_S)
    except OSError as error:
        raise DeviceGone(f"{name}: {error.strerror or error}") from error
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return LinePort(connection.fileno(), name, connection.close)
