"""What a device says of itself at every family: its settings, and its raw status in pieces."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import drivers
from drivers import TellsSettings
from drivers.evolis.codes import replies, sensors
from drivers.ipp import codes as ipp_codes
from drivers.magicard.codes import codes as magicard_codes
from drivers.matica.codes import codes as matica_codes
from tests.contract.conformance_bench import CABLES, Bench
from tests.contract.conformance_units import unit

MODELS = {"magicard": "tango2e", "evolis": "primacy", "matica": "xid580i"}
WAYS = [(family, cable) for family, cables in CABLES.items() for cable in cables]


@pytest.mark.parametrize(("family", "cable"), WAYS)
def test_settings_are_told_and_no_card_changes_them(family: str, cable: str) -> None:
    bench = Bench(unit(drivers.model(MODELS[family])), cable)
    assert isinstance(bench.driver, TellsSettings)
    before = dict(bench.driver.settings())
    assert before and all(isinstance(text, str) for text in before.values())
    assert not any(text == "SIM-7" for text in before.values()), "the unit's number is no setting"
    bench.card()
    assert dict(bench.driver.settings()) == before
    bench.restart()
    assert isinstance(bench.driver, TellsSettings)
    assert dict(bench.driver.settings()) == before


@pytest.mark.parametrize("family", MODELS)
def test_what_brings_a_card_out_is_what_the_driver_does(family: str) -> None:
    bench = Bench(unit(drivers.model(MODELS[family])), CABLES[family][0])
    for act in ("eject", "reject"):
        if act in bench.model.facts.brings_out:
            getattr(bench.driver, act)()
        else:
            with pytest.raises(drivers.DriverError, match=r"no known command|no reject tray"):
                getattr(bench.driver, act)()


@pytest.mark.parametrize(("family", "cable"), WAYS)
@pytest.mark.parametrize("act", ["", "open-cover"])
def test_a_raw_status_is_told_piece_by_piece(family: str, cable: str, act: str) -> None:
    bench = Bench(unit(drivers.model(MODELS[family])), cable)
    if act:
        bench.act(act)
    status = bench.driver.status()
    told = drivers.explain(family, status.raw)
    assert told
    words = {piece.keyword for piece in told if piece.keyword}
    assert {reason.keyword for reason in status.reasons} <= words
    if not act:
        assert words == set()


RAWS: dict[str, list[tuple[str, str | None]]] = {
    "magicard": [(code, row.keyword) for code, row in magicard_codes().items()],
    "evolis": [(text, row.keyword) for text, row in replies().items()],
    "matica": [(code, row.keyword or None) for code, row in matica_codes().items()],
}


@pytest.mark.parametrize("family", RAWS)
def test_every_code_of_a_table_is_told_with_its_row(family: str) -> None:
    for raw, keyword in RAWS[family]:
        (piece,) = drivers.explain(family, raw)
        assert (piece.raw, piece.keyword) == (raw, keyword)


def test_sensors_are_told_by_name() -> None:
    for row in sensors().values():
        (piece,) = drivers.explain("evolis", f"{row.name} 0,00 Volts")
        assert (piece.says, piece.keyword) == (row.name, row.low or None)


def test_every_word_of_a_queue_is_told() -> None:
    for word, row in ipp_codes.codes().items():
        state, piece = drivers.explain("ipp", f"queue idle {word}-warning")
        assert state.says == "printer-state 3"
        assert (piece.raw, piece.keyword) == (f"{word}-warning", row.keyword or None)


@pytest.mark.parametrize(
    ("family", "raw"),
    [
        ("magicard", "77:77"),
        ("matica", "7F7F7F"),
        ("evolis", "ERR NEVER SEEN"),
        ("ipp", "queue idle new-error"),
    ],
)
def test_what_no_row_has_is_other(family: str, raw: str) -> None:
    piece = drivers.explain(family, raw)[-1]
    assert piece.keyword == "other" and "no row" in piece.says


def test_a_port_byte_is_told_bit_by_bit() -> None:
    pieces = drivers.explain("magicard", "port 30")
    assert [(p.raw, p.keyword) for p in pieces] == [
        ("bit 5 = 1", "media-empty"),
        ("bit 4 = 1", None),
        ("bit 3 = 0", "other"),
    ]
    assert drivers.explain("magicard", "port 1b")[-1].keyword == "other"


def test_no_code_of_a_family_is_outside_of_its_folder() -> None:
    """The house says so; `explain` is one line a family."""
    for family in drivers.FAMILIES:
        path = Path(drivers.__file__).parent / family / "explain.py"
        assert re.search(r"^def explain\(raw: str\)", path.read_text(), re.MULTILINE)
