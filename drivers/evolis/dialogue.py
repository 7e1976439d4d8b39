"""Question and answer over a `Port`: answers are bare texts, so that one of them proves nothing of its question.

Two guards: a pipe is drained before it is asked, and answers that something hangs on (card inside, counter,
error, sensor) count only if the serial number, asked right behind them, comes right behind them. Knows when
an answer is complete, not what it means. Whether a query may be sent at all is decided in `driver.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from drivers.contract import Clock, NotUnderstood, TransferStalled, TransferTimeout
from drivers.evolis import wire
from drivers.transports.port import Port, is_usb

T = TypeVar("T")

#: One garbled or late answer is the cable's, three are the printer's.
QUERY_TRIES = 3
#: Resets, each with its query, before a parser counts as not brought to idle.
IDLE_TRIES = 3
#: One packet of a high-speed bulk pipe; on a line any size would do.
READ_BYTES = 512
#: An answer that lies ready on the IN pipe comes within a USB frame of 1 ms; five of them.
DRAIN_S = 0.005
#: A mebibyte: a device that says more than this without being asked is no printer.
DRAIN_READS = (1 << 20) // READ_BYTES
#: Pause after an empty transfer, so that a device that sends nothing but those is no busy loop.
EMPTY_PAUSE_S = 0.01
#: What fills a panel that a dead host left half sent goes out in blocks of this size.
FILLER_BYTES = 16384
MAX_SERIAL = 64
#: So many late answers are let by before the printer is asked anew.
MOST_LATE = 16

SERIAL = "Rsn"


class Dialogue:
    """The request side of one printer. Not for card data, which `CardStream` sends."""

    def __init__(self, port: Port, clock: Clock, reply_s: float) -> None:
        self._port = port
        self._clock = clock
        self._reply_s = reply_s
        self._unsent = b""
        self._heard = b""
        self.serial: str | None = None

    def send(
        self, message: bytes, limit_s: float | None = None, stall_s: float | None = None
    ) -> None:
        """Send all of it, resuming after a NAK, within `limit_s` and never without a byte taken for `stall_s`;
        each is `reply_s` unless given. What a deadline leaves unsent goes out first next time: half a command
        would swallow the beginning of the next one."""
        end = self._clock.monotonic() + (self._reply_s if limit_s is None else limit_s)
        stall = self._reply_s if stall_s is None else stall_s
        stalled = self._clock.monotonic() + stall
        self._unsent += message
        while self._unsent:
            left = min(end, stalled) - self._clock.monotonic()
            if left <= 0:
                raise self._not_taken(message)
            try:
                taken = self._port.write(self._unsent, min(left, self._reply_s))
            except TransferTimeout as late:
                taken = late.accepted
            if taken:
                stalled = self._clock.monotonic() + stall
            self._unsent = self._unsent[taken:]

    def _not_taken(self, message: bytes) -> TransferTimeout:
        if len(self._unsent) >= len(message):
            self._unsent = self._unsent[: -len(message)]  # not begun: nothing to finish later
        return TransferTimeout("the printer takes no command")

    # ------------------------------------------------------------------------- hearing
    def poll(self, limit_s: float) -> str | None:
        """The next answer, None when none came in time. `NotUnderstood` for one without an end."""
        end = self._clock.monotonic() + limit_s
        while True:
            text, self._heard = wire.take_answer(self._heard)
            if text is not None:
                return text
            if len(self._heard) > wire.MAX_ANSWER_BYTES:
                raise NotUnderstood(f"an answer without an end: {self._heard[:40]!r}")
            left = end - self._clock.monotonic()
            if left <= 0:
                return None
            try:
                part = self._port.read(READ_BYTES, left)
            except TransferTimeout:
                return None
            if not part:
                self._clock.sleep(EMPTY_PAUSE_S)
            self._heard += part

    def answer(self) -> str:
        """The next answer within `reply_s`, else `TransferTimeout`, or `NotUnderstood` for half of one."""
        text = self.poll(self._reply_s)
        if text is not None:
            return text
        if self._heard:
            raise NotUnderstood(f"an answer without an end: {self._heard[:40]!r}")
        raise TransferTimeout(f"no answer within {self._reply_s:g} s")

    def pending(self) -> list[str]:
        """What lies on the IN pipe: answers to commands of the past, late and doubled ones. It is empty then."""
        told: list[str] = []
        for _ in range(DRAIN_READS):
            try:
                part = self._port.read(READ_BYTES, DRAIN_S)
            except TransferTimeout:
                break
            if not part:
                break
            self._heard += part
            text, rest = wire.take_answer(self._heard)
            while text is not None:
                told.append(text)
                text, rest = wire.take_answer(rest)
            self._heard = rest[-wire.MAX_ANSWER_BYTES :]
        self._heard = b""
        return told

    # ------------------------------------------------------------------------- asking
    def ask(self, query: str, read: Callable[[str], T], tries: int = QUERY_TRIES) -> T:
        """Send a query and read its answer; after a lost or strange one drain the pipe and ask again."""
        for attempt in range(1, tries + 1):
            try:
                self.send(wire.command(query))
                return read(self.answer())
            except (TransferTimeout, NotUnderstood):
                if attempt == tries:
                    raise
                self.pending()
        raise AssertionError("tries is at least 1")

    def batch(self, *queries: str) -> list[str]:
        """Answers that something may hang on, one a query: the unit's own serial number must come right after
        them, or one of them was another's. Asked again when it does not."""
        for attempt in range(1, QUERY_TRIES + 1):
            self.pending()
            try:
                texts = [self._one(query) for query in queries]
                behind = self._one(SERIAL)
                if behind == self.serial:
                    return texts
                self._fall_into_step()
                raise NotUnderstood(
                    f"answers out of step: {behind[:40]!r} behind {texts[-1][:40]!r}"
                )
            except (TransferTimeout, NotUnderstood):
                if attempt == QUERY_TRIES:
                    raise
        raise AssertionError("QUERY_TRIES is at least 1")

    def _fall_into_step(self) -> None:
        """Late answers go by until the serial number comes that was asked for."""
        for _ in range(MOST_LATE):
            if self.poll(self._reply_s) in (self.serial, None):
                return

    def _one(self, query: str) -> str:
        self.send(wire.command(query))
        return self.answer()

    def witness(self, query: str, read: Callable[[str], T]) -> T:
        """One such answer, read. What is in step and still strange is the printer's own."""
        return read(self.batch(query)[0])

    def read_serial(self, tries: int = QUERY_TRIES) -> str:
        """The serial number, asked afresh. Told twice the same, or it is `NotUnderstood`."""
        self.pending()
        first = self.ask(SERIAL, serial_text, tries)
        if first != self.serial and self.ask(SERIAL, serial_text) != first:
            raise NotUnderstood("two different serial numbers in a row")
        self.serial = first
        return first

    # ------------------------------------------------------------------------- idle (§4)
    def bring_to_idle(self, panel_bytes: int, limit_s: float, stall_s: float) -> None:
        """Until a query is answered: the parser then waits for no card's bytes (exactly-once.md §4).

        By USB the soft reset drops what is half received. A line has no such request: a parser that does not
        answer is in the middle of a panel, whose length decides (§2), so it gets the rest as NULs, which are
        no dye and no resin, and between commands are nothing at all. Raises what the last try raised, or at once
        when a line takes nothing for `stall_s`: another try would wait for the same.
        """
        for attempt in range(1, IDLE_TRIES + 1):
            if is_usb(self._port):
                self._port.soft_reset()
            self._unsent = b""
            self.pending()
            try:
                self.send(wire.PADDING)
                self.serial = None
                self.read_serial(tries=1)
                return
            except (TransferTimeout, TransferStalled, NotUnderstood):
                if attempt == IDLE_TRIES:
                    raise
            if not is_usb(self._port):
                self._fill(panel_bytes, limit_s, stall_s)

    def _fill(self, panel_bytes: int, limit_s: float, stall_s: float) -> None:
        end = self._clock.monotonic() + limit_s
        # CR ends a command that was cut in its parameters; inside a panel it is one dot's worth of data.
        self.send(wire.CR, limit_s, stall_s)
        for start in range(0, panel_bytes, FILLER_BYTES):
            block = wire.NUL * min(FILLER_BYTES, panel_bytes - start)
            self.send(block, max(end - self._clock.monotonic(), self._reply_s), stall_s)


def serial_text(text: str) -> str:
    """A serial number, not an answer to something else."""
    strange = text == wire.OK or wire.is_error_text(text) or not text.isprintable()
    if strange or not 1 <= len(text) <= MAX_SERIAL:
        raise NotUnderstood(f"no serial number: {text[:40]!r}")
    return text
