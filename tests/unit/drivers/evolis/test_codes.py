"""Every text and every sensor of the sheet is mapped, and each of them is seen by the driver as what it is."""

from __future__ import annotations

import pytest

from drivers import Condition, NotUnderstood, attach, reasons
from drivers.evolis.codes import card_inside, replies, reply_row, sensors
from tests.unit.drivers.evolis.kit import Printer, Time, small

#: evolis.md §6, spelling as in the device.
SHEET = (
    "ERROR", "ERROR CDE", "ERROR PARAMETRES", "ERROR TIME OUT", "NEED CLEANING", "ERROR HOPPER",
    "HOPPER FULL", "HOPPER DOOR", "ERROR HEAD", "COVER OPEN", "FEEDER EMPTY", "CARD JAM",
    "ERROR RIBBON", "OPT NOT AVAILABLE", "ERROR MAG CHECKSUM", "ERROR MAG DATA", "ERROR MAG",
    "ERROR CHECKSUM", "ERROR UNKNOW", "ERROR FLASH UNKNOW",
)  # fmt: skip
NACKS = [f"NACK {letter}" for letter in "12TCFRKDW"]
#: A look: port status 00 has to be asked for its name.
FAULT = 0x00


def test_the_sheet_is_mapped_and_speaks_the_vocabulary() -> None:
    assert set(SHEET) | set(NACKS) <= set(replies())
    assert {row.keyword for row in replies().values()} <= set(reasons())
    assert {f"Rse;{letter}" for letter in "ofbcmprM"} == set(sensors())
    words = {w for row in sensors().values() for w in (row.low, row.high) if w}
    assert words <= set(reasons())
    assert reply_row("OK") is None


def test_only_a_text_that_says_so_drew_no_card_and_none_says_rejected() -> None:
    drew = {text for text, row in replies().items() if row.drew_no_card}
    assert drew == {"FEEDER EMPTY", "NACK F"}


def test_what_is_in_no_source_is_marked() -> None:
    marked = {text for text, row in replies().items() if row.simulated}
    assert marked == {"ERROR HEAD TEMP", "ERROR REJECT"}
    assert not set(SHEET) & marked


@pytest.mark.parametrize("line", [False, True], ids=["usb", "line"])
@pytest.mark.parametrize("text", sorted(replies()))
def test_every_reply_is_seen(text: str, line: bool) -> None:
    clock = Time()
    printer = Printer(clock, line=line)
    driver = attach(printer, small(), clock, 0)
    sign = b"\x15" + text[-1].encode()
    printer.answers["Rlr"] = sign if text.startswith("NACK") else text.encode() + b"\0"
    printer.status = FAULT
    status = driver.status()
    row = replies()[text]
    if reasons()[row.keyword].stops:
        assert status.condition is Condition.STOPPED
        assert [(r.keyword, r.raw) for r in status.reasons] == [(row.keyword, text)]
    else:
        # A warning alone explains no fault of the port; along a line it is all that there is.
        assert row.keyword in {r.keyword for r in status.reasons}
        assert status.condition is (Condition.READY if line else Condition.STOPPED)


@pytest.mark.parametrize("line", [False, True], ids=["usb", "line"])
@pytest.mark.parametrize(
    ("query", "reading", "keyword", "stops"),
    [
        ("Rse;o", b"0,00 Volts\0", "cover-open", True),
        ("Rse;b", b"4,93 Volts\0", "output-area-full", True),
        ("Rse;f", b"0,00 Volts\0", "media-empty", False),
        ("Rse;o", b"OFFEN\0", "not-understood", True),
    ],
)
def test_every_sensor_is_seen(
    query: str, reading: bytes, keyword: str, stops: bool, line: bool
) -> None:
    clock = Time()
    printer = Printer(clock, line=line)
    driver = attach(printer, small(), clock, 0)
    printer.answers[query] = reading
    printer.status = 0x38
    status = driver.status()
    assert [r.keyword for r in status.reasons] == [keyword]
    assert status.condition is (Condition.STOPPED if stops else Condition.READY)


@pytest.mark.parametrize("text", ["ERROR NEUER FEHLER", "Kartenstau", "41", "ok"])
def test_an_unknown_text_fails_closed(text: str) -> None:
    clock = Time()
    printer = Printer(clock)
    driver = attach(printer, small(), clock, 0)
    printer.answers["Rlr"] = text.encode() + b"\0"
    printer.status = FAULT
    status = driver.status()
    assert [(r.keyword, r.raw) for r in status.reasons] == [("other", text)]
    assert reasons()["other"].stops


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("OK", False),
        ("NO CARD", False),
        ("ERR CARD", False),
        ("CARD", True),
        ("SMART CARD", True),
        ("CONTACTLESS CARD", True),
    ],
)
def test_a_card_inside(text: str, inside: bool) -> None:
    assert card_inside(text) is inside
    with pytest.raises(NotUnderstood):
        card_inside(text + "?")


@pytest.mark.parametrize(
    ("byte", "condition", "keyword"),
    [
        (0x18, Condition.READY, None),
        (0x08, Condition.BUSY, None),
        (0x38, Condition.READY, "media-empty"),
        (0x28, Condition.STOPPED, "media-empty"),
        (0x00, Condition.STOPPED, "other"),
        (0x10, Condition.STOPPED, "other"),
        (0xC7, Condition.STOPPED, "other"),
        (0x98, Condition.STOPPED, "other"),
    ],
)
def test_every_port_status(byte: int, condition: Condition, keyword: str | None) -> None:
    clock = Time()
    printer = Printer(clock)
    driver = attach(printer, small(), clock, 0)
    printer.status = byte
    status = driver.status()
    assert status.condition is condition
    assert [r.keyword for r in status.reasons] == ([keyword] if keyword else [])
