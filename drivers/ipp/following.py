"""What a queue says of the one job that was released: the rules of ipp.md §9.4, §9.5 and §9.8. Pure.

A queue cannot prove a card. It can only have been watched from the release to an end without anything odd;
whatever is odd ends the watch with a reason, after which the job is canceled and a person is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.contract import Condition, Reason
from drivers.ipp.seen import JobSeen, JobState

RAN_TWICE = "queue-ran-twice"
LOST = "queue-lost-job"
BROKEN_OFF = "queue-job-broken-off"
NOT_PROVED = "queue-end-not-proved"


@dataclass(frozen=True)
class Sight:
    """BUSY: it goes on. READY: it ended as §9.5 wants it. STOPPED: odd, for this reason."""

    condition: Condition
    reason: Reason | None = None


_GOES_ON = Sight(Condition.BUSY)
_ENDED_WELL = Sight(Condition.READY)


def _odd(keyword: str, raw: str) -> Sight:
    return Sight(Condition.STOPPED, Reason(keyword, raw))


class Following:
    """One released job. `proves`: whether this queue's end can prove anything at all (`backend_waits`, and
    no connection lost on the way to its release)."""

    def __init__(self, uuid: str, least_s: float, *, proves: bool) -> None:
        self._uuid = uuid
        self._least_s = least_s
        self._proves = proves
        self._first_run: int | None = None
        self._since: float | None = None
        self._odd: Sight | None = None

    def look(self, job: JobSeen | None, now: float) -> Sight:
        """Take in one look. What was odd once stays odd."""
        self._odd = self._odd or self._oddity(job)
        if self._odd is not None:
            return self._odd
        assert job is not None
        if job.state is JobState.PROCESSING:
            self._since = now if self._since is None else self._since
            return _GOES_ON
        if job.state is JobState.COMPLETED:
            self._odd = self._unproved(now)
            return self._odd or _ENDED_WELL
        return _GOES_ON

    def _oddity(self, job: JobSeen | None) -> Sight | None:
        if job is None:
            return _odd(LOST, "the queue does not know the job any more")
        if job.uuid != self._uuid:
            return _odd(LOST, f"the number {job.id} is another job's now")
        if self._first_run is None:
            self._first_run = job.run
        elif job.run != self._first_run:
            return _odd(RAN_TWICE, f"time-at-processing {self._first_run}, then {job.run}")
        return self._broken_off(job)

    def _broken_off(self, job: JobSeen) -> Sight | None:
        raw = f"job {job.state.name.lower()} {' '.join(job.reasons)}".strip()
        if job.state in (JobState.STOPPED, JobState.CANCELED, JobState.ABORTED, JobState.HELD):
            return _odd(BROKEN_OFF, raw)
        waits = job.state is JobState.PENDING
        if waits and (self._first_run is not None or "printer-stopped" in job.reasons):
            return _odd(BROKEN_OFF, raw)
        return None

    def _unproved(self, now: float) -> Sight | None:
        """§9.5: *completed* also means "backend was killed", so the run itself must have been watched."""
        if not self._proves:
            return _odd(NOT_PROVED, "this queue's end proves nothing")
        if self._since is None or self._first_run is None:
            return _odd(NOT_PROVED, "completed, but was never seen processing")
        if now - self._since < self._least_s:
            return _odd(
                NOT_PROVED, f"completed after {now - self._since:.1f} s, too soon for a card"
            )
        return None
