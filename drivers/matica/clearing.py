"""The way out after a card that did not end well: no card inside, nothing wrong (exactly-once.md §5).

The device prints and moves on command alone, so once nobody commands it any more it cannot print what its
buffers hold. What it can still do is stand with a card inside, and with a picture on the film: the card
goes to the reject tray, the film is wound on, and the next load winds it on as well.
"""

from __future__ import annotations

from drivers.contract import Clock, Condition, DiscardFailed
from drivers.matica import wire
from drivers.matica.bulk import Bulk
from drivers.matica.watch import BEGIN_S, Look, Watch
from drivers.matica.wire import Place
from drivers.memory import FeedMemory
from drivers.models import Model

#: A move that was taken and left the card inside is repeated so often; then a person has to look.
MOVE_TRIES = 3


class Clearing:
    """Brings the device to "no card inside, nothing wrong". Made anew for each `discard`."""

    def __init__(
        self, model: Model, clock: Clock, bulk: Bulk, watch: Watch, memory: FeedMemory
    ) -> None:
        self._model = model
        self._clock = clock
        self._bulk = bulk
        self._watch = watch
        self._memory = memory
        self._end = clock.monotonic() + model.discard_s
        self._moves = 0
        self._stood = False
        self._still_since = clock.monotonic()
        self._moved = False

    def run(self) -> None:
        """Raises `DiscardFailed` with what stands in the way, after `discard_s` at the latest."""
        self._bulk.recover()
        self._memory.cancelled()
        look = self._watch.sense()
        while self._clock.monotonic() < self._end:
            if look.busy:
                self._moved = True
                self._memory.look(look.seen(Condition.BUSY))
                self._clock.sleep(self._model.near_end_interval_s)
            elif look.stopped:
                self._standing(look)
            elif self._watch.position() is None:
                if not self._may_begin():
                    self._finish(look)
                    return
                self._clock.sleep(self._model.near_end_interval_s)
            else:
                self._reject(look)
            look = self._watch.sense()
        raise DiscardFailed(f"the printer is not clear: {look.code}")

    def _may_begin(self) -> bool:
        """Whether a load that was taken last, perhaps from a host that died of it, may still draw its card:
        the device says "ready" with nothing inside until it begins."""
        began = self._moved or self._moves > 0
        return not began and self._clock.monotonic() - self._still_since < BEGIN_S

    def _standing(self, look: Look) -> None:
        """An error: a person clears it; the first look at one that is over only takes its word away."""
        self._memory.look(look.seen(Condition.STOPPED))
        again = self._watch.sense()
        if not again.stopped:
            self._stood = True
            return
        if self._moves == 0 and self._watch.position() is not None:
            self._reject(again)
            return
        raise DiscardFailed(f"the printer stands with an error: {again.code}")

    def _reject(self, look: Look) -> None:
        """The card inside to the reject tray."""
        if self._moves >= MOVE_TRIES:
            raise DiscardFailed(f"the card inside does not come out: {look.code}")
        self._moves += 1
        # It drew a card, whatever it said before.
        self._memory.look(look.seen(Condition.BUSY))
        self._bulk.act(wire.move(Place.REJECT, film_init=True), _uncounted)
        left = max(self._end - self._clock.monotonic(), 0.0)
        self._watch.await_out(left, self._model.near_end_interval_s)

    def _finish(self, look: Look) -> None:
        """After a fatal code the sheet's host waits and resets the device (C)."""
        if self._stood or self._moves:
            self._clock.sleep(self._model.matica.after_error_s)
            self._bulk.recover()
            look = self._watch.steady()
            if look.busy or look.stopped:
                raise DiscardFailed(f"the printer is not ready after a reset: {look.code}")
        # Asked twice: on this word the unit is fed again.
        if self._watch.position() is not None:
            raise DiscardFailed("a card is inside, though the printer said that there is none")
        self._memory.look(look.seen(Condition.READY))


def _uncounted(_: int) -> None:
    """No card of a job moves any more."""
