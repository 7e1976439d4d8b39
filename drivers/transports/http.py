"""One HTTP connection to one path of one host, kept open from request to request: bytes only.

A queue is spoken to over exactly one connection, so that a server that went away and came back cannot go
unnoticed: every later call raises `DeviceGone` until `reopen`. Only a refused connection proves that
nothing left (ipp.md §3); after any other loss the request may have arrived.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import time
from collections.abc import Iterable

from drivers.contract import DeviceGone, NotUnderstood, TransferTimeout

#: The server is on this machine or in this office.
CONNECT_TIMEOUT_S = 3.0
#: Read at a time; small enough that the deadline is looked at, large enough to cost nothing.
PIECE_BYTES = 16 * 1024


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


class _Stream(io.BufferedReader):
    """One for all answers of a connection: what follows an answer is read as the next one, and refused
    there, instead of getting lost in a buffer. An `HTTPResponse` closes what it has read."""

    def close(self) -> None:
        """The connection is closed by its port alone."""


class _Socket:
    """As much of a socket as an `HTTPResponse` asks for."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    def makefile(self, _mode: str) -> _Stream:
        return self._stream


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
        self._answers: _Socket | None = None
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
        self._answers = _Socket(_Stream(self._incoming))
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
        except (ConnectionError, http.client.IncompleteRead) as lost:
            self._lose(_words(lost))
            raise DeviceGone(f"{self.uri}: {_words(lost)}") from lost
        except http.client.HTTPException as strange:
            self._lose("no HTTP answer")
            raise NotUnderstood(f"{self.uri}: {_words(strange)}") from strange
        except OSError as lost:
            self._lose(_words(lost))
            raise DeviceGone(f"{self.uri}: {_words(lost)}") from lost

    def _exchange(
        self, sock: socket.socket, parts: list[bytes], timeout_s: float, limit: int
    ) -> tuple[int, bytes]:
        assert self._incoming is not None
        self._incoming.deadline = time.monotonic() + timeout_s
        sock.settimeout(timeout_s)
        sock.sendall(self._head(sum(map(len, parts))))
        for part in parts:
            sock.sendall(part)
        answer = http.client.HTTPResponse(self._answers, method="POST")  # type: ignore[arg-type]
        answer.begin()
        body = self._body(answer, limit)
        if answer.will_close:
            self._lose("the server ended the connection")
        return answer.status, body

    def _body(self, answer: http.client.HTTPResponse, limit: int) -> bytes:
        if answer.length is None and not answer.chunked:
            # Its end would be the end of the connection, which a cut answer has as well.
            raise http.client.HTTPException("an answer without a length")
        body = b""
        while piece := answer.read(min(PIECE_BYTES, limit + 1 - len(body))):
            body += piece
            if len(body) > limit:
                self._lose("an endless answer")
                raise NotUnderstood(f"{self.uri}: an answer of more than {limit} bytes")
        if answer.length:
            raise http.client.IncompleteRead(body, answer.length)
        return body

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
