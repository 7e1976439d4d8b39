"""A printer that does what a test says: a `drivers.contract.Driver` over a device that tests script.

The device outlives the drivers that are opened on it, as a real one does. What a driver remembers is kept
by the drivers' own `FeedMemory`, so that *busy since sent* and *errors since feed* mean the same here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from drivers import (
    Before,
    Condition,
    Counters,
    DeviceGone,
    DriverError,
    Face,
    Identity,
    Model,
    Outcome,
    Reason,
    Staged,
    Status,
    Supply,
)
from drivers.memory import FeedMemory, Seen

#: More looks than any test needs: a loop that forgets to wait ends here.
MAX_LOOKS = 3000


@dataclass(frozen=True)
class Look:
    """What one poll shows; with `errors` the device stands. `counts` moves the counter just before."""

    condition: Condition = Condition.READY
    errors: tuple[str, ...] = ()
    counts: int = 0
    path: bool | None = None
    act: Callable[[], object] | None = None


BUSY = Look(Condition.BUSY)
READY = Look()
OUT = Look(counts=1)


def stands(*errors: str) -> Look:
    """The device stands with these errors."""
    return Look(Condition.STOPPED, errors)


@dataclass
class Story:
    """What becomes of one card: polls after *sent* (the last one stays), or a stream that breaks."""

    looks: Sequence[Look] = (BUSY, BUSY, OUT)
    broken: DriverError | None = None
    offered: int = 100
    in_doubt: int = 0
    before_break: Sequence[Look] = ()
    during: Callable[[], object] | None = None


@dataclass
class Device:
    """The machine: what it is, what it says when nobody prints, and the stories to come."""

    serial: str | None = "3C0001"
    counter: int | None = None
    path: bool | None = None
    gone: bool = False
    ribbon: int = 100
    idle: Look = READY
    stories: deque[Story] = field(default_factory=deque)
    discards: deque[DriverError | None] = field(default_factory=deque)
    opens: deque[DriverError] = field(default_factory=deque)
    log: list[str] = field(default_factory=list)
    streams: list[tuple[bytes, ...]] = field(default_factory=list)
    looks: int = 0
    max_looks: int = MAX_LOOKS
    busy_waits: list[float] = field(default_factory=list)
    _coming: deque[Look] = field(default_factory=deque)

    def open(self, _model: Model, busy_wait_s: float) -> Scripted:
        self.present("open")
        if self.opens:
            raise self.opens.popleft()
        self.busy_waits.append(busy_wait_s)
        self._coming.clear()
        return Scripted(self)

    def present(self, what: str) -> None:
        self.log.append(what)
        if self.gone:
            raise DeviceGone("no such device")

    def look(self) -> Look:
        """The next poll; a card's story first, then what the device says when idle."""
        self.looks += 1
        assert self.looks < self.max_looks, "the station polls without waiting"
        if not self._coming:
            return self.idle
        found = self._coming.popleft()
        if not self._coming:
            self._coming.append(Look(found.condition, found.errors))
        self._apply(found)
        return found

    def begin(self, looks: Sequence[Look]) -> None:
        self._coming = deque(looks)

    def end(self) -> None:
        """`discard`: what was to come does not come any more."""
        self._coming.clear()

    def _apply(self, look: Look) -> None:
        if self.counter is not None:
            self.counter += look.counts
        if look.path is not None:
            self.path = look.path
        if look.act is not None:
            look.act()

    @property
    def fed(self) -> int:
        """How many streams were begun."""
        return self.log.count("feed")


class Scripted:
    """The driver."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._memory = FeedMemory()

    def identify(self) -> Identity:
        self._device.present("identify")
        return Identity("ACME", "scripted", self._device.serial)

    def status(self) -> Status:
        self._device.present("status")
        return self._take(self._device.look())

    def _take(self, look: Look) -> Status:
        status = Status(look.condition, tuple(Reason(word) for word in look.errors))
        self._memory.look(
            Seen(
                status,
                drew_no_card="media-empty" in look.errors,
                rejected="card-rejected" in look.errors,
            )
        )
        return status

    def supplies(self) -> tuple[Supply, ...]:
        self._device.present("supplies")
        return (Supply("ribbon", self._device.ribbon, 500),)

    def counters(self) -> Counters:
        self._device.present("counters")
        return Counters(cards=self._device.counter)

    def stage(self, faces: Sequence[Face]) -> Staged:
        return Staged((b"card",), max(1, len(faces)))

    def stage_by_hand(self, faces: Sequence[Face]) -> Staged:
        return Staged((b"card by hand",), max(1, len(faces)))

    def feed(self, staged: Staged) -> None:
        device, memory = self._device, self._memory
        device.present("feed")
        device.streams.append(staged.payload)
        story = device.stories.popleft() if device.stories else Story()
        memory.begin()
        memory.acknowledge(story.offered)
        memory.doubt(story.in_doubt)
        if story.during is not None:
            story.during()
        for look in story.before_break:
            self._take(look)
        if story.broken is not None:
            device.begin(story.looks if isinstance(story.broken, DeviceGone) else ())
            device.gone = device.gone or isinstance(story.broken, DeviceGone)
            raise story.broken
        memory.finish()
        device.begin(story.looks)

    def outcome(self, before: Before) -> Outcome:
        device = self._device
        device.present("outcome")
        seen = self._memory.observed()
        ready = device.idle.condition is Condition.READY if not device._coming else seen.ready_now
        return replace(
            seen, serial=device.serial, counter=device.counter, path=device.path, ready_now=ready
        )

    def observed(self) -> Outcome:
        return self._memory.observed()

    def discard(self) -> None:
        self._device.present("discard")
        if self._device.discards:
            failed = self._device.discards.popleft()
            if failed is not None:
                raise failed
        self._memory.discarding()
        self._memory.cancelled()
        self._device.end()
        self._memory.settle()

    def eject(self) -> None:
        self._device.present("eject")

    def reject(self) -> None:
        self._device.present("reject")

    def clean(self) -> None:
        self._device.present("clean")

    def close(self) -> None:
        self._device.log.append("close")
