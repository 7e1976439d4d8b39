"""The connection to a queue against a server that answers as badly as servers can."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from drivers import DeviceGone, NotUnderstood, TransferTimeout, WrongDevice
from drivers.transports import open_port, open_queue
from drivers.transports.http import HttpPort, Refused

GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 5\r\n\r\nhello"
LIMIT = 100


class Server:
    """Answers the n-th request of every connection with `answers[n]`; None hangs, b"" ends the connection."""

    def __init__(self) -> None:
        self.answers: list[bytes | None] = []
        self.requests: list[bytes] = []
        self.done = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def uri(self) -> str:
        return f"ipp://127.0.0.1:{self._listener.getsockname()[1]}/printers/cards"

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with sock:
                if self.done.is_set():
                    return
                self._converse(sock)

    def _converse(self, sock: socket.socket) -> None:
        while self.answers:
            data = b""
            while b"\r\n\r\n" not in data or len(data) < _length(data):
                piece = sock.recv(65536)
                if not piece:
                    return
                data += piece
            self.requests.append(data)
            answer = self.answers.pop(0)
            if answer is None:
                self.done.wait(5)
                return
            if not answer:
                return
            sock.sendall(answer)

    def close(self) -> None:
        self.done.set()
        # Closing alone does not wake the thread that waits in accept.
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join(5)
        self._listener.close()


def _length(data: bytes) -> int:
    head, _, _ = data.partition(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
    return len(head) + 4 + int(length.split(b":")[1])


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def test_many_requests_one_connection(server: Server) -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
    )
    server.answers = [GOOD, b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD, chunked]
    port = open_queue(server.uri)
    assert [port.post((b"ab", b"cd"), 2, LIMIT) for _ in range(3)] == [(200, b"hello")] * 3
    assert port.connections == 1
    assert server.requests[0].startswith(b"POST /printers/cards HTTP/1.1\r\nHost: 127.0.0.1:")
    assert server.requests[0].endswith(b"\r\n\r\nabcd")
    port.close()
    port.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", DeviceGone),
        (GOOD[:-2], DeviceGone),
        (GOOD[:30], NotUnderstood),
        (b"IPP/1.1 what\r\n\r\n", NotUnderstood),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", NotUnderstood),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(1000), NotUnderstood),
        (b"HTTP/1.1 200 OK\r\n\r\n" + bytes(1000), NotUnderstood),
        (None, TransferTimeout),
    ],
    ids=["ended", "cut", "cut head", "no HTTP", "endless head", "1 MB", "endless", "silent"],
)
def test_a_bad_answer_ends_the_connection(
    server: Server, answer: bytes | None, error: type[Exception]
) -> None:
    server.answers = [answer]
    port = open_queue(server.uri)
    patience = 0.05 if answer is None else 5.0
    with pytest.raises(error):
        port.post((b"ab",), patience, LIMIT)
    assert not port.open
    with pytest.raises(DeviceGone):
        port.post((b"ab",), 5, LIMIT)
    assert len(server.requests) == 1


def test_what_follows_an_answer_is_read_as_the_next_one(server: Server) -> None:
    """A doubled answer is not lost in a buffer: whoever compares request numbers sees the old one."""
    late = GOOD.replace(b"hello", b"later")
    server.answers = [GOOD + late, GOOD]
    port = open_queue(server.uri)
    assert port.post((b"ab",), 2, LIMIT)[1] == b"hello"
    assert port.post((b"ab",), 2, LIMIT)[1] == b"later"


def test_a_server_that_ends_the_connection_itself_is_a_loss_later(server: Server) -> None:
    server.answers = [GOOD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), GOOD]
    port = open_queue(server.uri)
    assert port.post((b"ab",), 2, LIMIT) == (200, b"hello")
    with pytest.raises(DeviceGone, match="the server ended"):
        port.post((b"ab",), 2, LIMIT)
    port.reopen()
    assert port.post((b"ab",), 2, LIMIT) == (200, b"hello")
    assert port.connections == 2


def test_only_refused_proves_that_nothing_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
    with pytest.raises(Refused):
        HttpPort("127.0.0.1", number, "/x").reopen()


def test_cables_and_queues_are_not_mistaken_for_each_other() -> None:
    with pytest.raises(WrongDevice, match="family ipp"):
        open_port("ipp://127.0.0.1:1/printers/cards")
    with pytest.raises(WrongDevice, match="family ipp"):
        open_queue("usb://0c1f:1800")
