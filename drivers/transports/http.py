"""One HTTP connection to one path of one host, kept open from request to request: bytes only.

A queue is spoken to over exactly one connection, so that a server that went away and came back cannot go
unnoticed: every later call raises `DeviceGone` until `reopen`. Only a refused connection proves that
nothing left (ipp.md §3); after any other loss the request may have arrived.
"""

from __future__ import annotations

import contextlib
import io
import socket
import time
from collections.abc import Iterable

from drivers.contract import DeviceGone, NotUnderstood, TransferTimeout
from drivers.transports.http_answer import read_answer

#: The server is on this machine or in this office.
CONNECT_TIMEOUT_S = 3.0


class Refused(DeviceGone):
    """Nobody listens there, or the name is not known: nothing has left this machine."""


class _Incoming(io.RawIOBase):
    """The receiving side of a socket with one deadline for all that an answer is made of: a server that
    drips a byte now and then is as late as a silent one."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.deadline = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._sock.recv_into(buffer)


class HttpPort:
    """Made by `open_queue`. Held by one thread. `close` may be called twice and never raises."""

    def __init__(self, host: str, port: int, path: str) -> None:
        self.path = path
        #: How often it was opened: another number is another connection, perhaps to another process.
        self.connections = 0
        self._address = (host, port)
        self._host = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.uri = f"ipp://{self._host}{path}"
        self._sock: socket.socket | None = None
        self._incoming: _Incoming | None = None
        #: One for all answers of a connection: what follows an answer is read as the next one, and refused
        #: there, instead of getting lost in a buffer.
        self._answers: io.BufferedReader | None = None
        self._lost: str | None = "not opened"

    def reopen(self) -> None:
        """A new connection; raises `Refused` where nobody listens, and `DeviceGone`."""
        self.close()
        try:
            self._sock = socket.create_connection(self._address, CONNECT_TIMEOUT_S)
        except (ConnectionRefusedError, socket.gaierror) as refused:
            raise Refused(f"{self.uri}: {_words(refused)}") from refused
        except OSError as lost:
            raise DeviceGone(f"{self.uri}: {_words(lost)}") from lost
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._incoming = _Incoming(self._sock)
        self._answers = io.BufferedReader(self._incoming)
        self._lost = None
        self.connections += 1

    @property
    def open(self) -> bool:
        """False after a loss and after `close`."""
        return self._lost is None

    def post(self, parts: Iterable[bytes], timeout_s: float, limit: int) -> tuple[int, bytes]:
        """POST one body; the HTTP status and an answer of at most `limit` bytes.

        `DeviceGone` when the connection was or is lost, `TransferTimeout` when the answer did not come in
        time, `NotUnderstood` when it is no HTTP or too long. After each of them the connection is closed
        and the request may have arrived.
        """
        if self._sock is None or self._lost is not None:
            raise DeviceGone(f"{self.uri}: {self._lost}")
        try:
            return self._exchange(self._sock, list(parts), timeout_s, limit)
        except TimeoutError as late:
            self._lose("no answer in time")
            raise TransferTimeout(f"{self.uri}: no answer within {timeout_s:g} s") from late
        except NotUnderstood as strange:
            self._lose("no HTTP answer")
            raise NotUnderstood(f"{self.uri}: {_words(strange)}") from strange
        except OSError as lost:
            self._lose(_words(lost))
            raise DeviceGone(f"{self.uri}: {_words(lost)}") from lost

    def _exchange(
        self, sock: socket.socket, parts: list[bytes], timeout_s: float, limit: int
    ) -> tuple[int, bytes]:
        assert self._incoming is not None and self._answers is not None
        self._incoming.deadline = time.monotonic() + timeout_s
        sock.settimeout(timeout_s)
        # Head and request go in one piece, a picture behind them as it is.
        sock.sendall(self._head(sum(map(len, parts))) + b"".join(parts[:1]))
        for part in parts[1:]:
            sock.sendall(part)
        answer = read_answer(self._answers, limit)
        if answer.closes:
            self._lose("the server ended the connection")
        return answer.status, answer.body

    def _head(self, length: int) -> bytes:
        return (
            f"POST {self.path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/ipp\r\n"
            f"Content-Length: {length}\r\nConnection: Keep-Alive\r\n\r\n"
        ).encode("ascii")

    def _lose(self, why: str) -> None:
        self._lost = why
        sock, self._sock = self._sock, None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._lose("closed")


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
