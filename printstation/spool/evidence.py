"""Putting together what the table looks at: the feed's row, the device's words, the model's capabilities."""

from __future__ import annotations

from drivers import Before as DriverBefore
from drivers import Driver, Model, Outcome
from printstation.lifecycle.evidence import Facts
from printstation.store.feeds import Feed


def before(moving: Feed) -> DriverBefore:
    """What step *feed* wrote down, in the driver's words."""
    return DriverBefore(moving.serial, moving.counter_before, moving.path)


def error_words(moving: Feed, seen: Outcome) -> tuple[str, ...]:
    """Every error since *feed*, in order, whether this process saw it or an earlier one did.

    The driver that fed the card remembers them all, and knows by now the name of one that it could not ask
    for in mid-stream; only a driver of a later session has to be told.
    """
    if seen.acknowledged is not None:
        return tuple(dict.fromkeys(r.keyword for r in seen.errors))
    words = list(moving.errors)
    words += [r.keyword for r in seen.errors if r.keyword not in words]
    return tuple(words)


def facts(
    moving: Feed,
    seen: Outcome,
    model: Model,
    *,
    same_session: bool,
    busy_then_ready: bool,
    discarded: bool,
) -> Facts:
    """The facts of one fed card. `busy_then_ready` is what was seen *before* any `discard`: a device that
    is ready after its job was canceled has finished nothing."""
    return Facts(
        counter=moving.counter_kind,
        path_sensor=model.path_sensor,
        holds_job=model.holds_job,
        serial_before=moving.serial,
        serial_now=seen.serial,
        counter_before=moving.counter_before,
        counter_now=seen.counter,
        path_now=seen.path,
        same_session=same_session,
        sent=moving.sent_at is not None,
        nothing_offered=seen.acknowledged == 0 and seen.in_doubt == 0,
        busy_then_ready=busy_then_ready,
        errors=error_words(moving, seen),
        rejected=seen.rejected,
        drew_no_card=seen.drew_no_card,
        discarded=discarded,
    )


def settle_facts(moving: Feed, driver: Driver, model: Model, *, same_session: bool) -> Facts:
    """The facts right after a successful `discard`: what the device can still be asked."""
    seen = driver.outcome(before(moving))
    return facts(
        moving,
        seen,
        model,
        same_session=same_session,
        busy_then_ready=False,
        discarded=True,
    )
