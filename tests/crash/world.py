"""The simulator's world of one history, and the truth that its judge goes by.

Beside the simulator's own world it notes which feed each drawn card belongs to, and which cards lay in a
reject tray: things that a person standing there would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator import hands
from simulator.body import Body
from simulator.devicefile import DeviceSpec, load_device
from simulator.jobs import Job
from simulator.matica.body import MaticaBody
from simulator.phases import Tally
from simulator.printer import CardPrinter
from simulator.world import Card, World
from tests.crash.clockwork import VirtualClock

#: A card that the device printed for itself, or that bytes without any record made.
TEST, UNRECORDED = "test", "unrecorded"
#: A feed's number, or one of the two words above.
Origin = int | str


@dataclass(frozen=True)
class Kind:
    """One kind of simulated printer and the test model that drives it. `family` is a row of `families.py`."""

    device: str
    model: str
    path_sensor: bool = False
    holds_job: bool = False
    family: str = "magicard"
    backend_waits: bool = False
    #: Waits for a card that a person pushes in, where its job says so.
    by_hand: bool = False

    @property
    def counter(self) -> str:
        """When the device counts a card; its model says the same."""
        return load_device(self.device).habits.counter


def _evolis(device: str, model: str = "tiny-evolis", **more: bool) -> Kind:
    return Kind(device, model, **{"path_sensor": True, **more}, family="evolis")


def _matica(device: str) -> Kind:
    return Kind(device, "tiny-matica", path_sensor=True, family="matica")


def _queue(*, backend_waits: bool) -> Kind:
    """A device of its own behind a queue (`queue_printer.py`), as large as that one; a queue keeps its jobs."""
    return Kind(
        "tiny-matica", "tiny-queue", holds_job=True, family="ipp", backend_waits=backend_waits
    )


KINDS: Mapping[str, Kind] = {
    "none": Kind("tiny-none", "tiny-none"),
    "none-repeats": Kind("tiny-none-repeats", "tiny-none"),
    "pick": Kind("tiny-pick", "tiny-pick"),
    "pick-keeps": Kind("tiny-pick-keeps", "tiny-pick"),
    "eject": Kind("tiny-eject", "tiny-eject"),
    "eject-repeats": Kind("tiny-eject-repeats", "tiny-eject"),
    "none-sensor": Kind("tiny-none", "tiny-none", path_sensor=True),
    "pick-sensor": Kind("tiny-pick-keeps", "tiny-pick", path_sensor=True),
    "eject-sensor": Kind("tiny-eject", "tiny-eject", path_sensor=True),
    "none-holds": Kind("tiny-none", "tiny-none", holds_job=True),
    "eject-holds": Kind("tiny-eject-repeats", "tiny-eject", holds_job=True, path_sensor=True),
    "evolis-none": _evolis("tiny-none-sensor"),
    "evolis-pick": _evolis("tiny-pick-sensor"),
    "evolis-eject": _evolis("tiny-eject-sensor"),
    "evolis-two": _evolis("tiny-evolis-two", "tiny-evolis-two"),
    "evolis-forgets": _evolis("tiny-evolis-forgets", holds_job=True),
    "evolis-none-blind": _evolis("tiny-none-sensor", path_sensor=False),
    "evolis-pick-blind": _evolis("tiny-pick-sensor", path_sensor=False),
    "evolis-eject-blind": _evolis("tiny-eject-sensor", path_sensor=False),
    "matica-none": _matica("tiny-matica"),
    "matica-pick": _matica("tiny-matica-pick"),
    "matica-eject": _matica("tiny-matica-eject"),
    "hand-none": Kind("tiny-none", "tiny-none", by_hand=True),
    "hand-pick": Kind("tiny-pick-keeps", "tiny-pick", by_hand=True),
    "hand-eject": Kind("tiny-eject", "tiny-eject", path_sensor=True, by_hand=True),
    "queue": _queue(backend_waits=True),
    "queue-blind": _queue(backend_waits=False),
}


class Truth(World):
    """The world, with a memory of where each card came from."""

    def __init__(self, clock: VirtualClock, note: Callable[[str, str], None]) -> None:
        super().__init__(clock.true_time)
        self._note = note
        self.origins: dict[str, list[Origin]] = {}
        self.rejected: set[str] = set()
        self.printers: dict[str, SimPrinter] = {}

    def draw(self, card: Card) -> None:
        super().draw(card)
        origin = self.printers[card.printer].working_for()
        self.origins.setdefault(card.id, []).append(origin)
        self._note(card.printer, f"draws card {card.id} for feed {origin}")

    def put(self, card: Card, place: str) -> None:
        super().put(card, place)
        if place != "path":
            self._note(card.printer, f"card {card.id} is in {place}")
        if place == "reject":
            self.rejected.add(card.id)

    def made_by(self, feed: int) -> list[Card]:
        """The cards that this feed moved, in the order in which they were drawn."""
        return [card for card in self.cards.values() if feed in self.origins.get(card.id, ())]

    def drawn_at(self, printer: str) -> list[Card]:
        """Every card that ever left this printer's hopper."""
        return [c for c in self.cards.values() if c.printer == printer and c.id in self.origins]


class SimPrinter(CardPrinter):
    """A simulated printer that a test may make worse: it may keep its job without power.

    `whose` tells which feed is being sent at the moment at which a job's first header is complete.
    """

    def __init__(
        self, name: str, number: int, kind: Kind, world: Truth, whose: Callable[[str], Origin]
    ) -> None:
        spec = self.spec_of(kind)
        super().__init__(name, f"1-{number}", f"SIM{number:05d}", spec, world)
        self.kind = kind
        self.capacity = 100
        # A used machine: a lifetime counter that stands at 0 would look the same after it was reset.
        self.body.tally.picks = self.body.tally.ejects = 1000 * number
        self._whose = whose
        self._kept: dict[str, list[Job]] = {}
        self._origins: dict[int, tuple[Job, Origin]] = {}
        self.error_since = 0.0
        self._last_error = ("", 0.0)
        self._fail = self.body.fail
        self.body.fail = self._note_error  # type: ignore[method-assign]
        self._take_job = self.body.take_job
        self.body.take_job = self._note_job  # type: ignore[method-assign]
        world.printers[name] = self

    @staticmethod
    def spec_of(kind: Kind) -> DeviceSpec:
        """The device file, as this kind of printer is built."""
        return load_device(kind.device)

    def _note_job(self, job: Job) -> None:
        self._origins[id(job)] = (job, self._origin(job))
        self._take_job(job)

    def _origin(self, job: Job) -> Origin:
        if job.pages and all(page.complete for page in job.pages):
            return TEST
        first = job.step(0)
        # A single order may move a card that is inside already: nobody's card is begun by it.
        draws = first is not None and first.name == "pick"
        return self._whose(self.name) if draws else UNRECORDED

    def _note_error(self, key: str, in_motion: bool = True) -> None:
        # A sensor that shows the same again after a cancel is the same error; another card thrown out is not.
        same = key == self._last_error[0] and key != "rejected"
        if not same or self.body.now - self._last_error[1] > 5.0:
            self.error_since = self.body.now
        self._last_error = (key, self.body.now)
        self._fail(key, in_motion)

    def working_for(self) -> Origin:
        """Whose job the device works on now."""
        jobs = self.body.jobs
        return self._origins.get(id(jobs[0]), (None, TEST))[1] if jobs else TEST

    @property
    def tests(self) -> bool:
        """Whether the device has a test card to make."""
        return any(self._origins.get(id(j), (None, TEST))[1] == TEST for j in self.body.jobs)

    @property
    def has_work(self) -> bool:
        """Whether it has something to do, or waits for bytes of it. Orders that were all carried out are neither."""
        if isinstance(self.body, MaticaBody):
            return self.body.next_step is not None
        return bool(self.body.jobs)

    @property
    def moves_unseen(self) -> bool:
        """Whether a person sees it work on a card of which the station believes that it is cleared."""
        return False

    # ------------------------------------------------------------------ power
    def power_off(self) -> None:
        body = self.body
        if self.kind.holds_job and body.power:
            self._kept[self.serial] = [job for job in body.jobs if job.whole]
        super().power_off()

    def power_on(self) -> None:
        if not self.body.power:
            super().power_on()
            for job in self._kept.pop(self.serial, []):
                self._take_job(job)

    def swap_unit(self) -> None:
        if self._other_unit is None:
            used = Tally(picks=500_000 + self.body.tally.picks, ejects=500_000)
            # As long as the first one's: a Matica tells eight characters.
            self._other_unit = (f"B{self.serial[1:]}", used)
        super().swap_unit()

    @property
    def keeps_a_job(self) -> bool:
        """Whether the unit that is off now would print something of ours when it is switched on."""
        return bool(self._kept.get(self.serial))

    def load(self, cards: int) -> None:
        """Lay blanks into the hopper."""
        hands.load(self.body, cards)


def state_of(printer: SimPrinter) -> dict[str, Any]:
    """What a person sees of a printer, for the history."""
    body: Body = printer.body
    return {
        "cable": printer.cable,
        "power": body.power,
        "error": body.error,
        "phase": body.phase.name if body.phase else None,
        "hopper": len(body.hopper),
        "path": [card.id for card in body.path],
        "jobs": len(body.jobs),
    }
