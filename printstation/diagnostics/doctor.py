"""The doctor: looks once at everything, then lets every check say its line. Changes nothing.

Looking (`look_*.py`) and judging (`checks_*.py`) are apart, so that each check is a function of plain values.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import drivers
from printstation.clock import Clock
from printstation.config import Config, ConfigError
from printstation.diagnostics.checks_data import config_line, data_lines
from printstation.diagnostics.checks_machine import machine_lines
from printstation.diagnostics.checks_printers import printer_lines
from printstation.diagnostics.look_data import look_at_backup, look_at_data
from printstation.diagnostics.look_machine import (
    look_at_disk,
    look_at_key,
    look_at_machine,
    look_at_user,
)
from printstation.diagnostics.look_printers import (
    holder_of,
    look_at_cables,
    look_at_daemon,
    look_at_printers,
    look_at_queues,
)
from printstation.diagnostics.view import Line, State, View
from printstation.station import DATABASE, KEY, LOCK


@dataclass(frozen=True)
class Places:
    """Where the system keeps what it says of itself; tests have others."""

    proc: Path = Path("/proc")
    sys: Path = Path("/sys")
    dev: Path = Path("/dev")


@dataclass(frozen=True)
class Wishes:
    """What the caller knows beside the configuration."""

    url: str | None = None
    token: str | None = None
    backup: Path | None = None


def look(
    path: Path, clock: Clock, wishes: Wishes | None = None, places: Places | None = None
) -> View:
    """Look at everything once. Raises nothing for what is wrong: that is what the lines are for."""
    places, wishes = places or Places(), wishes or Wishes()
    machine = look_at_machine(clock)
    try:
        config = Config.load(path)
    except ConfigError as error:
        return View(path, None, str(error), machine)
    folder = config.data_dir
    data, sealed = look_at_data(folder / DATABASE, machine.now)
    pid = holder_of(folder / LOCK, places.proc)
    view = View(
        path=path,
        config=config,
        config_problem="",
        machine=machine,
        user=look_at_user(folder, pid, places.proc),
        disk=look_at_disk(folder, places.proc, places.sys),
        key=look_at_key(folder / KEY, sealed),
        data=data,
        daemon=look_at_daemon(pid, wishes.url or f"http://{config.listen}", wishes.token),
        backup=look_at_backup(wishes.backup) if wishes.backup else None,
        hidden=os.geteuid() != 0,
    )
    return _with_printers(view, config, places)


def _with_printers(view: View, config: Config, places: Places) -> View:
    attached = (*drivers.attached_usb(places.sys), *drivers.attached_lines())
    cables = look_at_cables(config, attached, drivers.queue_devices(), places.dev, places.proc)
    free = view.daemon is not None and view.daemon.pid is None and not view.daemon.answers
    return replace(
        view,
        cables=cables,
        reached=look_at_printers(config, cables) if free else (),
        queues=look_at_queues(config),
    )


def examine(view: View) -> list[Line]:
    """Every check's line, the configuration first, for most others need it."""
    return [
        config_line(view),
        *machine_lines(view),
        *data_lines(view),
        *printer_lines(view),
    ]


def worst(lines: list[Line]) -> State:
    """The state of the whole."""
    return max((line.state for line in lines), key=list(State).index, default=State.OK)
