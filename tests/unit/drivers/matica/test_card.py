"""Cards through driver and simulated device on an in-memory cable; both were written from the sheet alone."""

from __future__ import annotations

import pytest
from PIL import Image

from drivers import Condition, DeviceGone, DiscardFailed, DriverError, Face, FeedBroken
from drivers.matica import wire
from drivers.matica.bulk import Bulk
from simulator.faults import MOTIONS
from tests.unit.drivers.matica.kit import Desk, assert_same, noise, plain

ALL = ["B", "G", "R", "K"]
#: Movements of this machine in which something can happen.
MOVES = [phase for phase in MOTIONS if phase not in ("overcoat", "reject")]


@pytest.mark.parametrize(
    "name",
    [
        "tiny-matica",
        # A full card is packed, composed and drawn as PNG: 1 s.
        pytest.param("xid580i", marks=pytest.mark.slow),
        pytest.param("xid8600", marks=pytest.mark.slow),
    ],
)
def test_what_was_staged_lies_on_the_card(name: str) -> None:
    desk = Desk(name)
    faces = [noise(desk.model, seed) for seed in (1, 2)]
    before = desk.before()
    assert before.path is False
    desk.feed(faces)
    assert desk.driver.observed().busy_since_sent is False
    assert desk.watch() is Condition.READY
    seen = desk.driver.outcome(before)
    assert (seen.serial, seen.path, seen.sent, seen.busy_since_sent) == ("SIM-7", False, True, True)
    assert (seen.ready_now, seen.errors, seen.may_still_move) == (True, (), False)
    (card,) = desk.cards("output")
    for face, side in zip(faces, ("front", "back"), strict=True):
        assert desk.printed(card, side) == ALL
        assert_same(face, desk.picture(card, side))
    assert len(desk.cards("hopper")) == 2


def empty(desk: Desk) -> Face:
    return plain(desk.model, "white")


def resin_only(desk: Desk) -> Face:
    white = empty(desk)
    return Face(white.rgb, Image.new("L", white.rgb.size, 255))


@pytest.mark.parametrize(
    ("front", "back", "printed"),
    [
        ("plain", None, (["B", "G", "R"], [])),
        ("resin", None, (["K"], [])),
        ("plain", "resin", (["B", "G", "R"], ["K"])),
        ("plain", "empty", (["B", "G", "R"], [])),
        ("empty", "plain", ([], ["B", "G", "R"])),
        ("empty", "empty", ([], [])),
    ],
)
def test_a_side_that_bears_nothing(
    front: str, back: str | None, printed: tuple[list[str], list[str]]
) -> None:
    desk = Desk()
    made = {"plain": plain(desk.model), "empty": empty(desk), "resin": resin_only(desk)}
    desk.feed([made[side] for side in (front, back) if side is not None])
    # Bringing out a card that bears nothing takes this small device half a second.
    assert desk.watch(every_s=0.2) is Condition.READY
    (card,) = desk.cards("output")
    assert (desk.printed(card, "front"), desk.printed(card, "back")) == printed
    assert desk.device.body.tally.prints == sum(bool(side) for side in printed)


def test_the_last_card_of_the_hopper_is_printed() -> None:
    desk = Desk(cards=1)
    desk.feed()
    assert desk.watch() is Condition.READY
    assert desk.errors() == []
    assert [reason.keyword for reason in desk.driver.status().reasons] == ["media-empty"]
    assert desk.driver.supplies()[2].remaining == 0


def test_an_empty_hopper_is_untouched_after_discard() -> None:
    desk = Desk(cards=0)
    with pytest.raises(FeedBroken, match="02D000"):
        desk.feed()
    desk.driver.discard()
    seen = desk.driver.outcome(desk.before())
    assert [reason.keyword for reason in seen.errors] == ["media-empty"]
    assert (seen.drew_no_card, seen.may_still_move, seen.path) == (True, False, False)
    desk.office.load("p", 1, desk.clock.now)
    desk.feed()
    assert desk.watch() is Condition.READY


def test_a_card_that_was_not_drawn() -> None:
    desk = Desk()
    desk.arm("hopper-empty")
    with pytest.raises(FeedBroken, match="02D000"):
        desk.feed()
    desk.driver.discard()
    assert (desk.driver.observed().drew_no_card, desk.errors()) == (True, ["media-empty"])
    assert len(desk.cards("hopper")) == 3


def test_said_to_be_drawn_by_nobody_and_found_inside_all_the_same() -> None:
    """The device says "no cards" of a card that comes late: its word holds only until the card is seen."""
    desk = Desk()
    desk.arm("hopper-empty")
    with pytest.raises(FeedBroken):
        desk.feed()
    desk.act("hand-feed")
    desk.driver.discard()
    assert not desk.driver.observed().drew_no_card
    assert len(desk.cards("reject")) == 1


@pytest.mark.parametrize("phase", MOVES)
def test_a_jam_holds_discard_until_it_is_cleared(phase: str) -> None:
    desk = Desk()
    desk.arm("jam", phase=phase)
    faces = [noise(desk.model, seed) for seed in (1, 2)]
    try:
        desk.feed(faces)
        desk.watch()
    except FeedBroken:
        pass
    assert desk.errors() == ["media-jam"]
    assert desk.driver.observed().may_still_move
    with pytest.raises(DiscardFailed, match="039"):
        desk.driver.discard()
    desk.act("clear-jam")
    desk.driver.discard()
    assert desk.driver.observed().may_still_move is False
    assert len(desk.cards("hand")) == 1
    other = [noise(desk.model, seed) for seed in (3, 4)]
    desk.feed(other)
    assert desk.watch() is Condition.READY
    (card,) = desk.cards("output")
    # What the first card left on the film is not on this one.
    assert_same(other[0], desk.picture(card))
    assert_same(other[1], desk.picture(card, "back"))


@pytest.mark.parametrize(
    ("fault", "phase", "keyword", "act"),
    [
        ("cover-open", "G", "cover-open", "close-cover"),
        ("cover-open", "eject", "cover-open", "close-cover"),
        ("ribbon-end", "R", "marker-supply-empty", "new-ribbon"),
        ("wrong-ribbon", "B", "wrong-ribbon", "new-ribbon"),
        ("overheat", "transfer", "printhead-over-temp", None),
        ("reject", "K", "hardware-fault", None),
    ],
)
def test_faults_get_their_name_and_a_way_out(
    fault: str, phase: str, keyword: str, act: str | None
) -> None:
    desk = Desk()
    desk.arm(fault, phase=phase)
    try:
        desk.feed([noise(desk.model, 1)])
        desk.watch()
    except FeedBroken:
        pass
    assert desk.errors()[0] == keyword
    if act is not None:
        with pytest.raises(DiscardFailed):
            desk.driver.discard()
        desk.act(act)
    desk.clock.sleep(desk.device.spec.durations.cool)
    desk.driver.discard()
    assert desk.cards("path") == []
    desk.feed()
    assert desk.watch() is Condition.READY
    assert desk.errors() == []


@pytest.mark.parametrize("phase", MOVES)
@pytest.mark.parametrize(("cut", "again"), [("unplug", "replug"), ("power-loss", "power-on")])
def test_lost_in_any_movement(phase: str, cut: str, again: str) -> None:
    desk = Desk()
    desk.arm(cut, phase=phase)
    with pytest.raises(DeviceGone):
        desk.feed([noise(desk.model, seed) for seed in (1, 2)])
        desk.watch()
    seen = desk.driver.observed()
    assert seen.may_still_move
    with pytest.raises(DeviceGone):
        desk.driver.status()
    desk.act(again)
    desk.driver = desk.connect()
    desk.driver.discard()
    assert desk.cards("path") == []
    face = noise(desk.model, 3)
    desk.feed([face])
    assert desk.watch() is Condition.READY
    assert_same(face, desk.picture(desk.cards("output")[-1]))


def test_unplugged_in_mid_panel() -> None:
    desk = Desk()
    desk.arm("unplug", byte=9_000)
    with pytest.raises(DeviceGone):
        desk.feed([noise(desk.model, 1)])
    seen = desk.driver.observed()
    assert seen.acknowledged is not None and seen.in_doubt is not None
    assert seen.acknowledged <= 9_000 <= seen.acknowledged + seen.in_doubt
    assert seen.in_doubt <= desk.model.chunk_bytes


def test_the_host_dies_in_mid_panel() -> None:
    """Its bytes lie half received; the next process finishes nothing and prints nothing old."""
    desk = Desk()
    old, face = noise(desk.model, 1), noise(desk.model, 2)
    desk.arm("unplug", byte=9_000)
    with pytest.raises(DeviceGone):
        desk.feed([old])
    desk.act("replug")
    assert desk.receiver.receiving
    desk.driver = desk.connect()
    assert not desk.receiver.receiving
    assert [reason.keyword for reason in desk.driver.status().reasons] == ["path-not-empty"]
    desk.driver.discard()
    assert len(desk.cards("reject")) == 1
    desk.feed([face])
    desk.watch()
    (card,) = desk.cards("output")
    assert_same(face, desk.picture(card))


def test_the_host_dies_when_its_load_was_just_taken() -> None:
    """Found by the crash simulation: the device still says ready and empty, and draws its card after that."""
    desk = Desk()
    pipe = Bulk(desk.port(), desk.clock, desk.model.reply_s, desk.model.chunk_bytes)
    pipe.recover()
    assert pipe.act(wire.load(), lambda _: None).status == wire.PASSED
    desk.driver = desk.connect()
    assert desk.driver.status().condition is Condition.READY
    desk.driver.discard()
    assert len(desk.cards("reject")) == 1 and not desk.cards("path")
    desk.clock.sleep(60.0)
    desk.office.advance(desk.clock.now)
    assert len(desk.cards("hopper")) == 2


def test_the_host_dies_with_a_picture_on_the_film() -> None:
    desk = Desk()
    desk.arm("unplug", phase="K")
    with pytest.raises(DeviceGone):
        desk.feed([noise(desk.model, 1)])
        desk.watch()
    desk.act("replug")
    desk.until(lambda: not desk.device.body.moving)
    body = desk.device.body
    assert getattr(body, "film", None)
    desk.driver = desk.connect()
    desk.driver.discard()
    assert getattr(body, "film", None) == []


def test_a_driver_that_never_fed_knows_nothing() -> None:
    desk = Desk()
    desk.feed()
    seen = desk.connect().observed()
    assert (seen.sent, seen.acknowledged, seen.may_still_move) == (False, None, True)


def test_a_busy_device_is_waited_for() -> None:
    desk = Desk()
    desk.arm("busy", byte=5_000, seconds=3.0)
    desk.feed([noise(desk.model, 1)])
    assert desk.watch() is Condition.READY
    assert desk.errors() == []


def test_a_device_that_is_busy_at_the_open_is_not_disturbed() -> None:
    desk = Desk()
    face = noise(desk.model, 1)
    desk.feed([face])
    desk.driver.close()
    desk.driver = desk.connect()
    desk.until(lambda: not desk.device.body.moving)
    (card,) = desk.cards("output")
    assert_same(face, desk.picture(card))


def test_nothing_is_fed_after_a_broken_card_before_discard() -> None:
    desk = Desk()
    desk.arm("jam", phase="pick")
    with pytest.raises(FeedBroken):
        desk.feed()
    for call in (desk.feed, desk.driver.counters, desk.driver.supplies, desk.driver.eject):
        with pytest.raises(DriverError, match="discard comes first"):
            call()


def test_a_stray_card_is_told_and_brought_out() -> None:
    desk = Desk()
    for call, place in ((desk.driver.reject, "reject"), (desk.driver.eject, "output")):
        desk.act("hand-feed")
        status = desk.driver.status()
        assert (status.condition, status.reasons[0].keyword) == (
            Condition.STOPPED,
            "path-not-empty",
        )
        with pytest.raises(FeedBroken, match="not ready"):
            desk.feed()
        call()
        assert len(desk.cards(place)) == 1
        assert desk.driver.status().condition is Condition.READY
    desk.driver.eject()  # nothing inside: nothing to do
    with pytest.raises(DriverError, match="no known command starts the cleaning"):
        desk.driver.clean()
