"""Looking at the printer: its port status, and the name of an error where the parser may be asked."""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import (
    Clock,
    Condition,
    NotUnderstood,
    Reason,
    Status,
    TransferTimeout,
)
from drivers.magicard import wire
from drivers.magicard.codes import row_of
from drivers.magicard.dialogue import Dialogue
from drivers.magicard.ports import is_known, read_port
from drivers.memory import Seen
from drivers.transports.port import Port


class Watch:
    """Every look that is not part of a card's stream."""

    def __init__(self, port: Port, dialogue: Dialogue, clock: Clock, tells_rejection: bool) -> None:
        self._tells_rejection = tells_rejection
        self._port = port
        self._dialogue = dialogue
        self._clock = clock

    def condition(self) -> Condition:
        """By control request alone."""
        return read_port(self._port.port_status()).condition

    def look(self, may_ask: bool) -> Seen:
        """One look; an error is asked for its name unless the parser waits for a card's bytes."""
        try:
            byte = self._port.port_status()
        except NotUnderstood as strange:
            return _unnamed(Reason("not-understood", str(strange)))
        status = read_port(byte)
        if status.condition is Condition.BUSY or not status.reasons or not is_known(byte):
            return Seen(status)
        if may_ask:
            return self._name(status)
        return Seen(status, named=False)

    def wait_while_busy(self, limit_s: float, interval_s: float) -> None:
        """Control requests only, until the printer is not busy or the time is over."""
        end = self._clock.monotonic() + limit_s
        while self.condition() is Condition.BUSY:
            left = end - self._clock.monotonic()
            if left <= 0:
                return
            self._clock.sleep(min(interval_s, left))

    def says_ok(self) -> bool:
        """The parser answers, without error, and the port is still ready after that."""
        self._dialogue.drain()
        answer = self._dialogue.ask(wire.request("ERR"), wire.error_answer)
        return answer.code == wire.OK_CODE and self.condition() is Condition.READY

    def _name(self, status: Status) -> Seen:
        self._dialogue.drain()
        try:
            answer = self._dialogue.ask(wire.request("ERR"), wire.error_answer)
        except TransferTimeout:
            return _unnamed(Reason("other", f"{status.raw}, no answer"))
        except NotUnderstood as strange:
            return _unnamed(Reason("not-understood", f"{status.raw}, {strange}"))
        raw = f"{answer.code} {answer.text}".strip()
        if answer.code == wire.OK_CODE:
            # Paper empty without an error is confirmed; an error bit that has no name stays one.
            return Seen(replace(status, raw=f"{status.raw}, {raw}"))
        row = row_of(answer.code)
        status = Status(Condition.STOPPED, (Reason(row.keyword, raw),), raw)
        return Seen(
            status, drew_no_card=row.drew_no_card, rejected=row.rejected and self._tells_rejection
        )


def _unnamed(reason: Reason) -> Seen:
    return Seen(Status(Condition.STOPPED, (reason,), reason.raw))
