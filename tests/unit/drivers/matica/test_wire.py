"""The Matica language: every meaning with its bytes, written and read (sheet matica-xid.md)."""

from __future__ import annotations

import pytest

from drivers import NotUnderstood, model
from drivers.matica import wire
from drivers.matica.facts import MaticaFacts
from drivers.matica.wire import Place


def block(text: str) -> bytes:
    return bytes.fromhex(text).ljust(16, b"\0")


# The notes to the sheet's source show these on a capture, or give them as commands that were tried.
BLOCKS = [
    (wire.sense(), "03 00 00 00 14", 6),
    (wire.identity(), "12 00 00 00 60", 6),
    (wire.counters(), "4D 00 78 00 00 00 00 00 34", 10),
    (wire.position(), "34", 10),
    (wire.mode(wire.STORED_PAGE), "1A 00 68 00 40", 6),
    (wire.mode(wire.RIBBON_PAGE), "1A 00 63 00 2C", 6),
    (wire.load(), "31 01 01 00 04", 10),
    (wire.move(Place.REJECT, film_init=True), "31 0B 01 00 04 00 00 04", 10),
    (wire.move(Place.PRINT, flip=True), "31 0B 01 00 02", 10),
    (wire.move(Place.EJECT), "31 0B 01 00 00 00 00 05", 10),
    (wire.print_panels("YMC", 0), "31 08 03", 10),
    (wire.print_panels("K", 1), "31 08 05 00 01", 10),
    (wire.print_panels("YMCK", 0), "31 08 07", 10),
    (wire.transfer_flip(), "31 0A 01", 10),
    (wire.transfer_eject(), "31 09 01", 10),
    (wire.panel("Y", 0, 2751616), "2A 00 03 00 00 00 29 FC 80", 10),
    (wire.panel("K", 0, 2751616), "2A 00 00 00 00 00 29 FC 80", 10),
    (wire.panel("M", 1, 687904), "2A 00 0A 00 00 00 0A 7F 20", 10),
]


@pytest.mark.parametrize(("written", "text", "length"), BLOCKS)
def test_blocks(written: bytes, text: str, length: int) -> None:
    assert written == block(text)
    assert wire.block_length(written) == length


def test_frames() -> None:
    into = wire.frame(0x01020304, wire.sense(), 0, 20)
    assert into == bytes.fromhex("55534243 04030201 14000000 80 00 06") + wire.sense()
    out = wire.frame(1, wire.panel("Y", 0, 300), 300, 0)
    assert out[8:15] == bytes.fromhex("2C010000 00 00 0A")
    assert len(into) == len(out) == wire.FRAME_BYTES


def test_a_status_is_13_bytes_with_its_sign() -> None:
    good = bytes.fromhex("55534253 04030201 05000000 01")
    assert wire.command_status(good) == wire.CommandStatus(0x01020304, 5, 1)
    for bad in (good[:12], good + b"\0", b"X" + good[1:], b""):
        assert wire.command_status(bad) is None


def test_sense_codes() -> None:
    seen = bytes.fromhex("70 00 02 00 00 00 00 0C 00 00 00 00 D4 00 00 00 00 00 00 00")
    assert wire.sense_code(seen) == "02D400"
    assert wire.sense_code(b"\x70" + bytes(19)) == "000000"
    for strange in (seen[:13], b"", b"\xff" * 20, b"\x00" * 20):
        with pytest.raises(NotUnderstood):
            wire.sense_code(strange)


IDENTITY = (
    b"\0" * 8 + b"G-PRINTE" + b"XID8600 ".ljust(16) + b"AB123456".ljust(26) + b"V1.2".ljust(38)
)


def test_the_identity() -> None:
    told = wire.identity_answer(IDENTITY.ljust(96, b" "), 32)
    assert (told.maker, told.type, told.serial, told.versions) == (
        "G-PRINTE",
        "XID8600",
        "AB123456",
        ("V1.2",),
    )
    older = IDENTITY[:24] + b"CD765432" + IDENTITY[32:]
    assert wire.identity_answer(older.ljust(96, b" "), 24).serial == "CD765432"
    assert wire.identity_answer(older.ljust(96, b" "), 24).type == "XID8600"
    blank = wire.identity_answer(IDENTITY[:32].ljust(96, b" "), 32)
    assert blank.serial == ""
    for strange in (IDENTITY[:90], b"\xff" * 96, b"\x07" * 96, bytes(96)):
        with pytest.raises(NotUnderstood):
            wire.identity_answer(strange, 32)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("0400000000000000", None),
        ("0000000000000002", 2),
        ("0000000000000000", 0),
        ("0000000000000004", None),  # at the reject and at the exit it is outside
        ("0000000000000005", None),
    ],
)
def test_positions(text: str, place: int | None) -> None:
    assert wire.card_position(bytes.fromhex(text)) == place


@pytest.mark.parametrize("text", ["", "00" * 7, "ff" * 8, "0000000000000006", "0001000000000000"])
def test_no_positions(text: str) -> None:
    with pytest.raises(NotUnderstood):
        wire.card_position(bytes.fromhex(text))


def test_counters_as_captured() -> None:
    seen = bytes.fromhex(
        "38000020 00000004 0000009D 00010004 00000032 00020004 00000384 00030004 0000009D"
        "00040004 0000005E 0000000000000000"
    )
    assert wire.counter_values(seen) == {0: 157, 1: 50, 2: 900, 3: 157, 4: 94}
    for strange in (seen[:51], bytes(52), b"\xff" * 52):
        with pytest.raises(NotUnderstood):
            wire.counter_values(strange)


def test_gauges_as_captured() -> None:
    page = bytearray(64)
    page[8:12] = bytes.fromhex("02580258")
    page[32:36] = bytes.fromhex("08180530")
    page[0x33:0x36] = bytes((7, 37, 0))
    assert wire.gauges(bytes(page)) == wire.Gauges((600, 600), (2072, 1328), 70, 74, True)
    page[0x35] = 1
    assert not wire.gauges(bytes(page)).cards
    with pytest.raises(NotUnderstood):
        wire.gauges(bytes(page[:40]))


def test_the_ribbon_as_captured() -> None:
    page = bytes.fromhex("2B00100023260400 02EE0000 464332323231").ljust(44, b"\0")
    assert wire.ribbon(page) == wire.Ribbon(4, 750, "FC2221")
    assert wire.RIBBONS[4] == "YMCKK"
    with pytest.raises(NotUnderstood):
        wire.ribbon(page[:20])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("serial_at", 30),
        ("turn", 90),
        ("back_buffer", 2),
        ("load_s", 0.0),
        ("position", False),
        ("type_text", "("),
    ],
)
def test_facts_that_no_printer_has(key: str, value: object) -> None:
    good = {name: getattr(model("xid8600").matica, name) for name in MaticaFacts.__annotations__}
    MaticaFacts(**good)
    with pytest.raises(Exception, match=r".+"):
        MaticaFacts(**{**good, key: value})
