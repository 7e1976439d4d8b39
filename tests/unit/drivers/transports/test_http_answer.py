"""HTTP answers: whole, byte by byte and with a tail, as the standard library reads them; bad ones refused."""

from __future__ import annotations

import http.client
import io
from typing import Any

import pytest

from drivers import NotUnderstood
from drivers.transports.http_answer import HttpAnswer, read_answer

LIMIT = 20
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GOOD = [
    (OK + b"Content-Length: 5\r\n\r\nhello", HttpAnswer(200, b"hello", False)),
    (OK + b"content-LENGTH:5\r\n\r\nhello", HttpAnswer(200, b"hello", False)),
    (OK + b"Content-Length: 0\r\nConnection: close\r\n\r\n", HttpAnswer(200, b"", True)),
    (b"HTTP/1.0 200\r\nContent-Length: 1\r\n\r\nx", HttpAnswer(200, b"x", True)),
    (
        b"HTTP/1.0 200 \r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx",
        HttpAnswer(200, b"x", False),
    ),
    (b"HTTP/1.1 400 Bad\r\nContent-Length: 2\r\n\r\nno", HttpAnswer(400, b"no", False)),
    (b"HTTP/1.1 204 None\r\n\r\n", HttpAnswer(204, b"", False)),
    (CHUNKED + b"2\r\nhe\r\n3;x=1\r\nllo\r\n0\r\n\r\n", HttpAnswer(200, b"hello", False)),
    (CHUNKED + b"0A\r\n0123456789\r\n0\r\nX-End: 1\r\n\r\n", HttpAnswer(200, b"0123456789", False)),
    (
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\nx",
        HttpAnswer(200, b"x", False),
    ),
]


class Dripping(io.RawIOBase):
    """Gives so many bytes at a time."""

    def __init__(self, data: bytes, at_once: int) -> None:
        self._left = io.BytesIO(data)
        self._at_once = at_once

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._left.readinto(memoryview(buffer)[: self._at_once])


def stream(data: bytes, at_once: int = 1 << 16) -> io.BufferedReader:
    return io.BufferedReader(Dripping(data, at_once))


@pytest.mark.parametrize("at_once", [1, 7, 1 << 16])
@pytest.mark.parametrize(("data", "answer"), GOOD)
def test_an_answer_is_read_and_nothing_behind_it(
    data: bytes, answer: HttpAnswer, at_once: int
) -> None:
    both = stream(data + OK + b"Content-Length: 4\r\n\r\ntail", at_once)
    assert read_answer(both, LIMIT) == answer
    assert read_answer(both, LIMIT) == HttpAnswer(200, b"tail", False)


@pytest.mark.parametrize(("data", "answer"), GOOD)
def test_the_standard_library_reads_the_same(data: bytes, answer: HttpAnswer) -> None:
    class Socket:
        def makefile(self, _mode: str) -> io.BufferedReader:
            return stream(data)

    theirs = http.client.HTTPResponse(Socket(), method="POST")  # type: ignore[arg-type]
    theirs.begin()
    closes = theirs.will_close
    assert HttpAnswer(theirs.status, theirs.read(), closes) == answer


@pytest.mark.parametrize("data", [data for data, _ in GOOD])
def test_a_cut_answer_is_never_a_shorter_one(data: bytes) -> None:
    for end in range(len(data)):
        with pytest.raises((ConnectionError, NotUnderstood)):
            read_answer(stream(data[:end]), LIMIT)


@pytest.mark.parametrize(
    "data",
    [
        b"IPP/1.1 what\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        OK + b"\r\nhello",
        OK + b"Content-Length: -1\r\n\r\nhello",
        OK + b"Content-Length: 21\r\n\r\n" + bytes(21),
        OK + b"X: y\r\n" * 200 + b"\r\n",
        OK + b"X: " + b"y" * 10_000 + b"\r\n\r\n",
        CHUNKED + b"15\r\n" + bytes(21),
        CHUNKED + b"b\r\n01234567890\r\n" * 2 + b"0\r\n\r\n",
        CHUNKED + b"2\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"x\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 100,
    ],
)
def test_what_is_no_answer_or_too_long_is_not_understood(data: bytes) -> None:
    with pytest.raises(NotUnderstood):
        read_answer(stream(data), LIMIT)


def test_a_stream_that_ends_before_an_answer_is_a_loss() -> None:
    with pytest.raises(ConnectionError):
        read_answer(stream(b""), LIMIT)
