"""Start and reconnect: the same idempotent steps, which may themselves be cut anywhere (§4, §5, §11)."""

from __future__ import annotations

from datetime import datetime

from drivers import Condition, Driver, TransferTimeout
from printstation.diagnostics import settings
from printstation.ids import uuid7
from printstation.spool.desk import Desk
from printstation.spool.evidence import settle_facts
from printstation.spool.walk import Held, lost, settle
from printstation.store import feeds, units
from printstation.store.engine import Tx
from printstation.store.feeds import Feed


def open_device(desk: Desk) -> Held:
    """Put the rows right first, then open the device, its parser brought to idle by the driver.

    Raises what `open_driver` raises; the rows are right all the same.
    """
    lost(desk, "not-held")
    _note_that_it_holds(desk)
    driver = desk.open_driver(desk.model, busy_wait(desk))
    try:
        return _hold(desk, driver)
    except BaseException:
        driver.close()
        raise


def _note_that_it_holds(desk: Desk) -> None:
    """Somebody may have learnt that this unit keeps its job while it is off, with a card in it: from then on no
    statement replaces its `discard` (§5), though it was not met since."""
    if not desk.model.holds_job:
        return
    with desk.store.read() as conn:
        serial = units.serial_at(conn, desk.name)
        known = units.get(conn, serial) if serial is not None else None
    if known is not None and not known.holds_job:
        desk.write(lambda tx: units.change(tx, known.serial, holds_job=1))


def _hold(desk: Desk, driver: Driver) -> Held:
    serial = _who(desk, driver)
    held = Held(driver, serial, uuid7(desk.clock.now()))
    told = settings.told(driver)

    def act(tx: Tx) -> None:
        if serial is not None:
            units.meet(tx, serial, desk.model.name, desk.model.holds_job)
            if told is not None:
                settings.note(tx, desk.name, serial, told)
        units.set_printer(tx, desk.name, serial=serial)

    desk.write(act)
    return held


def _who(desk: Desk, driver: Driver) -> str | None:
    """The unit's serial number; None only for a device that tells none.

    A busy device cannot be asked (§4): it may print what it held at power-on, or a test card. Held without
    its number it would never be cleared, nor fed, so its end is awaited, at most one `print_s`.
    """
    end = desk.clock.monotonic() + desk.model.print_s
    while True:
        desk.sight.identity = driver.identify()
        serial = desk.sight.identity.serial
        if serial is not None or driver.status().condition is not Condition.BUSY:
            return serial
        if desk.leaving() or desk.stopping() or desk.clock.monotonic() >= end:
            raise TransferTimeout(f"printer {desk.name} is busy and cannot be asked who it is")
        desk.clock.sleep(desk.model.status_interval_s)


def busy_wait(desk: Desk) -> float:
    """How long a busy device is left alone before its parser is reset.

    A *sent* card gets the rest of its `print_s`. A card that was never sent cannot come out whole, so its
    device is reset at once. Without a card of ours, somebody else's may be moving.
    """
    with desk.store.read() as conn:
        open_feeds = [f for f in feeds.unsettled(conn, printer=desk.name) if not f.discarded]
    sent = [f for f in open_feeds if f.sent_at is not None]
    if open_feeds and not sent:
        return 0.0
    print_s = desk.model.print_s
    if not sent:
        return print_s
    now = desk.clock.now()
    waits = [print_s - _seconds_since(f, now) for f in sent]
    # A clock that was set back must not shorten or lengthen the wait beyond one `print_s`.
    return min(print_s, max(0.0, *waits))


def _seconds_since(moving: Feed, now: datetime) -> float:
    assert moving.sent_at is not None
    return max(0.0, (now - datetime.fromisoformat(moving.sent_at)).total_seconds())


def due(desk: Desk, serial: str | None) -> list[Feed]:
    """Fed cards of this unit that the device may still move: they need `discard` first.

    A unit is known by its serial number, on whichever printer's cable it hangs by now; one that tells none
    is known by its printer's name alone.
    """
    with desk.store.read() as conn:
        fed = feeds.unsettled(conn, printer=desk.name if serial is None else None)
    return [f for f in fed if not f.discarded and f.serial == serial]


def is_due(desk: Desk, serial: str | None) -> bool:
    """Whether this unit needs a `discard` before it may be fed."""
    return _discard_due(desk, serial) or bool(due(desk, serial))


def clear(desk: Desk, held: Held) -> None:
    """`discard` if anything is due on this unit, then the verdicts. Raises `DiscardFailed` until it can."""
    if not is_due(desk, held.serial):
        return
    waiting = due(desk, held.serial)
    held.driver.discard()
    for moving in waiting:
        known = settle_facts(
            moving, held.driver, desk.model, same_session=moving.session == held.session
        )
        settle(desk, moving, known)
    if held.serial is not None:
        serial = held.serial
        desk.write(lambda tx: units.change(tx, serial, discard_due=0))


def _discard_due(desk: Desk, serial: str | None) -> bool:
    if serial is None:
        return False
    with desk.store.read() as conn:
        unit = units.get(conn, serial)
    return unit is not None and unit.discard_due
