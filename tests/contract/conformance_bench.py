"""A unit on a bench: simulated device, cable and driver on one clock, and a look at what really happened.

The promises (`conformance_promises.py`) know this face of it and nothing of a family.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from PIL import Image

from drivers import Before, Condition, DeviceBusy, Driver, Face, Model, Outcome, attach
from simulator import hands
from simulator.devicefile import DeviceSpec
from simulator.office import Office
from simulator.printer import CardPrinter
from simulator.world import Card
from tests.contract.conformance_cable import Bend, Cable
from tests.contract.conformance_units import Unit
from tests.unit.drivers.memory_port import Time

SERIAL = "SIM-7"
OTHER_SERIAL = "SIM-8"
BLANKS = 3
NOTHING = Before(None, None, None)
#: Which cables a family has.
CABLES = {"magicard": ("usb",), "evolis": ("usb", "line"), "matica": ("storage",)}


class Bench:
    """One unit of one model. `driver` is opened by the first use; a promise may open it anew."""

    def __init__(self, unit: Unit, cable: str, blanks: int = BLANKS) -> None:
        self.unit = unit
        self.model: Model = unit.calibrated
        self.clock = Time()
        self.office = Office([], lambda: datetime(2026, 1, 1, tzinfo=UTC))
        self.device = self._stand("p", SERIAL, unit.spec)
        if cable == "line":
            self.device.attach = "serial"
        hands.load(self.device.body, blanks)
        self.cable = Cable(self.device, self.clock, cable)
        self._driver: Driver | None = None

    def _stand(self, name: str, serial: str, spec: DeviceSpec) -> CardPrinter:
        printer = CardPrinter(
            name, f"1-{len(self.office.printers) + 1}", serial, spec, self.office.world
        )
        self.office.printers[name] = printer
        return printer

    # ------------------------------------------------------------------ the host
    @property
    def driver(self) -> Driver:
        """The driver in hand."""
        return self._driver or self.restart()

    def connect(self, model: Model | None = None, busy_wait_s: float = 0.0) -> Driver:
        """A host opens the device; one that is refused lets it go, as `open_driver` does."""
        port = self.cable.plug()
        try:
            return attach(port, model or self.model, self.clock, busy_wait_s)
        except BaseException:
            port.close()
            raise

    def restart(self) -> Driver:
        """The host's process dies, whatever it was at, and another one opens the device."""
        self.cable.drop()
        self._driver = self.connect()
        return self._driver

    def second_unit(self) -> Bench:
        """Another unit of the same model, on a cable of its own."""
        return Twin(self.unit, self.cable.kind)

    @property
    def tells_loss(self) -> bool:
        """Whether the host's system notices that the device went."""
        return True

    @property
    def refusals(self) -> tuple[type[Exception], ...]:
        """What a second host is refused with."""
        return (DeviceBusy,)

    @property
    def bend(self) -> Bend:
        """The hand on the cable."""
        return self.cable.bend

    # ------------------------------------------------------------------ one card
    def face(self, seed: int = 1) -> Face:
        """A picture and some text; every seed another one."""
        size = (self.model.width_px, self.model.height_px)
        random = np.random.default_rng(seed)
        rgb = random.integers(0, 200, (size[1], size[0], 3), dtype=np.uint8)
        mask = random.random((size[1], size[0])) < 0.2
        return Face(Image.fromarray(rgb), Image.fromarray(np.where(mask, 255, 0).astype(np.uint8)))

    def feed(self, seed: int = 1, sides: int = 1) -> None:
        """Stage and feed one card."""
        driver = self.driver
        driver.feed(driver.stage([self.face(seed + side) for side in range(sides)]))

    def watch(self) -> Condition:
        """Look as the station does, until the driver sees an end or the card's time is over."""
        end = self.clock.now + self.model.print_s
        while True:
            condition = self.driver.status().condition
            if condition is Condition.STOPPED or not self.driver.observed().may_still_move:
                return condition
            if self.clock.now >= end:
                return condition
            self.clock.sleep(self.model.near_end_interval_s)

    def card(self, seed: int = 1) -> Condition:
        """One whole card, as the station walks it."""
        self.feed(seed)
        return self.watch()

    def outcome(self) -> Outcome:
        """What the driver reads now."""
        return self.driver.outcome(NOTHING)

    def witnesses(self) -> tuple[str | None, int | None, bool | None]:
        """Serial, counter and path as the driver reads them now."""
        seen = self.outcome()
        return seen.serial, seen.counter, seen.path

    # ------------------------------------------------------------------ time and hands
    def wait(self, seconds: float) -> None:
        """Let the device move, watched by nobody."""
        end = self.clock.now + seconds
        while (due := self.device.next_due(self.clock.now)) is not None and due <= end:
            self.clock.now = max(due, self.clock.now)
            self.office.advance(self.clock.now)
        self.clock.now = end
        self.office.advance(end)

    def settle(self) -> None:
        """Whatever moves comes to its end."""
        self.wait(self.model.print_s)

    def act(self, act: str) -> None:
        """A person does something at the device."""
        self.office.act("p", act, None, self.clock.now)

    def refill(self) -> None:
        """Blanks are laid into the hopper until it has as many as at the start."""
        hands.load(self.device.body, BLANKS - len(self.device.body.hopper))

    def arm(self, fault: str, **where: Any) -> None:
        """Something is going to go wrong."""
        self.office.arm("p", {"fault": fault, **where})

    # ------------------------------------------------------------------ the truth
    @property
    def revision(self) -> int:
        """Grows with everything that happens to a card, a counter or a ribbon."""
        self.office.advance(self.clock.now)
        return self.office.world.revision

    def cards(self, *places: str) -> list[Card]:
        """The cards that are there, in the order in which they were made."""
        self.office.advance(self.clock.now)
        return [card for card in self.office.world.cards.values() if card.place in places]

    @property
    def drawn(self) -> int:
        """How many cards ever left the hopper."""
        return len(self.cards("path", "output", "reject", "hand"))

    @property
    def inside(self) -> int:
        """How many cards are in the device."""
        return len(self.cards("path"))

    def planes(self, card: Card) -> Sequence[tuple[str, bytes]]:
        """What lies whole on the front of a card."""
        return [(layer.letter, layer.plane) for layer in card.sides["front"].layers if layer.whole]


class Twin(Bench):
    """A second unit: whoever made it gave it a serial number of its own, or not."""

    def _stand(self, name: str, serial: str, spec: DeviceSpec) -> CardPrinter:
        return super()._stand(name, OTHER_SERIAL, spec)
