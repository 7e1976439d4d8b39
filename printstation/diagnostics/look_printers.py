"""Looking at the daemon and at the printers' cables. A printer is opened only while no daemon runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx2

import drivers
from drivers import Attached, Port
from printstation.config import Config, PrinterConfig
from printstation.diagnostics.attached import Known, is_configured, readable
from printstation.diagnostics.look_machine import group_name
from printstation.diagnostics.view import (
    Cable,
    Daemon,
    Gauge,
    Holder,
    Queue,
    Reached,
    SeenPrinter,
    SeenReason,
    Wrong,
)

#: The daemon is on this machine.
ANSWER_S = 5.0
ON_A_CABLE = ("usb", "serial")


# ------------------------------------------------------------------------------- the daemon
def holder_of(lock: Path, proc: Path) -> int | None:
    """The process that holds the data folder's lock; the lock itself is not touched."""
    try:
        status, locks = lock.stat(), (proc / "locks").read_text()
    except OSError:
        return None
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    for line in locks.splitlines():
        words = line.split()
        if len(words) > 5 and words[1] == "FLOCK" and words[5] == place:
            return int(words[4])
    return None


def look_at_daemon(pid: int | None, url: str, token: str | None) -> Daemon:
    """Who answers at the address, and what it says of its printers."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with httpx2.Client(
            base_url=url, timeout=ANSWER_S, trust_env=False, headers=headers
        ) as http:
            health = http.get("/healthz")
            told = health.json() if health.is_success else {}
            if not isinstance(told, dict) or "station" not in told:
                return Daemon(pid, url, foreign="another program answers there")
            listed = http.get("/v1/printers", params={"limit": 500})
            items = listed.json().get("items", ()) if listed.is_success else ()
            seen = tuple(_printer(item) for item in items)
            return Daemon(pid, url, True, str(told["station"]), printers=seen)
    except (httpx2.ConnectError, httpx2.ConnectTimeout):
        return Daemon(pid, url)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError, TypeError):
        return Daemon(pid, url, foreign="what answers there is no station")


def _printer(item: dict[str, Any]) -> SeenPrinter:
    reasons = [
        SeenReason(
            r["keyword"], r["severity"], r["who"], r["sentence"]["en"], readable(r.get("raw", ""))
        )
        for r in item["reasons"]
    ]
    gauges = [
        Gauge(item["name"], supply["name"], supply["remaining"], supply["capacity"])
        for supply in item["supplies"]
        if supply["remaining"] is not None and supply["capacity"]
    ]
    return SeenPrinter(item["name"], item["state"], item["serial"], tuple(reasons), tuple(gauges))


# ------------------------------------------------------------------------------- cables
def look_at_cables(
    config: Config,
    attached: Sequence[Attached],
    queues: Sequence[tuple[str, str]],
    dev: Path,
    proc: Path,
) -> tuple[Cable, ...]:
    """The device file of every printer that has one, and who has it open."""
    return tuple(
        _cable(printer, attached, queues, dev, proc)
        for printer in config.printers
        if printer.uri.partition(":")[0] in ON_A_CABLE
    )


def _cable(
    printer: PrinterConfig,
    attached: Sequence[Attached],
    queues: Sequence[tuple[str, str]],
    dev: Path,
    proc: Path,
) -> Cable:
    known = (Known(printer.name, printer.model, printer.uri),)
    device = next((each for each in attached if is_configured(each, known)), None)
    if device is None and printer.uri.startswith("serial:"):
        # A line that pyserial does not list (a pseudo-terminal, the mainboard's own).
        path = urlsplit(printer.uri).path
        device = Attached("serial", printer.uri, node=path.removeprefix("/dev/"))
    if device is None:
        return Cable(printer.name, printer.uri, None)
    node = dev / device.node
    try:
        found = node.stat()
    except OSError:
        return Cable(printer.name, printer.uri, None)
    nodes = [node, *([dev / device.lp] if device.lp else [])]
    return Cable(
        printer=printer.name,
        uri=printer.uri,
        device=device,
        node=node,
        mode=found.st_mode & 0o777,
        uid=found.st_uid,
        gid=found.st_gid,
        group=group_name(found.st_gid),
        holders=holders(nodes, proc),
        queues=tuple(name for name, uri in queues if prints_on(uri, device)),
    )


def holders(nodes: Sequence[Path], proc: Path) -> tuple[Holder, ...]:
    """The processes that have one of these files open, as far as this user may see."""
    wanted = {str(node.resolve()) for node in nodes}
    found = []
    for place in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            open_files = {os.readlink(link) for link in (place / "fd").iterdir()}
        except OSError:
            continue  # ended meanwhile, or somebody else's
        if not wanted & open_files or int(place.name) == os.getpid():
            continue
        if any(_is_behind(place, node) for node in wanted):
            continue  # a simulated printer, which keeps its own line up
        found.append(Holder(int(place.name), _process(place)))
    return tuple(found)


def _is_behind(place: Path, node: str) -> bool:
    """Whether a process holds the other end of this pseudo-terminal: it is the device and no second master."""
    folder, _, number = node.rpartition("/")
    if not folder.endswith("/pts"):
        return False
    try:
        infos = [path.read_text() for path in (place / "fdinfo").iterdir()]
    except OSError:
        return False
    return any(f"tty-index:\t{number}\n" in info for info in infos)


def _process(place: Path) -> str:
    try:
        return (place / "comm").read_text(errors="replace").strip()
    except OSError:
        return "unknown"


def prints_on(uri: str, device: Attached) -> bool:
    """Whether a CUPS queue prints on a device: `usb://Make/Model?serial=…`, `serial:/dev/ttyUSB0?baud=…`."""
    split = urlsplit(uri)
    if device.kind == "serial":
        return split.scheme == "serial" and split.path == f"/dev/{device.node}"
    if split.scheme != "usb":
        return False
    serial = parse_qs(split.query).get("serial", [""])[0]
    if serial and device.serial:
        return serial == device.serial
    make, model = unquote(split.netloc), unquote(split.path.strip("/"))
    said = " ".join((device.manufacturer, device.product, device.device_id)).casefold()
    return bool(model) and make.casefold() in said and model.casefold() in said


# ------------------------------------------------------------------------------- printers
def look_at_printers(
    config: Config, cables: Sequence[Cable], open_port: Callable[[str], Port]
) -> tuple[Reached, ...]:
    """Open each printer for a look: control requests alone, nothing on its pipes.

    One that somebody else holds, or that a queue stands for, is left alone.
    """
    busy = {cable.printer for cable in cables if cable.holders or cable.queues}
    bound = {c.printer for c in cables if c.device is not None and c.device.bound}
    return tuple(
        _reach(printer, open_port)
        for printer in config.printers
        if not printer.outside
        and not drivers.is_queue(printer.uri)
        and printer.name not in busy | bound
    )


def _reach(printer: PrinterConfig, open_port: Callable[[str], Port]) -> Reached:
    try:
        port = open_port(printer.uri)
    except drivers.DeviceBusy as error:
        return Reached(printer.name, str(error), held=True)
    except drivers.TransportError as error:
        return Reached(printer.name, str(error))
    try:
        ids, text = port.usb_ids, ""
        if ids != (0, 0):
            text = port.device_id()
            told = Attached("usb", printer.uri, ids, device_id=text)
            fitting = [proposal.model.name for proposal in drivers.proposals(told)]
            if printer.model not in fitting:
                like = (
                    " or ".join(fitting) or f"a device {ids[0]:04x}:{ids[1]:04x} of no known model"
                )
                told_so = f"configured as {printer.model}, but {like} is there"
                return Reached(printer.name, told_so, wrong=True)
        return Reached(printer.name, "", text)
    except drivers.DriverError as error:
        return Reached(printer.name, str(error))
    finally:
        port.close()


def look_at_queues(
    config: Config,
    find: Callable[[str, drivers.Model], Any] | None = None,
    server: Callable[[str], tuple[Wrong, ...]] = lambda uri: (),
) -> tuple[Queue, ...]:
    """The print queues that printers are configured at, and what `server` says of the files behind them."""
    look = find or drivers.queue_findings
    found = []
    for printer in config.printers:
        if printer.outside or not drivers.is_queue(printer.uri):
            continue
        try:
            wrong = tuple(
                Wrong(**asdict(each)) for each in look(printer.uri, drivers.model(printer.model))
            )
        except drivers.DriverError as error:
            found.append(Queue(printer.name, str(error)))
        else:
            found.append(Queue(printer.name, "", (*wrong, *server(printer.uri))))
    return tuple(found)
