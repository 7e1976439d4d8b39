"""Promises about the cable: losses, silence, and bytes that come otherwise than they should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers import Condition, DeviceGone, DriverError, FeedBroken, Outcome
from tests.contract.conformance_bench import Bench
from tests.contract.conformance_cards import QUERIES
from tests.contract.conformance_promise import Promises

promise = Promises()

#: Calls that ask; each of them also has to end when nobody answers.
QUESTIONS: tuple[tuple[str, Callable[[Bench], object]], ...] = (
    ("status", lambda bench: bench.driver.status()),
    ("identify", lambda bench: bench.driver.identify()),
    ("counters", lambda bench: bench.driver.counters()),
    ("supplies", lambda bench: bench.driver.supplies()),
    ("outcome", lambda bench: bench.outcome()),
)
ACTS: tuple[tuple[str, Callable[[Bench], object]], ...] = (
    ("eject", lambda bench: bench.driver.eject()),
    ("reject", lambda bench: bench.driver.reject()),
    ("clean", lambda bench: bench.driver.clean()),
    ("discard", lambda bench: bench.driver.discard()),
    ("feed", lambda bench: bench.feed()),
)


def _may_fail(act: Callable[[Bench], object], bench: Bench) -> object:
    """What it gives; None when it raises what a driver may raise."""
    try:
        return act(bench)
    except DriverError:
        return None


def _three(seen: Outcome) -> tuple[str | None, int | None, bool | None]:
    return seen.serial, seen.counter, seen.path


# ------------------------------------------------------------------------------- losses
def _told(bench: Bench) -> bool:
    return bench.tells_loss


@promise(
    "gone-is-gone", "after the cable was pulled every call says so, though it is back in", _told
)
def _gone(bench: Bench) -> None:
    driver, staged = bench.driver, bench.driver.stage([bench.face()])
    bench.act("unplug")
    with pytest.raises(DeviceGone):
        driver.status()
    bench.act("replug")
    for call in (driver.status, driver.discard, lambda: driver.feed(staged), bench.outcome):
        with pytest.raises(DeviceGone):
            call()
    assert driver.observed().may_still_move or driver.observed().acknowledged == 0
    driver.close()
    assert bench.drawn == 0


@promise(
    "a-pull-in-mid-card-is-counted",
    "pulled in mid-card: what was taken lies between the two counts told",
    by_hand=True,
)
def _pulled(bench: Bench) -> None:
    staged = bench.driver.stage([bench.face()])
    at = staged.size // 2
    bench.arm("unplug", byte=at)
    with pytest.raises(DeviceGone):
        bench.driver.feed(staged)
    seen = bench.driver.observed()
    assert seen.acknowledged is not None and seen.in_doubt is not None
    assert 0 < seen.acknowledged <= at, seen
    if (
        bench.cable.kind != "storage"
    ):  # there the looks between two commands are bytes of the same pipe
        assert at <= seen.acknowledged + seen.in_doubt, seen
    assert seen.in_doubt <= bench.model.chunk_bytes + 64
    assert not seen.sent and seen.may_still_move
    bench.act("replug")
    bench.restart().discard()
    assert bench.inside == 0


@promise("one-host-at-a-time", "a second program is refused, and the first one notices nothing")
def _second(bench: Bench) -> None:
    first = bench.driver.identify()
    with pytest.raises(bench.refusals):
        bench.connect()
    assert bench.driver.identify() == first
    assert bench.card() is Condition.READY


# ------------------------------------------------------------------------------- silence
@promise(
    "deadlines-are-kept",
    "a device that falls silent is given up in time, by every call",
    by_hand=True,
)
def _silent(bench: Bench) -> None:
    model = bench.model
    limits = {
        "feed": model.send_s + model.print_s,
        "discard": model.discard_s + model.send_s,
        "eject": model.discard_s,
        "reject": model.discard_s,
    }
    assert bench.driver
    bench.bend.silent = True
    for name, call in (*QUESTIONS, *ACTS):
        start = bench.clock.now
        _may_fail(call, bench)
        limit = limits.get(name, 0.0) + 3 * QUERIES * model.reply_s
        assert bench.clock.now - start <= limit, name
        assert bench.driver.observed() is not None
    assert bench.drawn == 0
    start = bench.clock.now
    with pytest.raises(DriverError):
        bench.restart()
    assert bench.clock.now - start <= 3 * (3 * QUERIES * model.reply_s + model.send_s)


@promise(
    "silence-in-mid-card-breaks-it-off",
    "a device that takes no more bytes: given up in time, count told",
    by_hand=True,
)
def _naks(bench: Bench) -> None:
    staged = bench.driver.stage([bench.face()])
    sent = len(bench.cable.sent)
    bench.bend.takes = staged.size // 2
    start = bench.clock.now
    with pytest.raises(FeedBroken):
        bench.driver.feed(staged)
    waited = bench.clock.now - start
    assert waited <= bench.model.send_s + QUERIES * bench.model.reply_s
    seen = bench.driver.observed()
    taken = sum(len(part) for part in bench.cable.sent[sent:] if part != "reset")
    assert seen.acknowledged is not None and seen.in_doubt is not None
    assert 0 < seen.acknowledged <= taken
    assert not seen.sent and seen.may_still_move


@promise(
    "a-busy-device-is-waited-for",
    "a device that holds the pipe up for a while gets its card all the same",
)
def _busy(bench: Bench) -> None:
    staged = bench.driver.stage([bench.face()])
    bench.arm("busy", byte=staged.size // 3, seconds=min(5.0, bench.model.reply_s))
    bench.driver.feed(staged)
    assert bench.watch() is Condition.READY
    assert bench.driver.observed().errors == ()


# ------------------------------------------------------------------------------- bytes that come otherwise
@promise(
    "short-transfers-make-a-card",
    "bytes that are taken and given one by one make the same card",
    by_hand=True,
)
def _portions(bench: Bench) -> None:
    whole = type(bench)(bench.unit, bench.cable.kind)
    whole.card(2)
    whole.settle()
    bench.bend.portion = 1 if bench.cable.kind != "storage" else None
    bench.restart()
    assert bench.driver.identify().serial == bench.device.serial or not bench.device.serial
    bench.bend.portion = 97 if bench.cable.kind != "storage" else None
    assert bench.card(2) is Condition.READY
    bench.settle()
    assert [bench.planes(card) for card in bench.cards("output")] == [
        whole.planes(card) for card in whole.cards("output")
    ]


@promise("late-answers-are-waited-for", "an answer within the model's time counts", by_hand=True)
def _late(bench: Bench) -> None:
    bench.bend.late_s = 0.4 * bench.model.reply_s
    bench.restart()
    assert (bench.outcome().serial or "") == bench.device.serial
    assert bench.card() is Condition.READY


@promise(
    "strange-answers-never-lie",
    "doubled, cut and garbled answers: refused, or true, but never another truth",
    by_hand=True,
)
def _strange(bench: Bench) -> None:
    bench.card()
    bench.settle()
    truth = bench.outcome()
    for change in ({"doubled": True}, {"cut": 1}, {"cut": 3}, {"garbled": True}, {"late_s": 3.0}):
        bench.cable.bend = replace(bench.bend, **change)
        for _ in range(2):
            seen = _may_fail(lambda b: b.outcome(), bench)
            for name in ("serial", "counter", "path") if seen is not None else ():
                told, true = getattr(seen, name), getattr(truth, name)
                assert told is None or told == true, f"{change}: {name} is {told!r}"
        cards = _may_fail(lambda b: b.driver.counters().cards, bench)
        assert cards in (None, truth.counter) or truth.counter is None, change
        bench.cable.bend = type(bench.bend)()
        assert bench.witnesses() == _three(truth), f"{change}: does not come back to the truth"
    assert bench.drawn == len(bench.cards("output"))


@promise(
    "what-is-not-understood-is-not-ready",
    "a device that answers nothing of its sheet is never ready",
    by_hand=True,
)
def _garbled(bench: Bench) -> None:
    assert bench.driver
    bench.bend.garbled = True
    for _ in range(3):
        status = _may_fail(lambda b: b.driver.status(), bench)
        assert status is None or getattr(status, "condition", None) is not Condition.READY, status
    with pytest.raises(DriverError):
        bench.driver.discard()
    with pytest.raises(DriverError):
        bench.restart()
    assert bench.drawn == 0
