"""A print queue's own life on the virtual clock: jobs, backends, cupsd itself. What happens is ipp.md §5 and §6.

The wire is the in-memory queue's of the driver's unit tests; here its states move by themselves. Knows nothing of
the station. Seconds are shorter than cupsd's, in the same order.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from drivers.ipp.clearing import START_MARK
from drivers.ipp.dialogue import Op
from drivers.ipp.wire import Attribute, Attributes, Group, Tag
from tests.crash.queue_runs import (
    ABORTED,
    CANCELED,
    ENDS,
    FILTER_S,
    HANDED_S,
    IDLE,
    NEVER,
    PENDING,
    PROCESSING,
    REASONS,
    STOPPED,
    WELL,
    Device,
    Manner,
    Run,
)
from tests.crash.world import Origin
from tests.unit.drivers.ipp.fake_queue import OK, Answer, FakeJob, FakeQueue

#: JobKillDelay, JobRetryInterval, and the pause before a backend that ended with 7 is started again ("40 in 40 s").
KILL_DELAY_S, RETRY_S, RERUN_S = 6.0, 5.0, 1.0
#: Runs of a job under JobRetryLimit 1; DirtyCleanInterval's default.
MOST_RUNS, YOUNG_S = 2, 30.0
#: So long a person leaves a queue stopped that the station should let go on.
PATIENCE_S = 5.0
#: cupsd's clock: whole seconds.
CLOCK = 1000


@dataclass
class Again:
    """A job that will be run again by itself."""

    job: FakeJob
    at: float


@dataclass
class Kept:
    """What cupsd keeps of a job beside what it tells."""

    made_at: float
    document: bytes = b""
    origin: Origin = "unrecorded"
    runs: int = 0


class Queue(FakeQueue):
    """One queue of one cupsd. `waits`: its backend ends when the card is out."""

    def __init__(self, uuid: str, device: Device, whose: Callable[[], Origin], waits: bool) -> None:
        super().__init__(uuid=uuid)
        self.up = True
        #: Whether cupsd's next start finds the start hook.
        self.hook = True
        self.now = 0.0
        self.runs: list[Run] = []
        #: How the next backends behave; all others behave well.
        self.manners: list[Manner] = []
        #: How many of the next answers are cut.
        self.garbles = 0
        self.on_cancel = self._canceled
        self.rewrite = self._with_sizes
        self._device = device
        self._whose = whose
        self._waits = waits
        self._kept: dict[str, Kept] = {}
        self._again: list[Again] = []
        self._paused = False
        self._paused_at = 0.0
        self._made = 0
        self._whole = False
        self._reasons: dict[str, float] = {}
        self.settings = {**SETTINGS}

    # ------------------------------------------------------------------ seen from outside
    @property
    def current(self) -> Run | None:
        """The run that this cupsd knows of."""
        return next((run for run in self.runs if not run.orphan), None)

    @property
    def busy(self) -> bool:
        """Whether a card may still be handed to the device without anybody's act."""
        pending = any(job.state == PENDING for job in self.jobs.values()) and not self._paused
        handing = any(run.card is None and run.manner.hangs != "before" for run in self.runs)
        return handing or bool(self._again) or (self.up and pending)

    @property
    def due(self) -> float:
        """When the next thing happens by itself."""
        again = (entry.at for entry in self._again if self.up)
        return min((*(run.due for run in self.runs), *again), default=NEVER)

    def look(self, now: float) -> None:
        """Let happen what is due."""
        self.now = now
        for run in list(self.runs):
            self._look(run)
        for entry in list(self._again):
            if self.up and now >= entry.at:
                self._again.remove(entry)
                entry.job.state = PENDING
        self._schedule()

    # ------------------------------------------------------------------ a backend
    def _look(self, run: Run) -> None:
        manner, device = run.manner, self._device
        if self.now >= run.kill_at:
            self._end(run, None)
        elif manner.fails and self.now >= run.began + manner.after_s:
            self._end(run, manner.code)
        elif run.card is not None:
            self._wait(run)
        elif manner.hangs != "before" and self.now >= run.began + FILTER_S:
            if not device.powered:
                self._end(run, manner.gone)
                return
            run.card = device.deliver(run.document, run.origin)
            run.handed_at = NEVER if self._waits else self.now + HANDED_S

    def _wait(self, run: Run) -> None:
        """The device has the card."""
        if not run.orphan:
            self._report(run)
        if run.manner.hangs:
            return
        if not self._waits:
            if self.now >= run.handed_at:
                self._end(run, 0)
        elif not self._device.powered:
            self._end(run, run.manner.gone)
        elif not self._device.holds(run.card):
            self._end(run, 0)

    def _report(self, run: Run) -> None:
        """A reason that a backend sets stays when it ends (§6); while it runs, it takes back what is over."""
        error = self._device.error
        reason = REASONS.get(error, "other-error") if error is not None else None
        if reason != run.told:
            self._reasons.pop(run.told or "", None)
            run.told = reason
        if reason is not None:
            self._reasons.setdefault(reason, self.now)

    def _end(self, run: Run, code: int | None) -> None:
        self._leave(run)
        job = run.job
        if run.orphan or job.state != PROCESSING:
            return
        job.state, job.reasons = ENDS[code]
        again = {6: RETRY_S, 7: RERUN_S}.get(code or 0)
        if code == 6 and self._kept[job.uuid].runs >= MOST_RUNS:
            job.state, again = ABORTED, None
        if again is not None:
            self._again.append(Again(job, self.now + again))
        if code == 4:
            self._stop("backend stopped the queue")

    # ------------------------------------------------------------------ the scheduler
    def _schedule(self) -> None:
        if not self.up or self.current is not None:
            return
        pending = [job for job in self.jobs.values() if job.state == PENDING]
        if self._paused:
            for job in pending:
                job.reasons = "printer-stopped"
        elif pending:
            self._start(min(pending, key=lambda job: job.id))

    def _start(self, job: FakeJob) -> None:
        kept = self._kept[job.uuid]
        kept.runs += 1
        job.state, job.reasons, job.run = PROCESSING, "job-printing", CLOCK + int(self.now)
        manner = self.manners.pop(0) if self.manners else WELL
        self.runs.append(Run(job, self.now, manner, kept.document, kept.origin))

    def _begin(self, job: FakeJob) -> None:
        """Released, or sent to a queue that holds nothing."""
        self._kept[job.uuid].origin = self._whose()
        job.state = PENDING
        self._schedule()

    def _canceled(self, job: FakeJob) -> None:
        self._again = [entry for entry in self._again if entry.job is not job]
        run = self.current
        if run is not None and run.job is job:
            self._terminate(run)
        self._schedule()

    def _terminate(self, run: Run) -> None:
        """TERM to a backend; JobKillDelay for one that does not obey."""
        if run.manner.term == "ignore":
            run.kill_at = min(run.kill_at, self.now + KILL_DELAY_S)
            return
        if run.manner.term == "cancel" and run.card is not None and self._device.holds(run.card):
            self._device.drop()
        if run in self.runs:  # a drop moves the device on, which may have ended it
            self._leave(run)

    def _leave(self, run: Run) -> None:
        self.runs.remove(run)
        if run.card is not None:
            self._device.let_go(run.card)

    def _stop(self, message: str) -> None:
        self._paused, self.message, self._paused_at = True, message, self.now

    # ------------------------------------------------------------------ what people and programs do to it
    def pause(self) -> None:
        """Pause-Printer, which ends a run (§5)."""
        self._stop("Paused")
        run = self.current
        if run is not None:
            run.job.state = PENDING
            run.orphan = run.manner.term == "ignore"
            self._terminate(run)
        self._schedule()

    def resume(self) -> None:
        """Resume-Printer: what waits there is run."""
        self._paused, self.message = False, ""
        self._schedule()

    def kill(self, *, forgets: bool) -> None:
        """cupsd ends by SIGKILL: its backends go on. `forgets`: DirtyCleanInterval is not 0."""
        self.up = False
        for run in self.runs:
            run.orphan = True
        if forgets:
            for number, job in list(self.jobs.items()):
                if self.now - self._kept[job.uuid].made_at < YOUNG_S:
                    del self.jobs[number]
            self._again = [a for a in self._again if a.job in self.jobs.values()]

    def stop(self) -> None:
        """cupsd ends by SIGTERM: its backends get KILL without warning."""
        self.up = False
        run = self.current
        if run is not None:
            self._leave(run)

    def start(self) -> None:
        """cupsd starts, with the start hook or without."""
        self.up = True
        self._again = [entry for entry in self._again if entry.job.state != PROCESSING]
        for job in self.jobs.values():
            if job.state == PROCESSING:
                job.state = PENDING
        if self.hook:
            self._stop(START_MARK)
            self._reasons.clear()
        self._schedule()

    def forget(self) -> None:
        """The youngest job is canceled and purged by somebody."""
        if self.jobs:
            job = self.jobs[max(self.jobs)]
            if job.state < CANCELED:
                job.state = CANCELED
                self._canceled(job)
            del self.jobs[job.id]

    def strange_job(self) -> None:
        """Somebody else's job waits here, held."""
        job = self._make("letter")
        job.user = "ani"

    def set_right(self, least_s: float) -> None:
        """A careful person sees to the queue; reasons that were not to be seen so long yet stay, and a stop of the
        start hook is the station's to lift, as long as it may."""
        if not self.up:
            self.start()
        self.settings = {**SETTINGS}
        self.refuse.clear()
        for job in self.jobs.values():
            if job.user != "printstation" and job.state < CANCELED:
                job.state = CANCELED
        waiting = any(job.state < CANCELED for job in self.jobs.values())
        stations = START_MARK in self.message and self.now - self._paused_at < PATIENCE_S
        if self._paused and not stations and not waiting:
            self.resume()
        if self.current is None and self._device.error is None:
            self._reasons = {r: at for r, at in self._reasons.items() if self.now - at < least_s}

    # ------------------------------------------------------------------ the wire
    def _act(self, operation: Op, asked: Attributes, document: bytes) -> Answer:
        if operation is Op.RESUME_PRINTER:
            self.resume()
            return OK, []
        if operation is Op.CREATE_JOB:
            job = self._make(str(asked["job-name"][0]))
            return OK, [(Group.JOB, [_number(job), _uuid(job)])]
        self._whole = operation is Op.GET_PRINTER and asked["requested-attributes"] == ("all",)
        if operation is Op.GET_PRINTER and not self._whole:
            return OK, [(Group.PRINTER, self._live())]
        return super()._act(operation, asked, document)

    def _make(self, name: str) -> FakeJob:
        self._made += 1
        number = max(self.jobs, default=0) + 1
        # Numbers are given out anew when a job is lost; uuids never are (§4).
        job = FakeJob(number, f"{self.uuid}-{self._made}", name)
        self.jobs[number] = job
        self._kept[job.uuid] = Kept(self.now)
        return job

    def _at_job(self, operation: Op, job: FakeJob, document: bytes) -> Answer:
        if operation is Op.SEND_DOCUMENT:
            self._kept[job.uuid].document += document
        return super()._at_job(operation, job, document)

    def _with_sizes(self, answer: bytes) -> bytes:
        """The one attribute that the encoder of requests cannot write: a collection, in the last group."""
        if self.garbles:
            self.garbles -= 1
            return answer[: len(answer) // 2]
        return answer[:-1] + CARD_SIZE + answer[-1:] if self._whole else answer

    def _live(self) -> list[Attribute]:
        self.state = STOPPED if self._paused else PROCESSING - 1 if self.current else IDLE
        self.reasons = (*self._reasons, *(("paused",) if self._paused else ())) or ("none",)
        return super()._live()


def _number(job: FakeJob) -> Attribute:
    return Attribute(Tag.INTEGER, "job-id", (job.id,))


def _uuid(job: FakeJob) -> Attribute:
    return Attribute(Tag.URI, "job-uuid", (job.uuid,))


def _value(tag: int, name: str, value: bytes) -> bytes:
    return (
        struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(value)) + value
    )


#: media-size-supported: 80 x 50 dots of 24 an inch, in hundredths of a millimetre.
CARD_SIZE = b"".join(
    [
        _value(Tag.BEGIN_COLLECTION, "media-size-supported", b""),
        _value(Tag.MEMBER_NAME, "", b"x-dimension"),
        _value(Tag.INTEGER, "", struct.pack(">i", 8467)),
        _value(Tag.MEMBER_NAME, "", b"y-dimension"),
        _value(Tag.INTEGER, "", struct.pack(">i", 5292)),
        _value(Tag.END_COLLECTION, "", b""),
    ]
)
#: What of a good queue the in-memory one does not say by itself.
SETTINGS = {
    "sides-supported": Attribute(
        Tag.KEYWORD, "sides-supported", ("one-sided", "two-sided-long-edge")
    ),
}
