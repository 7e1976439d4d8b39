"""`printstation-sim serve` from its parts: office, clock, heartbeat, cable, control API, state.

One process, one loop, one thread: a device is never entered twice at once. Prints its two address
lines when they answer and ends within 2 s of SIGTERM.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from simulator import addresses
from simulator.addresses import Address
from simulator.control import create_app
from simulator.heartbeat import Heartbeat
from simulator.line_ports import Lines
from simulator.lines import CardLine
from simulator.office import Office
from simulator.simclock import SimClock
from simulator.state import Keeper, StateError, StateFolder
from simulator.usbip.server import CableServer

# SIGTERM promises 2 s; an open request of the control API gets half of it.
GRACE_S = 1


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    office: Path | None
    usbip: Address
    control: Address
    speed: float
    state: Path | None


class PortTaken(Exception):
    """An address cannot be bound; one line."""


def run(options: Options, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. Raises PortTaken, OfficeError, SpeedError, StateError."""
    clock = SimClock(options.speed)
    office = Office.from_file(options.office, lambda: datetime.now(UTC))
    folder = StateFolder(options.state) if options.state is not None else None
    try:
        if folder is not None and (snapshot := folder.load()) is not None:
            _restore(office, snapshot, clock.now())
        with contextlib.ExitStack() as stack:
            usbip, control = (
                stack.enter_context(_bound(address)) for address in (options.usbip, options.control)
            )
            receipts = {
                printer.name: stack.enter_context(_bound(Address("127.0.0.1", printer.port)))
                for printer in office.receipts.values()
                if printer.kind == "tcp"
            }
            receipts |= {
                printer.name: stack.enter_context(_bound(Address("127.0.0.1", 0)))
                for printer in office.printers.values()
                if printer.attach == "tcp"
            }
            keeper = Keeper(office, folder)
            asyncio.run(_serve(office, clock, keeper, usbip, control, receipts, say))
    finally:
        if folder is not None:
            folder.close()


def _restore(office: Office, snapshot: dict[str, Any], now: float) -> None:
    try:
        office.restore(snapshot, now)
    except (AttributeError, KeyError, TypeError) as error:
        raise StateError("the kept state is of another version: take another folder") from error


async def _serve(
    office: Office,
    clock: SimClock,
    keeper: Keeper,
    usbip: socket.socket,
    control: socket.socket,
    receipts: dict[str, socket.socket],
    say: Callable[[str], None],
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    slips = list(office.receipts.values())
    heartbeat = Heartbeat([*office.printers.values(), *slips], clock, keeper.save_if_changed)
    on_usb = [printer for printer in slips if printer.kind == "usb"]
    cards = [printer for printer in office.printers.values() if printer.attach == "usbip"]
    on_lines = [CardLine(p, heartbeat) for p in office.printers.values() if p not in cards]
    cable = CableServer([*cards, *on_usb], heartbeat)
    lines = Lines([*slips, *on_lines], heartbeat, receipts)
    cable_address = addresses.address_of(usbip)
    for printer in on_usb:
        printer.uri = f"usbip://{cable_address}/{printer.busid}"
    app = create_app(office, clock, heartbeat, f"usbip://{cable_address}")
    web = _Web(app)
    heartbeat.beat()
    await cable.start(usbip)
    await lines.start()
    say(f"usbip on {cable_address}")
    serving = asyncio.create_task(web.serve(sockets=[control]))
    await web.up.wait()
    say(f"control on http://{addresses.address_of(control)}")
    await stop.wait()
    cable.close()
    heartbeat.beat()
    heartbeat.stop()
    lines.close()
    web.should_exit = True
    await serving


class _Web(uvicorn.Server):
    """uvicorn as a guest in our loop: no signal handlers of its own, and it tells when it is up."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@contextlib.contextmanager
def _bound(address: Address) -> Generator[socket.socket, None, None]:
    try:
        bound = addresses.bind(address)
    except OSError as error:
        raise PortTaken(f"{address}: {error.strerror}; give another address") from error
    with bound:
        yield bound
