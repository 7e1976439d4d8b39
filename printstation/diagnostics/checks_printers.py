"""Checks of the daemon, its printers and their cables: may we, does somebody else, does it answer. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import drivers
from printstation.diagnostics.supply_kinds import is_low
from printstation.diagnostics.view import (
    AS_ANOTHER,
    Cable,
    Daemon,
    Line,
    Queue,
    SeenPrinter,
    State,
    User,
    View,
    Wrong,
)


def printer_lines(view: View) -> Iterator[Line]:
    """Every check of this file."""
    if view.daemon is not None:
        yield _daemon(view, view.daemon)
    for cable in view.cables:
        yield _permission(cable, view.user)
        yield _holders(cable, view)
    yield from _reachable(view)
    yield from _supplies(view)
    for queue in view.queues:
        yield from _queue(queue)


def _daemon(view: View, daemon: Daemon) -> Line:
    if daemon.foreign:
        do = "end that program, or change `listen` (and what the office's programs call)"
        return Line("daemon", State.BROKEN, f"{daemon.url}: {daemon.foreign}", do)
    own = view.data.station if view.data else ""
    if daemon.answers and own and daemon.station != own:
        do = "name the right --config, or give each station its own `listen`"
        return Line("daemon", State.BROKEN, f"another station answers at {daemon.url}", do)
    if daemon.answers:
        return Line("daemon", State.OK, f"answers at {daemon.url}")
    if daemon.pid is not None:
        seen = f"process {daemon.pid} holds the data folder, but {daemon.url} does not answer"
        do = "look at its log; it may be starting, or listen elsewhere (give --url)"
        return Line("daemon", State.BROKEN, seen, do)
    if view.data is not None and view.data.denied:
        seen = (
            f"{daemon.url} does not answer; whether a daemon holds the data folder cannot be seen"
        )
        return Line("daemon", State.ATTENTION, seen, AS_ANOTHER)
    return Line("daemon", State.OK, f"does not run; {daemon.url} is free")


# ------------------------------------------------------------------------------- cables
def _permission(cable: Cable, user: User | None) -> Line:
    check = f"permission {cable.printer}"
    if cable.device is None or cable.node is None:
        do = "plug it in and switch it on; `printstation printer find` lists what is there"
        return Line(check, State.BROKEN, f"nothing is attached at {cable.uri}", do)
    assert user is not None
    seen = f"{cable.node}, mode {cable.mode:04o}, group {cable.group}"
    if may_write(cable, user):
        return Line(check, State.OK, f"{user.name} may use {seen}")
    return Line(check, State.BROKEN, f"{user.name} may not use {seen}", _grant(cable, user))


def may_write(cable: Cable, user: User) -> bool:
    """Whether a user may read and write a device file, by its mode alone."""
    if user.uid == 0:
        return True
    if user.uid == cable.uid:
        return cable.mode & 0o600 == 0o600
    if cable.gid in user.groups:
        return cable.mode & 0o060 == 0o060
    return cable.mode & 0o006 == 0o006


def _grant(cable: Cable, user: User) -> str:
    assert cable.device is not None
    if cable.device.kind == "serial":
        return f"usermod -aG {cable.group} {user.name}, then start the station again"
    rule = drivers.udev_rule(*cable.device.usb_ids, user.group)
    return (
        f"echo '{rule}' >> /etc/udev/rules.d/60-printstation.rules && udevadm control --reload && "
        "udevadm trigger"
    )


def _holders(cable: Cable, view: View) -> Line:
    """Whoever else prints there makes cards that no row claims (exactly-once.md §6)."""
    check = f"held {cable.printer}"
    own = view.daemon.pid if view.daemon else None
    others = [holder for holder in cable.holders if holder.pid != own]
    if cable.queues:
        seen = f"CUPS prints on this device, too: queue {', '.join(cable.queues)}"
        do = "; ".join(f"lpadmin -x {queue}" for queue in cable.queues)
        return Line(check, State.BROKEN, seen, do)
    if others:
        names = ", ".join(f"{holder.name} (process {holder.pid})" for holder in others)
        return Line(check, State.BROKEN, f"held by {names}", "end it: one printer has one master")
    bound = cable.device.bound if cable.device else ""
    if bound in ("usblp", "usb-storage") and own is None:
        seen = f"the kernel's {bound} is bound to it; the station takes it over when it starts"
        do = f"nothing; to keep {bound} away for good: echo 'blacklist {bound}' > /etc/modprobe.d/printstation.conf"
        if bound == "usb-storage":
            do = "nothing; do not blacklist usb-storage, which serves memory sticks, too"
        return Line(check, State.ATTENTION, seen, do)
    if view.hidden:
        seen = "by nobody that this user may see"
        return Line(check, State.OK, f"{seen}; as root all processes are looked at")
    return Line(check, State.OK, "by nobody else")


# ------------------------------------------------------------------------------- printers
def _reachable(view: View) -> Iterator[Line]:
    if view.daemon is not None and view.daemon.answers:
        for printer in view.daemon.printers:
            yield _seen(printer)
        return
    for reached in view.reached:
        check = f"printer {reached.printer}"
        if reached.wrong:
            yield Line(
                check, State.BROKEN, reached.problem, "write its true `model`, or swap cables"
            )
        elif reached.held:
            do = "end the program that has it: one printer has one master"
            yield Line(check, State.BROKEN, reached.problem, do)
        elif reached.problem:
            do = "look at power, cable and address; `printstation printer find` lists what is there"
            yield Line(check, State.BROKEN, reached.problem, do)
        else:
            yield Line(check, State.OK, f"answers{reached.told and f': {reached.told}'}")


def _seen(printer: SeenPrinter) -> Line:
    """What only a technician can mend is broken; what an operator does every day is not."""
    check, unit = f"printer {printer.name}", f"unit {printer.serial or 'unknown'}"
    if not printer.reasons:
        state = State.ATTENTION if printer.state == "stopped" else State.OK
        return Line(check, state, f"{printer.state}, {unit}")
    bad = [r for r in printer.reasons if r.severity == "error" and r.who == "technician"]
    told = [r for r in printer.reasons if r.severity != "report"]
    worst = (bad or told or list(printer.reasons))[0]
    words = ", ".join(
        f"{reason.keyword} ({reason.raw})" if reason.raw else reason.keyword
        for reason in printer.reasons
    )
    state = State.BROKEN if bad else State.ATTENTION if told else State.OK
    return Line(check, state, f"{printer.state}, {unit}: {words}", worst.sentence)


def _supplies(view: View) -> Iterator[Line]:
    """The device's own word where there is one, else feeds counted since the ribbon was loaded."""
    told = [gauge for p in (view.daemon.printers if view.daemon else ()) for gauge in p.gauges]
    spoken = {gauge.printer for gauge in told}
    counted = [g for g in (view.data.gauges if view.data else ()) if g.printer not in spoken]
    low = [gauge for gauge in (*told, *counted) if is_low(gauge.remaining, gauge.capacity)]
    for gauge in low:
        seen = f"{gauge.name}: {max(0, gauge.remaining)} of {gauge.capacity} left"
        yield Line(f"supply {gauge.printer}", State.ATTENTION, seen, "have a new one at hand")
    if not low and view.config is not None:
        known = len(told) + len(counted)
        seen = f"none of {known} is low" if known else "no printer and no row tells what is left"
        yield Line("supplies", State.OK, seen)


def _queue(queue: Queue) -> Iterator[Line]:
    check = f"queue {queue.printer}"
    if queue.problem:
        do = "start cups, or mend the address; docs/ipp-queues.md says what the queue must be like"
        yield Line(check, State.BROKEN, queue.problem, do)
    for wrong in queue.wrong:
        yield _setting(check, wrong)
    if not queue.problem and not queue.wrong:
        yield Line(check, State.OK, "every setting is as cards need it")


def _setting(check: str, wrong: Wrong) -> Line:
    state = State.BROKEN if wrong.blocks else State.ATTENTION
    return Line(
        check, state, f"{wrong.setting} is {wrong.found}, wanted {wrong.wanted}", wrong.repair
    )
