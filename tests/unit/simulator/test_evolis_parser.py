"""The Evolis parser: whole, byte by byte, with padding, in the sheet's several forms, and damaged."""

from __future__ import annotations

import pytest

from simulator.evolis.language import Command, Damage, Event, PanelEnd, PanelStart, Parser

LINES, DOTS = 4, 16
BITMAP = bytes(range(8))  # 4 lines of 16 bits


def events(*parts: bytes, dots: int = DOTS, lines: int = LINES) -> list[Event]:
    parser = Parser(lines, dots)
    return [event for part in parts for event in parser.feed(part)]


def bytewise(data: bytes) -> list[Event]:
    return events(*(data[at : at + 1] for at in range(len(data))))


JOB = (
    b"\x1bPr;k\r" + b"\0" * 58
    + b"\x1bSs\r\x1bSr\r"
    + b"\x1bDb;k;2;" + BITMAP + b"\r"
    + b"\x1bSe;1\r"
)  # fmt: skip


def test_a_job_with_the_driver_s_padding() -> None:
    found = events(JOB)
    assert [e.words for e in found if isinstance(e, Command)] == [
        ("Pr", "k"),
        ("Ss",),
        ("Sr",),
        ("Se", "1"),
    ]
    (panel,) = [e for e in found if isinstance(e, PanelEnd)]
    assert (panel.panel, panel.levels, panel.compressed, panel.data) == ("k", 2, False, BITMAP)
    assert not any(isinstance(e, Damage) for e in found)


def test_byte_by_byte_is_the_same() -> None:
    assert bytewise(JOB) == events(JOB)


@pytest.mark.parametrize(
    ("head", "data"),
    [
        (b"Dbc;k;2;1016;", b"\r" * 1016),  # CR in the data ends nothing
        (b"Dbc;k;2;7;1016;", b"7;" * 508),  # long form: a first line before the size
        (b"Dbc;y;64;1100;", b"\x1b" * 1100),
        (b"Db;y;64;", b"\r" * 48),
        (b"Db;m;32;", b"\r" * 40),
        (b"Db;c;128;", b"\r" * 56),
    ],
)
def test_a_download_s_length_decides(head: bytes, data: bytes) -> None:
    found = events(b"\x1b" + head + data + b"\r\x1bRlr\r")
    assert isinstance(found[0], PanelStart)
    assert isinstance(found[1], PanelEnd) and found[1].data == data
    assert isinstance(found[2], Command)


@pytest.mark.parametrize("bits", [5, 6, 7])
def test_both_sizes_of_the_guide(bits: int) -> None:
    """evolis.md §4: 1016 lines of 648 dots, or the guide's own 18,624 dots more."""
    for dots in (658_368, 676_992):
        data = b"\x01" * (dots * bits // 8)
        stream = b"\x1bDb;y;%d;" % (1 << bits) + data + b"\r\x1bSe\r"
        found = events(stream, lines=1016, dots=648)
        (panel,) = [e for e in found if isinstance(e, PanelEnd)]
        assert len(panel.data) == len(data)
        assert isinstance(found[-1], Command)


@pytest.mark.parametrize(
    ("stream", "message", "offset"),
    [
        (b"\x1bRlr\rx\x1bRlr\r", "stray byte 78", 5),
        (b"\x1bPr;\x1bSs\r", "ESC inside a command", 0),
        (b"\x1b\r", "an empty command", 0),
        (b"\x1bDb;z;64;", "head 'Db;z;64;'", 0),
        (b"\x1bDb;y;2;", "2 levels for panel y", 0),
        (b"\x1bDb;k;64;", "64 levels for panel k", 0),
        (b"\x1bDb;y;17;", "17 levels", 0),
        (b"\x1bDbc;k;2;x;", "head", 0),
        (b"\x1bDbc;k;2;99999999;", "a panel of 99999999 bytes", 0),
        (b"\x1bDb;k;2;" + BITMAP + b"x", "78 where a panel needs its CR", 16),
        (b"\x1b" + b"P" * 2000, "command longer than 1024", 0),
    ],
)
def test_damage_is_named_and_the_next_command_is_heard(
    stream: bytes, message: str, offset: int
) -> None:
    found = events(stream + b"\r\x1bRsn\r")
    damage = next(e for e in found if isinstance(e, Damage))
    assert message in damage.message
    assert damage.offset == offset
    assert found[-1] == Command(("Rsn",), len(stream) + 1)


def test_what_is_half_received_outlives_its_host() -> None:
    parser = Parser(LINES, DOTS)
    list(parser.feed(b"\x1bDb;k;2;" + BITMAP[:3]))
    assert parser.in_panel and parser.want == "panel k (3 of 8 bytes)"
    (panel,) = [e for e in parser.feed(BITMAP[3:] + b"\r") if isinstance(e, PanelEnd)]
    assert panel.data == BITMAP
    list(parser.feed(b"\x1bDb;k;2;" + BITMAP[:3]))
    parser.reset()
    assert parser.idle and parser.want == ""
    assert next(parser.feed(b"\x1bRlr\r")) == Command(("Rlr",), parser.offset - 5)


def test_a_megabyte_of_padding_costs_nothing() -> None:
    assert events(b"\0" * (1 << 20) + b"\x1bRlr\r") == [Command(("Rlr",), 1 << 20)]
