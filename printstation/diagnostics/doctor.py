"""The doctor: looks once at everything, then lets every check say its line. Changes nothing.

Looking (`look_*.py`) and judging (`checks_*.py`) are apart, so that each check is a function of plain values.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import drivers
from drivers import Port
from printstation.clock import Clock
from printstation.config import Config, ConfigError
from printstation.diagnostics.checks_data import config_line, data_lines
from printstation.diagnostics.checks_machine import machine_lines
from printstation.diagnostics.checks_printers import printer_lines
from printstation.diagnostics.look_cups import look_at_server
from printstation.diagnostics.look_data import look_at_backup, look_at_data
from printstation.diagnostics.look_machine import (
    SYNCS,
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
class System:
    """Where this computer keeps what it says of itself, and how a printer is opened; tests have others."""

    proc: Path = Path("/proc")
    sys: Path = Path("/sys")
    dev: Path = Path("/dev")
    open_port: Callable[[str], Port] = drivers.open_port
    queues: Callable[[], Sequence[tuple[str, str]]] = drivers.queue_devices
    syncs: int = SYNCS
    etc: Path = Path("/etc")


@dataclass(frozen=True)
class Wishes:
    """What the caller knows beside the configuration."""

    url: str | None = None
    token: str | None = None
    backup: Path | None = None


def look(
    path: Path, clock: Clock, wishes: Wishes | None = None, system: System | None = None
) -> View:
    """Look at everything once. Raises nothing for what is wrong: that is what the lines are for."""
    system, wishes = system or System(), wishes or Wishes()
    machine = look_at_machine(clock)
    try:
        config = Config.load(path)
    except ConfigError as error:
        return View(path, None, str(error), machine)
    folder = config.data_dir
    data, sealed = look_at_data(folder / DATABASE, machine.now)
    pid = holder_of(folder / LOCK, system.proc)
    view = View(
        path=path,
        config=config,
        config_problem="",
        machine=machine,
        user=look_at_user(folder, pid, system.proc),
        disk=look_at_disk(folder, system.proc, system.sys, system.syncs),
        key=look_at_key(folder / KEY, sealed),
        data=data,
        daemon=look_at_daemon(pid, wishes.url or f"http://{config.listen}", wishes.token),
        backup=look_at_backup(wishes.backup) if wishes.backup else None,
        hidden=os.geteuid() != 0,
    )
    return _with_printers(view, config, system)


def _with_printers(view: View, config: Config, system: System) -> View:
    attached = (*drivers.attached_usb(system.sys), *drivers.attached_lines())
    cables = look_at_cables(config, attached, system.queues(), system.dev, system.proc)
    # Whoever may not look into the data folder does not see its lock, either.
    sees = view.data is None or not view.data.denied
    free = sees and view.daemon is not None and view.daemon.pid is None and not view.daemon.answers
    return replace(
        view,
        cables=cables,
        reached=look_at_printers(config, cables, system.open_port) if free else (),
        queues=look_at_queues(
            config, server=lambda uri: look_at_server(uri, system.proc, system.etc)
        ),
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
