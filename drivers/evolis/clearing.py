"""The way out after a card that did not end well: the error cleared, the sequence dropped, the card brought out.

Also the error mode that all of it hangs on (exactly-once.md §5): with `Pem;2` the host decides, and the
printer prints nothing by itself.
"""

from __future__ import annotations

from drivers.contract import Clock, Condition, DiscardFailed, NotUnderstood, TransferTimeout
from drivers.evolis import wire
from drivers.evolis.dialogue import Dialogue
from drivers.evolis.watch import Watch
from drivers.memory import FeedMemory
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
    end = clock.monotonic() + model.discard_s
    seen = watch.look(may_ask=True, ours=True)  # an error gets its name now, before Scs clears it
    memory.look(seen)
    tries = 0
    while tries < CLEAR_TRIES and clock.monotonic() < end:
        standing = seen.status.condition is not Condition.BUSY
        if standing or tries == 0:
            _say(dialogue, model, "Scs")
            _say(dialogue, model, "Srs")
            memory.cancelled()
            tries += 1
        seen = watch.look(may_ask=True, ours=True)
        memory.look(seen)
        if standing and seen.status.condition is Condition.READY and not watch.moves():
            if not _card_left(model, watch):
                hold_error_mode(model, dialogue)
                return
            _say(dialogue, model, "Ser" if model.evolis.rejects else "Se")
            watch.wait_while_moving(end - clock.monotonic(), model.near_end_interval_s)
        clock.sleep(model.near_end_interval_s)
    raise DiscardFailed(f"the printer is not ready after a reset: {seen.status.raw}")


def _card_left(model: Model, watch: Watch) -> bool:
    return model.evolis.path_query is not None and watch.card_inside()


def _say(dialogue: Dialogue, model: Model, text: str) -> None:
    """Send a command whose answer proves nothing: the next look does."""
    dialogue.send(wire.command(text))
    try:
        dialogue.poll(model.reply_s)
    except (NotUnderstood, TransferTimeout):
        dialogue.pending()
