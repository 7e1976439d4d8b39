"""Talking with a receipt printer: bytes out in bounded chunks, answers in, patient but bounded.

Knows which answer belongs to which question, not what a slip is. Sheet: escpos.md.
"""

from __future__ import annotations

from drivers.contract import Clock, Status, TransferTimeout, TransportError
from drivers.receipt import wire
from drivers.receipt.codes import read_status
from drivers.receipt.line import Line

#: Sheet: a real-time answer comes within 0.5 to 1 s.
REPLY_S = 1.0
#: All four queries are asked so many times before the printer counts as dumb.
QUERY_TRIES = 2
#: One transfer. Small, so that the count of taken bytes stays true when the cable goes.
CHUNK_BYTES = 512
#: One packet of a full-speed bulk pipe.
READ_BYTES = 64
#: An answer that lies ready comes within a USB frame of 1 ms; five of them.
DRAIN_S = 0.005
#: A line that gives more than 4 KB of old answers is not a printer's.
DRAIN_READS = 64
#: Pause after an empty transfer, so that a device that sends nothing but those is no busy loop.
EMPTY_PAUSE_S = 0.01


class Broken(Exception):
    """A stream ended early. `taken` bytes were acknowledged; `touched`: some may have arrived."""

    def __init__(self, detail: str, taken: int, touched: bool) -> None:
        super().__init__(detail)
        self.taken = taken
        self.touched = touched


class Dialogue:
    """Both directions of one line."""

    def __init__(self, line: Line, clock: Clock) -> None:
        self._line = line
        self._clock = clock
        self._ear = wire.Ear()
        self._open_barriers = 0

    # ------------------------------------------------------------------------- asking
    def status(self) -> Status:
        """The four real-time queries, old answers dropped first. `TransferTimeout` when it is dumb."""
        for attempt in range(1, QUERY_TRIES + 1):
            self._drain()
            try:
                return self.look()
            except TransferTimeout:
                if attempt == QUERY_TRIES:
                    raise
        raise AssertionError("QUERY_TRIES is at least 1")

    def look(self) -> Status:
        """One look that loses nothing of what is waited for meanwhile."""
        return read_status({n: self._ask(n) for n in wire.QUERIES})

    def _ask(self, n: int) -> int:
        end = self._clock.monotonic() + REPLY_S
        question = wire.query(n)
        while question:
            left = end - self._clock.monotonic()
            if left <= 0:
                raise TransferTimeout("the printer takes no query")
            try:
                question = question[self._line.write(question, left) :]
            except TransferTimeout as late:
                question = question[late.accepted :]
        while (left := end - self._clock.monotonic()) > 0:
            for answer in self.hear(left):
                if isinstance(answer, wire.RealTime):
                    return answer.byte
        raise TransferTimeout(f"no answer to DLE EOT {n} within {REPLY_S:g} s")

    def hear(self, patience_s: float) -> list[wire.Answer]:
        """What is said next, empty when nothing came until then. Ends of slips are counted here."""
        try:
            data = self._line.read(READ_BYTES, patience_s)
        except TransferTimeout:
            return []
        if not data:
            self._clock.sleep(EMPTY_PAUSE_S)
        answers = self._ear.hear(data)
        ends = sum(isinstance(answer, wire.InLine) for answer in answers)
        self._open_barriers = max(0, self._open_barriers - ends)
        return answers

    def _drain(self) -> None:
        for _ in range(DRAIN_READS):
            if not self.hear(DRAIN_S):
                break

    # ------------------------------------------------------------------------- sending
    @property
    def ended(self) -> bool:
        """Whether every barrier that was sent has been answered."""
        return not self._open_barriers

    def forget_barriers(self) -> None:
        """The printer was emptied: no answer to an old barrier will come."""
        self._open_barriers = 0
        self._ear.forget()

    def send(self, data: bytes, limit_s: float) -> None:
        """All of it, then a barrier; resumes after a NAK, repeats nothing. `Broken` when it ends early."""
        end = self._clock.monotonic() + limit_s
        whole = data + wire.BARRIER
        taken = 0
        while taken < len(whole):
            left = end - self._clock.monotonic()
            if left <= 0:
                raise Broken(f"{taken} bytes were taken in {limit_s:g} s", taken, taken > 0)
            try:
                taken += self._line.write(whole[taken : taken + CHUNK_BYTES], left)
            except TransferTimeout as late:
                taken += late.accepted
            except TransportError as lost:
                raise Broken(str(lost), taken, True) from lost
        self._open_barriers += 1
