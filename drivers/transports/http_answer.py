"""One HTTP/1 answer out of a stream of bytes (RFC 9112), as far as a queue's answers go. No socket of its own.

`http.client` reads the same, but makes an e-mail message of every head: a tenth of a millisecond, twice a look.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from drivers.contract import NotUnderstood

#: More or longer lines than any print server's head has; `http.client` has the same hundred.
MOST_LINES, LONGEST_LINE = 100, 4096
#: "100 Continue" and its like, which come before the answer.
MOST_INTERIM = 8
_STATUS = re.compile(rb"HTTP/1\.(\d) +(\d{3})(?: .*)?\r?\n", re.DOTALL)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?\r?\n", re.DOTALL)
_BODILESS = (204, 304)


@dataclass(frozen=True)
class HttpAnswer:
    """`closes`: the server ends the connection behind it."""

    status: int
    body: bytes
    closes: bool


def read_answer(stream: io.BufferedReader, limit: int) -> HttpAnswer:
    """The next answer with a body of at most `limit` bytes; nothing behind it is taken from the stream.

    `ConnectionError` where the stream ends before an answer or within its body, `NotUnderstood` for what is no
    HTTP, too long, or has no length (its end would be the end of the connection, which a cut answer has too).
    """
    for _ in range(MOST_INTERIM):
        version, status = _status(stream)
        fields = _fields(stream)
        if status >= 200:
            body = b"" if status in _BODILESS else b"".join(_body(stream, fields, limit))
            return HttpAnswer(status, body, _closes(version, fields))
    raise NotUnderstood("nothing but interim answers")


def _status(stream: io.BufferedReader) -> tuple[int, int]:
    line = stream.readline(LONGEST_LINE)
    if not line:
        raise ConnectionError("the server closed the connection without an answer")
    found = _STATUS.fullmatch(line)
    if found is None:
        raise NotUnderstood(f"no HTTP: {line[:40]!r}")
    return int(found[1]), int(found[2])


def _fields(stream: io.BufferedReader) -> dict[bytes, bytes]:
    """Header fields by their name in small letters; of a name that comes twice the first counts."""
    fields: dict[bytes, bytes] = {}
    for _ in range(MOST_LINES):
        line = stream.readline(LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise NotUnderstood("an HTTP head without an end")
        if line in (b"\r\n", b"\n"):
            return fields
        name, _, value = line.partition(b":")
        fields.setdefault(name.lower(), value.strip())
    raise NotUnderstood("an endless HTTP head")


def _closes(version: int, fields: dict[bytes, bytes]) -> bool:
    words = fields.get(b"connection", b"").lower()
    return b"keep-alive" not in words if version == 0 else b"close" in words


def _body(stream: io.BufferedReader, fields: dict[bytes, bytes], limit: int) -> Iterator[bytes]:
    if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        yield from _chunks(stream, limit)
        return
    length = fields.get(b"content-length", b"")
    if not length.isdigit():
        raise NotUnderstood("an answer without a length")
    _bounded(int(length), limit)
    yield _exactly(stream, int(length))


def _chunks(stream: io.BufferedReader, limit: int) -> Iterator[bytes]:
    left = limit
    while True:
        line = stream.readline(LONGEST_LINE)
        if not line:
            raise ConnectionError("the connection ended within an answer")
        found = _CHUNK.fullmatch(line)
        if found is None:
            raise NotUnderstood(f"no length of a chunk: {line[:40]!r}")
        size = int(found[1], 16)
        if not size:
            _fields(stream)
            return
        _bounded(size, left)
        left -= size
        yield _exactly(stream, size)
        if _exactly(stream, 2) != b"\r\n":
            raise NotUnderstood("a chunk that is longer than it says")


def _bounded(size: int, limit: int) -> None:
    if size > limit:
        raise NotUnderstood(f"an answer of more than {limit} bytes")


def _exactly(stream: io.BufferedReader, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise ConnectionError(f"the connection ended within an answer: {len(data)} of {size} bytes")
    return data
