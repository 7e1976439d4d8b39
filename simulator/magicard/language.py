"""The Magicard language as a printer hears it: bytes in, events out. Framing as in magicard.md §2-4.

Pure: no clock, no card, no device. The parser keeps what it has half received for as long as
nobody resets it, whoever was at the other end of the cable (exactly-once.md §4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

FILLER_RUN = re.compile(b"\x05+")
FILLER = 0x05
SOH = 0x01
ETX = 0x03
FS = 0x1C
PLANE_ORDER = "BGRK"
# The longest header seen is 251 bytes; magnetic tracks may add some hundred.
MAX_HEADER = 4096
# Sixteen times the largest plane of the sheet.
MAX_PLANE = 16 << 20
COMMANDS = ("REQ", "TST", "RST", "EJT", "QPR", "SNR")


@dataclass(frozen=True)
class Command:
    """A complete query or simple command: `REQ ERR`, `REQ STA TCQ`, `TST` …"""

    words: tuple[str, ...]
    offset: int


@dataclass(frozen=True)
class PageStart:
    """The header of one card side is complete. `sizes` is in order of arrival."""

    tokens: tuple[str, ...]
    sizes: tuple[tuple[str, int], ...]
    offset: int

    def value(self, key: str, default: str = "") -> str:
        """What is glued to the first token of this key."""
        for token in self.tokens:
            if token.startswith(key):
                return token[len(key) :]
        return default

    def number(self, key: str, default: int) -> int:
        """A token's value as a number; `default` where it is missing or none."""
        text = self.value(key)
        return int(text) if text.isdecimal() else default


@dataclass(frozen=True)
class PlaneEnd:
    """All bytes of a plane and its trailer are here."""

    letter: str
    data: bytes = field(repr=False)
    offset: int


@dataclass(frozen=True)
class PageEnd:
    """ETX after the last plane."""

    offset: int


@dataclass(frozen=True)
class Damage:
    """The bytes are not what the sheet allows; the parser is idle again. `noise`: no job had begun."""

    message: str
    offset: int
    noise: bool = False


Event = Command | PageStart | PlaneEnd | PageEnd | Damage


def _filler_end(data: bytes, at: int) -> int:
    """Where a run of filler ends: skipped at once, or a megabyte of it would cost seconds."""
    run = FILLER_RUN.match(data, at)
    return run.end() if run else at + 1


class Parser:
    """Feed it bytes in any portions. `offset` counts all bytes ever fed.

    `strict` checks the trailers of planes and the ETX of a page. A device may not: ours only counts
    (how a real one behaves is not known), so that a broken stream does its worst, the next bytes
    finishing the old card.
    """

    def __init__(self, strict: bool = True) -> None:
        self.offset = 0
        self._strict = strict
        self.reset()

    def reset(self) -> None:
        """Forget what is half received."""
        self._state = self._idle
        self._header = bytearray()
        self._start = self.offset
        self._sizes: list[tuple[str, int]] = []
        self._plane = bytearray()
        self._trailer = bytearray()
        self._in_noise = False

    @property
    def idle(self) -> bool:
        """Between two frames: only then is a query a query."""
        return self._state == self._idle

    @property
    def in_job(self) -> bool:
        """A job's header is complete and its ETX has not come."""
        return self._state in (self._take_plane, self._take_trailer, self._take_end)

    @property
    def frame_start(self) -> int:
        """Offset of the SOH of the frame that is being received."""
        return self._start

    @property
    def header_so_far(self) -> bytes:
        """What of a header has come, without its SOH; empty outside a header."""
        return bytes(self._header) if self._state == self._take_header else b""

    @property
    def want(self) -> str:
        """What the parser waits for, for a message about a stream that ends."""
        if self.idle:
            return ""
        if self._state == self._take_header:
            return "a header"
        if self._sizes:
            letter, size = self._sizes[0]
            return f"plane {letter} ({len(self._plane)} of {size} bytes)"
        return "the ETX of a page"

    def feed(self, data: bytes) -> Iterator[Event]:
        """Events in order. To be exhausted: bytes are consumed as the iterator moves."""
        at = 0
        while at < len(data):
            before = at
            at, event = self._state(data, at)
            self.offset += at - before
            if event is not None:
                yield event

    def _idle(self, data: bytes, at: int) -> tuple[int, Event | None]:
        byte = data[at]
        if byte == SOH:
            self._header = bytearray()
            self._start = self.offset
            self._state = self._take_header
            self._in_noise = False
            return at + 1, None
        if byte == FILLER:
            self._in_noise = False
            return _filler_end(data, at), None
        first = not self._in_noise
        self._in_noise = True
        note = Damage(f"stray byte {byte:02X} between pages", self.offset, noise=True)
        return at + 1, note if first else None

    def _take_header(self, data: bytes, at: int) -> tuple[int, Event | None]:
        end = data.find(FS, at)
        part = data[at:] if end < 0 else data[at:end]
        stop = part.find(SOH)
        if ETX in part:
            return self._broken("ETX before FS in a header", at + part.index(ETX) + 1)
        if stop >= 0:
            return self._broken("SOH inside a header", at + stop)
        self._header += part
        if len(self._header) > MAX_HEADER:
            return self._broken(f"header longer than {MAX_HEADER} bytes", at + len(part))
        if end < 0:
            return len(data), None
        tokens = _tokens(self._header.decode("latin-1"))
        if tokens and tokens[0].split(",")[0][:3] in COMMANDS:
            self._words = tuple(word for token in tokens for word in token.split(","))
            self._state = self._take_command_end
            return end + 1, None
        return self._open_page(tokens, end + 1)

    def _open_page(self, tokens: tuple[str, ...], at: int) -> tuple[int, Event | None]:
        if not tokens or not tokens[0].startswith("NOC"):
            return self._broken("NOC is not the first token of the header", at)
        if self._header.endswith(b","):
            return self._broken("comma before FS in a job header", at)
        sizes = {}
        for token in tokens:
            letter, text = token[2:3], token[3:]
            if token.startswith("SZ") and letter in PLANE_ORDER and letter:
                if not text.isdecimal() or int(text) > MAX_PLANE or letter in sizes:
                    return self._broken(f"plane size {token!r}", at)
                sizes[letter] = int(text)
        self._sizes = [(letter, sizes[letter]) for letter in PLANE_ORDER if sizes.get(letter)]
        self._state = self._take_plane if self._sizes else self._take_end
        return at, PageStart(tokens, tuple(self._sizes), self._start)

    def _take_command_end(self, data: bytes, at: int) -> tuple[int, Event | None]:
        if data[at] != ETX:
            return self._broken(f"{data[at]:02X} where a command needs its ETX", at)
        self._state = self._idle
        return at + 1, Command(self._words, self._start)

    def _take_plane(self, data: bytes, at: int) -> tuple[int, Event | None]:
        missing = self._sizes[0][1] - len(self._plane)
        part = data[at : at + missing]
        self._plane += part
        if len(part) == missing:
            self._state = self._take_trailer
            self._trailer = bytearray()
        return at + len(part), None

    def _take_trailer(self, data: bytes, at: int) -> tuple[int, Event | None]:
        letter = self._sizes[0][0]
        wanted = bytes((FS, ord(letter), ord(":")))
        if self._strict and data[at] != wanted[len(self._trailer)]:
            return self._broken(f"{data[at]:02X} in the trailer of plane {letter}", at)
        self._trailer.append(data[at])
        if len(self._trailer) < len(wanted):
            return at + 1, None
        event = PlaneEnd(letter, bytes(self._plane), self.offset)
        self._plane = bytearray()
        del self._sizes[0]
        self._state = self._take_plane if self._sizes else self._take_end
        return at + 1, event

    def _take_end(self, data: bytes, at: int) -> tuple[int, Event | None]:
        if self._strict and data[at] != ETX:
            return self._broken(f"{data[at]:02X} where a page needs its ETX", at)
        self._state = self._idle
        return at + 1, PageEnd(self.offset)

    def _broken(self, message: str, at: int) -> tuple[int, Event]:
        """Give up this frame; `at` is where the next one may start. A bad header is named by its SOH."""
        in_header = self._state in (self._take_header, self._take_command_end)
        offset = self._start if in_header else self.offset
        noise = in_header and not self._header.lstrip(b",").startswith(b"NOC")
        self.reset()
        return at, Damage(message, offset, noise)


def _tokens(header: str) -> tuple[str, ...]:
    """Tokens of a header; a part that starts with a digit or a minus belongs to the value before it."""
    tokens: list[str] = []
    for part in header.split(","):
        if tokens and (part[:1].isdecimal() or part[:1] == "-"):
            tokens[-1] += "," + part
        elif part:
            tokens.append(part)
    return tuple(tokens)
