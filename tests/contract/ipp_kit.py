"""A driver and a worker on a real queue, on a clock whose seconds are moments of ours."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

from PIL import Image

import drivers
from drivers import Condition, Driver, Face, Model, Status
from printstation.spool.desk import Desk
from printstation.store.jobs import Job
from tests.contract.cupsd_kit import Cupsd
from tests.unit.printstation.spool.rig import Rig
from tests.unit.printstation.store.kit import TestClock

#: How long a wait of the driver really takes: a backend and cupsd run meanwhile.
MOMENT_S = 0.005
#: Seconds of the driver's time; `backend_waits` as calibrated.
LEAST_S = 3.0


class Paced(TestClock):
    """Each wait takes a moment of real time, in which other processes go on."""

    def _pass(self, seconds: float) -> None:
        super()._pass(seconds)
        time.sleep(MOMENT_S)


def queue_model(**changes: Any) -> Model:
    """The generic queue, calibrated; waits may be as long as a loaded machine needs."""
    generic = drivers.model("ipp-card")
    facts = {k: changes.pop(k) for k in list(changes) if k in {"least_s", "format", "version"}}
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
