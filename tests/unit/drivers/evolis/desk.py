"""A simulated Evolis printer, its cable (USB or a bare line, in memory) and its driver, on one clock."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from PIL import Image

from drivers import Before, Condition, Driver, Face, Model, Outcome, TransferStalled, attach, model
from simulator.office import Office
from tests.unit.drivers.memory_port import MemoryPort, Time

SERIAL = "SIM-7"
CABLES = ("usb", "line")


class MemoryLine(MemoryPort):
    """The same device without class requests, as `drivers/transports/line.py` has it."""

    @property
    def usb_ids(self) -> tuple[int, int]:
        return 0, 0

    def usb_serial(self) -> str | None:
        return None

    def device_id(self) -> str:
        return ""

    def port_status(self) -> int:
        raise TransferStalled("a line has no port status")

    def soft_reset(self) -> None:
        raise TransferStalled("a line has no soft reset")


class Desk:
    """One printer on one desk."""

    def __init__(self, name: str, cable: str = "usb", cards: int = 3, **changes: object) -> None:
        self.clock = Time()
        self.cable = cable
        row = {"name": "p", "device": name, "serial": SERIAL, "hopper": cards}
        self.office = Office([row], lambda: datetime(2026, 1, 1, tzinfo=UTC))
        self.device = self.office.printer("p")
        self.model = replace(model(name), **changes)  # type: ignore[arg-type]
        self.driver = self.connect()

    def port(self) -> MemoryPort:
        kind = MemoryPort if self.cable == "usb" else MemoryLine
        return kind(self.device, SERIAL, self.clock)

    def connect(self, busy_wait_s: float = 0) -> Driver:
        return attach(self.port(), self.model, self.clock, busy_wait_s)

    def act(self, act: str) -> None:
        self.office.act("p", act, None, self.clock.now)

    def arm(self, fault: str, **where: object) -> None:
        self.office.arm("p", {"fault": fault, **where})

    def before(self) -> Before:
        seen = self.driver.outcome(Before(None, None, None))
        return Before(seen.serial, seen.counter, seen.path)

    def feed(self, faces: Sequence[Face] | None = None) -> None:
        self.driver.feed(self.driver.stage(faces or [plain(self.model)]))

    def watch(self) -> Condition:
        """Look once a second until it stands still or its time is over, as the station does."""
        for _ in range(int(self.model.print_s)):
            condition = self.driver.status().condition
            if condition is Condition.STOPPED or not self.driver.observed().may_still_move:
                return condition
            self.clock.sleep(1.0)
        return condition

    def outcome(self) -> Outcome:
        return self.driver.outcome(Before(SERIAL, None, False))

    def wait(self, seconds: float) -> None:
        """Let the printer move, watched by nobody."""
        end = self.clock.now + seconds
        while (due := self.device.next_due(self.clock.now)) is not None and due <= end:
            self.clock.now = max(due, self.clock.now)
            self.office.advance(self.clock.now)
        self.clock.now = end
        self.office.advance(end)

    def cards(self, place: str) -> list[dict[str, object]]:
        found = self.office.world_json()["cards"]
        return [card for card in found if card["place"] == place]

    def picture(self, card: object, side: str = "front") -> Image.Image:
        png = self.office.picture(str(card), side)
        assert png is not None
        return Image.open(io.BytesIO(png)).convert("RGB")


def plain(of: Model, colour: str = "red") -> Face:
    size = (of.width_px, of.height_px)
    return Face(Image.new("RGB", size, colour), Image.new("L", size, 0))


def noise(of: Model, seed: int) -> Face:
    """Every level at every place, and a tenth of resin."""
    random = np.random.default_rng(seed)
    rgb = random.integers(0, 256, (of.height_px, of.width_px, 3), dtype=np.uint8)
    mask = random.random((of.height_px, of.width_px)) < 0.1
    return Face(Image.fromarray(rgb), Image.fromarray(np.where(mask, 255, 0).astype(np.uint8)))
