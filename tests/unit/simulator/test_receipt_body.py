"""A receipt printer as a machine: buffer, paper, faults, and what it says of them at any moment."""

from __future__ import annotations

import pytest

from simulator.device import Setup, Stalled, Unplugged
from simulator.receipt.body import MAX_REPLIES
from simulator.receipt.printer import ReceiptPrinter
from simulator.receipt.spec import ACTS, FAULTS, ArmedFault, load_receipt, receipt_names

QUERIES = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
CUT = b"\x1dV\x00"


def device(name: str = "tm-80") -> ReceiptPrinter:
    return ReceiptPrinter("slip", "usb", "2-1", "R-1", load_receipt(name))


def asked(printer: ReceiptPrinter, now: float = 0.0) -> bytes:
    printer.hear(QUERIES, now)
    return printer.say(64, now)


# (what was done, answers to DLE EOT 1 to 4, the four bytes of ASB), from the sheet.
STATES: list[tuple[str, bytes, bytes]] = [
    ("", b"\x12\x12\x12\x12", b"\x10\x00\x00\x00"),
    ("open-cover", b"\x1a\x16\x12\x12", b"\x38\x00\x00\x00"),
    ("take-paper", b"\x1a\x32\x12\x7e", b"\x18\x00\x0f\x00"),
    ("low-paper", b"\x12\x12\x12\x1e", b"\x10\x00\x03\x00"),
    ("cutter", b"\x1a\x52\x1a\x12", b"\x18\x08\x00\x00"),
    ("unrecoverable", b"\x1a\x52\x32\x12", b"\x18\x20\x00\x00"),
    ("overheat", b"\x1a\x52\x52\x12", b"\x18\x40\x00\x00"),
]


@pytest.mark.parametrize(("state", "answers", "block"), STATES)
def test_every_state_as_bits(state: str, answers: bytes, block: bytes) -> None:
    printer = device()
    printer.hear(b"\x1da\x0f", 0.0)
    assert printer.say(64, 0.0) == b"\x10\x00\x00\x00"
    if state in ACTS:
        printer.act(state)
    elif state:
        printer.body.faults.append(ArmedFault("f", state))
        printer.hear(b"a\n" + CUT, 0.0)
        printer.advance(1.0)
    told = printer.say(64, 1.0)
    assert told == (block if state else b"")
    assert asked(printer, 1.0) == answers
    assert printer.body.asb() == block


def test_queries_are_answered_before_everything_that_waits() -> None:
    printer = device()
    printer.hear(b"a\n" * 100 + b"\x1dr\x01" + QUERIES, 0.0)
    assert printer.say(64, 0.0) == b"\x12\x12\x12\x12"
    printer.advance(2.4)
    assert printer.say(64, 2.4) == b""  # 100 lines of 30 dots at 1,200 a second are 2.5 s
    printer.advance(2.6)
    assert printer.say(64, 2.6) == b"\x00"


def test_asking_for_hours_does_not_fill_the_buffer() -> None:
    printer = device("tm-58")
    printer.act("open-cover")
    for _ in range(1000):
        assert len(asked(printer)) == 4


def test_a_query_inside_a_picture_is_answered_and_stays_a_part_of_it() -> None:
    printer = device()
    printer.hear(b"\x1dv0\x00\x03\x00\x01\x00\x10\x04\x01" + CUT, 0.0)
    assert printer.say(64, 0.0) == b"\x12"
    printer.advance(1.0)
    slip = printer.body.slips[-1]
    assert slip.unknown == () and slip.picture.convert("L").histogram()[0] == 3


def test_its_buffer_has_an_end() -> None:
    printer = device("tm-58")
    printer.act("open-cover")
    assert printer.bulk_out(1, b"x" * 3000, 0.0) == 2048
    assert printer.bulk_out(1, b"x", 0.0) is None
    printer.act("close-cover")
    assert printer.bulk_out(1, b"x", 1.0) == 1


def test_answers_that_nobody_reads_are_dropped_in_the_end() -> None:
    printer = device()
    for _ in range(MAX_REPLIES):
        printer.hear(QUERIES, 0.0)
    assert len(printer.say(10_000, 0.0)) == MAX_REPLIES


def test_paper_comes_to_its_end_by_itself() -> None:
    printer = device("tm-58")
    printer.body.roll_dots = 100
    printer.hear(b"a\n" * 10 + CUT, 0.0)
    printer.advance(10.0)
    assert asked(printer, 10.0) == b"\x1a\x32\x12\x7e"
    assert len(printer.body.paper.slip(cut=False).lines) == 4
    printer.act("new-paper")
    printer.advance(20.0)
    printer.advance(30.0)
    assert printer.body.slips[-1].lines == ("a",) * 10


def test_power_forgets_and_a_pulled_cable_does_not() -> None:
    for act, back, lines in (("power-off", "power-on", []), ("unplug", "replug", [("a", "b")])):
        printer = device()
        printer.hear(b"a\nb\n" + CUT, 0.0)
        session = printer.connection
        printer.act(act)
        assert not printer.plugged and printer.connection == session + 1
        with pytest.raises(Unplugged):
            printer.bulk_out(1, b"x", 0.0)
        printer.act(back)
        printer.advance(1.0)
        assert [slip.lines for slip in printer.body.slips] == lines


def test_a_soft_reset_drops_what_waits() -> None:
    printer = device()
    printer.hear(b"a\n" * 10 + CUT, 0.0)
    printer.control(Setup(0x21, 2, 0, 0, 0), b"", 0.1)
    printer.advance(5.0)
    assert not printer.body.slips and printer.body.paper.touched


@pytest.mark.parametrize(
    ("act", "status"), [("", 0x18), ("take-paper", 0x30), ("open-cover", 0x10)]
)
def test_class_requests(act: str, status: int) -> None:
    printer = device()
    if act:
        printer.act(act)
    assert printer.control(Setup(0xA1, 1, 0, 0, 1), b"", 0.0) == bytes((status,))
    told = printer.control(Setup(0xA1, 0, 0, 0, 1024), b"", 0.0)
    assert int.from_bytes(told[:2], "big") == len(told) and b"ESC/POS" in told
    with pytest.raises(Stalled):
        printer.control(Setup(0xA1, 9, 0, 0, 1), b"", 0.0)


def test_errors_end_as_the_sheet_says() -> None:
    """DLE ENQ 2 drops what waits and goes on; the unrecoverable needs the switch."""
    printer = device()
    printer.body.faults.append(ArmedFault("f", "overheat"))
    printer.hear(b"a\n" + CUT, 0.0)
    assert printer.body.offline
    printer.hear(b"\x10\x05\x02", 0.0)
    assert not printer.body.offline and not printer.body.busy
    printer.body.faults.append(ArmedFault("g", "unrecoverable"))
    printer.hear(b"a\n", 0.0)
    printer.hear(b"\x10\x05\x02", 0.0)
    assert printer.body.offline
    printer.act("power-off")
    printer.act("power-on")
    assert not printer.body.offline


def test_a_hot_head_cools_by_itself() -> None:
    printer = device()
    printer.body.faults.append(ArmedFault("f", "overheat"))
    printer.hear(b"a\n" + CUT, 0.0)
    due = printer.next_due(0.0)
    assert due == printer.spec.cool_s
    printer.advance(due)
    printer.advance(due + 1)
    assert [slip.lines for slip in printer.body.slips] == [("a",)]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_strikes_as_often_as_it_was_armed(fault: str) -> None:
    printer = device()
    printer.body.faults.append(ArmedFault("f", fault, times=1))
    printer.hear(b"\x10\x04\x01a\n" + CUT, 0.0)
    printer.advance(5.0)
    assert printer.body.faults == []


@pytest.mark.parametrize("act", ACTS)
def test_every_act_may_be_done_twice(act: str) -> None:
    printer = device()
    printer.hear(b"a\n", 0.0)
    printer.advance(1.0)
    for _ in range(2):
        printer.act(act)
        printer.to_json()


def test_every_device_file_can_be_read() -> None:
    assert receipt_names() == ["tm-58", "tm-80"]
    assert [load_receipt(name).columns for name in receipt_names()] == [32, 48]
