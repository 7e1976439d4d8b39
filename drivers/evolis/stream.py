"""One card's messages on their way: small chunks, a true count, an answer after each, an eye on the device.

A busy printer NAKs; that is normal, and the stream is resumed from the acknowledged byte, never
repeated. A loss leaves the last chunk in doubt (usb-printer-class.md, "host behaviour").
"""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import (
    Clock,
    Condition,
    DeviceGone,
    FeedBroken,
    NotUnderstood,
    Reason,
    Status,
    TransferTimeout,
    TransportError,
)
from drivers.evolis import wire
from drivers.evolis.codes import reply_row
from drivers.evolis.dialogue import Dialogue
from drivers.evolis.ports import read_port
from drivers.memory import FeedMemory, Seen
from drivers.models import Model
from drivers.reasons import reasons
from drivers.transports.port import Port, is_usb


class CardStream:
    """Sends one staged card. `memory` knows at every moment what was acknowledged of what can move it."""

    def __init__(
        self, port: Port, model: Model, clock: Clock, memory: FeedMemory, dialogue: Dialogue
    ) -> None:
        self._port = port
        self._model = model
        self._clock = clock
        self._memory = memory
        self._dialogue = dialogue
        self._usb = is_usb(port)
        self._end = clock.monotonic() + model.send_s
        self._next_look = clock.monotonic()
        self._moving = True
        self._last_taken = clock.monotonic()
        #: Whether a message is half sent: the parser then waits for the rest of it.
        self.in_message = False

    def run(self, payload: tuple[bytes, ...]) -> None:
        """Send every message; returns when the last byte is acknowledged, else raises as `Driver.feed`."""
        self._dialogue.pending()
        for number, message in enumerate(payload, start=1):
            self._send(message)
            if number < len(payload):
                self._hear(message)
        self._memory.finish()

    def _send(self, message: bytes) -> None:
        start = 0
        self._last_taken = self._clock.monotonic()
        while start < len(message):
            start += self._step(message, start)
            self.in_message = 0 < start < len(message)

    def _step(self, message: bytes, start: int) -> int:
        """One look if due, one write; how much of the chunk was taken."""
        counts = wire.moves(message)
        if self._clock.monotonic() >= self._next_look:
            self._look(self._moving)
        now = self._clock.monotonic()
        if now >= self._end:
            raise FeedBroken(f"the card was not taken within {self._model.send_s:g} s")
        self._require_progress(now)
        patience = max(min(self._next_look, self._end) - now, 0.001)
        chunk = message[start : start + self._model.chunk_bytes]
        try:
            taken = self._port.write(chunk, patience)
        except TransferTimeout as late:
            taken = late.accepted
        except TransportError as lost:
            if counts:
                self._memory.doubt(len(chunk))
            self.in_message = True
            if isinstance(lost, DeviceGone):
                raise
            raise FeedBroken(f"the card's bytes were lost: {lost}") from lost
        if counts:
            self._memory.acknowledge(taken)
        self._moving = taken > 0
        if self._moving:
            self._last_taken = self._clock.monotonic()
        return taken

    def _require_progress(self, now: float) -> None:
        """A line has no port status to tell a printer that is busy from one that is silent: it may hold a panel up
        as long as it may owe the answer to one (§5)."""
        limit = self._model.evolis.move_reply_s
        if not self._usb and now - self._last_taken >= limit:
            raise FeedBroken(f"nothing of the card was taken for {limit:g} s")

    # ------------------------------------------------------------------------- answers
    def _hear(self, message: bytes) -> None:
        """The answer to a message; anything but OK ends the card."""
        limit = self._model.evolis.move_reply_s if wire.moves(message) else self._model.reply_s
        end = min(self._clock.monotonic() + limit, self._end)
        while True:
            if self._clock.monotonic() >= self._next_look:
                self._look(True)
            text = self._poll(min(self._next_look, end) - self._clock.monotonic())
            if text is not None:
                self._judge(text)
                return
            if self._clock.monotonic() >= end:
                word = message[1:40].split(b"\r")[0].decode("latin-1")
                raise FeedBroken(f"no answer to {word} within {limit:g} s")

    def _poll(self, seconds: float) -> str | None:
        try:
            return self._dialogue.poll(max(seconds, 0.001))
        except (NotUnderstood, TransportError) as lost:
            if isinstance(lost, DeviceGone):
                raise
            raise FeedBroken(f"an answer was lost: {lost}") from lost

    def _judge(self, text: str) -> None:
        row = reply_row(text)
        if row is None or not reasons()[row.keyword].stops:
            return
        status = Status(Condition.STOPPED, (Reason(row.keyword, text[:60]),), text[:60])
        self._memory.look(Seen(status, drew_no_card=row.drew_no_card))
        raise FeedBroken(f"the printer answered {text[:60]!r}")

    # ------------------------------------------------------------------------- looks
    def _look(self, moving: bool) -> None:
        """Port status by control request alone: a query would end up in a panel (§4). A line has none."""
        self._next_look = self._clock.monotonic() + self._model.status_interval_s
        if not self._usb:
            return
        try:
            status = read_port(self._port.port_status())
        except (TransferTimeout, NotUnderstood):
            return  # one lost look; the deadline of the whole stream still holds
        except DeviceGone:
            raise
        except TransportError as lost:
            raise FeedBroken(f"the printer's status cannot be read: {lost}") from lost
        # Ready with a reason is idle with an empty feeder: an end only if it takes nothing either.
        idle = status.condition is Condition.READY and status.reasons and not moving
        if status.condition is Condition.STOPPED or idle:
            self._stopped(replace(status, condition=Condition.STOPPED))

    def _stopped(self, status: Status) -> None:
        """It shows an error: its name may be the answer that is due, which costs no byte."""
        text = None if self.in_message else self._poll(self._model.reply_s)
        if text is not None:
            self._judge(text)
        self._memory.look(Seen(status, named=False))
        raise FeedBroken(f"the printer stopped taking the card: {status.raw}")
