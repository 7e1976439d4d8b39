"""What a Magicard printer does with the bytes of its bulk pipe: parser to body, job by job.

Outlives every host: what is half received stays, and the next bytes finish it (exactly-once.md §4).
Byte-offset faults strike here, exactly after the byte that they name.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.body import Body
from simulator.jobs import Job, Page
from simulator.magicard import answers
from simulator.magicard.language import (
    COMMANDS,
    ETX,
    SOH,
    Command,
    Damage,
    Event,
    PageEnd,
    PageStart,
    Parser,
    PlaneEnd,
)
from simulator.planes import line_bytes
from simulator.receiver import NEVER, Receiver

# SOH, comma and the N of NOC: no earlier byte tells a job from a query.
KNOWN_AS_JOB = 3
COMMAND_WORDS = tuple(word.encode() for word in COMMANDS)


class MagicardReceiver(Receiver):
    """The listening half of one printer."""

    def __init__(
        self,
        body: Body,
        command: Callable[[tuple[str, ...]], None],
    ) -> None:
        super().__init__(body)
        self._parser = Parser(strict=False)
        self.language = answers.DEFAULT_LANGUAGE
        self._spec = body.spec
        self._command = command
        self._job: Job | None = None
        self._page: Page | None = None
        self._job_start = 0

    # ------------------------------------------------------------------ seen from outside
    @property
    def parser(self) -> Parser:
        """What has been heard."""
        return self._parser

    @property
    def receiving(self) -> bool:
        """In the middle of a job: inside a side, or between its two."""
        return self.parser.in_job or self._awaits_side()

    def refuses(self, data: bytes) -> bool:
        """NAK: busy by fault, in an error that takes no data, or no room for another job."""
        if self.busy_until > self._body.now or self._naks():
            return True
        if not self._body.room and self.parser.idle and not self._awaits_side():
            frame = data[data.find(SOH) + 1 :] if SOH in data else b""
            if frame.lstrip(b",").startswith(b"NOC"):
                return True
        return self._turns_busy()

    def soft_reset(self) -> None:
        """What has been received of an unfinished job is worthless; its card stays inside."""
        self.parser.reset()
        job = self._job
        self._job = None
        self._page = None
        if job is not None and not job.whole and job in self._body.jobs:
            job.broken = True
            self._body.go()

    def forget(self) -> None:
        """Power is gone: so are all received bytes."""
        self.parser.reset()
        self._job = None
        self._page = None
        self.busy_until = NEVER
        self.language = answers.DEFAULT_LANGUAGE

    def _naks(self) -> bool:
        in_error = self._spec.habits.naks_in_error and self._body.error is not None
        return in_error and self.parser.in_job

    # ------------------------------------------------------------------ byte faults
    def _portion(self, data: bytes) -> int:
        """How much of `data` may be heard before an armed byte offset of a job is reached."""
        offset = self._faults.next_byte(self._struck)
        if offset is None:
            return len(data)
        start = self._card_since()
        if start is None and not self.parser.idle:
            return 1  # a header that may still turn out to be a job's
        if start is None:
            soh = data.find(SOH)
            if soh < 0:
                return len(data)
            if data[soh + 1 : soh + 6].lstrip(b",").startswith(COMMAND_WORDS):
                return data.find(ETX, soh) + 1 or len(data)
            start = self.parser.offset + soh
        taken = self.parser.offset - start
        return min(len(data), max(max(offset, KNOWN_AS_JOB) - taken, 1))

    def _card_since(self) -> int | None:
        """Offset of the SOH of the job that is being received, None when none is."""
        if self._job is not None and self.receiving:
            return self._job_start
        header = self.parser.header_so_far.lstrip(b",")
        return self.parser.frame_start if b"NOC"[: len(header)] == header[:3] and header else None

    # ------------------------------------------------------------------ hearing
    def _hear(self, data: bytes, connected: Callable[[], bool]) -> None:
        for event in self.parser.feed(data):
            self._on(event)
            if not connected():
                return
        if self.receiving:
            self.last_byte = self._body.now

    def _on(self, event: Event) -> None:
        if isinstance(event, PageStart):
            self._open_page(event)
        elif isinstance(event, PlaneEnd):
            if self._page is not None:
                self._page.planes[event.letter] = event.data
                self._body.go()
        elif isinstance(event, PageEnd):
            self.last_byte = self._body.now
            if self._page is not None:
                self._page.complete = True
                self._page = None
                self._body.go()
        elif isinstance(event, Command):
            self._command(event.words)
        elif isinstance(event, Damage) and not event.noise:
            self._bad_data()

    def _open_page(self, start: PageStart) -> None:
        geometry = self._spec.geometry
        second = self._awaits_side()
        # The device is not clever: whatever side comes next ends up on the card that waits for one.
        side = "back" if second or start.value("PAG") == "2" else "front"
        overcoat = start.value("OVR") or ("ON" if side == "front" else "OFF")
        page = Page(
            side,
            tuple(letter for letter, _ in start.sizes),
            overcoat=overcoat == "ON",
            origin=(start.number("XCO", 0), start.number("YCO", 0)),
        )
        self._page = page
        self.language = start.value("LAN") or self.language
        duplex = start.value("DPX") == "ON"
        lines = start.number("WID", geometry.lines)
        sized = all(size == lines * line_bytes(letter, geometry) for letter, size in start.sizes)
        if not sized or (duplex and not self._spec.habits.two_sided):
            self._bad_data()
        elif second and self._job is not None:
            self._job.pages.append(page)
        else:
            copies = start.number("NOC", 1)
            self._job = Job([page], duplex, copies, hand_feed=start.value("HFD") == "ON")
            self._job_start = start.offset
            if copies > 0:
                self._body.take_job(self._job)

    def _awaits_side(self) -> bool:
        job = self._job
        return (
            job is not None
            and self._page is None
            and job.awaits_second_side
            and job in self._body.jobs
        )

    def _bad_data(self) -> None:
        """An error of its own; the bytes of this side are counted on and ignored."""
        if self._job is not None and not self._job.whole:
            self._body.drop(self._job)
        self._job = None
        self._page = None
        self._body.fail("bad-data")
