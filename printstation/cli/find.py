"""`printstation printer find`: what is attached, which printer it is, or how it would become one."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from printstation.cli import show
from printstation.cli.failure import IMPOSSIBLE, Failure
from printstation.cli.options import DEFAULT_CONFIG, AsJson, config_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers import Attached
    from printstation.config import Config
    from printstation.diagnostics.attached import Known, Met


def find(
    context: typer.Context,
    usbip: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST:PORT", help="List what this USB/IP server exports; repeatable."),
    ] = None,
    ask: Annotated[
        bool,
        typer.Option(
            help="Ask devices for serial number and 1284 id; for some milliseconds they are ours. Those "
            "that configured printers mean are left alone, unless they hang on USB/IP and their station is off."
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """List attached printers and serial lines, with the configuration lines that would add them.

    Works without a configuration and beside a running station, whose printers are never touched. Exit
    codes: 0 listed; 2 something could not be looked at, which is said on stderr.
    """
    from printstation.diagnostics.attached import meet

    config = configuration(context)
    known = _known(config)
    devices, failures = _look(_servers(config, usbip or []))
    if ask:
        with _station_off(config) as off:
            devices = [_asked(d) if _may_ask(d, known, off=off) else d for d in devices]
    met = meet(devices, known)
    if as_json:
        show.as_json({"devices": [_shape(each) for each in met], "failures": failures})
    else:
        _print(met)
    for line in failures:
        print(f"printstation: {line}", file=sys.stderr)
    if failures:
        raise typer.Exit(IMPOSSIBLE)


@contextmanager
def _station_off(config: Config | None) -> Iterator[bool]:
    """Whether the station of this configuration is off; it cannot start meanwhile."""
    from printstation.station import StationError, take_lock

    if config is None or not config.data_dir.is_dir():
        yield True
        return
    try:
        lock = take_lock(config.data_dir)
    except (StationError, OSError):
        yield False
        return
    with lock:
        yield True


def _may_ask(device: Attached, known: list[Known], *, off: bool) -> bool:
    """What hangs on USB tells its serial number to anybody, unasked; a USB/IP server lists none."""
    from printstation.diagnostics.attached import is_configured

    return not is_configured(device, known) or (off and device.kind == "usbip")


def configuration(context: typer.Context) -> Config | None:
    """The configuration if there is one; a new machine has none yet."""
    from printstation.config import Config, ConfigError

    path = config_path(context)
    if not path.exists() and path == DEFAULT_CONFIG:
        return None
    try:
        return Config.load(path)
    except ConfigError as error:
        raise Failure(str(error), IMPOSSIBLE) from None


def _known(config: Config | None) -> list[Known]:
    """The configured printers with the units that the database saw there last."""
    from printstation.diagnostics.attached import Known

    if config is None:
        return []
    serials = last_units(config.data_dir / "printstation.db")
    return [
        Known(p.name, p.model, p.uri, serials.get(p.name)) for p in config.printers if not p.outside
    ]


def last_units(database: Path) -> dict[str, str]:
    """{printer: serial number} as the database knows it; nothing where it cannot be read."""
    import sqlite3

    from sqlalchemy import select
    from sqlalchemy.exc import DatabaseError

    from printstation.diagnostics.reading import looking
    from printstation.store.tables import printer

    if not database.is_file():
        return {}
    try:
        with looking(database) as conn:
            rows = conn.execute(select(printer.c.name, printer.c.serial)).all()
    except (DatabaseError, sqlite3.Error):
        return {}  # `doctor` says what is wrong with it
    return {row.name: row.serial for row in rows if row.serial}


def _servers(config: Config | None, given: list[str]) -> list[str]:
    """The USB/IP servers to list: those that are named, and those that printers are configured at."""
    from urllib.parse import urlsplit

    uris = [printer.uri for printer in config.printers] if config else []
    used = [urlsplit(uri).netloc for uri in uris if uri.startswith("usbip://")]
    return list(dict.fromkeys([*given, *used]))


def _look(servers: list[str]) -> tuple[list[Attached], list[str]]:
    import drivers

    devices, failures = [*drivers.attached_usb(), *drivers.attached_lines()], []
    for server in servers:
        try:
            devices += drivers.attached_exports(*drivers.usbip_server(server))
        except (drivers.TransportError, ValueError) as error:
            failures.append(str(error))
    return devices, failures


def _asked(device: Attached) -> Attached:
    import drivers

    return drivers.ask_attached(device)


def _shape(met: Met) -> dict[str, Any]:
    device = asdict(met.device)
    device["usb_ids"] = "{:04x}:{:04x}".format(*met.device.usb_ids)
    more = {
        "place": str(met.place),
        "printer": met.printer,
        "remark": met.remark,
        "models": list(met.models),
        "because": met.because,
        "configuration": met.lines,
    }
    return {**device, **more}


def _print(met: tuple[Met, ...]) -> None:
    from printstation.diagnostics.attached import Place, readable

    if not met:
        print("no printer and no serial line is attached; a USB/IP server is listed with --usbip")
    for each in met:
        device = each.device
        ids = "{:04x}:{:04x}".format(*device.usb_ids)
        name = " ".join(filter(None, (device.manufacturer, device.product)))
        serial = f"serial number {device.serial}" if device.serial else "no serial number known"
        print(readable("  ".join(filter(None, (device.kind, device.port, ids, name, serial)))))
        if device.device_id:
            print(readable(f"  1284 id: {device.device_id}"))
        if device.note:
            print(readable(f"  not asked: {device.note}"))
        if each.place is Place.HERE:
            print(f"  configured as printer {each.printer}")
        if each.remark:
            print(f"  {readable(each.remark)}")
        if each.place is not Place.HERE:
            print(f"  model: {', '.join(each.models) or 'none of ours'} ({each.because})")
        if each.lines:
            change = "change its lines to" if each.place is Place.MOVED else "to use it, add"
            print(f"  {change}:\n")
            print("\n".join(f"    {line}" for line in each.lines.splitlines()), end="\n\n")
