"""What goes between the station and a queue, in the few words that a verdict hangs on: ipp.md §9.5, once more."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.contract import NotUnderstood
from drivers.ipp.wire import Attributes, Group, decode
from tests.crash.signs import Sign

CREATE, CANCEL, GET_JOB, GET_JOBS, GET_PRINTER, RELEASE = 0x05, 0x08, 0x09, 0x0A, 0x0B, 0x0D
#: As models/tiny-queue.toml has it; a test compares them.
LEAST_S = 3.0
OURS = "printstation-card-"


class QueueEar:
    """Follows the one job that was released; a queue that has none of ours and rests is cleared."""

    def __init__(self, errors: Sequence[str]) -> None:
        self._now = 0.0
        self._asked = 0
        self._released = False
        self._run: object = None
        self._since: float | None = None
        self._none_waits = False

    def hear(self, what: str, data: bytes | int, *, receiving: bool) -> Sign | None:
        if what == "gone":
            self._none_waits = False
            return Sign.GONE
        if what == "at" and isinstance(data, int):
            self._now = data / 1000
        if what == "out" and isinstance(data, bytes):
            return self._request(int.from_bytes(data[2:4], "big"))
        return self._answer(data) if what == "in" and isinstance(data, bytes) else None

    def _request(self, operation: int) -> Sign | None:
        self._asked = operation
        if operation in (CREATE, RELEASE):
            self._released = operation == RELEASE
            self._run, self._since, self._none_waits = None, None, False
        # Who takes a job back cannot call it printed any more.
        return Sign.ERROR if operation == CANCEL and self._released else None

    def _answer(self, data: bytes) -> Sign | None:
        try:
            answer = decode(data)
        except NotUnderstood:
            return None
        if self._asked == GET_JOB and self._released:
            return self._job(answer.first(Group.JOB))
        if self._asked == GET_JOBS:
            names = (str(job["job-name"][0]) for job in answer.all(Group.JOB))
            self._none_waits = not any(name.startswith(OURS) for name in names)
        if self._asked == GET_PRINTER:
            return self._printer(answer.first(Group.PRINTER))
        return None

    def _job(self, job: Attributes) -> Sign | None:
        state, run = job.get("job-state", (0,))[0], job.get("time-at-processing", (None,))[0]
        ran = isinstance(run, int)
        moved = self._run is not None and run != self._run
        if ran:
            self._run = run
        if state == 5 and not moved:
            self._since = self._now if self._since is None else self._since
            return Sign.BUSY
        if state == 9 and ran and not moved and self._since is not None:
            return Sign.READY if self._now - self._since >= LEAST_S else Sign.ERROR
        return None if state == 3 and not ran and not moved else Sign.ERROR

    def _printer(self, printer: Attributes) -> Sign | None:
        if self._none_waits and printer.get("printer-state") == (3,):
            self._none_waits = self._released = False
            return Sign.CLEARED
        reasons = printer.get("printer-state-reasons", ())
        errors = any(str(reason).endswith("-error") for reason in reasons)
        return Sign.ERROR if self._released and errors else None
