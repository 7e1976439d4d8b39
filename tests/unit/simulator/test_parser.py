"""The device side of the language: real headers, any chunking, every damage with its offset."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.magicard.language import Command, Damage, Event, PageEnd, PageStart, Parser, PlaneEnd
from tests.unit.simulator import streams

# magicard.md §3, complete headers as they were seen.
TANGO = (
    b",NOC1,VER5.3.4,LANENG,REJOFF,ESS1,KEE,RT2,DPXOFF,PAG1,SLWON,XCO0,YCO0,WID1016,HGT642,OVRON,"
    b"NNNOFF,USFOFF,PCT0,0,1025,641,DDD50,TDT6B0517C1,IMFBGRK,SZB512064,SZG512064,SZR512064,SZK85344"
)
ALTO = (
    b",NOC1,VER1.7.2.0,LANDEU,TDT5362E668,KGE,PAG1,IMFBGRK,XCO0,YCO0,WID1000,HGT642,OVRON,NNNOFF,"
    b"USFOFF,PCT0,0,999,641,ICC1,SZB576000,SZG576000,SZR576000"
)


def parse(data: bytes, chunk: int = 1 << 20) -> list[Event]:
    parser = Parser()
    parts = (data[at : at + chunk] for at in range(0, len(data), chunk))
    return [event for part in parts for event in parser.feed(part)]


def test_real_headers_keep_the_commas_of_their_values() -> None:
    (start,) = parse(b"\x01" + TANGO + b"\x1c")
    assert isinstance(start, PageStart)
    assert "PCT0,0,1025,641" in start.tokens and len(start.tokens) == 25
    assert dict(start.sizes) == {"B": 512064, "G": 512064, "R": 512064, "K": 85344}


def test_sizes_decide_which_planes_come() -> None:
    (start,) = parse(b"\x05" * 9 + b"\x01" + ALTO + b"\x1c")
    assert isinstance(start, PageStart)
    assert start.value("IMF") == "BGRK"
    assert [letter for letter, _ in start.sizes] == ["B", "G", "R"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"\x01,REQ,ERR,\x1c\x03", ("REQ", "ERR")),
        (b"\x05" * 9 + b"\x01REQ,STA,TCQ,\x1c\x03", ("REQ", "STA", "TCQ")),
        (b"\x05" * 64 + b"\x01,REQ,CAN,\x1c\x03", ("REQ", "CAN")),
        (b"\x05" * 9 + b"\x01TST,\x1c\x03", ("TST",)),
    ],
)
def test_commands(sent: bytes, words: tuple[str, ...]) -> None:
    (command,) = parse(sent)
    assert isinstance(command, Command) and command.words == words


@given(st.integers(1, 400))
def test_chunks_do_not_matter(chunk: int) -> None:
    stream = streams.ERR + PAGE * 2 + b"\x05\x05" + streams.CAN
    assert parse(stream, chunk) == parse(stream)


def test_planes_may_hold_every_framing_byte() -> None:
    data = b"\x01\x03\x1c\x05,REQ,ERR,\x1c\x03\x1cB:"
    events = parse(b"\x01,NOC1,SZB%d\x1c%s\x1cB:\x03" % (len(data), data))
    assert [type(event) for event in events] == [PageStart, PlaneEnd, PageEnd]
    assert isinstance(events[1], PlaneEnd) and events[1].data == data


@pytest.mark.parametrize(
    ("sent", "offset", "word"),
    [
        (b"\x05\x01,NOC1,SZB2,\x1cxx\x1cB:\x03", 1, "comma before FS"),
        (b"\x01,SZB2,NOC1\x1c", 0, "NOC"),
        (b"\x01,NOC1,SZBx\x1c", 0, "SZBx"),
        (b"\x01,NOC1,SZB99999999999\x1c", 0, "SZB99999999999"),
        (b"\x01,NOC1,SZB2\x1cxx\x1cG:\x03", 15, "trailer of plane B"),
        (b"\x01,NOC1,SZB2\x1cxx\x1cB:\x05", 17, "needs its ETX"),
        (b"\x05\x05hello", 2, "stray byte 68"),
        (b"\x01,NOC1\x03", 0, "ETX before FS"),
        (b"\x01" + b"x" * 5000, 0, "longer than"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 1 << 20])
def test_damage_is_named_with_its_offset(sent: bytes, offset: int, word: str, chunk: int) -> None:
    damage = next(event for event in parse(sent, chunk) if isinstance(event, Damage))
    assert damage.offset == offset
    assert word in damage.message


@given(st.binary(max_size=300))
def test_no_bytes_break_it(data: bytes) -> None:
    parser = Parser()
    list(parser.feed(data))
    assert parser.offset == len(data)


PAGE = streams.one_side("tiny-none")
