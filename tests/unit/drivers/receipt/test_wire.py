"""Answers told apart, fed whole, byte by byte and with a tail; and what every status bit means."""

from __future__ import annotations

import itertools

import pytest

from drivers import Condition, reasons
from drivers.receipt import wire
from drivers.receipt.codes import codes, read_status

CLEAR = dict.fromkeys(wire.QUERIES, 0x12)

HEARD: list[tuple[bytes, list[wire.Answer]]] = [
    (b"\x12", [wire.RealTime(0x12)]),
    (b"\x7e", [wire.RealTime(0x7E)]),
    (b"\x00", [wire.InLine(0)]),
    (b"\x0f", [wire.InLine(0x0F)]),
    (b"\x18\x00\x0c\x00", [wire.StatusBack(b"\x18\x00\x0c\x00")]),
    # A query answered inside a block, as printers do that send both.
    (b"\x18\x00\x1a\x0c\x00", [wire.RealTime(0x1A), wire.StatusBack(b"\x18\x00\x0c\x00")]),
    (b"\x11\x13\xff\x93", []),  # XON, XOFF, noise
    (b"\x18\x00\x10\x00\x00\x00", [wire.StatusBack(b"\x10\x00\x00\x00")]),  # a block broken off
]


@pytest.mark.parametrize(("data", "answers"), HEARD)
def test_answers_are_told_apart(data: bytes, answers: list[wire.Answer]) -> None:
    assert wire.Ear().hear(data) == answers
    one_by_one = wire.Ear()
    assert [a for byte in data for a in one_by_one.hear(bytes((byte,)))] == answers
    tailed = wire.Ear()
    assert tailed.hear(data + b"\x1a") == [*answers, wire.RealTime(0x1A)]


def test_half_a_block_can_be_forgotten() -> None:
    ear = wire.Ear()
    assert ear.hear(b"\x18\x00") == []
    ear.forget()
    assert ear.hear(b"\x00") == [wire.InLine(0)]


def test_queries_are_those_of_the_sheet() -> None:
    assert [wire.query(n) for n in wire.QUERIES] == [bytes((0x10, 4, n)) for n in (1, 2, 3, 4)]
    with pytest.raises(ValueError, match="DLE EOT takes"):
        wire.query(5)


# From the sheet's tables, written down again: (n, bit) -> keyword.
BITS = {
    (1, 3): "receipt-printer-offline",
    (1, 5): "receipt-printer-offline",
    (2, 2): "cover-open",
    (2, 5): "receipt-paper-empty",
    (2, 6): "receipt-printer-failure",
    (3, 2): "receipt-printer-failure",
    (3, 3): "receipt-cutter-failure",
    (3, 5): "receipt-printer-broken",
    (3, 6): "printhead-over-temp",
    (4, 2): "receipt-paper-low",
    (4, 3): "receipt-paper-low",
    (4, 5): "receipt-paper-empty",
    (4, 6): "receipt-paper-empty",
}
QUIET = {(1, 2), (1, 6)}


@pytest.mark.parametrize(("n", "bit"), list(itertools.product((1, 2, 3, 4), (2, 3, 5, 6))))
def test_every_bit(n: int, bit: int) -> None:
    status = read_status({**CLEAR, n: 0x12 | 1 << bit})
    keywords = [reason.keyword for reason in status.reasons]
    if (n, bit) == (2, 3):
        assert (status.condition, keywords) == (Condition.BUSY, [])
    elif (n, bit) in QUIET:
        assert (status.condition, keywords) == (Condition.READY, [])
    else:
        assert keywords == [BITS[n, bit]]
        stops = reasons()[BITS[n, bit]].stops
        assert status.condition is (Condition.STOPPED if stops else Condition.READY)


def test_all_clear_and_a_drawer() -> None:
    assert read_status(CLEAR).condition is Condition.READY
    assert read_status({**CLEAR, 1: 0x16}).reasons == ()


def test_offline_is_only_told_where_nothing_explains_it() -> None:
    status = read_status({1: 0x1A, 2: 0x16, 3: 0x12, 4: 0x12})
    assert [reason.keyword for reason in status.reasons] == ["cover-open"]
    assert status.raw == "1a 16 12 12"
    low = read_status({1: 0x1A, 2: 0x12, 3: 0x12, 4: 0x1E})
    words = {"receipt-paper-low", "receipt-printer-offline"}
    assert {reason.keyword for reason in low.reasons} == words


def test_every_keyword_is_a_row_of_the_one_vocabulary() -> None:
    assert {row.keyword for row in codes() if row.keyword} <= reasons().keys()
    assert all(row.mask & 0x93 == 0 and row.query in wire.QUERIES for row in codes())


@pytest.mark.parametrize(
    ("block", "answers"),
    [
        (b"\x10\x00\x00\x00", {1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12}),
        (b"\x14\x00\x00\x00", {1: 0x16, 2: 0x12, 3: 0x12, 4: 0x12}),
        (b"\x38\x00\x00\x00", {1: 0x1A, 2: 0x16, 3: 0x12, 4: 0x12}),
        (b"\x58\x00\x00\x00", {1: 0x1A, 2: 0x1A, 3: 0x12, 4: 0x12}),
        (b"\x18\x08\x00\x00", {1: 0x1A, 2: 0x52, 3: 0x1A, 4: 0x12}),
        (b"\x18\x20\x00\x00", {1: 0x1A, 2: 0x52, 3: 0x32, 4: 0x12}),
        (b"\x18\x40\x00\x00", {1: 0x1A, 2: 0x52, 3: 0x52, 4: 0x12}),
        (b"\x10\x00\x03\x00", {1: 0x12, 2: 0x12, 3: 0x12, 4: 0x1E}),
        (b"\x18\x00\x0f\x00", {1: 0x1A, 2: 0x32, 3: 0x12, 4: 0x7E}),
    ],
)
def test_status_back_tells_the_same_as_the_queries(block: bytes, answers: dict[int, int]) -> None:
    assert wire.StatusBack(block).as_answers() == answers
