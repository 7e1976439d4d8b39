"""What a device holds of a job, and the movements that it can already make with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.devicefile import DeviceSpec
from simulator.planes import line_bytes


@dataclass(frozen=True)
class Step:
    """One movement; `page` where it concerns a side."""

    name: str
    page: Page | None = None


@dataclass(eq=False)
class Page:
    """One side of a card: which planes come, and those that are complete."""

    side: str
    letters: tuple[str, ...]
    overcoat: bool = True
    origin: tuple[int, int] = (0, 0)
    planes: dict[str, bytes] = field(default_factory=dict)
    complete: bool = False


@dataclass(eq=False)
class Job:
    """One card (or `copies` of it). `broken`: the rest of its bytes will never come."""

    pages: list[Page]
    duplex: bool = False
    copies: int = 1
    hand_feed: bool = False
    broken: bool = False

    @property
    def awaits_second_side(self) -> bool:
        return self.duplex and len(self.pages) < 2

    @property
    def whole(self) -> bool:
        """Every byte is here."""
        return not self.awaits_second_side and all(page.complete for page in self.pages)

    def step(self, index: int) -> Step | None:
        """The movement number `index` of this card, None while its bytes are missing."""
        steps = self._steps()
        return steps[index] if index < len(steps) else None

    def _steps(self) -> list[Step]:
        steps = [Step("pick"), Step("heat")]
        for page in self.pages:
            for letter in page.letters:
                if letter not in page.planes:
                    return steps
                steps.append(Step(letter, page))
            if not page.complete:
                return steps
            if page.overcoat:
                steps.append(Step("overcoat", page))
            if self.duplex and page is self.pages[0]:
                steps.append(Step("flip"))
        return steps if self.awaits_second_side else [*steps, Step("eject")]


def test_card(spec: DeviceSpec) -> Job:
    """The device's own test print: stripes in resin."""
    stripes = b"\xf0" * (spec.geometry.lines * line_bytes("K", spec.geometry))
    page = Page("front", ("K",), planes={"K": stripes}, complete=True)
    return Job([page])
