"""Looking at the printer: its sense code, and where the card is when the code alone does not tell."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.contract import Clock, Condition, NotUnderstood, Reason, Status
from drivers.matica import wire
from drivers.matica.bulk import Bulk
from drivers.matica.codes import GOOD, RESTARTED, CodeRow, State, row_of
from drivers.memory import Seen

#: A device says "ready" for so long at most between taking an order and beginning it (I: no source; a poll
#: of 100 ms is the sheet's, thirty of them).
BEGIN_S = 3.0


@dataclass(frozen=True)
class Look:
    """One sense answer: the code and its row."""

    code: str
    row: CodeRow

    @property
    def busy(self) -> bool:
        return self.row.state == State.BUSY

    @property
    def stopped(self) -> bool:
        return self.row.state == State.STOP

    @property
    def empty(self) -> bool:
        """The hopper bears no card, and that is all the device has to say."""
        return self.row.drew_no_card

    def seen(self, condition: Condition) -> Seen:
        """As the feed's memory wants it."""
        reasons = (Reason(self.row.keyword, self.code),) if self.row.keyword else ()
        status = Status(condition, reasons, self.code)
        return Seen(status, drew_no_card=self.row.drew_no_card)


class Watch:
    """Every look at the printer. All of them are queries; none is sent by itself to a pipe in mid-data."""

    def __init__(self, bulk: Bulk, clock: Clock) -> None:
        self._bulk = bulk
        self._clock = clock

    def sense(self) -> Look:
        """The state now. A code that only says "was restarted" is asked again when `steady` wants it."""
        code = self._bulk.ask(wire.sense(), wire.SENSE_BYTES, wire.sense_code)
        return Look(code, row_of(code))

    def steady(self) -> Look:
        """The state behind "changed or reset", which is said once and taken away by asking."""
        look = self.sense()
        return self.sense() if look.code == RESTARTED else look

    def position(self) -> int | None:
        """Where the card inside is; None when there is none."""
        return self._bulk.ask(wire.position(), wire.POSITION_BYTES, wire.card_position)

    def look(self, fed: bool) -> Seen:
        """One look. `fed`: a card of ours is on its way; then "restarted" is an error of that card, and a
        card inside is no stranger."""
        try:
            look = self.sense() if fed else self.steady()
            if look.busy:
                return look.seen(Condition.BUSY)
            if look.stopped:
                return look.seen(Condition.STOPPED)
            return self._still(look, fed)
        except NotUnderstood as strange:
            reason = Reason("not-understood", str(strange))
            return Seen(Status(Condition.STOPPED, (reason,), reason.raw))

    def _still(self, look: Look, fed: bool) -> Seen:
        """No error and no movement by the code; the hopper's "empty" may hide the movement of the last card."""
        inside = self.position()
        if inside is None:
            # Empty after all is no error of a card that was drawn: the last card empties the hopper.
            return Seen(look.seen(Condition.READY).status)
        if not fed:
            reason = Reason("path-not-empty", f"{look.code}, card at position {inside}")
            return Seen(Status(Condition.STOPPED, (reason,), reason.raw))
        if look.code == GOOD:
            return look.seen(Condition.READY)
        return Seen(Status(Condition.BUSY, (), f"{look.code}, card at position {inside}"))

    def await_out(self, limit_s: float, interval_s: float) -> Look:
        """After an order to bring the card out: until it is outside and nothing moves, an error, or the time
        is over. A device that still says ready with the card inside may not have begun yet."""
        end = self._clock.monotonic() + limit_s
        still_since = self._clock.monotonic()
        while True:
            look = self.sense()
            now = self._clock.monotonic()
            inside = look.busy or self.position() is not None
            still_since = now if look.busy else still_since
            if look.stopped or not inside or now - still_since >= BEGIN_S or now >= end:
                return look
            self._clock.sleep(interval_s)

    def wait_while_busy(self, limit_s: float, interval_s: float) -> None:
        """Until the printer is not busy or the time is over."""
        end = self._clock.monotonic() + limit_s
        while self.steady().busy:
            left = end - self._clock.monotonic()
            if left <= 0:
                return
            self._clock.sleep(min(interval_s, left))
