"""Looking at the printer: its port status where it has one, its texts and sensors where it may be asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from drivers.contract import (
    Clock,
    Condition,
    NotUnderstood,
    Reason,
    Status,
    TransferTimeout,
)
from drivers.evolis.codes import card_inside, replies, reply_row, sensors
from drivers.evolis.dialogue import Dialogue
from drivers.evolis.ports import is_known, read_port
from drivers.evolis.wire import is_error_text
from drivers.memory import Seen
from drivers.models import Model
from drivers.reasons import reasons
from drivers.transports.port import Port, is_usb

PATH = "Rlr;p"
#: Sensors that explain a printer without an error text, the worst first.
_EXPLAIN = ("Rse;o", "Rse;b", "Rse;f")
_READY = Status(Condition.READY, (), "OK")


class Watch:
    """Every look that is not part of a card's stream."""

    def __init__(self, port: Port, dialogue: Dialogue, clock: Clock, model: Model) -> None:
        self._port = port
        self._dialogue = dialogue
        self._clock = clock
        self._path = model.evolis.path_query

    def moves(self) -> bool:
        """Whether a card is on its way: by port status, on a line by the card inside."""
        if is_usb(self._port):
            return read_port(self._port.port_status()).condition is Condition.BUSY
        return self._path is not None and self.card_inside()

    def card_inside(self) -> bool:
        """Rlr;p, as a witness."""
        return self._dialogue.witness(PATH, card_inside)

    def look(self, may_ask: bool, ours: bool) -> Seen:
        """One look. `ours`: a card of ours may be on its way, so that a line that is silent is busy."""
        if not is_usb(self._port):
            return self._look_along_line(may_ask, ours)
        try:
            byte = self._port.port_status()
        except NotUnderstood as strange:
            return _unnamed(Reason("not-understood", str(strange)))
        status = read_port(byte)
        if status.condition is Condition.BUSY or not status.reasons or not is_known(byte):
            return Seen(status)
        if may_ask:
            return self._named(status)
        return Seen(status, named=False)

    def wait_while_moving(self, limit_s: float, interval_s: float) -> None:
        """Until no card moves or the time is over."""
        end = self._clock.monotonic() + limit_s
        while self.moves():
            left = end - self._clock.monotonic()
            if left <= 0:
                return
            self._clock.sleep(min(interval_s, left))

    # ------------------------------------------------------------------------- along a line
    def _look_along_line(self, may_ask: bool, ours: bool) -> Seen:
        if not may_ask:
            return Seen(Status(Condition.BUSY, (), "mid-stream"))
        try:
            seen = self._named(_READY)
            if seen.status.condition is Condition.STOPPED or self._path is None:
                return seen
            if not self.card_inside():
                return seen
        except TransferTimeout:
            if not ours:
                raise
            return Seen(Status(Condition.BUSY, (), "no answer"))
        except NotUnderstood as strange:
            return _unnamed(Reason("not-understood", str(strange)))
        if ours:
            return Seen(Status(Condition.BUSY, (), "CARD"))
        return _unnamed(Reason("path-not-empty", "CARD"))

    # ------------------------------------------------------------------------- texts
    def _named(self, status: Status) -> Seen:
        """The error's name: Rlr, an answer that was never read, else a sensor."""
        told = [text for text in self._dialogue.pending() if _is_word(text)]
        try:
            answer = self._dialogue.ask("Rlr", str)
            found = _first_error((answer, *told))
            if found is not None:
                return found
            return self._by_sensor(status, [answer, *told])
        except TransferTimeout:
            if not is_usb(self._port):
                raise
            return _unnamed(Reason("other", f"{status.raw}, no answer"))
        except NotUnderstood as strange:
            return _unnamed(Reason("not-understood", f"{status.raw}, {strange}"))

    def _by_sensor(self, status: Status, texts: list[str]) -> Seen:
        """No text is an error: a ready printer with its warnings, else what a sensor says."""
        warnings = tuple(
            Reason(row.keyword, text) for text in texts if (row := reply_row(text)) is not None
        )
        raw = f"{status.raw}, {texts[0]}"
        seen = (self._dialogue.ask(query, sensors()[query].reason) for query in _EXPLAIN)
        reason = next((found for found in seen if found is not None), None)
        if status.condition is Condition.READY:
            if reason is None or reason.keyword == "media-empty":
                # An empty feeder is no error of a card that has left it already.
                empty = (reason,) if reason else status.reasons
                return Seen(replace(status, reasons=(*empty, *warnings), raw=raw))
            return _unnamed(reason)
        if reason is None:
            return Seen(replace(status, reasons=(*status.reasons, *warnings), raw=raw))
        return _unnamed(reason)


def _is_word(text: str) -> bool:
    """Whether a leftover is a reply at all, and not the value that some late query asked for."""
    return text in replies() or is_error_text(text)


def _first_error(texts: Iterable[str]) -> Seen | None:
    for text in texts:
        row = reply_row(text)
        if row is not None and reasons()[row.keyword].stops:
            status = Status(Condition.STOPPED, (Reason(row.keyword, text[:60]),), text[:60])
            return Seen(status, drew_no_card=row.drew_no_card)
    return None


def _unnamed(reason: Reason) -> Seen:
    return Seen(Status(Condition.STOPPED, (reason,), reason.raw))
