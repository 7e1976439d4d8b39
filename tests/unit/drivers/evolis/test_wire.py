"""Bytes of the Evolis language: commands and downloads out, answers in, whole and in pieces."""

from __future__ import annotations

import pytest

from drivers import NotUnderstood
from drivers.evolis import wire

#: (bytes on the wire, answers in them, what is left), sheet evolis.md §2 and §6.
ANSWERS = [
    (b"OK\0", ["OK"], b""),
    (b"\0\0OK\0\0", ["OK"], b""),
    (b"CARD JAM\0OK\0", ["CARD JAM", "OK"], b""),
    (b"0,00 Volts\0", ["0,00 Volts"], b""),
    (b"\r\nOK \0", ["OK"], b""),
    (b"OK\0CAR", ["OK"], b"CAR"),
    (b"\x06", ["OK"], b""),
    (b"\x15C\x06", ["NACK C", "OK"], b""),
    (b"\x15", [], b"\x15"),
    (b"", [], b""),
    ("Kartu habis é\0".encode("latin-1"), ["Kartu habis é"], b""),
]


def answers(data: bytes) -> tuple[list[str], bytes]:
    found = []
    text, rest = wire.take_answer(data)
    while text is not None:
        found.append(text)
        text, rest = wire.take_answer(rest)
    return found, rest


@pytest.mark.parametrize(("data", "texts", "rest"), ANSWERS)
def test_answers_whole(data: bytes, texts: list[str], rest: bytes) -> None:
    assert answers(data) == (texts, rest)


@pytest.mark.parametrize(("data", "texts", "rest"), ANSWERS)
def test_answers_byte_by_byte(data: bytes, texts: list[str], rest: bytes) -> None:
    found: list[str] = []
    buffer = b""
    for at in range(len(data)):
        more, buffer = answers(buffer + data[at : at + 1])
        found += more
    assert (found, buffer) == (texts, rest)


def test_commands_and_downloads() -> None:
    assert wire.command("Pr;ymcko") == b"\x1bPr;ymcko\r"
    assert wire.download("k", 2, b"\0" * 1016, True) == b"\x1bDbc;k;2;1016;" + b"\0" * 1016 + b"\r"
    assert wire.download("y", 64, b"ab", False) == b"\x1bDb;y;64;ab\r"


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("Ss", True),
        ("Sr", True),
        ("Se;1", True),
        ("Db;y;64;x", True),
        ("Pr;k", False),
        ("Rlr", False),
    ],
)
def test_what_may_move_a_card(text: str, moves: bool) -> None:
    assert wire.moves(wire.command(text)) is moves


@pytest.mark.parametrize(
    ("text", "volts"), [("0,00 Volts", 0.0), ("5,00 Volts", 5.0), ("4,9 volts", 4.9)]
)
def test_sensors(text: str, volts: float) -> None:
    assert wire.volts(text) == volts


@pytest.mark.parametrize("text", ["", "OK", "5.00 Volts", "5,00", "5,00 Volts 5,00 Volts", "٥,٠٠"])
def test_no_sensor_value(text: str) -> None:
    with pytest.raises(NotUnderstood):
        wire.volts(text)


@pytest.mark.parametrize("text", ["2,2", "2;2", " 2 , 2 ", "2 2", "2/2"])
def test_error_modes(text: str) -> None:
    assert wire.error_modes(text) == (2, 2)


@pytest.mark.parametrize("text", ["2", "OK", "2,", "2,2,2", "a,b", "1234,2"])
def test_no_error_modes(text: str) -> None:
    with pytest.raises(NotUnderstood):
        wire.error_modes(text)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "OK", "١٢", "1234567890123"])
def test_no_number(text: str) -> None:
    with pytest.raises(NotUnderstood):
        wire.count(text)
    assert wire.count("0") == 0
