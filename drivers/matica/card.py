"""One card on its way: load, panels onto the film, transfer, turn, out. Each action once, each watched.

Every command that moves something returns at once (its *immediate* bit) and is watched by sense; the next
one is taken only when the device has finished, else it refuses with a busy code and is offered again.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.contract import (
    Clock,
    Condition,
    DeviceGone,
    FeedBroken,
    Reason,
    Status,
    TransportError,
)
from drivers.contract import NotUnderstood as Strange
from drivers.matica import wire
from drivers.matica.bulk import Bulk, Done
from drivers.matica.pace import Pace
from drivers.matica.staging import Pair
from drivers.matica.watch import BEGIN_S, Look, Watch
from drivers.matica.wire import Action, Op
from drivers.memory import FeedMemory, Seen
from drivers.models import Model


class CardFeed:
    """Feeds one staged card. `memory` knows at every moment what was taken."""

    def __init__(
        self,
        model: Model,
        clock: Clock,
        bulk: Bulk,
        watch: Watch,
        memory: FeedMemory,
        pace: Pace,
    ) -> None:
        self._pace = pace
        self._model = model
        self._clock = clock
        self._bulk = bulk
        self._watch = watch
        self._memory = memory
        self._end = clock.monotonic() + model.send_s
        self._left = 0
        self._movement: int | None = None
        self._since = clock.monotonic()

    def run(self, orders: Iterator[Pair]) -> None:
        """All of it; returns when the last command is acknowledged, else raises as `Driver.feed`."""
        try:
            self._must_be_clear()
            for block, data in orders:
                if block[0] == Op.PANEL:
                    self._fill(block, data)
                else:
                    self._act(block)
                if block[:2] == bytes((Op.ACTION, Action.LOAD)):
                    self._await_card()
        except DeviceGone:
            self._memory.doubt(self._in_flight())
            raise
        except (TransportError, Strange) as lost:
            self._memory.doubt(self._in_flight())
            raise FeedBroken(f"the card's commands were lost: {lost}") from lost
        self._memory.finish()

    # ------------------------------------------------------------------ before anything moves
    def _must_be_clear(self) -> None:
        """Nothing is offered to a device that is not ready or holds a card: such a card stays untouched."""
        seen = self._watch.look(fed=False)
        if seen.status.condition is not Condition.READY:
            self._memory.look(seen)
            raise FeedBroken(f"the printer is not ready for a card: {seen.status.raw}")

    # ------------------------------------------------------------------ one command
    def _fill(self, block: bytes, data: bytes) -> None:
        self._left = wire.FRAME_BYTES + len(data)
        done = self._bulk.fill(block, data, self._end, self._taken)
        if done.status != wire.PASSED:
            look = self._refused(done, block)
            raise FeedBroken(f"the printer refused image data: {look.code}")

    def _act(self, block: bytes) -> None:
        """Wait for the movement before it, then offer it until it is taken: a device that said "ready" too
        early refuses, and a refusal means that it was not carried out."""
        end = min(self._end, self._clock.monotonic() + self._patience(block))
        while True:
            self._await_still(end)
            self._left = wire.FRAME_BYTES
            done = self._bulk.act(block, self._taken)
            if done.status == wire.PASSED:
                self._ended()
                self._movement, self._since = block[1], self._clock.monotonic()
                return
            look = self._refused(done, block)
            if self._clock.monotonic() >= end:
                raise FeedBroken(f"the printer stayed busy: {look.code}")
            self._clock.sleep(self._model.near_end_interval_s)

    def _await_still(self, end: float) -> None:
        """As the sheet's source: no action before the last one's "busy" is over."""
        while (look := self._watch.sense()).busy:
            self._memory.look(look.seen(Condition.BUSY))
            if self._clock.monotonic() >= end:
                raise FeedBroken(f"the printer stayed busy: {look.code}")
            self._clock.sleep(self._interval())
        if look.stopped:
            self._stop(look.seen(Condition.STOPPED))

    def _interval(self) -> float:
        if self._movement is None:
            return self._model.near_end_interval_s
        return self._pace.interval(self._movement, self._clock.monotonic() - self._since)

    def _ended(self) -> None:
        """The movement is over: not by a "ready", which may come too early, but by what was taken after it."""
        if self._movement is not None:
            self._pace.ended(self._movement, self._clock.monotonic() - self._since)
            self._movement = None

    def _taken(self, count: int) -> None:
        self._memory.acknowledge(count)
        self._left -= count

    def _in_flight(self) -> int:
        """Bytes of a lost transfer that may or may not have been taken."""
        return min(max(self._left, 0), self._model.chunk_bytes)

    def _patience(self, block: bytes) -> float:
        """How long the movement before this action may take."""
        facts = self._model.matica
        before = {
            Action.LOAD: self._model.reply_s,
            Action.PRINT: max(facts.transfer_s, facts.load_s),
            Action.MOVE: facts.load_s,
        }
        return before.get(Action(block[1]), facts.print_side_s)

    def _refused(self, done: Done, block: bytes) -> Look:
        """Why; returns if the device is only busy, else the card ends here."""
        look = self._watch.sense()
        if look.busy:
            self._memory.look(look.seen(Condition.BUSY))
            return look
        # Good by now: what stood against it is gone already (a code is told once), offer it again.
        if not look.stopped and not (look.empty and block[1] == Action.LOAD):
            return look
        self._memory.look(look.seen(Condition.STOPPED))
        raise FeedBroken(f"the printer refused command {block[0]:02X} {block[1]:02X}: {look.code}")

    # ------------------------------------------------------------------ the card comes
    def _await_card(self) -> None:
        """Until the card is inside. "No cards" or "good" without a card must last before it is believed."""
        facts = self._model.matica
        start = quiet_since = self._clock.monotonic()
        told_empty: Look | None = None
        while True:
            look = self._watch.sense()
            if look.stopped:
                self._stop(look.seen(Condition.STOPPED))
            if not look.busy and self._watch.position() is not None:
                self._memory.look(look.seen(Condition.READY))
                self._ended()
                return
            now = self._clock.monotonic()
            told_empty = look if look.empty else told_empty
            quiet_since = now if look.busy else quiet_since
            if told_empty is not None and now - quiet_since >= facts.empty_s:
                self._stop(told_empty.seen(Condition.STOPPED))
            if told_empty is None and now - quiet_since >= BEGIN_S:
                self._stop(_lost_card(look))
            if now - start >= facts.load_s or now >= self._end:
                raise FeedBroken(f"no card came within {facts.load_s:g} s: {look.code}")
            self._clock.sleep(self._interval() if look.busy else self._model.near_end_interval_s)

    def _stop(self, seen: Seen) -> None:
        self._memory.look(seen)
        raise FeedBroken(f"the printer stopped: {seen.status.raw}")


def _lost_card(look: Look) -> Seen:
    """It says good and has no card: nobody's code, but not to be gone on with."""
    reason = Reason("other", f"{look.code}, but no card came")
    return Seen(Status(Condition.STOPPED, (reason,), reason.raw))
