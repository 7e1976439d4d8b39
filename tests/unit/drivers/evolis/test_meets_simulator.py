"""Driver and simulated Evolis printer on an in-memory cable, USB and bare line: both from the sheet alone."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import drivers
from drivers import (
    Before,
    Condition,
    DeviceGone,
    DiscardFailed,
    Face,
    FeedBroken,
    Model,
    load_model,
    model,
)
from tests.unit.drivers.evolis.desk import CABLES, SERIAL, Desk, noise, plain

CABLE = pytest.mark.parametrize("cable", CABLES)
COLOUR = ("zenius", "primacy")
#: A card of the fewest bytes: resin only, blank but for the picture's dots.
QUICK = "dualys3-k"


def coded(name: str, levels: int, compressed: tuple[str, ...]) -> Model:
    of = model(name)
    return dataclasses.replace(
        of, facts=dataclasses.replace(of.evolis, levels=levels, compressed=compressed)
    )


def assert_same(face: Face, shown: Image.Image, steps: int) -> None:
    """Within what so many levels can hold; resin dot for dot."""
    given, got = np.asarray(face.rgb).astype(int), np.asarray(shown).astype(int)
    resin = np.asarray(face.resin) == 255
    assert got.shape == given.shape
    assert np.abs(given - got)[~resin].max() <= (8 if steps == 32 else 4)
    assert got[resin].max() == 0


# ---------------------------------------------------------------------- what was staged lies on the card
@pytest.mark.slow  # full cards are packed, unpacked and drawn: 0.4 s each
@pytest.mark.parametrize("levels", [32, 64, 128])
@pytest.mark.parametrize("compressed", [(), ("Y", "M", "C", "K", "O")], ids=["plain", "packed"])
def test_what_was_staged_lies_on_the_card(levels: int, compressed: tuple[str, ...]) -> None:
    desk = Desk("zenius", facts=coded("zenius", levels, compressed).facts)
    face = noise(desk.model, levels)
    desk.feed([face])
    assert desk.watch() is Condition.READY
    seen = desk.outcome()
    assert (seen.serial, seen.path, seen.sent, seen.busy_since_sent, seen.ready_now) == (
        SERIAL,
        False,
        True,
        True,
        True,
    )
    assert (seen.errors, seen.may_still_move) == ((), False)
    (card,) = desk.cards("output")
    assert_same(face, desk.picture(card["id"]), levels)


@pytest.mark.slow
@CABLE
def test_both_sides_and_text_over_a_picture(cable: str) -> None:
    """The back has resin only: text as it is, the picture as dots of black."""
    desk = Desk("primacy", cable)
    front, back = (noise(desk.model, seed) for seed in (1, 2))
    text = Face(Image.new("RGB", back.rgb.size, "white"), back.resin)
    desk.feed([front, text])
    assert desk.watch() is Condition.READY
    (card,) = desk.cards("output")
    assert_same(front, desk.picture(card["id"]), 128)
    shown = np.asarray(desk.picture(card["id"], "back").convert("L"))
    assert np.array_equal(shown == 0, np.asarray(text.resin) == 255)
    assert set(np.unique(shown)) == {0, 255}


@pytest.mark.parametrize("name", [QUICK, "zenius-ko"])
def test_resin_alone_shows_light_and_dark(name: str) -> None:
    desk = Desk(name)
    size = (desk.model.width_px, desk.model.height_px)
    rgb = Image.new("RGB", size, "white")
    rgb.paste((0, 0, 0), (0, 0, size[0] // 2, size[1]))
    desk.feed([Face(rgb, Image.new("L", size, 0))])
    assert desk.watch() is Condition.READY
    (card,) = desk.cards("output")
    shown = np.asarray(desk.picture(card["id"]).convert("L"))
    assert shown[:, : size[0] // 2].max() == 0
    assert shown[:, size[0] // 2 :].min() == 255


@CABLE
def test_one_card_after_the_other(cable: str) -> None:
    desk = Desk(QUICK, cable)
    for made in (1, 2, 3):
        desk.feed()
        assert desk.watch() is Condition.READY
        assert len(desk.cards("output")) == made
        assert desk.driver.counters().cards == made
        assert desk.outcome().path is False
    assert [r.keyword for r in desk.driver.status().reasons] == ["media-empty"]
    assert desk.driver.status().condition is Condition.READY


# ---------------------------------------------------------------------- what can go wrong while a card moves
@CABLE
@pytest.mark.parametrize(
    ("fault", "phase", "keyword"),
    [
        ("jam", "pick", "media-jam"),
        ("jam", "K", "media-jam"),
        ("jam", "eject", "media-jam"),
        ("cover-open", "K", "cover-open"),
        ("ribbon-end", "K", "marker-supply-empty"),
        ("wrong-ribbon", "heat", "wrong-ribbon"),
        ("overheat", "K", "printhead-over-temp"),
        ("reject", "K", "card-rejected"),
        ("hopper-empty", "pick", "media-empty"),
    ],
)
def test_an_error_has_its_name_and_the_card_comes_out(
    fault: str, phase: str, keyword: str, cable: str
) -> None:
    desk = Desk(QUICK, cable)
    desk.arm(fault, phase=phase)
    desk.feed()
    assert desk.watch() is Condition.STOPPED
    assert [r.keyword for r in desk.driver.observed().errors] == [keyword]
    for act in {"jam": ["clear-jam"], "cover-open": ["close-cover"]}.get(fault, ["new-ribbon"]):
        desk.act(act)
    desk.driver.discard()
    seen = desk.outcome()
    assert (seen.serial, seen.path, seen.may_still_move) == (SERIAL, False, False)
    assert [r.keyword for r in seen.errors] == [keyword]
    assert seen.drew_no_card is (fault == "hopper-empty")
    assert not seen.rejected  # no source has a text that says so
    assert desk.cards("path") == []
    assert len(desk.cards("hopper")) == (3 if fault == "hopper-empty" else 2)


def test_a_card_left_inside_goes_to_the_reject_tray_where_there_is_one() -> None:
    for name, place in ((QUICK, "output"), ("primacy", "reject")):
        desk = Desk(name)
        desk.arm("cover-open", phase="K")
        desk.feed()
        desk.watch()
        desk.act("close-cover")
        desk.driver.discard()
        assert len(desk.cards(place)) == 1


@CABLE
def test_a_jam_holds_discard_until_it_is_cleared(cable: str) -> None:
    desk = Desk(QUICK, cable)
    desk.arm("jam", phase="K")
    desk.feed()
    assert desk.watch() is Condition.STOPPED
    with pytest.raises(DiscardFailed, match="CARD JAM"):
        desk.driver.discard()
    assert desk.driver.observed().may_still_move
    desk.act("clear-jam")
    desk.driver.discard()
    assert desk.cards("hand")


@CABLE
def test_the_printer_prints_nothing_by_itself(cable: str) -> None:
    """§5: in error mode 2 the cause may go, nobody says a word, and no card is printed again."""
    desk = Desk(QUICK, cable)
    desk.arm("cover-open", phase="K")
    desk.feed()
    desk.watch()
    desk.act("close-cover")
    desk.wait(300)
    assert len(desk.cards("hopper")) == 2


def test_in_its_own_error_mode_the_simulated_printer_does_print_again() -> None:
    """The proof that the test above can fail: sheet §7, `Pem;0` reprints after a media error."""
    desk = Desk(QUICK)
    desk.arm("ribbon-end", phase="K")
    desk.feed()
    desk.watch()
    desk.device.bulk_out(1, b"\x1bPem;0\r", desk.clock.now)
    desk.act("new-ribbon")
    desk.wait(300)
    assert len(desk.cards("hopper")) == 1


# ---------------------------------------------------------------------- the cable, the power, the host
@CABLE
@pytest.mark.parametrize("byte", [3, 9, 100, 1000])
def test_a_lost_cable_and_another_session(byte: int, cable: str) -> None:
    desk = Desk(QUICK, cable)
    desk.arm("unplug", byte=byte)
    with pytest.raises(DeviceGone):
        desk.feed()
    lost = desk.driver.observed()
    assert not lost.sent and lost.may_still_move and lost.in_doubt
    desk.act("replug")
    desk.driver = desk.connect()
    desk.driver.discard()
    seen = desk.outcome()
    assert (seen.serial, seen.path, seen.acknowledged) == (SERIAL, False, None)


@CABLE
@pytest.mark.parametrize("byte", [12, 30, 500, 1000])
def test_the_host_dies_in_mid_panel_and_the_next_data_is_not_on_the_old_card(
    byte: int, cable: str
) -> None:
    """§4: the parser waits for the rest of a panel; a line has no reset, so NULs are that rest."""
    desk = Desk(QUICK, cable)
    whole = b"".join(desk.driver.stage([plain(desk.model, "black")]).payload)
    begins = whole.index(b"\x1bSs")
    port = desk.port()
    port.write(whole[: begins + byte], 1.0)
    desk.wait(5)
    desk.driver = desk.connect()
    desk.driver.discard()
    desk.feed([plain(desk.model, "white")])
    assert desk.watch() is Condition.READY
    old, new = desk.cards("output")
    assert desk.office.picture(str(new["id"]), "front") is not None
    assert np.asarray(desk.picture(new["id"])).min() == 255
    printed = old["sides"]["front"]["png"]  # type: ignore[index]
    if printed is not None:
        shown = np.asarray(desk.picture(old["id"]).convert("L"))
        assert (shown == 0).sum() <= 648 * byte  # a black line is one byte


@CABLE
def test_power_lost_in_mid_card(cable: str) -> None:
    desk = Desk(QUICK, cable)
    desk.arm("power-loss", phase="K")
    desk.feed()
    with pytest.raises(DeviceGone):
        desk.watch()
    desk.act("power-on")
    desk.driver = desk.connect()
    assert desk.driver.observed().acknowledged is None
    desk.driver.discard()
    assert desk.outcome().path is False
    assert len(desk.cards("output")) == 1


@CABLE
def test_a_printer_that_prints_is_left_alone_at_opening(cable: str) -> None:
    """The host was killed behind *sent*: the card gets its time, then the parser is asked."""
    desk = Desk(QUICK, cable)
    desk.feed()
    desk.wait(4)  # a card is inside, and a port status has lost its lag
    desk.driver = desk.connect(busy_wait_s=300)
    assert len(desk.cards("output")) == 1
    assert desk.outcome().path is False


@CABLE
def test_a_busy_printer_is_waited_for(cable: str) -> None:
    desk = Desk(QUICK, cable)
    desk.arm("busy", byte=40_000, seconds=8)
    desk.feed()
    assert desk.watch() is Condition.READY
    assert len(desk.cards("output")) == 1


def test_a_printer_that_takes_nothing_more_ends_in_time() -> None:
    desk = Desk(QUICK, send_s=20.0)
    desk.arm("busy", byte=40_000, seconds=500)
    with pytest.raises(FeedBroken, match="not taken within 20 s"):
        desk.feed()
    assert desk.driver.observed().acknowledged


@CABLE
def test_a_printer_that_accepts_everything_and_prints_nothing(cable: str) -> None:
    """Every witness of a USB printer agrees on the lie (§12); on a line the card never was inside."""
    desk = Desk(QUICK, cable)
    desk.arm("phantom-card", phase="pick")
    desk.feed()
    desk.watch()
    seen = desk.driver.observed()
    assert seen.busy_since_sent is (cable == "usb")
    assert len(desk.cards("hopper")) == 3


def test_a_card_in_the_path_is_told() -> None:
    desk = Desk(QUICK)
    desk.act("hand-feed")
    seen = desk.driver.outcome(Before(None, None, None))
    assert seen.path is True
    for _ in range(2):
        status = desk.driver.status()
        assert status.condition is Condition.STOPPED
        assert [r.keyword for r in status.reasons] == ["path-not-empty"]
    desk.act("clear-jam")
    assert desk.driver.status().condition is Condition.READY
    assert desk.outcome().path is False


@CABLE
def test_a_printer_that_is_opened_with_a_card_inside_says_who_it_is(cable: str) -> None:
    """Without its serial number its `discard` would never be due (recovery.py)."""
    desk = Desk(QUICK, cable)
    desk.feed()
    desk.arm("power-loss", phase="K")
    with pytest.raises(DeviceGone):
        desk.watch()
    desk.act("power-on")
    driver = desk.connect()
    assert driver.identify().serial == SERIAL
    seen = driver.outcome(Before(None, None, None))
    assert (seen.serial, seen.path) == (SERIAL, True)
    assert [r.keyword for r in driver.status().reasons] == ["path-not-empty"]
    assert driver.counters().cards is not None
    driver.discard()
    assert driver.status().condition is Condition.READY


def test_a_new_model_is_a_file_and_nothing_else(tmp_path: Path) -> None:
    """Another ribbon, other levels, another coding: no line of code."""
    folder = tmp_path / "evolis" / "models"
    folder.mkdir(parents=True)
    text = (Path(drivers.__file__).parent / "evolis/models/zenius.toml").read_text()
    for old, new in (
        ('name = "zenius"', 'name = "zenius-ym"'),
        ('panels = ["Y", "M", "C", "K", "O"]', 'panels = ["Y", "M", "C", "K"]'),
        ("levels = 64", "levels = 32"),
        ('compressed = ["K", "O"]', 'compressed = ["Y"]'),
        ('counter = "none"', 'counter = "eject"'),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "zenius-ym.toml").write_text(text)
    new_model = load_model(folder / "zenius-ym.toml")
    fields = {f.name: getattr(new_model, f.name) for f in dataclasses.fields(new_model)}
    desk = Desk("zenius", **{k: v for k, v in fields.items() if k not in ("name", "family")})
    before = desk.before()
    desk.feed([plain(desk.model, "navy")])
    assert desk.watch() is Condition.READY
    assert (before.counter, desk.driver.outcome(before).counter) == (0, 1)
    (card,) = desk.cards("output")
    assert desk.picture(card["id"]).getpixel((500, 300)) == (0, 0, 134)  # 15 of 31


def test_a_card_is_ejected() -> None:
    desk = Desk(QUICK)
    desk.act("hand-feed")
    desk.driver.eject()
    desk.wait(10)
    assert desk.outcome().path is False
    assert len(desk.cards("output")) == 1


def test_reject_brings_a_card_to_its_tray() -> None:
    desk = Desk("primacy")
    desk.act("hand-feed")
    desk.driver.reject()
    desk.wait(10)
    assert len(desk.cards("reject")) == 1
