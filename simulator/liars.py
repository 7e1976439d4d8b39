"""Devices that lie on purpose: each one breaks one promise of a printer, so that whoever tests hosts sees it caught.

A device file names its lies (`lies` under `[habits]`); `devices/liars/` has one file a lie. What a lie does to the
mechanics is here, what it does to an answer is where the answer is made.
"""

from __future__ import annotations

from simulator.body import Body
from simulator.devicefile import DeviceSpec
from simulator.jobs import Job
from simulator.phases import Phase

#: How long a device keeps what it was told to forget, showing nothing, before it prints it.
LULL_S = 20.0
#: From here on a device that says "ready" too early says it, with the card inside.
LAST_PHASES = ("overcoat", "eject")


class LyingBody(Body):
    """Mechanics with a habit that no honest device has. Mixed in before a family's own body."""

    _kept: Job | None = None
    _early = 0

    def _lies(self, lie: str) -> bool:
        return lie in self.spec.habits.lies

    # ------------------------------------------------------------------ jobs
    def take_job(self, job: Job) -> None:
        """Counted before it moves; or printed twice."""
        if self._lies("counts-early"):
            self.tally.picks += 1
            self._early += 1
        if self._lies("prints-twice"):
            job.copies += 1
        super().take_job(job)

    def cancel(self) -> bool:
        """Kept, though it was told to forget it."""
        held = self.jobs[0] if self.jobs and self.jobs[0].whole else None
        done = super().cancel()
        if done and held is not None and self._lies("keeps-job"):
            self._kept = Job(held.pages, held.duplex)
            self.go()
        return done

    def go(self) -> None:
        super().go()
        if self._kept is not None and not self.jobs and self.phase is None and self.error is None:
            self.begin("lull", LULL_S)

    def power_off(self) -> None:
        self._kept = None
        super().power_off()

    # ------------------------------------------------------------------ movements
    def draw(self, phase: Phase) -> bool:
        drawn = super().draw(phase)
        if drawn and self._early:
            self._early -= 1
            self.tally.picks -= 1
        if drawn and self._lies("counts-sometimes") and self.tally.prints % 2:
            self.tally.picks -= 1
        return drawn

    def _finish(self, phase: Phase) -> None:
        if phase.name == "lull":
            kept, self._kept = self._kept, None
            if kept is not None:
                self.take_job(kept)
            return
        # The ribbon runs, and nothing comes onto the card.
        if phase.layer is not None and phase.page is not None and self._lies("prints-nothing"):
            for card in self.path:
                card.sides[phase.page.side].layers.clear()
        super()._finish(phase)


def body_of(body: type[Body], spec: DeviceSpec) -> type[Body]:
    """The mechanics of a device: its family's, with its lies where it has any."""
    if not spec.habits.lies:
        return body
    return type(f"Lying{body.__name__}", (LyingBody, body), {})


def serial_of(spec: DeviceSpec, serial: str) -> str:
    """The serial number that a unit tells: its own, none at all, or the one that all of them tell."""
    if "no-serial" in spec.habits.lies:
        return ""
    return "0000000000" if "same-serial" in spec.habits.lies else serial


def says_ready(spec: DeviceSpec, phase: Phase | None) -> bool:
    """Whether it says ready although a card is inside."""
    last = phase is not None and phase.name in LAST_PHASES
    return last and "ready-early" in spec.habits.lies
