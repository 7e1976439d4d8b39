"""A driver on a queue in memory, with a card ready to be sent."""

from __future__ import annotations

from typing import Any

from PIL import Image

from drivers import Before, Condition, Face, Outcome, Staged
from drivers.ipp.driver import IppDriver, attach
from tests.unit.drivers.ipp.fake_queue import FakeJob, FakeQueue
from tests.unit.drivers.ipp.kit import queue_model
from tests.unit.drivers.magicard_kit import Time

BEFORE = Before("urn:uuid:queue", None, None)


class Bench:
    """One driver at one queue, with a card ready to be sent."""

    def __init__(self, **model: Any) -> None:
        self.clock = Time()
        self.queue = FakeQueue()
        self.model = queue_model(width_px=30, height_px=20, least_s=8.0, **model)
        self.driver = self.attach()
        face = Face(Image.new("RGB", (30, 20), "red"), Image.new("L", (30, 20), 0))
        self.staged: Staged = self.driver.stage([face])

    def attach(self, busy_wait_s: float = 0) -> IppDriver:
        return attach(self.queue, self.model, self.clock, busy_wait_s)  # type: ignore[arg-type]

    @property
    def job(self) -> FakeJob:
        return self.queue.jobs[max(self.queue.jobs)]

    def fed(self) -> None:
        self.driver.lay(self.staged)
        self.driver.feed(self.staged)

    def run(self, seconds: float) -> None:
        """It is seen processing for so long."""
        end = self.clock.now + seconds
        while self.clock.now < end:
            assert self.driver.status().condition is Condition.BUSY
            self.clock.sleep(0.5)

    def why(self) -> str:
        """The driver sees an end that is none; the first error on record."""
        assert self.driver.status().condition is Condition.STOPPED
        return self.driver.observed().errors[0].keyword

    def after_discard(self) -> Outcome:
        self.driver.discard()
        return self.driver.outcome(BEFORE)


def wait_in_line(job: FakeJob) -> None:
    """Released, and its run has not begun."""
    job.state, job.run = 3, None
