"""The way out after a card that did not end well: cancel, and see the printer ready (exactly-once.md §5)."""

from __future__ import annotations

from drivers.contract import Clock, Condition, DiscardFailed
from drivers.magicard import wire
from drivers.magicard.dialogue import Dialogue
from drivers.magicard.watch import Watch
from drivers.memory import FeedMemory
from drivers.models import Model

#: REQ,CAN is sent so often to a printer that stands still with an error; one that keeps its error then
#: waits for a person (cover, jam), and waiting longer would only hold the worker up.
CANCEL_TRIES = 3


def cancel_until_ready(
    model: Model, clock: Clock, dialogue: Dialogue, watch: Watch, memory: FeedMemory
) -> None:
    """REQ,CAN until the printer is ready and answers that nothing is the matter.

    At least one cancel is sent while it stands still: one that came while it moved may have been lost
    on it. Raises `DiscardFailed` with what stands in the way, after `discard_s` at the latest.
    """
    end = clock.monotonic() + model.discard_s
    seen = watch.look(may_ask=True)  # an error gets its name now, before CAN clears it
    memory.look(seen)
    cancels = 0
    while cancels < CANCEL_TRIES and clock.monotonic() < end:
        standing = seen.status.condition is not Condition.BUSY
        if standing or cancels == 0:
            dialogue.send(wire.request("CAN"))
            memory.cancelled()
            cancels += 1
        seen = watch.look(may_ask=True)
        memory.look(seen)
        if standing and seen.status.condition is Condition.READY and watch.says_ok():
            return
        clock.sleep(model.near_end_interval_s)
    raise DiscardFailed(f"the printer is not ready after a cancel: {seen.status.raw}")
