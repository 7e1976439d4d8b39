"""The way out after a card that did not end well: the error cleared, the sequence dropped, the card brought out.

Also the error mode that all of it hangs on (exactly-once.md §5): with `Pem;2` the host decides, and the
printer prints nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.contract import Clock, Condition, DiscardFailed, NotUnderstood, TransferTimeout
from drivers.evolis import wire
from drivers.evolis.dialogue import Dialogue
from drivers.evolis.watch import PATH_NOT_EMPTY, Watch
from drivers.memory import FeedMemory, Seen
from drivers.models import Model

#: Scs and Srs are sent so often to a printer that stands still with an error; one that keeps its error then
#: waits for a person (cover, jam), and waiting longer would only hold the worker up.
CLEAR_TRIES = 3


def hold_error_mode(model: Model, dialogue: Dialogue) -> None:
    """Set the error mode and read it back, now and saved; `NotUnderstood` when it is not what was set.

    `Pem;2;s` as the way to save it is inferred from `Pmi;F;s` of the Windows driver (evolis.md §3).
    """
    facts = model.evolis
    wanted = facts.error_mode
    for text in (f"Pem;{wanted}", f"Pem;{wanted};s"):
        now, saved = dialogue.witness("Rem", wire.error_modes)
        if now == wanted and (saved == wanted or not facts.saves_error_mode):
            return
        dialogue.send(wire.command(text))
        dialogue.poll(model.reply_s)  # in other modes than 2 it may stay silent
        dialogue.pending()
    now, saved = dialogue.witness("Rem", wire.error_modes)
    if now != wanted or (facts.saves_error_mode and saved != wanted):
        raise NotUnderstood(
            f"error mode {wanted} was set, but {now} (now), {saved} (saved) reads back: "
            "the printer may print a card again by itself"
        )


def clear_until_ready(
    model: Model, clock: Clock, dialogue: Dialogue, watch: Watch, memory: FeedMemory
) -> None:
    """Scs and Srs until the printer is ready, its path empty and its error mode still ours.

    At least one of each is sent while it stands still: one that came while it moved may have been lost
    on it. Raises `DiscardFailed` with what stands in the way, after `discard_s` at the latest.
    """
    clearing = _Clearing(model, clock, dialogue, watch, memory)
    seen = clearing.look()  # an error gets its name now, before Scs clears it
    for _ in range(CLEAR_TRIES):
        standing = seen.status.condition is not Condition.BUSY
        clearing.reset()
        seen = clearing.stand_still()
        if standing and clearing.is_empty(seen):
            hold_error_mode(model, dialogue)
            return
        clearing.pause()
    raise DiscardFailed(f"the printer is not ready after a reset: {seen.status.raw}")


@dataclass(frozen=True)
class _Clearing:
    """One `discard`: its few movements, and the time that is left for them."""

    model: Model
    clock: Clock
    dialogue: Dialogue
    watch: Watch
    memory: FeedMemory
    end: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "end", self.clock.monotonic() + self.model.discard_s)

    def look(self) -> Seen:
        """One look, remembered; a card inside is no error of its own."""
        seen = self.watch.look(may_ask=True, ours=False)
        if not _holds_card(seen):
            self.memory.look(seen)
        return seen

    def reset(self) -> None:
        """The error cleared, the sequence dropped."""
        _say(self.dialogue, self.model, "Scs")
        _say(self.dialogue, self.model, "Srs")
        self.memory.cancelled()

    def stand_still(self) -> Seen:
        """Look until nothing moves, or the time is over."""
        seen = self.look()
        while seen.status.condition is Condition.BUSY and self.pause():
            seen = self.look()
        return seen

    def is_empty(self, seen: Seen) -> bool:
        """Whether it is ready without a card; one that is inside is brought out."""
        if self._stuck(seen) or seen.status.condition is Condition.BUSY:
            return False
        if self._card_left():
            _say(self.dialogue, self.model, "Ser" if self.model.evolis.rejects else "Se")
            while self._card_left() and not self._stuck(self.look()):
                if not self.pause():
                    return False
        seen = self.stand_still()
        return seen.status.condition is Condition.READY and not self._card_left()

    def _stuck(self, seen: Seen) -> bool:
        return seen.status.condition is Condition.STOPPED and not _holds_card(seen)

    def _card_left(self) -> bool:
        return self.model.evolis.path_query is not None and self.watch.card_inside()

    def pause(self) -> bool:
        """Wait a moment; False when the time is over."""
        self.clock.sleep(self.model.near_end_interval_s)
        return self.clock.monotonic() < self.end


def _holds_card(seen: Seen) -> bool:
    return any(reason.keyword == PATH_NOT_EMPTY for reason in seen.status.reasons)


def _say(dialogue: Dialogue, model: Model, text: str) -> None:
    """Send a command whose answer proves nothing: the next look does."""
    dialogue.send(wire.command(text))
    try:
        dialogue.poll(model.reply_s)
    except (NotUnderstood, TransferTimeout):
        dialogue.pending()
