"""Driver and simulated device on an in-memory cable: both were written from the sheet alone."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from drivers import (
    Before,
    Condition,
    DeviceGone,
    DiscardFailed,
    Driver,
    Face,
    FedByHand,
    FeedBroken,
    Model,
    attach,
    model,
)
from simulator.office import Office
from tests.unit.drivers.memory_port import MemoryPort, Time

NAMES = ("tango2e", "enduro", "alto")


class Desk:
    """One simulated printer, its cable and its driver."""

    def __init__(self, name: str, cards: int = 3, unit: Model | None = None) -> None:
        self.clock = Time()
        self.office = Office(
            [{"name": "p", "device": name, "serial": "SIM-7", "hopper": cards}],
            lambda: datetime(2026, 1, 1, tzinfo=UTC),
        )
        self.device = self.office.printer("p")
        self.model = unit or model(name)
        self.driver = self.connect()

    def connect(self) -> Driver:
        port = MemoryPort(self.device, "SIM-7", self.clock)
        return attach(port, self.model, self.clock, 0)

    def act(self, act: str) -> None:
        self.office.act("p", act, None, self.clock.now)

    def arm(self, fault: str, **where: object) -> None:
        self.office.arm("p", {"fault": fault, **where})

    def before(self) -> Before:
        return Before(self.driver.identify().serial, self.driver.counters().cards, None)

    def watch(self) -> Condition:
        """Look once a second until it stands still, as the station does."""
        for _ in range(int(self.model.print_s)):
            condition = self.driver.status().condition
            seen = self.driver.observed()
            if condition is Condition.STOPPED or not seen.may_still_move:
                return condition
            self.clock.sleep(1.0)
        raise AssertionError("never came to an end")

    def cards(self, place: str) -> list[dict[str, object]]:
        found = self.office.world_json()["cards"]
        return [card for card in found if card["place"] == place]

    def picture(self, card: object, side: str) -> Image.Image:
        png = self.office.picture(str(card), side)
        assert png is not None
        return Image.open(io.BytesIO(png)).convert("RGB")


def noise(of: Model, seed: int) -> Face:
    """A gradient with noise, and some resin; small levels and corners all differ."""
    random = np.random.default_rng(seed)
    rgb = random.integers(0, 256, (of.height_px, of.width_px, 3), dtype=np.uint8)
    mask = random.random((of.height_px, of.width_px)) < 0.1
    return Face(Image.fromarray(rgb), Image.fromarray(np.where(mask, 255, 0).astype(np.uint8)))


def assert_same(face: Face, shown: Image.Image) -> None:
    """Within what six bits can hold; resin dot for dot."""
    given, got = np.asarray(face.rgb).astype(int), np.asarray(shown).astype(int)
    resin = np.asarray(face.resin) == 255
    assert got.shape == given.shape
    assert np.abs(given - got)[~resin].max() <= 4
    assert got[resin].max() == 0


def feed(desk: Desk, faces: Sequence[Face]) -> None:
    desk.driver.feed(desk.driver.stage(faces))


@pytest.mark.slow  # a full card is packed, unpacked and drawn as PNG: 0.5 s
@pytest.mark.parametrize("name", NAMES)
def test_what_was_staged_lies_on_the_card(name: str) -> None:
    desk = Desk(name)
    faces = [noise(desk.model, seed) for seed in range(desk.model.sides)]
    before = desk.before()
    feed(desk, faces)
    assert desk.watch() is Condition.READY
    seen = desk.driver.outcome(before)
    assert (seen.serial, seen.sent, seen.busy_since_sent, seen.ready_now) == (
        "SIM-7",
        True,
        True,
        True,
    )
    assert (seen.errors, seen.may_still_move) == ((), False)
    (card,) = desk.cards("output")
    for face, side in zip(faces, ("front", "back"), strict=False):
        assert_same(face, desk.picture(card["id"], side))
    assert len(desk.cards("hopper")) == 2


def plain(desk: Desk) -> list[Face]:
    size = (desk.model.width_px, desk.model.height_px)
    return [Face(Image.new("RGB", size, "red"), Image.new("L", size, 0))]


def test_the_last_card_of_the_hopper_is_printed() -> None:
    desk = Desk("tango2e", cards=1)
    before = desk.before()
    feed(desk, plain(desk))
    assert desk.watch() is Condition.READY
    assert desk.driver.outcome(before).errors == ()
    assert [reason.keyword for reason in desk.driver.status().reasons] == ["media-empty"]


@pytest.mark.parametrize("first", [True, False], ids=["before the data", "when it is waited for"])
@pytest.mark.parametrize("cards", [0, 3])
def test_the_card_in_the_hand_is_printed_and_no_blank_of_the_hopper(
    cards: int, first: bool
) -> None:
    desk = Desk("tango2e", cards=cards)
    before = desk.before()
    if first:
        desk.act("hand-feed")
    assert isinstance(desk.driver, FedByHand)
    desk.driver.feed(desk.driver.stage_by_hand(plain(desk)))
    if not first:
        desk.act("hand-feed")
    assert desk.watch() is Condition.READY
    seen = desk.driver.outcome(before)
    assert (seen.errors, seen.busy_since_sent, seen.ready_now) == ((), True, True)
    assert len(desk.cards("output")) == 1 and len(desk.cards("hopper")) == cards


def test_a_card_that_nobody_pushes_in_is_untouched() -> None:
    desk = Desk("tango2e")
    before = desk.before()
    assert isinstance(desk.driver, FedByHand)
    desk.driver.feed(desk.driver.stage_by_hand(plain(desk)))
    assert desk.watch() is Condition.STOPPED
    assert desk.driver.outcome(before).drew_no_card
    desk.driver.discard()
    assert (desk.cards("output"), len(desk.cards("hopper"))) == ([], 3)


def test_an_empty_hopper_is_untouched_after_discard() -> None:
    desk = Desk("tango2e", cards=0, unit=model("tango2e").for_unit(counter="pick"))
    before = desk.before()
    feed(desk, plain(desk))
    assert desk.watch() is Condition.STOPPED
    assert desk.driver.outcome(before).drew_no_card
    desk.driver.discard()
    seen = desk.driver.outcome(before)
    assert [reason.keyword for reason in seen.errors] == ["media-empty"]
    assert (seen.drew_no_card, seen.may_still_move, seen.counter) == (True, False, before.counter)
    desk.office.load("p", 1, desk.clock.now)
    feed(desk, plain(desk))
    assert desk.watch() is Condition.READY


@pytest.mark.parametrize(
    ("fault", "keyword"),
    [
        ("jam", "media-jam"),
        ("ribbon-end", "marker-supply-empty"),
        ("wrong-ribbon", "wrong-ribbon"),
        ("overheat", "printhead-over-temp"),
    ],
)
def test_faults_get_their_name(fault: str, keyword: str) -> None:
    desk = Desk("enduro")
    desk.arm(fault)
    feed(desk, plain(desk))
    assert desk.watch() is Condition.STOPPED
    assert [reason.keyword for reason in desk.driver.observed().errors] == [keyword]
    assert desk.driver.observed().may_still_move


def test_a_jam_holds_discard_until_it_is_cleared() -> None:
    desk = Desk("tango2e")
    desk.arm("jam")
    feed(desk, plain(desk))
    desk.watch()
    with pytest.raises(DiscardFailed, match="12:01"):
        desk.driver.discard()
    desk.act("clear-jam")
    desk.driver.discard()
    seen = desk.driver.observed()
    assert [reason.keyword for reason in seen.errors] == ["media-jam"]
    assert (seen.busy_since_sent and not seen.errors, seen.may_still_move) == (False, False)
    assert len(desk.cards("hand")) == 1
    assert desk.cards("output") == []
    feed(desk, plain(desk))
    assert desk.watch() is Condition.READY
    assert len(desk.cards("output")) == 1


def test_the_host_dies_in_mid_plane_and_the_next_data_is_not_on_the_old_card() -> None:
    desk = Desk("tango2e")
    staged = desk.driver.stage(plain(desk))
    port = MemoryPort(desk.device, "SIM-7", desk.clock)
    port.write(staged.payload[0], 1.0)
    port.write(staged.payload[1][:200_000], 1.0)
    desk.clock.sleep(20)
    desk.driver = desk.connect()
    assert desk.driver.observed().may_still_move
    desk.driver.discard()
    # The first card is out, spoiled; nothing is held, and the next card is whole.
    desk.driver.feed(staged)
    assert desk.watch() is Condition.READY
    whole = [card for card in desk.cards("output") if len(card["sides"]["front"]["printed"]) == 4]  # type: ignore[index]
    assert len(whole) == 1


def test_unplugged_in_mid_stream() -> None:
    desk = Desk("tango2e")
    staged = desk.driver.stage(plain(desk))
    desk.arm("unplug", byte=300_000)
    with pytest.raises(DeviceGone):
        desk.driver.feed(staged)
    seen = desk.driver.observed()
    assert seen.acknowledged is not None
    assert seen.in_doubt is not None
    assert seen.acknowledged <= 300_000 <= seen.acknowledged + seen.in_doubt
    assert seen.may_still_move
    with pytest.raises(DeviceGone):
        desk.driver.status()
    desk.act("replug")
    desk.driver = desk.connect()
    desk.driver.discard()
    feed(desk, plain(desk))
    assert desk.watch() is Condition.READY


def test_a_busy_printer_is_waited_for_while_it_holds_the_pipe_up() -> None:
    desk = Desk("tango2e")
    desk.arm("busy", byte=200_000)
    feed(desk, plain(desk))
    assert desk.watch() is Condition.READY
    assert desk.driver.observed().errors == ()


def test_an_error_in_mid_stream_breaks_off_and_discard_names_it() -> None:
    """The cover comes open while it receives, and a NAK gives the next look its time."""
    desk = Desk("tango2e")
    staged = desk.driver.stage(plain(desk))
    desk.arm("cover-open", byte=300_000)
    desk.arm("busy", byte=300_001)
    with pytest.raises(FeedBroken):
        desk.driver.feed(staged)
    with pytest.raises(DiscardFailed, match="13:01"):
        desk.driver.discard()
    desk.act("close-cover")
    desk.driver.discard()
    assert [reason.keyword for reason in desk.driver.observed().errors] == ["cover-open"]


@pytest.mark.parametrize("fault", ["wrong-reply", "no-reply", "late-reply"])
def test_strange_answers_never_look_like_a_good_end(fault: str) -> None:
    desk = Desk("tango2e", unit=model("tango2e").for_unit(counter="pick"))
    before = desk.before()
    desk.arm(fault, phase="query", times=2)
    seen = desk.driver.outcome(before)
    assert seen.serial in (None, "SIM-7")
    assert seen.counter in (None, before.counter)
    assert desk.driver.outcome(before).counter == before.counter
