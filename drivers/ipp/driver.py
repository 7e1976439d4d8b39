"""The IPP family: a card is a held job of a queue, released when the station has written *feed* down.

The rules are ipp.md §9 (its numbers stand below). What may be fed is decided by `check.py`, what an end
says by `following.py`. A queue cannot prove a card: whatever was odd becomes a person's question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from drivers.contract import (
    Before,
    Clock,
    Condition,
    Counters,
    DeviceBusy,
    DeviceGone,
    DiscardFailed,
    DriverError,
    Face,
    Identity,
    NotUnderstood,
    Outcome,
    Staged,
    Status,
    Supply,
    WrongDevice,
)
from drivers.ipp.check import Finding, check_queue, holds_jobs, settings_of
from drivers.ipp.clearing import cancel_leftovers, clear, resume_after_start
from drivers.ipp.dialogue import Dialogue, QueueRefused
from drivers.ipp.following import Following
from drivers.ipp.jobs import Laid, job_attributes, new_name, what_is_wrong
from drivers.ipp.looking import in_hand, when_idle
from drivers.ipp.release import release, send_unheld
from drivers.ipp.seen import JobSeen, JobState, PrinterSeen, PrinterState
from drivers.ipp.staging import stage_card
from drivers.ipp.supplies import supplies_of
from drivers.memory import FeedMemory, Seen
from drivers.models import Model
from drivers.transports.http import HttpPort

T = TypeVar("T")


class IppDriver:
    """A `Driver` that can `lay` a card before it is fed. Make it with `attach`."""

    def __init__(self, port: HttpPort, model: Model, clock: Clock) -> None:
        self._port = port
        self._model = model
        self._clock = clock
        self._dialogue = Dialogue(port, model.ipp.user, model.reply_s)
        self._memory = FeedMemory()
        self._laid: Laid | None = None
        self._following: Following | None = None
        self._never_ran = False
        self._holds = True
        self._findings: tuple[Finding, ...] | None = None
        self._printer: PrinterSeen | None = None
        self._uuid: str | None = None

    # ------------------------------------------------------------------------- opening (exactly-once §4)
    def open(self, busy_wait_s: float) -> None:
        """What an earlier life left in the queue is canceled, whatever the database says: at once where it
        waits (8), else when it has stopped moving or `busy_wait_s` is over."""
        printer = self._dialogue.printer()
        self._check_model(printer)
        self._uuid = printer.uuid
        cancel_leftovers(self._dialogue, moving=False)
        self._wait_while_busy(busy_wait_s)
        cancel_leftovers(self._dialogue, moving=True)
        resume_after_start(self._dialogue, self._dialogue.printer(brief=True))
        self._check()

    def _check_model(self, printer: PrinterSeen) -> None:
        told = printer.device_id.get("MDL") or printer.make_and_model
        if self._model.mdl and not self._model.accepts((0, 0), told or "nothing"):
            raise WrongDevice(
                f"configured is {self._model.name}, the queue {printer.name} is of {told!r}"
            )

    def _wait_while_busy(self, limit_s: float) -> None:
        end = self._clock.monotonic() + limit_s
        while self._dialogue.printer(brief=True).state is PrinterState.PROCESSING:
            left = end - self._clock.monotonic()
            if left <= 0:
                return
            self._clock.sleep(min(self._model.status_interval_s, left))

    # ------------------------------------------------------------------------- asking
    def identify(self) -> Identity:
        """The queue. Its serial number is its own uuid: the device behind it tells none here."""
        printer = self._afresh(self._dialogue.printer)
        return Identity(
            manufacturer=printer.device_id.get("MFG", ""),
            model=printer.device_id.get("MDL") or printer.make_and_model,
            serial=printer.uuid,
            description=printer.info or self._model.description,
        )

    def status(self) -> Status:
        """One look: at the job in hand and the queue, or at the queue with all that §7 asks of it.

        A job that was laid and never fed is taken back first: its card was given to somebody else.
        """
        if self._following is not None:
            status = self._look_in_hand(self._following)
        else:
            self.lift()
            status = self._afresh(self._look_when_idle)
        self._memory.look(Seen(status))
        return status

    def _look_in_hand(self, following: Following) -> Status:
        """Never over a new connection: the queue that answers there may have started anew (§9.9)."""
        assert self._laid is not None
        job = self._dialogue.job(self._laid.id)
        self._printer = self._dialogue.printer(brief=True)
        status = in_hand(following.look(job, self._clock.monotonic()), self._printer)
        if status.condition is Condition.READY:
            # Over, as §9.5 wants it: nothing of ours is there any more.
            self._laid = self._following = None
        return status

    def _look_when_idle(self) -> Status:
        if self._findings is None or self._findings:
            self._check()  # a wrong setting that was mended is noticed, the right ones before each card
        self._printer = self._dialogue.printer(brief=True)
        return when_idle(self._printer, self._foreign(self._printer), self._findings or ())

    def _check(self) -> None:
        """§7, as far as it does not change by itself."""
        printer = self._dialogue.printer()
        self._printer = printer
        self._holds = holds_jobs(printer)
        self._findings = check_queue(printer, self._dialogue.devices(), self._model)

    def _foreign(self, printer: PrinterSeen) -> tuple[JobSeen, ...]:
        """Jobs that are not the one in hand; asked for only when the queue counts some."""
        expected = 0 if self._laid is None else 1
        if printer.queued == 0 and expected == 0:
            return ()
        jobs = self._dialogue.jobs()
        return tuple(job for job in jobs if self._laid is None or not self._laid.is_ours(job))

    def _afresh(self, ask: Callable[[], T]) -> T:
        """Without a card in hand an idle connection may have been ended: asked once more over a new one.

        Refuses (WrongDevice) another queue there: what is due at the one that was opened is not due at it.
        """
        if self._port.open:
            try:
                return ask()
            except DeviceGone:
                pass
        self._port.reopen()
        uuid = self._dialogue.printer(brief=True).uuid
        if uuid != self._uuid:
            self._port.close()
            raise WrongDevice(f"the queue {uuid} answers, {self._uuid} was opened")
        return ask()

    def supplies(self) -> tuple[Supply, ...]:
        """Markers, as the backend reported them."""
        return supplies_of(self._printer) if self._printer is not None else ()

    def counters(self) -> Counters:
        """None: impressions are what a program claims (§6)."""
        return Counters()

    def settings(self) -> Mapping[str, str]:
        """What the queue is set to, as far as a card may depend on it (§7)."""
        return settings_of(self._afresh(self._dialogue.printer))

    # ------------------------------------------------------------------------- printing
    def stage(self, faces: Sequence[Face]) -> Staged:
        """One raster document."""
        return stage_card(self._model, faces)

    def lay(self, staged: Staged) -> None:
        """Rules 1 and 2 and the live part of §7: a held job with the whole card, checked; nothing can move.

        Raises what the connection raises, `DeviceBusy` when somebody else's job is there, `DriverError` when
        the queue has not what was sent or may not be trusted; the job is canceled then.
        """
        self.lift()
        self._afresh(self._check)
        if blocking := [finding for finding in self._findings or () if finding.blocks]:
            raise DriverError(f"the queue is not to be trusted: {blocking[0].setting}")
        laid = self._create(staged)
        self._laid = laid
        if laid.held:
            self._dialogue.send(laid.id, self._model.ipp.format, staged.payload, self._model.send_s)
            self._verify(laid)
        self._check_live()

    def _create(self, staged: Staged) -> Laid:
        name = new_name()
        identity = self._dialogue.create(name, job_attributes(staged.sides, held=self._holds))
        job = self._dialogue.job(identity)
        if job is None or job.name != name:
            raise NotUnderstood(f"the new job {identity} is not there or bears another name")
        return Laid(identity, job.uuid, name, staged, self._port.connections, self._holds)

    def _verify(self, laid: Laid) -> None:
        wrong = what_is_wrong(laid, self._dialogue.job(laid.id))
        if wrong is not None:
            self.lift()
            raise DriverError(wrong)

    def _check_live(self) -> None:
        """§7, what changes by itself: the last look before *feed* is written down."""
        printer = self._dialogue.printer(brief=True)
        foreign = self._foreign(printer)
        status = when_idle(printer, foreign, ())
        if status.condition is not Condition.READY:
            self.lift()
            kind = DeviceBusy if foreign else DriverError
            raise kind(f"the queue is not free: {status.raw}")

    def lift(self) -> None:
        """Take back what was laid and not fed; repeatable."""
        if self._laid is None or self._following is not None:
            return
        laid, self._laid = self._laid, None
        self._afresh(lambda: self._dialogue.cancel_if(laid.id, laid.uuid))

    def feed(self, staged: Staged) -> None:
        """Rule 3: let the job go. What was not laid is laid first."""
        if self._laid is None or self._laid.staged is not staged:
            self.lay(staged)
        laid = self._laid
        assert laid is not None
        self._never_ran = False
        self._memory.begin()
        act = release if laid.held else send_unheld
        proves = act(self._dialogue, self._port, self._clock, self._model, self._memory, laid)
        least = self._model.ipp.least_s
        self._following = Following(laid.uuid, least, proves=proves and self._model.backend_waits)

    def outcome(self, before: Before) -> Outcome:
        """The queue's uuid as read now, with what was seen since `feed`. A job that was canceled without
        ever running (§9.5) was never offered to the device. `before` is not compared here."""
        self.status()
        serial = self._printer.uuid if self._printer is not None else None
        return replace(self.observed(), serial=serial)

    def observed(self) -> Outcome:
        """What is remembered, without I/O."""
        seen = self._memory.observed()
        return replace(seen, acknowledged=0, in_doubt=0) if self._never_ran else seen

    # ------------------------------------------------------------------------- clearing (exactly-once §5)
    def discard(self) -> None:
        """Rule 7: everything of ours canceled, and the queue at rest; see the contract."""
        self._memory.discarding()
        laid = self._laid
        try:
            mine = self._afresh(lambda: clear(self._dialogue, self._model, self._clock, laid))
        except (NotUnderstood, QueueRefused) as strange:
            raise DiscardFailed(f"the queue cannot be cleared: {strange}") from strange
        # Only over the connection that created it: after another start cupsd may know an older story.
        same = laid is not None and laid.connection == self._port.connections
        ended = mine is not None and mine.state in (JobState.CANCELED, JobState.ABORTED)
        self._never_ran = same and ended and mine is not None and mine.never_ran
        self._laid = self._following = None
        self._memory.settle()

    def eject(self) -> None:
        """Always refused: a queue has no such request."""
        raise DriverError(
            f"{self._model.name}: a queue cannot bring a card out; do it at the printer"
        )

    def reject(self) -> None:
        """Always refused: a queue has no such request."""
        raise DriverError(f"{self._model.name}: a queue cannot reject a card; do it at the printer")

    def clean(self) -> None:
        """Always refused: a queue has no such request."""
        raise DriverError(
            f"{self._model.name}: a queue cannot start a cleaning run; start it at the printer"
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._port.close()


def attach(port: HttpPort, model: Model, clock: Clock, busy_wait_s: float) -> IppDriver:
    """A driver on an open connection. The caller still closes the port if this raises."""
    driver = IppDriver(port, model, clock)
    driver.open(busy_wait_s)
    return driver
