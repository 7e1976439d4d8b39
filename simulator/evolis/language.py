"""The Evolis escape language as a printer hears it: bytes in, events out. Framing as in evolis.md §2-4.

Pure: no clock, no card, no device. The parser keeps what it has half received for as long as nobody
resets it, whoever was at the other end of the cable (exactly-once.md §4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

ESC, CR, LF, NUL = 0x1B, 0x0D, 0x0A, 0x00
SEPARATOR = ord(";")
# Nothing in the sheet is longer than a magnetic track.
MAX_COMMAND = 1024
BITS = {2: 1, 32: 5, 64: 6, 128: 7}
PANELS = ("y", "m", "c", "k", "o")
# The guide's own panel sizes fit 676,992 dots, 18,624 more than its 1016 lines of 648 (§4): both are taken.
GUIDE_DOTS = {1016 * 648: 676_992}
# A compressed panel of single dots is one byte a dot; twice that is no panel.
MAX_PANEL = 2 * 676_992
# In the long form of Dbc a first line (0-1015) stands before the size (§4); no panel of that many bytes exists,
# since 1016 lines need at least one each.
LAST_LINE = 1015


@dataclass(frozen=True)
class Command:
    """A complete command without data: `("Pr", "ymcko")`."""

    words: tuple[str, ...]
    offset: int


@dataclass(frozen=True)
class PanelStart:
    """The head of a download is complete; its data comes next."""

    panel: str
    levels: int
    compressed: bool
    offset: int


@dataclass(frozen=True)
class PanelEnd:
    """All bytes of a panel are here."""

    panel: str
    levels: int
    compressed: bool
    data: bytes = field(repr=False)
    offset: int


@dataclass(frozen=True)
class Damage:
    """The bytes are not what the sheet allows; the parser is idle again."""

    message: str
    offset: int


Event = Command | PanelStart | PanelEnd | Damage


class Parser:
    """Feed it bytes in any portions. `offset` counts all bytes ever fed."""

    def __init__(self, lines: int, dots: int) -> None:
        self.offset = 0
        self._dots = lines * dots
        self.reset()

    def reset(self) -> None:
        """Forget what is half received."""
        self._state = self._idle
        self._head = bytearray()
        self._data = bytearray()
        self._size = 0
        self._longer = 0
        self._start = self.offset
        self._panel: PanelStart | None = None
        self._in_noise = False

    @property
    def idle(self) -> bool:
        """Between two commands."""
        return self._state == self._idle

    @property
    def in_panel(self) -> bool:
        """Inside a download: its length decides where it ends, not CR."""
        return self._state in (self._take_data, self._take_end)

    @property
    def want(self) -> str:
        """What the parser waits for, for a message about a stream that ends."""
        if self.idle:
            return ""
        if self._panel is None:
            return "a command"
        return f"panel {self._panel.panel} ({len(self._data)} of {self._size} bytes)"

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
        if byte == ESC:
            self._head = bytearray()
            self._start = self.offset
            self._state = self._take_head
            self._in_noise = False
            return at + 1, None
        if byte in (NUL, CR, LF):
            self._in_noise = False
            return _run_end(data, at, byte), None
        first = not self._in_noise
        self._in_noise = True
        return at + 1, Damage(
            f"stray byte {byte:02X} between commands", self.offset
        ) if first else None

    def _take_head(self, data: bytes, at: int) -> tuple[int, Event | None]:
        byte = data[at]
        if byte == ESC:
            damage = Damage("ESC inside a command", self._start)
            self.reset()
            return at, damage
        if byte == CR:
            return at + 1, self._command()
        self._head.append(byte)
        if len(self._head) > MAX_COMMAND:
            return at + 1, self._broken(f"command longer than {MAX_COMMAND} bytes")
        if byte == SEPARATOR and self._head.startswith((b"Db;", b"Dbc;")):
            return at + 1, self._maybe_panel()
        return at + 1, None

    def _command(self) -> Event:
        words = tuple(self._head.decode("latin-1").split(";"))
        offset = self._start
        self.reset()
        return Command(words, offset) if words[0] else Damage("an empty command", offset)

    def _maybe_panel(self) -> Event | None:
        """Whether the head of a download is complete: Db three fields, Dbc four, in its long form five."""
        fields = self._head.decode("latin-1").split(";")[:-1]
        compressed = fields[0] == "Dbc"
        if len(fields) < (4 if compressed else 3):
            return None
        numbers = fields[2:]
        if fields[1] not in PANELS or not all(number.isdecimal() for number in numbers):
            return self._broken(f"the head {self._head[:40].decode('latin-1')!r} of a download")
        levels = int(numbers[0])
        if levels not in BITS or (levels == 2) != (fields[1] in "ko"):
            return self._broken(f"{levels} levels for panel {fields[1]}")
        if compressed and len(fields) == 4 and int(numbers[1]) <= LAST_LINE:
            return None  # a first line: the size comes next
        self._size = int(numbers[-1]) if compressed else -(-self._dots * BITS[levels] // 8)
        if self._size > MAX_PANEL:
            return self._broken(f"a panel of {self._size} bytes")
        guide = GUIDE_DOTS.get(self._dots, self._dots)
        self._longer = 0 if compressed else guide * BITS[levels] // 8
        self._panel = PanelStart(fields[1], levels, compressed, self._start)
        self._data = bytearray()
        self._state = self._take_data if self._size else self._take_end
        return self._panel

    def _take_data(self, data: bytes, at: int) -> tuple[int, Event | None]:
        part = data[at : at + self._size - len(self._data)]
        self._data += part
        if len(self._data) == self._size:
            self._state = self._take_end
        return at + len(part), None

    def _take_end(self, data: bytes, at: int) -> tuple[int, Event | None]:
        """CR; without it a panel of the guide's larger size is still going on."""
        if data[at] != CR and self._longer > self._size:
            self._size = self._longer
            self._state = self._take_data
            return at, None
        assert self._panel is not None
        head, body = self._panel, bytes(self._data)
        event = PanelEnd(head.panel, head.levels, head.compressed, body, self.offset)
        if data[at] != CR:
            return at, self._broken(f"{data[at]:02X} where a panel needs its CR", self.offset)
        self.reset()
        return at + 1, event

    def _broken(self, message: str, offset: int | None = None) -> Damage:
        damage = Damage(message, self._start if offset is None else offset)
        self.reset()
        return damage


def _run_end(data: bytes, at: int, byte: int) -> int:
    """Where a run of padding ends: skipped at once, or a megabyte of it would cost seconds."""
    rest = data[at:]
    return at + len(rest) - len(rest.lstrip(bytes((byte,))))
