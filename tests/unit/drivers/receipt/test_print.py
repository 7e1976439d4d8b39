"""What became of a slip: the driver against the simulated printer, on one clock."""

from __future__ import annotations

import pytest

from drivers import Condition, DeviceGone, Printout, SlipFate, Status, TransferTimeout
from drivers.receipt.driver import MAX_SLIP_BYTES, PRINT_S, SEND_S
from tests.unit.drivers.receipt.kit import LINES, SLIP, Rig

PLAIN = pytest.mark.parametrize("plain", [False, True], ids=["usb", "line"])


def words(printout: Printout) -> list[str]:
    assert printout.status is not None
    return [reason.keyword for reason in printout.status.reasons]


@PLAIN
def test_a_slip_is_printed_and_known_to_be(plain: bool) -> None:
    rig = Rig(plain)
    for _ in range(2):
        done = rig.driver.print(SLIP)
        assert (done.fate, done.detail, words(done)) == (SlipFate.PRINTED, "", [])
        assert done.acknowledged >= len(SLIP)
    assert rig.papers() == [LINES, LINES]
    # It is printed when it says so, not when its bytes were taken: 5 lines of 30 dots at 1,200 a second.
    assert rig.clock.now >= 2 * 5 * 30 / 1200


@pytest.mark.parametrize(
    ("act", "keyword"),
    [
        ("take-paper", "receipt-paper-empty"),
        ("open-cover", "cover-open"),
    ],
)
def test_a_printer_that_cannot_print_gets_nothing(act: str, keyword: str) -> None:
    rig = Rig()
    rig.device.act(act)
    done = rig.driver.print(SLIP)
    assert (done.fate, done.acknowledged) == (SlipFate.NOT_PRINTED, 0)
    assert keyword in words(done)
    rig.device.act("new-paper")
    rig.device.act("close-cover")
    rig.later()
    assert rig.papers() == []
    assert rig.driver.print(SLIP).fate is SlipFate.PRINTED
    assert rig.papers() == [LINES]


def test_paper_near_its_end_prints_and_says_so() -> None:
    rig = Rig()
    rig.device.act("low-paper")
    done = rig.driver.print(SLIP)
    assert (done.fate, words(done)) == (SlipFate.PRINTED, ["receipt-paper-low"])
    assert rig.driver.status().condition is Condition.READY


@PLAIN
@pytest.mark.parametrize(
    ("fault", "keyword"),
    [
        ("paper-end", "receipt-paper-empty"),
        ("cover-open", "cover-open"),
        ("overheat", "printhead-over-temp"),
        ("unrecoverable", "receipt-printer-broken"),
        ("cutter", "receipt-cutter-failure"),
    ],
)
@pytest.mark.parametrize("line", [0, 3])
def test_a_printer_that_stops_inside_a_slip(
    plain: bool, fault: str, keyword: str, line: int
) -> None:
    rig = Rig(plain)
    rig.arm(fault, line)
    began = rig.clock.now
    done = rig.driver.print(SLIP)
    assert (done.fate, rig.papers()) == (SlipFate.UNSURE, [])
    assert keyword in words(done)
    # The person is told at the next look, not after the last deadline.
    assert rig.clock.now - began < 5


def test_what_waited_in_the_printer_comes_out_after_new_paper() -> None:
    """Why a slip that was unsure says that it is a copy: both may be on the paper."""
    rig = Rig()
    rig.arm("paper-end", 3)
    assert rig.driver.print(SLIP).fate is SlipFate.UNSURE
    rig.device.act("new-paper")
    rig.later()
    assert rig.papers() == [LINES]
    assert rig.driver.print(SLIP).fate is SlipFate.PRINTED
    assert rig.papers() == [LINES, LINES]


def test_the_end_of_an_old_slip_is_not_taken_for_the_end_of_a_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """New paper comes just as the second slip is sent: the first one ends, the second one does not."""
    rig = Rig(plain=True)
    rig.arm("paper-end", 3)
    assert rig.driver.print(SLIP).fate is SlipFate.UNSURE
    write = rig.port.write

    def paper_ends_between(data: bytes, timeout_s: float) -> int:
        if data.startswith(b"\0"):
            rig.device.body.new_paper()
            rig.arm("cover-open", 7)
        return write(data, timeout_s)

    monkeypatch.setattr(rig.port, "write", paper_ends_between)
    monkeypatch.setattr(type(rig.driver), "status", lambda _: Status(Condition.READY))
    done = rig.driver.print(b"baris\n" * 10 + b"\x1dV\x00")
    assert (done.fate, rig.papers()) == (SlipFate.UNSURE, [LINES])


@PLAIN
@pytest.mark.parametrize("fault", ["power-loss", "unplug"])
def test_a_printer_lost_inside_a_slip(plain: bool, fault: str) -> None:
    rig = Rig(plain)
    rig.arm(fault, 3)
    done = rig.driver.print(SLIP)
    assert (done.fate, done.status) == (SlipFate.UNSURE, None)
    with pytest.raises(DeviceGone):
        rig.driver.status()
    rig.device.act("power-on")
    rig.device.act("replug")
    rig.later()
    # Powered off it forgets, unplugged it goes on.
    assert rig.papers() == ([] if fault == "power-loss" else [LINES])


def test_a_printer_that_is_off_before_the_slip() -> None:
    rig = Rig()
    rig.device.act("power-off")
    done = rig.driver.print(SLIP)
    assert (done.fate, done.status, done.acknowledged) == (SlipFate.NOT_PRINTED, None, 0)


@PLAIN
def test_a_station_killed_inside_a_slip_leaves_no_trace_in_the_next(plain: bool) -> None:
    """Half a QR code's text was sent; the next slip must not become part of it."""
    rig = Rig(plain)
    half = b"setengah\n\x1d(k\x30\x001P0" + b"x" * 10
    assert rig.port.write(half, 1.0) == len(half)
    rig.later()
    done = rig.another().print(SLIP)
    assert done.fate is SlipFate.PRINTED
    assert rig.papers() == [("setengah", *LINES)]
    assert rig.device.body.slips[-1].qr == ()


def test_a_dumb_printer_has_a_deadline() -> None:
    rig = Rig()
    rig.arm("no-reply", times=1000)
    with pytest.raises(TransferTimeout):
        rig.driver.status()
    began = rig.clock.now
    done = rig.driver.print(SLIP)
    assert (done.fate, done.status) == (SlipFate.NOT_PRINTED, None)
    assert rig.clock.now - began < 5
    assert rig.papers() == []


def test_one_lost_answer_is_asked_again() -> None:
    rig = Rig()
    rig.arm("no-reply")
    assert rig.driver.status().condition is Condition.READY


def test_old_answers_are_dropped_before_a_look() -> None:
    rig = Rig()
    rig.device.act("open-cover")
    rig.port.write(b"\x10\x04\x01\x10\x04\x02", 1.0)  # asked by somebody who left
    rig.device.act("close-cover")
    assert rig.driver.status() == Status(Condition.READY, (), "12 12 12 12")


def test_a_printer_that_stands_still_takes_so_much_and_no_more() -> None:
    """A slip larger than its buffer, stopped: sending ends at its deadline with a true count."""
    rig = Rig(name="tm-58")
    rig.arm("paper-end", 1)
    began = rig.clock.now
    done = rig.driver.print(b"baris\n" * 1000)
    assert done.fate is SlipFate.UNSURE
    assert 2048 <= done.acknowledged < 6000
    assert SEND_S <= rig.clock.now - began < SEND_S + 10


def test_automatic_status_back_is_heard_meanwhile() -> None:
    """Somebody switched it on: its blocks are no answers, and a stop in one is seen at once."""
    rig = Rig()
    rig.port.write(b"\x1da\x0f", 1.0)
    rig.arm("paper-end", 3)
    done = rig.driver.print(SLIP)
    assert (done.fate, "receipt-paper-empty" in words(done)) == (SlipFate.UNSURE, True)
    rig.device.act("new-paper")
    assert rig.driver.print(SLIP).fate is SlipFate.PRINTED


def test_a_printer_without_a_way_back_is_never_sure() -> None:
    rig = Rig(answers=False)
    done = rig.driver.print(SLIP)
    assert done.fate is SlipFate.UNSURE
    rig.later()
    assert rig.papers() == [LINES]
    assert rig.driver.status().raw == "not asked"


@PLAIN
def test_a_slip_right_behind_another_cuts_nothing_off_at_a_printer_that_tells_nothing(
    plain: bool,
) -> None:
    rig = Rig(plain, answers=False)
    for _ in range(3):
        assert rig.driver.print(SLIP).fate is SlipFate.UNSURE
    rig.later()
    assert rig.papers() == [LINES] * 3


def test_no_end_until_the_deadline() -> None:
    """Its mechanism is far slower than any real one: nothing is wrong, nothing is known."""
    rig = Rig()
    began = rig.clock.now
    done = rig.driver.print(b"\x1bd\xff" * 20 + SLIP)
    assert done.fate is SlipFate.UNSURE
    assert "no end within" in done.detail
    assert rig.clock.now - began >= PRINT_S


@pytest.mark.parametrize("slip", [b"", b"x" * (MAX_SLIP_BYTES + 1)], ids=["empty", "endless"])
def test_what_is_no_slip_is_refused(slip: bytes) -> None:
    with pytest.raises(ValueError, match="a slip has"):
        Rig().driver.print(slip)


def test_a_detail_carries_nothing_of_the_slip() -> None:
    rig = Rig()
    rig.arm("paper-end", 2)
    done = rig.driver.print(SLIP)
    assert not any(line in repr(done) for line in LINES)
