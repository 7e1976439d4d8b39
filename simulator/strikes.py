"""What each fault of the world of things does to a body when it strikes; one row a fault."""

from __future__ import annotations

from collections.abc import Callable

from simulator.body import Body
from simulator.faults import Armed
from simulator.jobs import test_card
from simulator.phases import Phase


def strike(body: Body, fault: Armed, phase: Phase) -> None:
    """Do it, now. At `pick` the card has just been drawn, unless the fault is about drawing it."""
    STRIKES[fault.fault](body, phase)
    body.world.touch()


def _hopper_empty(body: Body, phase: Phase) -> None:
    body.fail("not-drawn")


def _double_pick(body: Body, phase: Phase) -> None:
    phase.extra = 1


def _phantom_card(body: Body, phase: Phase) -> None:
    # Every witness agrees on a lie (exactly-once.md §12): counted, never drawn.
    body.tally.picks += 1
    body.skip()


def _jam(body: Body, phase: Phase) -> None:
    _drawn(body, phase)
    body.jam = True
    body.fail("jam")


def _cover_open(body: Body, phase: Phase) -> None:
    _drawn(body, phase)
    body.cover_open = True
    body.fail("cover-open")


def _ribbon_end(body: Body, phase: Phase) -> None:
    body.ribbon = 0
    body.fail("ribbon-end")


def _wrong_ribbon(body: Body, phase: Phase) -> None:
    body.wrong_ribbon = True
    body.fail("wrong-ribbon")


def _overheat(body: Body, phase: Phase) -> None:
    body.cool()


def _reject(body: Body, phase: Phase) -> None:
    body.halt()
    body.begin("reject")


def _unplug(body: Body, phase: Phase) -> None:
    body.unplug()


def _power_loss(body: Body, phase: Phase) -> None:
    _drawn(body, phase)
    body.cut_power()


def _not_printed(body: Body, phase: Phase) -> None:
    if phase.layer is not None and phase.page is not None and body.path:
        body.path[0].sides[phase.page.side].layers.remove(phase.layer)
        phase.layer = None


def _repeat_job(body: Body, phase: Phase) -> None:
    if body.jobs:
        body.jobs[0].copies += 1


def _counter_reset(body: Body, phase: Phase) -> None:
    body.tally.picks = 0
    body.tally.ejects = 0


def _test_print(body: Body, phase: Phase) -> None:
    body.jobs.append(test_card(body.spec))


def _drawn(body: Body, phase: Phase) -> None:
    if phase.name == "pick":
        body.draw(phase)


STRIKES: dict[str, Callable[[Body, Phase], None]] = {
    "hopper-empty": _hopper_empty,
    "double-pick": _double_pick,
    "phantom-card": _phantom_card,
    "jam": _jam,
    "cover-open": _cover_open,
    "ribbon-end": _ribbon_end,
    "wrong-ribbon": _wrong_ribbon,
    "overheat": _overheat,
    "reject": _reject,
    "unplug": _unplug,
    "power-loss": _power_loss,
    "not-printed": _not_printed,
    "repeat-job": _repeat_job,
    "counter-reset": _counter_reset,
    "test-print": _test_print,
}
