"""Bulk-only transport over a `Port`: one command block, its data, its status, in step or not at all.

Knows frames, tags, stalls and retries, not what a command means. Whoever breaks a command off leaves the
device waiting for its bytes; so nothing goes down the pipe again before a reset and an empty IN pipe
(exactly-once.md §4). Queries and image data move nothing and are repeated; an action never is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from drivers.contract import (
    Clock,
    NotUnderstood,
    TransferStalled,
    TransferTimeout,
)
from drivers.matica import wire
from drivers.transports.port import Port

T = TypeVar("T")

#: "On a stalled pipe the host clears the halt and repeats (up to 10 times)" (sheet, USB framing).
STALL_TRIES = 10
#: A query that is strange or lost is asked so often: one is the cable's, three are the printer's.
QUERY_TRIES = 3
#: An image panel is sent again so often after a stall or a short residue: it only fills memory.
PANEL_TRIES = 3
#: Late, doubled and foreign transfers that are passed over while one status is waited for.
STRANGE_READS = 10
#: An answer that lies ready comes within a USB frame of 1 ms; five of them.
DRAIN_S = 0.005
#: The longest answer has 96 bytes; a pipe that still gives after 2 MiB is no printer's.
DRAIN_READS = 32
DRAIN_BYTES = 65536

Counted = Callable[[int], None]


@dataclass(frozen=True)
class Done:
    """A command that came to its end. `status` 0 is good, else the sense says what was wrong."""

    data: bytes
    residue: int
    status: int


def _uncounted(_: int) -> None:
    """Bytes that no card's fate hangs on."""


class Bulk:
    """The command pipe of one printer."""

    def __init__(self, port: Port, clock: Clock, reply_s: float, chunk: int) -> None:
        self._port = port
        self._clock = clock
        self._reply_s = reply_s
        self._chunk = chunk
        # A status of an earlier process that still lies in the pipe must not bear our first tag.
        self._tag = int(clock.monotonic() * 1000) & 0x7FFFFFFF
        self._in_step = False

    @property
    def in_step(self) -> bool:
        """Between two commands, as far as both ends know."""
        return self._in_step

    def recover(self) -> None:
        """Reset recovery by control request, then whatever lies in the IN pipe is dropped."""
        self._in_step = False
        self._port.soft_reset()
        self._drain()
        self._in_step = True

    def _drain(self) -> None:
        for _ in range(DRAIN_READS):
            try:
                self._port.read(DRAIN_BYTES, DRAIN_S)
            except TransferTimeout:
                return
            except TransferStalled:
                continue

    # ------------------------------------------------------------------ what may be repeated
    def ask(self, block: bytes, size: int, read: Callable[[bytes], T]) -> T:
        """A query: repeated, each time from a clean pipe, until its answer can be read.

        Raises what the last try raised; a device that refuses it is `NotUnderstood`.
        """
        for attempt in range(1, QUERY_TRIES + 1):
            try:
                done = self._fresh(block, size)
                if done.status != wire.PASSED:
                    raise NotUnderstood(f"query {block[0]:02X} was refused")
                return read(done.data)
            except (TransferTimeout, TransferStalled, NotUnderstood):
                if attempt == QUERY_TRIES:
                    raise
        raise AssertionError("QUERY_TRIES is at least 1")

    def passes(self, block: bytes) -> bool:
        """A query without data: whether the device says good."""
        return self._fresh(block, 0).status == wire.PASSED

    def _fresh(self, block: bytes, size: int) -> Done:
        if not self._in_step:
            self.recover()
        end = self._clock.monotonic() + self._reply_s
        return self._exchange(block, b"", size, end, _uncounted)

    def fill(self, block: bytes, data: bytes, end: float, taken: Counted) -> Done:
        """Image data into a buffer: repeated whole after a stall or a remainder, since a part that was
        taken twice would shift the picture. Raises `TransferTimeout` when `end` comes first."""
        for attempt in range(1, PANEL_TRIES + 1):
            if not self._in_step:
                self.recover()
            try:
                done = self._exchange(block, data, 0, end, taken)
            except (TransferStalled, NotUnderstood):
                if attempt == PANEL_TRIES:
                    raise
                continue
            if done.status != wire.PASSED or not done.residue:
                return done
        raise NotUnderstood(f"{done.residue} of {len(data)} image bytes were left over")

    # ------------------------------------------------------------------ what may not
    def act(self, block: bytes, taken: Counted) -> Done:
        """A command that may move a card: once. Out of step, it is refused by us (AssertionError)."""
        assert self._in_step, "an action on a pipe that is out of step"
        end = self._clock.monotonic() + self._reply_s
        return self._exchange(block, b"", 0, end, taken)

    # ------------------------------------------------------------------ one command
    def _exchange(self, block: bytes, out: bytes, size: int, end: float, taken: Counted) -> Done:
        self._in_step = False
        self._tag = (self._tag + 1) & 0xFFFFFFFF
        self._send_frame(wire.frame(self._tag, block, len(out), size), end, taken)
        self._send(out, end, taken)
        data, status = self._answer(size, end)
        if status.status not in (wire.PASSED, wire.FAILED):
            raise NotUnderstood(f"command {block[0]:02X}: status {status.status}")
        self._in_step = True
        return Done(data, status.residue, status.status)

    def _send_frame(self, frame: bytes, end: float, taken: Counted) -> None:
        """One packet: a stall says that it was not taken, so it may go again."""
        for attempt in range(1, STALL_TRIES + 1):
            try:
                self._send(frame, end, taken)
                return
            except TransferStalled:
                if attempt == STALL_TRIES:
                    raise

    def _send(self, data: bytes, end: float, taken: Counted) -> None:
        """All of it, resumed after a NAK until `end`."""
        at = 0
        while at < len(data):
            left = end - self._clock.monotonic()
            if left <= 0:
                raise TransferTimeout(f"{at} of {len(data)} bytes taken", at)
            try:
                count = self._port.write(data[at : at + self._chunk], left)
            except TransferTimeout as late:
                count = late.accepted
            taken(count)
            at += count

    def _answer(self, size: int, end: float) -> tuple[bytes, wire.CommandStatus]:
        """The data stage and the status that bears our tag.

        A status of another tag ends the answer of a command of the past: what came before it was that
        one's data. More data than was asked for are a doubled answer's.
        """
        data = b""
        strange = stalls = 0
        while strange <= STRANGE_READS:
            try:
                part = self._read(max(size - len(data), wire.STATUS_BYTES), end)
            except TransferStalled:
                stalls += 1
                if stalls > STALL_TRIES:
                    raise
                continue
            status = wire.command_status(part)
            if status is not None and status.tag == self._tag:
                return data, status
            if status is None and len(data) < size and len(data) + len(part) <= size:
                data += part
                continue
            strange += 1
            data = b"" if status is not None else data
        raise NotUnderstood(f"no status among {strange} transfers")

    def _read(self, size: int, end: float) -> bytes:
        left = end - self._clock.monotonic()
        if left <= 0:
            raise TransferTimeout("no status in time")
        return self._port.read(size, left)
