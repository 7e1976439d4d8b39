"""ESC/POS as a receipt printer hears it: bytes in, one command at a time out. Pure.

Written from escpos.md and the manuals it names; shares nothing with what the station sends with.
A command that is not in the table is told by name, so that a slip shows what no printer would take.
"""

from __future__ import annotations

from dataclasses import dataclass

DLE, ESC, FS, GS = 0x10, 0x1B, 0x1C, 0x1D
EOT, ENQ = 0x04, 0x05
LF, CR, HT = 0x0A, 0x0D, 0x09
# The longest parameter of a command with a length of its own: two length bytes can say no more, and a
# raster of 576 x 2,400 dots (30 cm of paper) is 172,800 bytes.
MAX_RASTER = 256 << 10

# name and number of parameter bytes of the commands of fixed length.
_FIXED: dict[bytes, tuple[str, int]] = {
    b"\x1b@": ("init", 0),
    b"\x1b!": ("mode", 1),
    b"\x1bE": ("bold", 1),
    b"\x1bG": ("bold", 1),
    b"\x1b-": ("underline", 1),
    b"\x1ba": ("align", 1),
    b"\x1bM": ("font", 1),
    b"\x1bt": ("codepage", 1),
    b"\x1b{": ("upside-down", 1),
    b"\x1bd": ("feed-lines", 1),
    b"\x1bJ": ("feed-dots", 1),
    b"\x1b2": ("spacing", 0),
    b"\x1b3": ("spacing", 1),
    b"\x1bR": ("charset", 1),
    b"\x1d!": ("size", 1),
    b"\x1dB": ("invert", 1),
    b"\x1db": ("smooth", 1),
    b"\x1da": ("asb", 1),
    b"\x1dr": ("ask", 1),
    b"\x10\x04": ("real-time", 1),
    b"\x10\x05": ("real-time", 1),
}
# `GS V m`: 65 and 66 feed n dots before the cut.
_CUT_AND_FEED = (65, 66, 97, 98)


@dataclass(frozen=True)
class Command:
    """One command, or a run of text (`text`), with its parameter bytes."""

    name: str
    data: bytes = b""

    @property
    def n(self) -> int:
        """The one parameter, 0 where there is none."""
        return self.data[0] if self.data else 0


def take(buffer: bytes) -> tuple[Command | None, int]:
    """The first command of `buffer` and its length; None and 0 while its end has not come."""
    if not buffer:
        return None, 0
    first = buffer[0]
    if first in (DLE, ESC, GS):
        return _take_escape(buffer)
    if first in (LF, CR, HT):
        return Command({LF: "line", CR: "return", HT: "tab"}[first]), 1
    if first < 0x20:
        # NUL and what else no sheet names is ignored by every printer of the sheet's manuals (I).
        return Command("nothing"), 1
    end = next((at for at, byte in enumerate(buffer) if byte < 0x20), len(buffer))
    return Command("text", buffer[:end]), end


def whole(buffer: bytes) -> bool:
    """Whether `buffer` ends between two commands."""
    while buffer:
        command, size = take(buffer)
        if command is None:
            return False
        buffer = buffer[size:]
    return True


def _take_escape(buffer: bytes) -> tuple[Command | None, int]:
    if len(buffer) < 2:
        return None, 0
    head = buffer[:2]
    if head in _FIXED:
        name, size = _FIXED[head]
        return _whole(buffer, 2 + size, Command(name, buffer[2 : 2 + size]))
    if head == b"\x1dV":
        return _take_cut(buffer)
    if head == b"\x1d(":
        return _take_counted(buffer)
    if head == b"\x1dv":
        return _take_raster(buffer)
    return Command("unknown", head), 2


def _whole(buffer: bytes, size: int, command: Command) -> tuple[Command | None, int]:
    return (command, size) if len(buffer) >= size else (None, 0)


def _take_cut(buffer: bytes) -> tuple[Command | None, int]:
    if len(buffer) < 3:
        return None, 0
    size = 4 if buffer[2] in _CUT_AND_FEED else 3
    return _whole(buffer, size, Command("cut", buffer[2:size]))


def _take_counted(buffer: bytes) -> tuple[Command | None, int]:
    """`GS ( X pL pH …`: QR codes are X = k; the others are skipped whole."""
    if len(buffer) < 5:
        return None, 0
    size = 5 + int.from_bytes(buffer[3:5], "little")
    name = "symbol" if buffer[2:3] == b"k" else "unknown"
    return _whole(buffer, size, Command(name, buffer[5:size]))


def _take_raster(buffer: bytes) -> tuple[Command | None, int]:
    """`GS v 0 m xL xH yL yH d…`; the data of the command keep m, x and y in front."""
    if len(buffer) < 8:
        return None, 0
    row = int.from_bytes(buffer[4:6], "little")
    size = 8 + row * int.from_bytes(buffer[6:8], "little")
    if size > MAX_RASTER:
        return Command("unknown", buffer[:8]), 8
    return _whole(buffer, size, Command("raster", buffer[3:size]))
