"""What a printer's reasons are, put together from the device's words and the station's rows.

Reasons are data: every keyword is a row of `drivers/reasons.toml`, and that table says what stops.
"""

from __future__ import annotations

from dataclasses import dataclass

import drivers
from drivers import Condition, Status
from printstation.diagnostics import settings
from printstation.lifecycle.answers import QuestionReason
from printstation.spool.desk import Desk
from printstation.spool.view import SeenReason
from printstation.store import cards, feeds, questions, units

#: What keeps a printer from being fed though its device is ready. `no-blanks` says only that there is
#: nothing to feed, and a hopper count may be answered while the printer goes on (§10).
BLOCKING = frozenset(
    {
        "backup-restored",
        "card-fate-open",
        "discard-due",
        "disk-low",
        "paused",
        "resting",
        "station-stopping",
        "transfer-temperature",
        "unexplained-cards",
        "written-off",
    }
)


def moment_reasons(desk: Desk) -> list[SeenReason]:
    """What of the house's reasons is in no row."""
    found: list[str] = []
    if desk.stopping():
        found.append("station-stopping")
    if desk.disk_low():
        found.append("disk-low")
    return [SeenReason(keyword) for keyword in found]


def house_reasons(desk: Desk, serial: str | None) -> list[SeenReason]:
    """Why the station itself would not feed this printer now."""
    return [*moment_reasons(desk), *row_reasons(desk, serial)]


def row_reasons(desk: Desk, serial: str | None) -> list[SeenReason]:
    """The house's reasons that the rows hold."""
    return list(standing(desk, serial).reasons)


@dataclass(frozen=True)
class Standing:
    """What the rows say of a printer and the unit on it; changes with a commit and with nothing else.

    `discard_due`: the unit may still hold, move or print something of ours (§5).
    """

    reasons: tuple[SeenReason, ...]
    discard_due: bool


def standing(desk: Desk, serial: str | None) -> Standing:
    """Read in one view: what forbids to feed this unit, and whether it has to be cleared first."""
    found: list[str] = []
    with desk.store.read() as conn:
        paused, count_due = units.holds(conn, desk.name)
        unit = units.get(conn, serial) if serial else None
        # A unit is known by its serial number, on whichever printer's cable its cards were fed.
        fed = [
            f
            for f in feeds.unsettled(conn)
            if f.serial == serial and (serial is not None or f.printer == desk.name)
        ]
        asked = {q.reason for q in questions.open_ones(conn, printer=desk.name)}
        empty = not cards.in_hopper(conn, desk.name)
        changed = settings.changed(conn, serial) if serial else None
    if paused:
        found.append("paused")
    if count_due:
        found.append("backup-restored")
    if unit is not None and unit.written_off:
        found.append("written-off")
    elif unit is not None and unit.discard_due:
        found.append("discard-due")
    # Without a path sensor only a person's answer says that the path is empty (§7).
    if fed and not desk.model.path_sensor:
        found.append("card-fate-open")
    if QuestionReason.UNEXPLAINED in asked:
        found.append("unexplained-cards")
    if QuestionReason.HOPPER_COUNT in asked:
        found.append("hopper-count-due")
    if empty and desk.hopper_types:
        found.append("no-blanks")
    reasons = [SeenReason(keyword) for keyword in found]
    if changed is not None:
        reasons.append(SeenReason(settings.REASON, changed))
    return Standing(
        tuple(reasons),
        (unit is not None and unit.discard_due) or any(not f.discarded for f in fed),
    )


def device_reasons(status: Status) -> list[SeenReason]:
    """What the device says of itself; a stop that it does not explain is `other`."""
    reasons = [SeenReason(r.keyword, r.raw) for r in status.reasons]
    if not reasons and status.condition is Condition.STOPPED:
        return [SeenReason("other", status.raw)]
    return reasons


def blocks(reasons: list[SeenReason]) -> bool:
    """Whether one of the house's reasons keeps this printer from being fed."""
    return any(reason.keyword in BLOCKING for reason in reasons)


def stops(reasons: list[SeenReason]) -> bool:
    """Whether one of these reasons is a stop by the table; an unknown keyword fails closed."""
    table = drivers.reasons()
    return any(r.keyword not in table or table[r.keyword].stops for r in reasons)
