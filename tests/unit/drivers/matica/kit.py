"""A simulated Matica printer, its cable and its driver on one clock that only moves when somebody waits."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image

from drivers import Before, Condition, Face, Model, attach, load_model, model
from drivers.matica.driver import MaticaDriver
from simulator.device import Setup
from simulator.matica.halves import MaticaDialogue, MaticaReceiver
from simulator.office import Office
from tests.unit.drivers.memory_port import MemoryPort, Time

SERIAL = "SIM-7"
#: A model of its own: a TOML file and nothing else.
TINY = load_model(Path(__file__).parent / "models" / "tiny-matica.toml")


class StoragePort(MemoryPort):
    """The cable of a mass-storage device: its own pipes, and reset recovery for a soft reset."""

    def device_id(self) -> str:
        return ""

    def soft_reset(self) -> None:
        self._control(0x21, 0xFF, 0)

    def _clear_halt(self, pipe: int) -> None:
        clear = Setup(0x02, 1, 0, pipe, 0)
        self._guarded(lambda: self._device.control(clear, b"", self._clock.now))

    def write(self, data: bytes, timeout_s: float) -> int:
        taken = self._waited(lambda: self._device.bulk_out(2, data, self._clock.now), timeout_s)
        assert isinstance(taken, int)
        return taken

    def read(self, size: int, timeout_s: float) -> bytes:
        data = self._waited(lambda: self._device.bulk_in(0x81, size, self._clock.now), timeout_s)
        assert isinstance(data, bytes)
        return data


class Desk:
    """One printer as the station has it, without the station."""

    def __init__(
        self, device: str = "tiny-matica", cards: int = 3, unit: Model | None = None
    ) -> None:
        self.clock = Time()
        self.office = Office(
            [{"name": "p", "device": device, "serial": SERIAL, "hopper": cards}],
            lambda: datetime(2026, 1, 1, tzinfo=UTC),
        )
        self.device = self.office.printer("p")
        self.model = unit or (TINY if device == TINY.name else model(device))
        self.driver = self.connect()

    @property
    def dialogue(self) -> MaticaDialogue:
        assert isinstance(self.device.dialogue, MaticaDialogue)
        return self.device.dialogue

    @property
    def receiver(self) -> MaticaReceiver:
        assert isinstance(self.device.receiver, MaticaReceiver)
        return self.device.receiver

    def port(self) -> StoragePort:
        return StoragePort(self.device, SERIAL, self.clock)

    def connect(self) -> MaticaDriver:
        driver = attach(self.port(), self.model, self.clock, 0)
        assert isinstance(driver, MaticaDriver)
        return driver

    def act(self, act: str) -> None:
        self.office.act("p", act, None, self.clock.now)

    def arm(self, fault: str, **where: object) -> None:
        self.office.arm("p", {"fault": fault, **where})

    def before(self) -> Before:
        seen = self.driver.outcome(Before(None, None, None))
        return Before(seen.serial, seen.counter, seen.path)

    def feed(self, faces: Sequence[Face] | None = None) -> None:
        self.driver.feed(self.driver.stage(faces or [plain(self.model)]))

    def watch(self, every_s: float = 1.0) -> Condition:
        """Look once a second until it stands still, as the station does."""
        for _ in range(int(self.model.print_s / every_s)):
            condition = self.driver.status().condition
            seen = self.driver.observed()
            if condition is Condition.STOPPED or not seen.may_still_move:
                return condition
            self.clock.sleep(every_s)
        raise AssertionError("never came to an end")

    def until(self, true: Callable[[], bool]) -> None:
        """Let the device's time pass until something is so."""
        for _ in range(1000):
            if true():
                return
            self.clock.sleep(0.1)
            self.office.advance(self.clock.now)
        raise AssertionError("never came to it")

    def errors(self) -> list[str]:
        return [reason.keyword for reason in self.driver.observed().errors]

    def cards(self, place: str) -> list[str]:
        found = self.office.world_json()["cards"]
        return [card["id"] for card in found if card["place"] == place]

    def printed(self, card: str, side: str = "front") -> list[str]:
        return self.office.world.cards[card].sides[side].printed

    def picture(self, card: str, side: str = "front") -> Image.Image:
        png = self.office.picture(card, side)
        assert png is not None
        return Image.open(io.BytesIO(png)).convert("RGB")


def plain(of: Model, colour: str = "red") -> Face:
    size = (of.width_px, of.height_px)
    return Face(Image.new("RGB", size, colour), Image.new("L", size, 0))


def noise(of: Model, seed: int) -> Face:
    """Every level and some resin; corners all differ, so that a wrong turn shows."""
    random = np.random.default_rng(seed)
    rgb = random.integers(0, 256, (of.height_px, of.width_px, 3), dtype=np.uint8)
    mask = random.random((of.height_px, of.width_px)) < 0.1
    return Face(Image.fromarray(rgb), Image.fromarray(np.where(mask, 255, 0).astype(np.uint8)))


def assert_same(face: Face, shown: Image.Image) -> None:
    """Dot for dot: eight bits go through, and resin is black."""
    given, got = np.asarray(face.rgb), np.asarray(shown)
    resin = np.asarray(face.resin) == 255
    assert got.shape == given.shape
    assert (given == got)[~resin].all()
    assert got[resin].max(initial=0) == 0
