"""The body of a receipt printer: buffer, paper, cover, cutter, and what it says of them. escpos.md.

Real-time queries are heard as their bytes arrive, whatever waits before them; everything else waits in
the buffer for the mechanism, which stands still while the printer is offline.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from simulator.receipt import parser
from simulator.receipt.paper import Paper, Slip
from simulator.receipt.spec import ArmedFault, ReceiptSpec

DOTS_PER_MM = 8
# A wish that nobody reads is dropped: as many answers as a printer's own output buffer holds (I).
MAX_REPLIES = 256
KEPT_SLIPS = 200
# Status changes that the sheet's GS a mask has a bit for: drawer, online, error, paper.
_ASB_MASK = 0x0F
_STATUS_QUERIES = [bytes((parser.DLE, parser.EOT, n)) for n in (1, 2, 3, 4)]
_RECOVERIES = [bytes((parser.DLE, parser.ENQ, n)) for n in (1, 2)]
_MOVES = ("line", "feed-lines", "feed-dots", "symbol", "raster", "cut")


class ReceiptBody:
    """Truth of one printer. Every call is given the moment; nothing here waits."""

    def __init__(self, spec: ReceiptSpec, cut_cable: Callable[[], None]) -> None:
        self.spec = spec
        self.paper = Paper(spec.columns)
        self.slips: deque[Slip] = deque(maxlen=KEPT_SLIPS)
        self.faults: list[ArmedFault] = []
        self.power = True
        self.cover_open = False
        self.cutter_stuck = False
        self.broken = False
        self.roll_dots = spec.roll_mm * DOTS_PER_MM
        self.now = 0.0
        self.replies = bytearray()
        self._buffer = bytearray()
        self._half = False  # the buffer ends inside a command
        self._heard = b""
        self._asb = 0
        self._asb_told = b""
        self._hot_until = 0.0
        self._free_at = 0.0
        self._lines_done = 0
        self._cut_cable = cut_cable

    # ------------------------------------------------------------------ what is so
    @property
    def paper_out(self) -> bool:
        return self.roll_dots <= 0

    @property
    def near_end(self) -> bool:
        return self.roll_dots < self.spec.near_end_mm * DOTS_PER_MM

    @property
    def hot(self) -> bool:
        return self.now < self._hot_until

    @property
    def in_error(self) -> bool:
        return self.cutter_stuck or self.broken or self.hot

    @property
    def offline(self) -> bool:
        return self.cover_open or self.paper_out or self.in_error

    @property
    def busy(self) -> bool:
        """The mechanism moves, or has something to do as soon as it may."""
        return self.now < self._free_at or bool(self._buffer)

    # ------------------------------------------------------------------ the line
    def take(self, data: bytes, now: float) -> int:
        """Hear as many bytes as the buffer has room for; 0 when it is full."""
        self.advance(now)
        taken = bytes(data[: self.spec.buffer_bytes - len(self._buffer)])
        if not self._buffer:
            self._free_at = max(self._free_at, now)
        for byte in taken:
            self._buffer.append(byte)
            if self._listen(byte) and parser.whole(bytes(self._buffer[:-3])):
                del self._buffer[-3:]  # obeyed; it only stays where it is part of a picture
        self._half = self._half and not taken
        self.advance(now)
        return len(taken)

    def give(self, size: int) -> bytes:
        """Up to `size` bytes of what it has to say."""
        said = bytes(self.replies[:size])
        del self.replies[:size]
        return said

    def _say(self, answer: bytes) -> None:
        if len(self.replies) + len(answer) <= MAX_REPLIES:
            self.replies += answer

    def _listen(self, byte: int) -> bool:
        """The real-time ear: DLE EOT n wherever it stands, inside a picture too (as real ones do)."""
        self._heard = (self._heard + bytes((byte,)))[-3:]
        if self._heard in _STATUS_QUERIES:
            if not self._strike_reply():
                self._say(bytes((self.real_time(byte),)))
        elif self._heard in _RECOVERIES:
            self._recover(clear=byte == 2)
        else:
            return False
        return True

    def _recover(self, clear: bool) -> None:
        if not self.broken and not self.cutter_stuck and not self.hot:
            return
        if clear:
            self.forget()
        self._hot_until = self.now

    # ------------------------------------------------------------------ status
    def real_time(self, n: int) -> int:
        """The answer to DLE EOT n."""
        bits = {
            1: self.offline << 3,
            2: self.cover_open << 2 | self.paper_out << 5 | self.in_error << 6,
            3: self.cutter_stuck << 3 | self.broken << 5 | self.hot << 6,
            4: (0x0C if self.near_end else 0) | (0x60 if self.paper_out else 0),
        }
        return 0x12 | bits[n]

    def asb(self) -> bytes:
        """The four bytes of Automatic Status Back."""
        return bytes(
            (
                0x10 | self.offline << 3 | self.cover_open << 5,
                self.cutter_stuck << 3 | self.broken << 5 | self.hot << 6,
                (0x03 if self.near_end else 0) | (0x0C if self.paper_out else 0),
                0,
            )
        )

    def _tell_changes(self) -> None:
        if self._asb and self.power and self.asb() != self._asb_told:
            self._asb_told = self.asb()
            self._say(self._asb_told)

    # ------------------------------------------------------------------ time
    def next_due(self, now: float) -> float | None:
        """When the mechanism goes on by itself."""
        if not self.power:
            return None
        if self.hot:
            return self._hot_until
        waits = bool(self._buffer) and not self._half and not self.offline
        return self._free_at if waits else None

    def advance(self, now: float) -> None:
        """Let the mechanism do what it has time for."""
        self.now = max(self.now, now)
        while self.power and not self.offline and self._free_at <= self.now and self._buffer:
            command, size = parser.take(bytes(self._buffer))
            self._half = command is None
            if command is None:
                break
            if command.name in _MOVES and self._strike_line(command.name):
                continue
            del self._buffer[:size]
            self._free_at += self._execute(command) / self.spec.dots_per_s
        if self.offline:
            self._free_at = max(self._free_at, self.now)  # what waits takes its time afterwards
        self._tell_changes()

    def _execute(self, command: parser.Command) -> int:
        """Dot rows that the paper moved."""
        if command.name == "ask":
            end, near = (0x0C if self.paper_out else 0), (0x03 if self.near_end else 0)
            self._say(bytes((end | near if command.n % 48 == 1 else 0,)))
            return 0
        if command.name == "asb":
            self._asb, self._asb_told = command.n & _ASB_MASK, b""
            return 0
        if command.name == "real-time":
            return 0  # heard already, as its bytes came
        if command.name == "cut":
            self._cut()
            return 0
        moved = self.paper.do(command)
        self._lines_done += command.name in _MOVES
        self.roll_dots = max(0, self.roll_dots - moved)
        return moved

    def _cut(self) -> None:
        self._lines_done = 0
        if self.paper.touched:
            self.slips.append(self.paper.take_off(cut=True))

    # ------------------------------------------------------------------ faults
    def _strike_line(self, moves: str) -> bool:
        """Whether a fault stopped the machine before this command."""
        for fault in self.faults:
            if fault.fault == "no-reply" or (fault.fault == "cutter") != (moves == "cut"):
                continue
            if fault.fault == "cutter" or self._lines_done >= fault.line:
                self._used(fault)
                self._strike(fault.fault)
                return True
        return False

    def _strike_reply(self) -> bool:
        for fault in self.faults:
            if fault.fault == "no-reply":
                self._used(fault)
                return True
        return False

    def _used(self, fault: ArmedFault) -> None:
        fault.times -= 1
        if fault.times <= 0:
            self.faults.remove(fault)

    def _strike(self, fault: str) -> None:
        if fault == "paper-end":
            self.roll_dots = 0
        elif fault == "paper-near-end":
            self.low_paper()
        elif fault == "cover-open":
            self.cover_open = True
        elif fault == "power-loss":
            self.power_off()
        elif fault == "unplug":
            self._cut_cable()
        elif fault == "overheat":
            self._hot_until = self.now + self.spec.cool_s
        elif fault == "unrecoverable":
            self.broken = True
        elif fault == "cutter":
            self.cutter_stuck = True

    # ------------------------------------------------------------------ hands
    def forget(self) -> None:
        """Everything received is gone; what is on the paper stays there."""
        self._buffer.clear()
        self.replies.clear()
        self._heard = b""
        self.paper.forget()

    def power_off(self) -> None:
        """Off; errors that a power cycle ends are ended."""
        self.power = False
        self.broken = False
        self._asb = 0
        self._hot_until = 0.0
        self.forget()

    def power_on(self) -> None:
        if not self.power:
            self.power = True
            self._free_at = self.now

    def new_paper(self) -> None:
        self.roll_dots = self.spec.roll_mm * DOTS_PER_MM

    def low_paper(self) -> None:
        self.roll_dots = self.spec.near_end_mm * DOTS_PER_MM - 1

    def tear_off(self) -> None:
        """A person takes what hangs out of the printer, finished or not."""
        self._lines_done = 0
        if self.paper.touched:
            self.slips.append(self.paper.take_off(cut=False))
