"""The door to the station: what the routes need of it, and nothing else."""

from __future__ import annotations

import shutil
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request

import layouts
from drivers import Model, Tap
from printstation.acts import request as acts
from printstation.clock import Clock
from printstation.config import Config, PrinterConfig
from printstation.refusals import Refusal
from printstation.seal import Seal
from printstation.spool.duty import Duty
from printstation.spool.errands import Errand
from printstation.spool.sight import Sight
from printstation.spool.timings import Histogram, Timings
from printstation.spool.view import PrinterView, SeenReason
from printstation.store.engine import Store

MB = 1 << 20

#: A moving card's entries are some kilobytes; this is the disk's own noise, a hundred times over.
KEPT_FOR_MOVING_MB = 50


class Station(Protocol):
    """What `printstation.station.Station` offers the API."""

    @property
    def config(self) -> Config: ...

    @property
    def store(self) -> Store: ...

    @property
    def seal(self) -> Seal: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def stopping(self) -> bool:
        """True from the first SIGTERM on: open streams end, no new card starts."""

    def views(self) -> tuple[PrinterView, ...]:
        """Every printer as its worker last saw it, in the order of the configuration."""

    def most_sides(self, printer: PrinterConfig) -> dict[str, int]:
        """Most sides of a layout that this printer takes, by card type (all where it is not named)."""

    def duty_of(self, printer: PrinterConfig) -> Duty:
        """When a printer rests, is cleaned, and the like."""

    def sight_of(self, printer: str) -> Sight:
        """What the worker of a printer that is driven from here saw last."""

    def tap_of(self, printer: str) -> Tap | None:
        """The recorder of a printer's wire; None for a queue."""

    def ask(self, printer: str, errand: Errand) -> None:
        """Leave an errand for the printer's worker; refuses `printer-busy` while another one waits."""

    def start_cleaning(self, printer: str, request: acts.Request, by: str) -> None:
        """Have a printer that is driven from here start a cleaning run; refuses `printer-busy`."""

    def model_of(self, printer: PrinterConfig) -> Model:
        """The model of a printer that this station drives."""

    @property
    def slip_reasons(self) -> tuple[SeenReason, ...]:
        """Why slips wait; empty while they come out, and where there is no receipt printer."""

    @property
    def timings(self) -> dict[str, Timings]:
        """How long cards took at each printer that is driven from here."""

    @property
    def commits(self) -> Histogram:
        """How long commits take."""

    @property
    def begun_after(self) -> int:
        """Number of the journal's newest entry before this process wrote any."""

    def wake(self) -> None:
        """Something changed that may let a printer go on."""

    def faces(self, job_id: str) -> dict[str, layouts.Picture]:
        """The sides of a job as they will be printed; refuses `not-found`, `payload-erased`."""


async def station_of(request: Request) -> Station:
    """The station that this application was made for. A coroutine, so that it costs no thread."""
    return cast(Station, request.app.state.station)


Here = Annotated[Station, Depends(station_of)]


def printer_named(station: Station, name: str) -> PrinterConfig:
    """The configured printer; refuses `not-found`."""
    printer = station.config.printer(name)
    if printer is None:
        raise Refusal("not-found", "there is no printer of this name; GET /v1/printers lists them")
    return printer


def refuse_when_closing(station: Station) -> None:
    """New rows are not begun while the station stops or its disk is nearly full (§11).

    Below `min_free_mb` no card starts, and orders still queue. They stop at a bound of their own, or they
    would fill the room that is kept for recording the cards that move.
    """
    if station.stopping:
        raise Refusal("stopping", "the station is stopping; send this again once it is back")
    least = min(station.config.min_free_mb, KEPT_FOR_MOVING_MB)
    if shutil.disk_usage(station.config.data_dir).free < least * MB:
        raise Refusal(
            "disk-low",
            f"less than {least} MB are free where the station keeps its data; make room",
        )
