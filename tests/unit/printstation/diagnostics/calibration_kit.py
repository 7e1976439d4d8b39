"""A station and a simulated printer on one clock: three cards in some milliseconds, walked by the real worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from drivers import Driver, Face, Model, attach
from printstation.acts import stock
from printstation.acts.request import Request
from printstation.config import Config, PrinterConfig
from printstation.diagnostics.calibrate import Found, Readings, conclude
from printstation.diagnostics.calibrating import Calibration
from printstation.station import Station, open_station
from printstation.store.jobs import Job
from simulator import hands
from simulator.office import Office
from simulator.printer import CardPrinter
from tests.contract.conformance_cable import Cable
from tests.contract.conformance_units import found_models
from tests.unit.drivers.memory_port import Time
from tests.unit.printstation.store.kit import TestClock

NAME = "unit"
BLANKS = 5
ANEW = Request(None, "test", b"hash")


class Shared(Time):
    """The cable's time is the station's."""

    def __init__(self, clock: TestClock) -> None:
        self._clock = clock

    @property
    def now(self) -> float:
        return self._clock.passed

    @now.setter
    def now(self, seconds: float) -> None:
        self._clock.passed = seconds


def asked_for_its_count(model: Model) -> Model:
    """A model that knows the query, whether its device answers it or not."""
    if model.family != "magicard":
        return model
    return replace(model, facts=replace(model.magicard, queries=("MSR", "TCQ")))


def any_face(job: Job, model: Model) -> list[Face]:
    """A tiny card holds no text: any picture will do."""
    size = (model.width_px, model.height_px)
    random = np.random.default_rng(1)
    rgb = random.integers(0, 200, (size[1], size[0], 3), dtype=np.uint8)
    return [Face(Image.fromarray(rgb), Image.new("L", size, 0))]


class Trial:
    """One printer under calibration. `device` names the simulator's device file."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, device: str, **unit: Any) -> None:
        self.clock = TestClock()
        patch.setattr("printstation.spool.faces.painter", lambda store, seal: any_face)
        row = {"name": NAME, "device": device, "serial": "SIM-7", "hopper": BLANKS}
        self.office = Office([row], lambda: datetime(2026, 1, 1, tzinfo=UTC))
        self.device: CardPrinter = self.office.printer(NAME)
        model = asked_for_its_count(found_models()[self.device.model])
        patch.setattr(Station, "model_of", lambda _, printer: _as_configured(model, printer))
        # The configuration knows shipped models alone; which one it names is not looked at here.
        self.printer = PrinterConfig(
            name=NAME,
            model="tango2e",
            uri="usbip://127.0.0.1:1/1-1",
            card_types=("specimen",),
            **unit,
        )
        self.config = Config(data_dir=folder, printers=(self.printer,), min_free_mb=0)
        kind = {"magicard": "usb", "evolis": "usb", "matica": "storage"}[model.family]
        self.cable = Cable(self.device, Shared(self.clock), kind)

    def open(self) -> Station:
        """The station as calibrate opens it."""
        return open_station(self.config, self.clock)

    def stocked(self, count: int = BLANKS, delivery: str = "D-1") -> Trial:
        """Rows for what lies in the hopper."""
        station = self.open()
        known: dict[str, Any] = {"card_type": "specimen", "count": count, "by": "ani"}
        known["batch"] = delivery
        stock.receive(station.store, ANEW, delivery=delivery, version="1", **known)
        stock.load(station.store, ANEW, printer=NAME, **known)
        station.stop(now=True)
        return self

    def driver(self, uri: str, model: Model, wait: float) -> Driver:
        """As `drivers.open_driver`, over the cable in memory."""
        port = self.cable.plug()
        try:
            return attach(port, model, Shared(self.clock), wait)
        except BaseException:
            port.close()
            raise

    def readings(self, station: Station, drawn: bool | None = None) -> Readings:
        """The three cards, and the question about the last one answered as it is."""
        calibration = Calibration(station, self.printer, "ani")
        calibration.refuse()
        found = calibration.run(self.driver)
        seen = True if found.drawn else drawn
        if seen is not None:
            calibration.answer(seen)
        return replace(found, drawn=seen)

    def found(self, station: Station, drawn: bool | None = None) -> Found:
        """What it comes to."""
        facts = station.model_of(self.printer).facts
        return conclude(
            self.readings(station, drawn),
            has_counter=facts.counter_query is not None,
            has_path=facts.path_query is not None,
            most_s=1000.0,
        )

    def look(self, station: Station) -> list[str]:
        """One turn of the printer's own worker, as a start has it; the reasons that it shows."""
        station.rebuild(self.driver)
        (worker,) = station.workers
        self.clock.on_wait = lambda: setattr(station, "stopping", True)
        worker.run()
        self.clock.on_wait = None
        return [reason.keyword for reason in worker.view.reasons]

    def out(self) -> Sequence[str]:
        """Where the cards lie that left the hopper."""
        cards = self.office.world_json()["cards"]
        return [card["place"] for card in cards if card["place"] != "hopper"]

    def refill(self) -> None:
        """More blanks than anybody draws."""
        hands.load(self.device.body, 10)


def _as_configured(model: Model, printer: PrinterConfig) -> Model:
    path = printer.path_sensor if model.facts.path_query else None
    counter = printer.counter if model.facts.counter_query else None
    return model.for_unit(counter, path, printer.print_s)
