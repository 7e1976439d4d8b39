"""The safe part of the driver contract, tried on an attached printer: no card is moved.

The promises are those of `tests/contract`, which has the whole of them against simulated devices; what needs a card,
a pulled cable or a look into the output tray is named here and left open. Knows drivers, not where they come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image

import drivers
from drivers import (
    Before,
    Condition,
    DeviceBusy,
    DeviceGone,
    Driver,
    DriverError,
    Face,
    Identity,
    Model,
    NotUnderstood,
    TransferTimeout,
)

_NOTHING = Before(None, None, None)
#: An answer is asked for so often; a device that says something else each time shows it by then.
LOOKS = 3


class Verdict(StrEnum):
    """What came of one promise."""

    PROVED = "proved"
    BROKEN = "broken"
    OPEN = "not proved"


@dataclass(frozen=True)
class Finding:
    """One promise, what came of it, and what was seen."""

    promise: str
    verdict: Verdict
    seen: str


#: What no look at a standing printer can show, and how it is shown.
LEFT_OPEN: tuple[tuple[str, str], ...] = (
    (
        "one feed moves exactly one card",
        "it takes a card: `printstation printer calibrate` prints three",
    ),
    (
        "what is fed lies on the card",
        "no printer can say so. One that accepts everything and prints nothing agrees with itself in every "
        "witness: only the check by eye of each card finds it, and a look at the first SPECIMEN of a new printer",
    ),
    (
        "discard leaves nothing of ours inside",
        "it takes a broken card: the third card of `printstation printer calibrate` is one",
    ),
    (
        "a pulled cable, a dead host or a power cut never prints on the next card",
        "pull the cable in the middle of a SPECIMEN card; the station must ask what became of it",
    ),
)

#: How the same is shown of a model that `printer calibrate` refuses: it has no query of which anything could be found.
BY_HAND = {
    LEFT_OPEN[0][
        0
    ]: "it takes a card: `printstation printer test NAME` prints a SPECIMEN; count what comes out",
    LEFT_OPEN[2][0]: (
        "it takes a broken card: open the cover in the middle of a SPECIMEN, and see that nothing comes out by itself "
        "once its question is answered"
    ),
}


class Check:
    """One printer under examination. `open_printer` opens it anew, each time as another host would."""

    def __init__(self, uri: str, open_printer: Callable[[], Driver], model: Model) -> None:
        self._uri = uri
        self._open = open_printer
        self._model = model
        self._driver: Driver | None = None

    def run(self) -> Iterator[Finding]:
        """Every finding as it comes. Raises what the first opening raises; lets the printer go in any case."""
        self._driver = self._open()
        try:
            yield _proved(
                "it is opened without moving a card",
                f"a device of model {self._model.name} answers, its parser is idle",
            )
            identity = self._driver.identify()
            for part in (self._serial, self._status, self._counter, self._path, self._outcome):
                yield from self._tried(part, identity)
            yield from self._tried(self._stage, identity)
            yield from self._tried(self._second_host, identity)
            yield from self._tried(self._again, identity)
        finally:
            self._driver.close()
        facts = self._model.facts
        calibrated = bool(facts.counter_query or facts.path_query)
        for promise, how in LEFT_OPEN:
            yield Finding(promise, Verdict.OPEN, how if calibrated else BY_HAND.get(promise, how))

    def _tried(
        self, part: Callable[[Driver, Identity], Iterator[Finding]], identity: Identity
    ) -> Iterator[Finding]:
        assert self._driver is not None
        try:
            yield from part(self._driver, identity)
        except DriverError as error:
            words = part.__doc__ or part.__name__
            yield _broken(words.rstrip("."), f"{type(error).__name__}: {error}")

    # ------------------------------------------------------------------ one look each
    def _serial(self, driver: Driver, identity: Identity) -> Iterator[Finding]:
        """it tells a serial number of its own."""
        promise = "it tells a serial number of its own"
        again = driver.outcome(_NOTHING).serial
        if identity.serial is None:
            yield _broken(
                promise,
                "it tells none. Without one no card that it moves can be proved: each ends as a question",
            )
        elif len(set(identity.serial)) == 1:
            yield _broken(promise, f"{identity.serial!r} is what a maker leaves in all units alike")
        elif again != identity.serial:
            yield _broken(promise, f"first {identity.serial!r}, then {again!r}")
        else:
            yield _proved(promise, identity.serial)
            yield Finding(
                "no other unit tells the same serial number",
                Verdict.OPEN,
                "compare it with the one on the label, and with the next unit's",
            )

    def _status(self, driver: Driver, _: Identity) -> Iterator[Finding]:
        """every word of its state is one of the vocabulary."""
        promise = "every word of its state is one of the vocabulary"
        found = [driver.status() for _ in range(LOOKS)]
        words = {reason for status in found for reason in status.reasons}
        unknown = [r for r in words if r.keyword not in drivers.reasons() or r.keyword in _UNREAD]
        told = ", ".join(sorted(reason.keyword for reason in words)) or "nothing to be said"
        if unknown:
            yield _broken(
                promise, f"not in the tables: {', '.join(sorted(r.raw for r in unknown))}"
            )
        else:
            yield _proved(promise, f"{found[-1].condition}: {told}")

    def _counter(self, driver: Driver, _: Identity) -> Iterator[Finding]:
        """its card counter stands still while nothing moves."""
        promise = "its card counter stands still while nothing moves"
        if self._model.facts.counter_query is None:
            yield Finding(promise, Verdict.OPEN, f"{self._model.name} has no known query for one")
            return
        found = [_count(driver) for _ in range(LOOKS)]
        if None in found and self._model.counter == "none":
            yield Finding(
                promise, Verdict.OPEN, "this unit does not answer the query: counter none"
            )
        elif None in found or len(set(found)) > 1:
            yield _broken(promise, f"read {', '.join(map(str, found))}")
        else:
            yield _proved(promise, f"it shows {found[0]}")
            yield Finding(
                "when the counter moves",
                Verdict.OPEN,
                f"taken as {self._model.counter!r}; `printstation printer calibrate` finds out",
            )

    def _path(self, driver: Driver, _: Identity) -> Iterator[Finding]:
        """its path sensor answers."""
        promise = "its path sensor answers, and no card is inside"
        if not self._model.path_sensor:
            yield Finding(promise, Verdict.OPEN, f"{self._model.name} has none that is used")
            return
        inside = driver.outcome(_NOTHING).path
        if inside is None:
            yield _broken(promise, "it does not answer")
        elif inside:
            yield _broken(promise, "a card is inside, or it says so: look, and take it out")
        else:
            yield _proved(promise, "the path is empty")
            yield Finding(
                "the path sensor tells the truth",
                Verdict.OPEN,
                "it takes a card inside: `printstation printer calibrate` finds out",
            )

    def _outcome(self, driver: Driver, _: Identity) -> Iterator[Finding]:
        """asked again, its witnesses say the same."""
        promise = "asked again, its witnesses say the same"
        found = {_three(driver) for _ in range(LOOKS)}
        if len(found) > 1:
            yield _broken(
                promise, f"serial, counter, path: {', '.join(map(str, sorted(found, key=str)))}"
            )
        else:
            yield _proved(promise, f"{LOOKS} times")

    def _stage(self, driver: Driver, _: Identity) -> Iterator[Finding]:
        """a card is staged without effect."""
        promise = "a card is staged without any effect, twice alike"
        size = (self._model.width_px, self._model.height_px)
        face = Face(Image.new("RGB", size, "red"), Image.new("L", size, 0))
        before = _three(driver)
        first, again = driver.stage([face]), driver.stage([face])
        if first.payload != again.payload or _three(driver) != before:
            yield _broken(promise, "the same card gave other bytes, or a witness moved")
        else:
            yield _proved(promise, f"{first.size} bytes, none of them sent")

    def _second_host(self, driver: Driver, _: Identity) -> Iterator[Finding]:
        """a second program is refused."""
        promise = "a second program is refused while we hold it"
        if self._model.family in drivers.OPENERS:
            yield Finding(promise, Verdict.OPEN, "a queue takes jobs of everybody; each is noticed")
            return
        if self._uri.startswith("tcp:"):
            seen = "not tried: what a second program writes to a raw port may wait there for us"
            yield Finding(promise, Verdict.OPEN, seen)
            return
        try:
            self._open().close()
        except (DeviceBusy, DeviceGone):
            driver.status()
            yield _proved(promise, "and we notice nothing of it")
            return
        except DriverError as error:
            yield _broken(promise, f"it got in our way: {error}")
            return
        yield _broken(promise, "both were let in: their bytes would mix on one card")

    def _again(self, driver: Driver, identity: Identity) -> Iterator[Finding]:
        """a host that begins anew finds the same unit."""
        promise = "a host that begins anew finds the same unit with the same witnesses"
        before = _three(driver)
        driver.close()
        driver.close()
        self._driver = fresh = self._open()
        seen = fresh.outcome(_NOTHING)
        history = seen.sent or seen.acknowledged is not None or seen.errors
        if _three(fresh) != before or fresh.identify() != identity:
            yield _broken(promise, f"before {before}, after {_three(fresh)}")
        elif history and fresh.status().condition is not Condition.STOPPED:
            yield _broken(promise, "a driver that fed nothing remembers a card")
        else:
            yield _proved(promise, "closed and opened again")


#: What a driver says when it has no row for a device's word.
_UNREAD = ("other", "not-understood")


def _count(driver: Driver) -> int | None:
    """None where this unit does not answer the query of its model."""
    try:
        return driver.counters().cards
    except (TransferTimeout, NotUnderstood):
        return None


def _three(driver: Driver) -> tuple[str | None, int | None, bool | None]:
    seen = driver.outcome(_NOTHING)
    return seen.serial, seen.counter, seen.path


def _proved(promise: str, seen: str) -> Finding:
    return Finding(promise, Verdict.PROVED, seen)


def _broken(promise: str, seen: str) -> Finding:
    return Finding(promise, Verdict.BROKEN, seen)
