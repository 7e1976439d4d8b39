"""Question and answer over a `Port`: send a request whole, read its answer, be patient but bounded.

Knows when an answer is complete, not what it means. Whether a query may be sent at all (never while
the printer waits for a card's bytes, exactly-once.md §4) is decided in `driver.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from drivers.contract import Clock, NotUnderstood, TransferStalled, TransferTimeout
from drivers.magicard import wire
from drivers.transports.port import Port

T = TypeVar("T")

#: A query is asked so many times before it counts as unanswered: one garbled or late answer is the
#: cable's, three are the printer's.
QUERY_TRIES = 3
#: Soft resets, each with its query, before a parser counts as not brought to idle.
IDLE_TRIES = 3
#: One packet of a full-speed bulk pipe (usb-printer-class.md, "read in ≤ one packet chunks").
READ_BYTES = 64
#: An answer that lies ready on the IN pipe comes within a USB frame of 1 ms; five of them.
DRAIN_S = 0.005
#: Twice the longest answer, in packets: an IN pipe that gives more than this is not a printer's.
DRAIN_READS = 2 * wire.MAX_ANSWER_BYTES // READ_BYTES
#: Pause after an empty transfer, so that a device that sends nothing but those is no busy loop.
EMPTY_PAUSE_S = 0.01


class Dialogue:
    """The request side of one printer. Not for card data, which `CardStream` sends."""

    def __init__(self, port: Port, clock: Clock, reply_s: float) -> None:
        self._port = port
        self._clock = clock
        self._reply_s = reply_s
        self._unsent = b""

    def send(self, message: bytes) -> None:
        """Send all of it, resuming after a NAK. What a deadline leaves unsent goes out first next time:
        half a request would swallow the beginning of the next one."""
        end = self._clock.monotonic() + self._reply_s
        self._unsent += message
        while self._unsent:
            left = end - self._clock.monotonic()
            if left <= 0:
                raise self._not_taken(message)
            try:
                taken = self._port.write(self._unsent, left)
            except TransferTimeout as late:
                taken = late.accepted
            self._unsent = self._unsent[taken:]

    def _not_taken(self, message: bytes) -> TransferTimeout:
        if len(self._unsent) >= len(message):
            self._unsent = self._unsent[: -len(message)]  # not begun: nothing to finish later
        return TransferTimeout("the printer takes no request")

    def ask(self, message: bytes, read: Callable[[bytes], T], tries: int = QUERY_TRIES) -> T:
        """Send a query and read its answer; after a lost or strange one drain the pipe and ask again."""
        for attempt in range(1, tries + 1):
            try:
                self.send(message)
                return read(self._answer())
            except (TransferTimeout, NotUnderstood):
                if attempt == tries:
                    raise
                self.drain()
        raise AssertionError("tries is at least 1")

    def drain(self) -> None:
        """Drop what lies on the IN pipe: late and doubled answers to questions of the past."""
        for _ in range(DRAIN_READS):
            try:
                if not self._port.read(READ_BYTES, DRAIN_S):
                    return
            except TransferTimeout:
                return

    def bring_to_idle(self) -> wire.ErrorAnswer:
        """Soft reset, then REQ,ERR until it is answered (exactly-once.md §4): the parser then waits for
        no card's bytes. Raises what the last try raised when it never is."""
        for attempt in range(1, IDLE_TRIES + 1):
            self._port.soft_reset()
            self._unsent = b""
            self.drain()
            try:
                return self.ask(wire.request("ERR"), wire.error_answer, tries=1)
            except (TransferTimeout, TransferStalled, NotUnderstood):
                if attempt == IDLE_TRIES:
                    raise
        raise AssertionError("IDLE_TRIES is at least 1")

    def _answer(self) -> bytes:
        end = self._clock.monotonic() + self._reply_s
        buffer = b""
        while (left := end - self._clock.monotonic()) > 0:
            try:
                part = self._port.read(READ_BYTES, left)
            except TransferTimeout:
                break
            if not part:
                self._clock.sleep(EMPTY_PAUSE_S)
            body, buffer = wire.take_answer(buffer + part)
            if body is not None:
                return body
            if len(buffer) > wire.MAX_ANSWER_BYTES:
                break
        if buffer:
            raise NotUnderstood(f"an answer without an end: {buffer[:40]!r}")
        raise TransferTimeout(f"no answer within {self._reply_s:g} s")
