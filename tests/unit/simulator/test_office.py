"""The office file, the acts of people, what the world shows, and what outlives a power cut."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.office import Office, OfficeError
from simulator.state import StateFolder
from tests.unit.simulator import streams
from tests.unit.simulator.rig import EPOCH, Rig

JOB = streams.one_side("tiny-pick", 1)


def office_of(tmp_path: Path, text: str) -> Office:
    path = tmp_path / "office.toml"
    path.write_text(text, encoding="utf-8")
    return Office.from_file(path, lambda: EPOCH)


def test_the_default_office() -> None:
    office = Office.from_file(None, lambda: EPOCH)
    shown = [(p.name, p.model, p.busid) for p in office.printers.values()]
    assert shown == [("tango", "tango2e", "1-1"), ("enduro", "enduro", "1-2")]
    assert office.world_json() == {"cards": []}


def test_an_office_file(tmp_path: Path) -> None:
    office = office_of(
        tmp_path,
        '[[printers]]\nname = "a"\ndevice = "tiny-none-repeats"\nserial = "S1"\nhopper = 3\n'
        "capacity = 4\nribbon = 7\n",
    )
    printer = office.printers["a"]
    assert (printer.model, printer.serial, printer.body.ribbon) == ("tiny-none", "S1", 7)
    assert len(office.world_json()["cards"]) == 3


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[[printers]]\nname = "a"\ndevice = "tango2e"\ncolour = 1', "colour"),
        ('[[printers]]\nname = "a"\ndevice = "epson"', "epson"),
        ('[[printers]]\nname = "a"\ndevice = "_tiny"', "_tiny"),
        ('[[printers]]\ndevice = "tango2e"', "name is missing"),
        (
            '[[printers]]\nname = "a"\ndevice = "tango2e"\nhopper = "x"',
            "hopper must be a whole number",
        ),
        (
            '[[printers]]\nname = "a b/c"\ndevice = "tango2e"',
            "name is 1 to 64 of A-Z a-z 0-9 . _ -",
        ),
        ('[[printers]]\nname = "a"\ndevice = "tango2e"\nhopper = 101', "100"),
        ('speed = 2\n[[printers]]\nname = "a"\ndevice = "tango2e"', "speed"),
        ("[[printers]]\nname =", "office.toml"),
        ("", "at least one"),
    ],
)
def test_a_wrong_office_file_is_named_in_one_line(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(OfficeError) as refused:
        office_of(tmp_path, text)
    assert word in str(refused.value) and "\n" not in str(refused.value)


def test_a_missing_office_file(tmp_path: Path) -> None:
    with pytest.raises(OfficeError, match="nowhere"):
        Office.from_file(tmp_path / "nowhere.toml", lambda: EPOCH)


def test_a_load_above_capacity_adds_nothing() -> None:
    rig = Rig(hopper=5, capacity=6)
    with pytest.raises(OfficeError) as refused:
        rig.office.load("p", 2, 0.0)
    assert refused.value.status == 422 and len(rig.cards()) == 5
    rig.office.load("p", 1, 0.0)
    assert len(rig.cards()) == 6


def test_unknown_names_are_404_and_unknown_acts_are_listed() -> None:
    rig = Rig()
    with pytest.raises(OfficeError) as refused:
        rig.office.act("q", "unplug", None, 0.0)
    assert refused.value.status == 404
    with pytest.raises(OfficeError, match="take-cards") as refused:
        rig.act("dance")
    assert refused.value.status == 422
    with pytest.raises(OfficeError):
        rig.act("unplug", "1")
    with pytest.raises(OfficeError):
        rig.act("hand-feed", "999")


def test_every_act_may_change_nothing() -> None:
    rig = Rig()
    for act in ("replug", "power-on", "close-cover", "clear-jam", "take-cards", "press-ok"):
        rig.act(act)
    assert rig.status() == 0x18 and set(rig.places()) == {"hopper"}


def test_the_world_shows_times_places_and_printer() -> None:
    rig = Rig(hopper=1)
    fresh = rig.cards()[0]
    assert (fresh["id"], fresh["printer"], fresh["place"]) == ("1", "p", "hopper")
    assert fresh["fed_at"] is None and fresh["out_at"] is None
    rig.send(JOB)
    rig.wait()
    rig.act("take-cards")
    card = rig.cards()[0]
    assert card["place"] == "hand" and card["printer"] == "p"
    assert card["fed_at"] == card["out_at"] == "2026-11-01T00:00:00.000Z"
    assert card["sides"]["front"]["png"] == "/world/cards/1/front.png"
    assert rig.office.picture("1", "back") is None and rig.office.picture("9", "front") is None
    json.dumps(rig.office.world_json())


def test_the_state_of_a_printer() -> None:
    rig = Rig()
    rig.send(JOB)
    rig.until("G")
    shown = rig.office.printer_json("p")
    assert shown["model"] == "tiny-pick"
    assert shown["state"] == {
        "plugged": True,
        "power": True,
        "cover_open": False,
        "jam": False,
        "path": "1",
        "moving": True,
    }
    assert shown["counters"]["cards"] == 1
    rig.act("unplug")
    rig.act("open-cover")
    state = rig.office.printer_json("p")["state"]
    assert (state["plugged"], state["power"], state["cover_open"], state["moving"]) == (
        False,
        True,
        True,
        False,
    )


def test_clear_jam_takes_the_card_out_of_a_moving_or_dead_printer() -> None:
    moving, dead = Rig("tiny-none"), Rig("tiny-none")
    for rig in (moving, dead):
        rig.send(streams.one_side("tiny-none"))
        rig.until("G")
    dead.act("power-off")
    for rig in (moving, dead):
        rig.act("clear-jam")
        assert rig.cards()[0]["place"] == "hand"
    assert moving.status() == 0x10
    dead.act("power-on")
    dead.wait()
    assert dead.status() == 0x18


def test_a_card_from_the_hand_goes_back_into_the_path() -> None:
    rig = Rig(hopper=1)
    rig.send(JOB)
    rig.wait()
    rig.act("take-cards")
    rig.act("hand-feed", "1")
    assert rig.cards()[0]["place"] == "path"
    rig.send(b"\x05" * 9 + b"\x01EJT,\x1c\x03")
    rig.wait()
    assert rig.cards()[0]["place"] == "output" and rig.counter() == 1


def test_a_test_print_is_a_card_nobody_asked_for() -> None:
    rig = Rig()
    rig.act("test-print")
    rig.wait()
    assert rig.places().count("output") == 1 and rig.counter() == 1
    assert rig.cards()[0]["sides"]["front"]["printed"] == ["K"]


def test_another_unit_has_another_serial_and_its_own_counter() -> None:
    rig = Rig(serial="A1")
    rig.send(JOB)
    rig.wait()
    rig.act("swap-unit")
    assert not rig.printer.plugged, "a host sees one go before it sees the other come"
    rig.act("replug")
    assert (rig.printer.serial, rig.counter()) == ("A1-B", 0)
    rig.act("swap-unit")
    rig.act("replug")
    assert (rig.printer.serial, rig.counter()) == ("A1", 1)


def test_connection_grows_with_every_lost_session() -> None:
    rig = Rig()
    seen = [rig.printer.connection]
    for lost, back in (("unplug", "replug"), ("power-off", "power-on"), ("swap-unit", "replug")):
        rig.act(lost)
        rig.act(back)
        seen.append(rig.printer.connection)
    assert seen == sorted(set(seen))


def test_the_clear_path_of_an_answer_is_the_session() -> None:
    rig = Rig()
    rig.send(streams.ERR)
    rig.act("unplug")
    rig.act("replug")
    rig.now += 1.0
    assert rig.printer.bulk_in(0x82, 64, rig.now) is None


def test_a_snapshot_is_a_power_cut(tmp_path: Path) -> None:
    rig = Rig("tiny-pick", hopper=3)
    rig.arm("jam", phase="K", times=4)
    rig.send(JOB)
    rig.wait(4.9)
    rig.send(streams.CAN)
    rig.act("clear-jam")
    rig.send(streams.CAN)
    rig.send(streams.one_side("tiny-pick", 2))
    rig.until("G")
    folder = StateFolder(tmp_path)
    folder.save(rig.office.snapshot())
    folder.close()
    again = Rig("tiny-pick", hopper=0)
    folder = StateFolder(tmp_path)
    kept = folder.load()
    folder.close()
    assert kept is not None
    again.office.restore(kept, 0.0)
    again.wait()
    assert again.places() == ["hand", "output", "hopper"], "the card inside is thrown out"
    assert again.counter() == 2
    assert again.cards()[1]["sides"]["front"]["printed"] == ["B"]
    assert np.array_equal(again.picture("2"), rig.picture("2"))
    assert again.office.armed("p") == rig.office.armed("p") != []
    again.office.load("p", 1, 1000.0)
    assert again.cards()[-1]["id"] == "4", "ids are never used again"


def test_revision_grows_with_what_a_snapshot_shows_and_not_with_looking() -> None:
    rig = Rig()
    before = rig.office.revision
    rig.status()
    rig.ask()
    rig.office.world_json()
    assert rig.office.revision == before
    for act in ("open-cover", "close-cover", "unplug", "replug", "power-off", "power-on"):
        rig.act(act)
        assert rig.office.revision > before
        before = rig.office.revision


def test_a_snapshot_of_an_office_without_that_printer_is_refused() -> None:
    kept = Rig().office.snapshot()
    with pytest.raises(OfficeError, match="printer p"):
        Office.from_file(None, lambda: EPOCH).restore(kept, 0.0)


def test_a_cleaning_run_is_counted_and_needs_no_card() -> None:
    rig = Rig()
    rig.send(b"\x01,REQ,CLN,\x1c\x03")
    assert rig.status() == 0x08
    rig.wait()
    assert rig.office.printer_json("p")["counters"]["cleanings"] == 1
    assert rig.status() == 0x18 and set(rig.places()) == {"hopper"}
