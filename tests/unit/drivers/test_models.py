"""Every model file says what it must, and nothing that is not known."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import drivers
from drivers import load_model, model, models, reasons
from drivers.magicard.codes import codes, row_of
from drivers.tables import TableError

FILES = sorted(Path(drivers.__file__).parent.glob("*/models/*.toml"))


def test_the_three_magicards() -> None:
    """Each packing of the sheet has its model; a contributor's own file may stand beside them."""
    assert [models()[name].magicard.packing for name in ("tango2e", "enduro", "alto")] == [
        "P1",
        "P2",
        "P3",
    ]
    assert [models()[name].sides for name in ("tango2e", "enduro", "alto")] == [2, 2, 1]
    assert [models()[name].resin for name in ("tango2e", "enduro", "alto")] == [True, True, False]


@pytest.mark.parametrize("name", sorted(models()))
def test_no_witness_without_a_source(name: str) -> None:
    found = model(name)
    assert found.counter == "none"
    assert found.facts.path_query or not found.path_sensor
    assert found.status_interval_s <= 1.0


def unsourced(text: str) -> list[str]:
    """Lines with a number that nothing says the source of."""
    found, said = [], False
    for line in text.splitlines():
        if line.startswith("#"):
            said = True
        elif re.match(r"\w+ = (\[\[)?[0-9]", line):
            found += [] if said or "#" in line else [line]
        elif not line.strip():
            said = False
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_number_names_its_source(path: Path) -> None:
    """A number line has a comment, or the block of numbers that it stands in has one above it."""
    assert unsourced(path.read_text()) == []


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(ValueError, match=r"'tango'; known are .*alto, .*enduro, .*tango2e"):
        model("tango")


def test_bad_files_are_refused_by_name_and_key(tmp_path: Path) -> None:
    folder = tmp_path / "magicard" / "models"
    folder.mkdir(parents=True)
    good = next(path for path in FILES if path.stem == "tango2e").read_text()

    def refused(text: str, match: str) -> None:
        (folder / "tango2e.toml").write_text(text)
        with pytest.raises(TableError, match=match):
            load_model(folder / "tango2e.toml")

    refused("colour = 1\n" + good, "magicard/models/tango2e.toml: unknown key colour")
    refused(good + "\nhead = 1\n", "tango2e.toml: magicard: unknown key head")
    refused(good.replace("sides = 2", ""), "missing key sides")
    refused(good.replace("sides = 2", 'sides = "2"'), "sides: int is needed")
    refused(good.replace("sides = 2", "sides = true"), "sides: int is needed")
    refused(good.replace("sides = 2", "sides = 3"), "sides is 1 or 2")
    refused(good.replace('"P1"', '"P9"'), "packing is one of")
    refused(good.replace('counter = "none"', 'counter = "maybe"'), "counter is one of")
    refused(good.replace('"NOC1", ', ""), "must begin with NOC1")
    refused(good.replace('name = "tango2e"', 'name = "rio"'), "must be the file's name")
    refused(good.replace("reply_s = 2.0", "reply_s = 9999"), "0 to 3600 seconds")
    refused("sides = = 2", "tango2e.toml")


def test_a_calibrated_unit() -> None:
    unit = model("tango2e").for_unit(counter="pick", print_s=40)
    assert (unit.counter, unit.print_s, unit.path_sensor) == ("pick", 40, False)
    assert model("tango2e").for_unit() == model("tango2e")
    with pytest.raises(ValueError, match="enduro: no known query reads a card counter"):
        model("enduro").for_unit(counter="eject")
    with pytest.raises(ValueError, match="in the path"):
        model("tango2e").for_unit(path_sensor=True)
    with pytest.raises(ValueError, match="counter is one of"):
        model("tango2e").for_unit(counter="sometimes")


def test_codes_speak_the_vocabulary() -> None:
    assert {row.keyword for row in codes().values()} <= set(reasons())
    assert [code for code, row in codes().items() if not row.invented] == ["11:01"]
    assert codes()["11:01"].drew_no_card
    assert row_of("11:02").keyword == "other"
    assert not row_of("11:02").drew_no_card


def test_reasons_have_both_sentences_and_fail_closed() -> None:
    for row in reasons().values():
        assert row.id.endswith(".")
        assert row.en.endswith(".")
        assert row.id != row.en
    assert reasons()["other"].stops
    assert not reasons()["marker-supply-low"].stops
    assert {row.keyword for row in reasons().values()} == set(reasons())


@pytest.mark.parametrize("ends_s", [0.05, 3.0, 20.0, 28.0, 29.7, 30.0, 30.4, 45.0])
def test_an_end_is_seen_closely_when_due_or_late_and_within_the_interval_when_early(
    ends_s: float,
) -> None:
    printer = replace(model("enduro"), status_interval_s=1.0, near_end_interval_s=0.1)
    last_s, now, looks = 30.0, 0.0, 0
    while now < ends_s:
        step = printer.next_look_s(last_s, now)
        assert 0.1 <= step <= 1.0
        now, looks = now + step, looks + 1
    assert now - ends_s <= min(1.0, max(last_s - ends_s, 0.1)) + 1e-9
    assert looks <= ends_s + 3 + 10 * max(0.0, ends_s - last_s)
    assert printer.next_look_s(0.0, 5.0) == 0.1, "what was never seen is looked at closely"
