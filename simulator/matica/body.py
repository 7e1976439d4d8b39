"""The mechanics of a retransfer printer: panels go onto a film, the film's picture onto the card.

A `Body` that is moved by single commands instead of whole jobs. The film outlives card, host and power:
what was printed on it and not transferred comes onto the next card, unless somebody winds it on first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.body import RIBBON, Body
from simulator.jobs import Job, Page, Step
from simulator.phases import Phase
from simulator.planes import line_bytes
from simulator.world import Layer

# Sense codes of a jam by the movement in which it came (sheet: hopper, turn-over, discharge, retransfer).
JAMS = {"pick": "039000", "flip": "039100", "eject": "039400", "reject": "039400"}
JAMS["transfer"] = "039500"
INSIDE = 0  # the print position


@dataclass(eq=False)
class Orders(Job):
    """One card under command: the movements so far ordered. It ends when the card is out."""

    todo: list[Step] = field(default_factory=list)

    def step(self, index: int) -> Step | None:
        return self.todo[index] if index < len(self.todo) else None


@dataclass(eq=False)
class Transfer(Phase):
    """The film's picture on its way onto the card: (panel on the card, lines of it that the film bears)."""

    layers: list[tuple[Layer, int]] = field(default_factory=list)

    def sync(self, now: float) -> None:
        share = min(1.0, (now - self.start) / (self.end - self.start))
        for layer, lines in self.layers:
            layer.lines = int(lines * share)


class MaticaBody(Body):
    """One retransfer printer's mechanics. Commands `order` movements; errors stay until they were told."""

    film: list[Layer]
    flipped = False
    place = INSIDE
    failed_in = ""

    def __init__(self, *parts: Any) -> None:
        self.film = []
        super().__init__(*parts)

    # ------------------------------------------------------------------ commands
    @property
    def inside(self) -> bool:
        """What the position sensor says; of a card that it believes to have drawn (phantom-card) as well."""
        return bool(self.path) or self.begun

    @property
    def next_step(self) -> Step | None:
        """What it has still to do."""
        return self.jobs[0].step(self._done) if self.jobs else None

    def load(self, flip: bool, film_init: bool) -> None:
        """Draw a card."""
        if film_init:
            self.wind_on()
        self.flipped = False
        self.place = INSIDE
        self.take_job(Orders([], todo=[Step("pick"), *([Step("flip")] if flip else [])]))

    def order(self, steps: list[Step], film_init: bool = False) -> None:
        """More movements for the card inside, also for one that nobody's job is."""
        if film_init:
            self.wind_on()
        if self.jobs and isinstance(self.jobs[0], Orders):
            self.jobs[0].todo += steps
            self.go()
        else:
            self._done = 0
            self.take_job(Orders([], todo=steps))

    def wind_on(self) -> None:
        """The film goes on to a part that bears nothing."""
        self.film.clear()
        self.world.touch()

    def move_to(self, place: int) -> None:
        """Inside the machine, at once: no source tells how long it takes."""
        self.place = place

    # ------------------------------------------------------------------ errors
    def fail(self, key: str, in_motion: bool = True) -> None:
        self.failed_in = self.phase.name if self.phase is not None else self.failed_in
        super().fail(key, in_motion)

    def tell_error(self) -> str | None:
        """The error as a sense code. One whose cause is gone is told this last time and forgotten."""
        if self.error is None:
            return None
        code = self.spec.errors[self.error]
        if self.error == "jam":
            code = JAMS.get(self.failed_in, code)
        if not self._cause_stays():
            self.error = None
            self.jobs = []
            self._done = 0
            self.world.touch()
            self.go()
        return code

    def _cause_stays(self) -> bool:
        causes = self._causes()
        # A hopper that bears no card is told by the sensor in any case.
        causes["overheat"] = self._paused is not None
        return causes.get(self.error or "", False)

    def _look_for_obstacle(self) -> None:
        """A used-up ribbon stands against printing alone: a card inside can still be brought out."""
        step = self.next_step
        if step is None or step.name == "pick":
            super()._look_for_obstacle()
            return
        for key, seen in self._causes().items():
            if seen and key not in RIBBON:
                self.fail(key)
                return

    # ------------------------------------------------------------------ movements
    def begin(self, name: str, seconds: float | None = None) -> Phase:
        phase = super().begin(name, seconds)
        if name != "transfer":
            return phase
        moved = Transfer(name, phase.start, phase.end, fault=phase.fault, strike_at=phase.strike_at)
        if self.path:
            side = self.path[0].sides["back" if self.flipped else "front"]
            for layer in self.film:
                copy = Layer(layer.letter, layer.plane, layer.total, layer.device)
                moved.layers.append((copy, layer.lines))
                side.layers.append(copy)
        self.phase = moved
        return moved

    def _begin_panel(self, letter: str, page: Page) -> None:
        """Onto the film, whether or not a card is there."""
        if letter == page.letters[0] and not self._winds_on():
            return
        phase = self.begin(letter)
        plane = page.planes[letter]
        total = len(plane) // line_bytes(letter, self.spec.geometry)
        phase.layer = Layer(letter, plane, total, self.spec.name)
        if phase.fault is not None and phase.fault.fault == "not-printed":
            phase.fault = None  # the ribbon runs, nothing comes onto the film
        else:
            self.film.append(phase.layer)

    def _finish(self, phase: Phase) -> None:
        if isinstance(phase, Transfer):
            for layer, lines in phase.layers:
                layer.lines = lines
            self.film.clear()
        if phase.name == "flip":
            self.flipped = not self.flipped
        if phase.layer is not None:
            phase.layer.lines = phase.layer.total
        super()._finish(phase)

    def _rejected(self, phase: Phase) -> None:
        step = self.next_step
        if step is None or step.name != "reject":
            super()._rejected(phase)  # its own decision, with an error
            return
        self._out("reject")
        self.drop(self.jobs[0])

    def _out(self, place: str) -> None:
        super()._out(place)
        self.flipped = False


# ---------------------------------------------------------------------------- over a power cut
def keep(body: Body) -> dict[str, Any]:
    """The film's picture, and which side of the card is up."""
    assert isinstance(body, MaticaBody)
    rows = [
        {"letter": x.letter, "plane": x.plane, "total": x.total, "lines": x.lines}
        for x in body.film
    ]
    return {"film": rows, "flipped": body.flipped}


def bring_back(body: Body, kept: Mapping[str, Any]) -> None:
    """What `keep` gave."""
    assert isinstance(body, MaticaBody)
    body.film = [Layer(device=body.spec.name, **row) for row in kept.get("film", [])]
    body.flipped = bool(kept.get("flipped", False))
