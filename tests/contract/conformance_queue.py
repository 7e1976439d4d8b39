"""A bench for families that speak to a print queue: the queue in memory, whose jobs end by the bench's clock.

What a cable is to the others is an HTTP connection here, and a card is a run of a job. The rules of a queue one by
one are in `tests/unit/drivers/ipp`, a real cupsd in `test_ipp_*.py`; this is the part of the contract that all keep.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from drivers import DeviceGone, Driver, Model, TransferTimeout, attach
from drivers.ipp.dialogue import Op
from drivers.ipp.wire import Attribute, Tag
from simulator.world import Card
from tests.contract.conformance_bench import Bench
from tests.contract.conformance_cable import Bend
from tests.unit.drivers.ipp.fake_queue import Answer, FakeJob, FakeQueue
from tests.unit.drivers.memory_port import Time

#: Longer than any model's shortest run.
RUN_S = 20.0
UUID = "urn:uuid:queue"
SIZE = (30, 20)


@dataclass
class Run:
    """One time that a job was carried out: what lies on the card, and when it is out."""

    document: bytes
    out_at: float | None
    number: int
    place: str = "path"


class Queue(FakeQueue):
    """Jobs that run to their end, and keep what they were given."""

    def __init__(self, clock: Time, **known: Any) -> None:
        super().__init__(**known)
        self.clock = clock
        self.documents: dict[int, bytes] = {}
        self.runs: list[Run] = []
        self.on_release = self._run
        self.on_cancel = self._stop
        self.bend = Bend()

    def post(self, parts: Iterable[bytes], timeout_s: float, limit: int) -> tuple[int, bytes]:
        """As it stands by the clock; a server that hangs takes the request and answers nothing."""
        if self.bend.silent and self.open:
            self.clock.now += timeout_s
            self.close()
            raise TransferTimeout("silent")
        self.advance()
        return super().post(parts, timeout_s, limit)

    def _at_job(self, operation: Op, job: FakeJob, document: bytes) -> Answer:
        if operation is Op.SEND_DOCUMENT:
            self.documents[job.id] = document
        return super()._at_job(operation, job, document)

    def _run(self, job: FakeJob) -> None:
        self.state = 4
        self.runs.append(Run(self.documents[job.id], self.clock.now + RUN_S, job.id))

    def _stop(self, job: FakeJob) -> None:
        """A canceled job's card comes out as it is."""
        self.state = 3
        for run in self.runs:
            if run.number == job.id and run.place == "path":
                run.place, run.out_at = "reject", None

    def advance(self) -> None:
        for run in self.runs:
            if run.place == "path" and run.out_at is not None and run.out_at <= self.clock.now:
                run.place, run.out_at = "output", None
                self.jobs[run.number].state, self.state = 9, 3


class QueueTime(Time):
    """Time that lets the queue go on."""

    queue: Queue | None = None

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.queue is not None:
            self.queue.advance()


@dataclass
class Wire:
    """What stands where others have a cable."""

    kind: str = "queue"
    sent: list[bytes | str] = field(default_factory=list)
    bend: Bend = field(default_factory=Bend, kw_only=True)


@dataclass(frozen=True)
class Named:
    """What a promise asks of a device: the serial number that it tells."""

    serial: str


class QueueBench(Bench):
    """One queue and its driver."""

    def __init__(self, model: Model, cable: str = "queue", blanks: int = 3) -> None:
        self.clock = clock = QueueTime()
        facts = replace(model.ipp, least_s=8.0)
        self.model = replace(
            model, width_px=SIZE[0], height_px=SIZE[1], facts=facts, backend_waits=True
        )
        told = re.sub(r"\[0-9\]\{4\}", "1500", model.mdl).replace(".*", "").replace(" ?", "")
        device_id = Attribute(Tag.TEXT, "printer-device-id", (f"MFG:X;MDL:{told or 'any'};",))
        self.queue = Queue(clock, uuid=UUID, settings={"printer-device-id": device_id})
        clock.queue = self.queue
        self.cable = Wire(bend=self.queue.bend)  # type: ignore[assignment]
        self.device = Named(UUID)  # type: ignore[assignment]
        self._driver: Driver | None = None

    # ------------------------------------------------------------------ the host
    def connect(self, model: Model | None = None, busy_wait_s: float = 0.0) -> Driver:
        return attach(self.queue, model or self.model, self.clock, busy_wait_s)  # type: ignore[arg-type]

    def restart(self) -> Driver:
        if self.queue.down:
            raise DeviceGone("nobody listens")
        if not self.queue.open:
            self.queue.reopen()
        self._driver = self.connect()
        return self._driver

    # ------------------------------------------------------------------ time, hands and the truth
    def wait(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    def act(self, act: str) -> None:
        """Out goes the server, or it comes back; or the backend reports a cover."""
        if act.endswith("-cover"):
            self.queue.reasons = ("cover-open-error",) if act == "open-cover" else ("none",)
            return
        self.queue.down = act == "unplug"
        if self.queue.down:
            self.queue.restart()

    @property
    def revision(self) -> int:
        made = sum(op is Op.CREATE_JOB for op in self.queue.log)
        return made + sum(run.place != "path" for run in self.queue.runs) + len(self.queue.runs)

    def cards(self, *places: str) -> list[Card]:
        return [run for run in self.queue.runs if run.place in places]  # type: ignore[misc]

    def planes(self, card: Any) -> Sequence[tuple[str, bytes]]:
        return [("page", card.document)]
