"""A driver and a worker on a real queue, on a clock whose seconds are moments of ours."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

import drivers
from drivers import Condition, Driver, Face, Model, Status
from drivers.ipp.dialogue import Dialogue
from drivers.ipp.driver import IppDriver
from drivers.transports.http import HttpPort
from printstation.spool.desk import Desk
from printstation.store import feeds
from printstation.store.feeds import Feed
from printstation.store.jobs import Job
from tests.contract.cupsd_kit import QUEUE, Cupsd
from tests.unit.printstation.spool.rig import Rig
from tests.unit.printstation.store.kit import TestClock

#: How long a wait of the driver really takes: a backend and cupsd run meanwhile.
MOMENT_S = 0.005
#: Seconds of the driver's time; `backend_waits` as calibrated.
LEAST_S = 3.0


class Paced(TestClock):
    """Each wait takes a moment of real time, in which other processes go on."""

    moment_s = MOMENT_S

    def _pass(self, seconds: float) -> None:
        super()._pass(seconds)
        time.sleep(self.moment_s)


def queue_model(**changes: Any) -> Model:
    """The generic queue, calibrated; waits may be as long as a loaded machine needs."""
    generic = drivers.model("ipp-card")
    facts = {
        k: changes.pop(k)
        for k in list(changes)
        if k in {"least_s", "format", "version", "colour_space"}
    }
    known: dict[str, Any] = {"backend_waits": True, "discard_s": 3000.0, "near_end_interval_s": 0.5}
    return dataclasses.replace(
        generic,
        facts=dataclasses.replace(generic.ipp, **{"least_s": LEAST_S, **facts}),
        **{**known, **changes},
    )


def noise(model: Model, seed: int = 0) -> Face:
    """A picture of which every dot differs from its neighbours, with a strip of resin."""
    size = (model.width_px, model.height_px)
    dots = bytes((i * 7919 + (i >> 8) * 31 + seed) & 255 for i in range(size[0] * 3))
    line = Image.frombytes("RGB", (size[0], 1), dots)
    picture = Image.new("RGB", size)
    for y in range(size[1]):
        picture.paste(line, (-(y * 13 % 97), y))
    resin = Image.new("L", size, 0)
    resin.paste(255, (20, 30, 400, 60))
    return Face(picture, resin)


@contextmanager
def somebody(server: Cupsd, user: str = "somebody") -> Iterator[Dialogue]:
    """Another program at the same queue."""
    port = HttpPort("127.0.0.1", server.port, f"/printers/{QUEUE}")
    port.reopen()
    try:
        yield Dialogue(port, user, 10.0)
    finally:
        port.close()


def pause(server: Cupsd) -> None:
    """Somebody runs `cupsdisable`."""
    with somebody(server) as other:
        other.ask(0x0010)  # type: ignore[arg-type]


def resume(server: Cupsd) -> None:
    """Somebody runs `cupsenable`."""
    with somebody(server) as other:
        other.resume()


def delete(server: Cupsd) -> None:
    """Somebody runs `lpadmin -x`."""
    with somebody(server) as other:
        other.ask(0x4004)  # type: ignore[arg-type]


def unfinished(server: Cupsd) -> list[str]:
    """Names of the jobs that are not over."""
    with somebody(server, "printstation") as other:
        return [job.name for job in other.jobs()]


@contextmanager
def opened(uri: str, model: Model, clock: Paced) -> Iterator[IppDriver]:
    """A driver, and its end."""
    driver = drivers.open_driver(uri, model, clock)
    assert isinstance(driver, IppDriver)
    try:
        yield driver
    finally:
        driver.close()


def left_behind(server: Cupsd) -> None:
    """A station laid a card and died."""
    model = queue_model()
    with opened(server.uri, model, Paced()) as driver:
        driver.lay(driver.stage([noise(model)]))


def until_not_busy(driver: Driver, clock: Paced, limit: int = 2000) -> Status:
    """Look as the station does, until the driver sees an end."""
    for _ in range(limit):
        status = driver.status()
        if status.condition is not Condition.BUSY:
            return status
        clock.sleep(0.5)
    raise AssertionError("busy for ever")


def until_processing(driver: Driver, clock: Paced, server: Cupsd, run: int = 1) -> None:
    """The run has begun, has all its data, and was seen."""
    server.until(lambda: len(server.starts()) >= run, f"run {run} begins")
    server.until(server.waits, "the backend waits at its gate")
    for _ in range(3):
        assert driver.status().condition is Condition.BUSY
        clock.sleep(0.5)


class QueueRig(Rig):
    """The worker of a station at a real queue. `drawn` is what each job's card looks like."""

    def __init__(self, folder: Path, server: Cupsd, **model: Any) -> None:
        self.server = server
        self.drawn: dict[str, Face] = {}
        self._changes = model
        super().__init__(folder, holds_job=True)

    def _model(self, counter: str, changes: dict[str, Any]) -> Model:
        return queue_model(**self._changes)

    def _desk(self) -> Desk:
        self.clock = clock = Paced()
        self.store.clock = clock
        desk = super()._desk()
        return dataclasses.replace(
            desk,
            uri=self.server.uri,
            open_driver=lambda model, wait: drivers.open_driver(
                self.server.uri, model, clock, wait
            ),
        )

    def _paint(self, job: Job, model: Model) -> list[Face]:
        self.drawn[job.id] = noise(model, len(self.drawn))
        return [self.drawn[job.id]]

    def fed(self) -> Feed | None:
        """The only feed; None before it."""
        with self.store.read() as conn:
            found = feeds.unsettled(conn)
        assert len(found) <= 1
        return found[0] if found else None

    def settled(self) -> bool:
        """The one card that was fed waits for a person, and nothing of it can print any more."""
        found = self.fed()
        return found is not None and found.discarded and self.office.asked() != []


def opens_gate(
    rig: QueueRig, code: int | str = 0, after_s: float = 2 * LEAST_S, run: int = 1
) -> None:
    """The device is done so many of the station's seconds after its run began."""
    begun: list[float] = []

    def is_over() -> bool:
        if len(rig.server.starts()) == run and rig.server.waits() and not begun:
            begun.append(rig.clock.passed)
        return bool(begun) and rig.clock.passed - begun[0] > after_s

    rig.when(is_over, lambda: rig.server.open_gate(code))
