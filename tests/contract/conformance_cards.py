"""Promises about cards: what moves, what the witnesses say of it, and what is left (exactly-once.md §3-§6)."""

from __future__ import annotations

import pytest

from drivers import (
    Condition,
    DeviceGone,
    DiscardFailed,
    DriverError,
    FeedBroken,
    TransportError,
    WrongDevice,
    models,
    reasons,
)
from tests.contract.conformance_bench import Bench
from tests.contract.conformance_promise import Promises

promise = Promises()

#: (fault, what a person does about it) of everything that stops a card on its way.
TROUBLES = (
    ("hopper-empty", "press-ok"),
    ("jam", "clear-jam"),
    ("cover-open", "close-cover"),
    ("ribbon-end", "new-ribbon"),
    ("wrong-ribbon", "new-ribbon"),
    ("overheat", "press-ok"),
    ("reject", "press-ok"),
)
#: Deadline of one call beyond what its model grants: three queries, each asked three times.
QUERIES = 9


def _counts(bench: Bench) -> bool:
    return bench.model.counter != "none"


def _senses(bench: Bench) -> bool:
    return bench.model.path_sensor


def _stopped_inside(bench: Bench) -> None:
    """A card stands in the device, half done; the host begins anew."""
    bench.arm("cover-open", phase="heat")
    try:
        bench.feed()
        bench.watch()
    except FeedBroken:
        pass
    assert bench.inside == 1, "the bench itself: no card stopped inside"


# ------------------------------------------------------------------------------- stage and feed
@promise(
    "stage-has-no-effect", "stage sends nothing, moves nothing, and twice gives the same bytes"
)
def _stage(bench: Bench) -> None:
    driver = bench.driver
    sent, revision = len(bench.cable.sent), bench.revision
    first = driver.stage([bench.face()])
    again = driver.stage([bench.face()])
    assert first.payload == again.payload and first.size == again.size > 0
    assert (len(bench.cable.sent), bench.revision) == (sent, revision)
    if bench.model.sides == 2:
        assert driver.stage([bench.face(), bench.face(2)]).sides == 2
    with pytest.raises(ValueError):
        driver.stage([bench.face()] * (bench.model.sides + 1))
    with pytest.raises(ValueError):
        driver.stage([])


@promise("opening-moves-nothing", "opening a device moves no card and counts none")
def _opening(bench: Bench) -> None:
    bench.restart()
    bench.restart()
    bench.settle()
    assert bench.drawn == 0
    assert bench.device.body.tally.picks == bench.device.body.tally.ejects == 0


@promise("feed-moves-one-card", "one feed draws exactly one card")
def _one_card(bench: Bench) -> None:
    assert bench.card() is Condition.READY, bench.driver.observed()
    bench.settle()
    assert bench.drawn == 1


@promise("ready-means-out", "once the driver says that a card is out, none is inside")
def _ready(bench: Bench) -> None:
    assert bench.card() is Condition.READY
    seen = bench.outcome()
    assert seen.sent and seen.ready_now and not seen.errors and not seen.may_still_move
    assert seen.busy_since_sent is bench.model.shows_busy
    assert bench.inside == 0


@promise("nothing-moves-afterwards", "after a card is out nothing moves until the next feed")
def _afterwards(bench: Bench) -> None:
    bench.card()
    bench.settle()
    drawn, revision = bench.drawn, bench.revision
    bench.settle()
    assert (bench.drawn, bench.revision) == (drawn, revision)


@promise(
    "a-card-bears-its-picture", "what was fed lies whole on the card, and each card bears its own"
)
def _picture(bench: Bench) -> None:
    made = []
    for seed in (1, 2):
        bench.card(seed)
        bench.settle()
        made.append(bench.planes(bench.cards("output")[-1]))
    letters = [[letter for letter, _ in planes] for planes in made]
    assert letters[0] == letters[1] and len(letters[0]) == len(set(letters[0])) > 0
    assert made[0] != made[1]


@promise(
    "an-empty-hopper-is-told",
    "without a card to draw nothing is printed, and discard says so",
    blanks=0,
)
def _empty(bench: Bench) -> None:
    try:
        bench.feed()
        assert bench.watch() is not Condition.READY
    except FeedBroken:
        pass
    bench.driver.discard()
    seen = bench.outcome()
    untouched = seen.drew_no_card or (seen.acknowledged == 0 and seen.in_doubt == 0)
    assert untouched and not seen.may_still_move
    assert bench.drawn == 0


# ------------------------------------------------------------------------------- witnesses
@promise(
    "outcome-only-observes", "outcome, asked again and again, says the same and changes nothing"
)
def _outcome(bench: Bench) -> None:
    assert bench.outcome() == bench.outcome()
    bench.card()
    bench.settle()
    sent, revision = len(bench.cable.sent), bench.revision
    first = bench.outcome()
    assert [bench.outcome() for _ in range(3)] == [first] * 3
    assert bench.revision == revision
    assert not any(what == "reset" for what in bench.cable.sent[sent:])


@promise(
    "a-restart-keeps-the-witnesses",
    "after a restart the witnesses say the same, and history is empty",
)
def _restart(bench: Bench) -> None:
    bench.card()
    bench.settle()
    old, revision = bench.outcome(), bench.revision
    bench.restart()
    new = bench.outcome()
    assert (new.serial, new.counter, new.path) == (old.serial, old.counter, old.path)
    assert (new.sent, new.acknowledged, new.busy_since_sent, new.errors) == (False, None, False, ())
    assert new.may_still_move, "a driver that saw no feed cannot say that it is over"
    assert bench.revision == revision


@promise("a-counter-counts-cards", "a counter moves by one with every card", applies=_counts)
def _counter(bench: Bench) -> None:
    before = bench.outcome().counter
    assert before is not None
    for made in (1, 2):
        bench.card()
        bench.settle()
        cards = len(bench.cards("output"))  # of a device that prints twice: all of them
        assert cards >= made
        assert bench.outcome().counter == before + cards
    assert bench.driver.counters().cards == bench.outcome().counter


@promise("an-undrawn-card-moves-no-counter", "no counter moves before a card does", applies=_counts)
def _early(bench: Bench) -> None:
    before = bench.outcome().counter
    bench.arm("hopper-empty", phase="pick")
    try:
        bench.feed()
        bench.watch()
    except FeedBroken:
        pass
    bench.driver.discard()
    assert bench.outcome().counter == before
    assert bench.drawn == 0


@promise(
    "a-counter-is-of-its-kind",
    "a pick counter has moved with a card inside, an eject counter not",
    _counts,
)
def _kind(bench: Bench) -> None:
    before = bench.outcome().counter
    assert before is not None
    _stopped_inside(bench)
    bench.act("close-cover")
    bench.restart()
    inside = bench.driver.counters().cards
    assert inside == before + (bench.model.counter == "pick")


@promise(
    "the-path-sensor-tells-the-truth",
    "a card inside is told, an empty path as well",
    applies=_senses,
)
def _path(bench: Bench) -> None:
    assert bench.outcome().path is False
    _stopped_inside(bench)
    bench.act("close-cover")
    bench.restart()
    assert bench.outcome().path is True
    bench.driver.discard()
    assert bench.inside == 0 and bench.outcome().path is False


# ------------------------------------------------------------------------------- discard (§5)
@promise(
    "discard-leaves-nothing",
    "after discard no card is inside and nothing prints by itself, or it raises",
)
def _discard(bench: Bench) -> None:
    for fault, act in TROUBLES:
        bench.arm(fault)
        try:
            bench.feed()
            bench.watch()
        except FeedBroken:
            pass
        bench.act(act)
        bench.settle()
        bench.driver.discard()
        bench.driver.discard()
        assert bench.inside == 0, fault
        drawn = bench.drawn
        bench.settle()
        bench.act("press-ok")
        bench.settle()
        assert bench.drawn == drawn, f"{fault}: printed by itself after discard"
        assert not bench.driver.observed().may_still_move
        bench.refill()


@promise("discard-survives-a-power-cut", "what was discarded does not print at power-on either")
def _power(bench: Bench) -> None:
    _stopped_inside(bench)
    bench.act("close-cover")
    bench.driver.discard()
    drawn = bench.drawn
    for act in ("power-off", "power-on"):
        bench.act(act)
    bench.settle()
    assert bench.drawn == drawn


@promise(
    "discard-raises-while-it-cannot",
    "with a card jammed inside discard raises in time, and stays due",
)
def _cannot(bench: Bench) -> None:
    bench.arm("jam", phase="heat")
    try:
        bench.feed()
        bench.watch()
    except FeedBroken:
        pass
    for _ in range(2):
        start = bench.clock.now
        with pytest.raises((DiscardFailed, TransportError)):
            bench.driver.discard()
        limit = bench.model.discard_s + QUERIES * bench.model.reply_s
        assert bench.clock.now - start <= limit
        assert bench.driver.observed().may_still_move
    bench.act("clear-jam")
    bench.driver.discard()
    assert bench.inside == 0 and bench.card(2) is Condition.READY


@promise(
    "a-dead-host's-bytes-are-nobody's",
    "the host dies in mid-card; the next card is whole and its own",
    by_hand=True,
)
def _mid_stream(bench: Bench) -> None:
    whole = type(bench)(bench.unit, bench.cable.kind)
    whole.card(2)
    whole.settle()
    expected = whole.planes(whole.cards("output")[-1])
    staged = bench.driver.stage([bench.face(1)])
    for share in (0.1, 0.5, 0.9):
        bench.bend.takes = int(staged.size * share)
        with pytest.raises(DriverError):
            bench.driver.feed(staged)
        bench.bend.takes = None
        bench.restart()
        bench.driver.discard()
        assert bench.inside == 0
        bench.refill()
        out = len(bench.cards("output"))
        assert bench.card(2) is Condition.READY
        bench.settle()
        made = bench.cards("output")[out:]
        assert made and all(bench.planes(card) == expected for card in made), share


# ------------------------------------------------------------------------------- words
@promise(
    "every-trouble-has-its-word", "each trouble stops the device with a reason of the vocabulary"
)
def _words(bench: Bench) -> None:
    for fault, act in TROUBLES:
        bench.arm(fault)
        try:
            bench.feed()
            assert bench.watch() is Condition.STOPPED, fault
        except FeedBroken:
            pass
        errors = bench.driver.observed().errors or bench.driver.status().reasons
        assert errors, fault
        for reason in errors:
            assert reason.keyword in reasons(), reason
            assert reason.keyword not in ("other", "not-understood"), reason
            assert reasons()[reason.keyword].stops, reason
        bench.act(act)
        bench.settle()
        bench.driver.discard()
        bench.refill()


# ------------------------------------------------------------------------------- who it is
@promise("a-unit-tells-its-serial", "identify tells the unit's own serial number, again and again")
def _serial(bench: Bench) -> None:
    told = bench.driver.identify()
    assert told.serial == bench.device.serial and told.serial
    assert bench.driver.identify() == told
    assert bench.outcome().serial == told.serial
    assert bench.restart().identify().serial == told.serial


@promise(
    "two-units-differ", "two units of one model never tell the same serial number", by_hand=True
)
def _two(bench: Bench) -> None:
    one, other = (each.driver.identify().serial for each in (bench, bench.second_unit()))
    assert one is None or one != other


@promise(
    "another-model-is-refused", "a device of another model is refused, and both names are told"
)
def _wrong(bench: Bench) -> None:
    tried = 0
    for name, model in models().items():
        usb_ids = (bench.device.vendor_id, bench.device.product_id)
        same = name == bench.model.name or usb_ids in model.usb_ids
        if model.family != bench.model.family or same:
            continue
        tried += 1
        sent = len(bench.cable.sent)
        # A simulated device of a test has no model file: it has only the word that it says of itself.
        found = bench.model.name if bench.model.name in models() else r"\w"
        both = f"configured is {name}, found is .*{found}"
        with pytest.raises(WrongDevice, match=both):
            bench.connect(model)
        assert not any(b"NOC" in part for part in bench.cable.sent[sent:] if part != "reset")
    assert tried, "no other model of the family to try"
    assert bench.drawn == 0


# ------------------------------------------------------------------------------- the end
@promise("close-never-raises", "close lets go, whatever happened, and may be repeated")
def _close(bench: Bench) -> None:
    driver = bench.driver
    driver.close()
    driver.close()
    with pytest.raises(DeviceGone):
        driver.status()
    driver = bench.restart()
    bench.act("unplug")
    driver.close()
    bench.act("replug")
    assert bench.restart().identify()
