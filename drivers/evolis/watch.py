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
_QUESTIONS = ("Rlr", *_EXPLAIN)
#: The one reason of a ready printer that stops it: there is nothing to draw.
EMPTY = "media-empty"
PATH_NOT_EMPTY = "path-not-empty"
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
        """The card inside first, then the errors: a card that has just been thrown out as bad shows as both."""
        if not may_ask:
            return Seen(Status(Condition.BUSY, (), "mid-stream"))
        told = self._leftovers()
        try:
            inside, *texts = self._dialogue.batch(PATH, *_QUESTIONS)
            seen = _read(_READY, texts, told)
            if seen.status.condition is Condition.STOPPED or not card_inside(inside):
                return seen
        except TransferTimeout:
            if not ours:
                raise
            return Seen(Status(Condition.BUSY, (), "no answer"))
        except NotUnderstood as strange:
            return _unnamed(Reason("not-understood", str(strange)))
        if ours:
            return Seen(Status(Condition.BUSY, (), inside))
        return _unnamed(Reason(PATH_NOT_EMPTY, inside))

    def _named(self, status: Status) -> Seen:
        """The error's name behind a port status."""
        told = self._leftovers()
        try:
            return _read(status, self._dialogue.batch(*_QUESTIONS), told)
        except TransferTimeout:
            return _unnamed(Reason("other", f"{status.raw}, no answer"))
        except NotUnderstood as strange:
            return _unnamed(Reason("not-understood", f"{status.raw}, {strange}"))

    def _leftovers(self) -> list[str]:
        """Answers that were never read; one to the end of a sequence may name the error that followed."""
        return [text for text in self._dialogue.pending() if _is_word(text)]


def _read(status: Status, texts: list[str], told: list[str]) -> Seen:
    """Answers to `_QUESTIONS` as one look: Rlr, an answer that was never read, else a sensor."""
    answer, *readings = texts
    found = _first_error((answer, *told))
    if found is not None:
        return found
    pairs = zip(_EXPLAIN, readings, strict=True)
    sensed = [sensors()[query].reason(text) for query, text in pairs]
    warnings = [Reason(row.keyword, t) for t in (answer, *told) if (row := reply_row(t))]
    status = replace(status, raw=f"{status.raw}, {answer}"[:80])
    return _by_sensor(status, [reason for reason in sensed if reason], warnings)


def _by_sensor(status: Status, sensed: list[Reason], warnings: list[Reason]) -> Seen:
    """No text is an error: a ready printer with its warnings, else what a sensor says."""
    ready = status.condition is Condition.READY
    # An empty feeder is no error of a card that has left it already.
    stops = [reason for reason in sensed if not (ready and reason.keyword == EMPTY)]
    if stops:
        return _unnamed(stops[0])
    return Seen(replace(status, reasons=(*(sensed or status.reasons), *warnings)))


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
