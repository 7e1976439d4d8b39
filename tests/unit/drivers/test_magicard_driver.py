"""Feeding, watching and clearing a card on a scripted printer (exactly-once.md §3-§5)."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from drivers import (
    Before,
    Condition,
    DeviceGone,
    DiscardFailed,
    Driver,
    DriverError,
    FeedBroken,
    Model,
    Staged,
    TransferStalled,
    attach,
)
from tests.unit.drivers.magicard_kit import OK, Printer, Time, blank, error, tiny

BEFORE = Before("SIM-7", 41, None)
SIZE = (16, 642)


def opened(model: Model | None = None) -> tuple[Printer, Time, Driver, Staged]:
    clock = Time()
    printer = Printer(clock)
    driver = attach(printer, model or tiny(), clock, 0)
    staged = driver.stage([blank(SIZE)])
    printer.log.clear()
    return printer, clock, driver, staged


def keywords(driver: Driver) -> list[str]:
    return [reason.keyword for reason in driver.observed().errors]


# ------------------------------------------------------------------------------------ status
@pytest.mark.parametrize(
    ("byte", "condition", "reasons"),
    [
        (0x18, Condition.READY, []),
        (0x08, Condition.BUSY, []),
        (0x38, Condition.READY, ["media-empty"]),
        (0x28, Condition.BUSY, ["media-empty"]),
        (0x19, Condition.STOPPED, ["other"]),
        (0xFF, Condition.STOPPED, ["other"]),
        (0x10, Condition.STOPPED, ["other"]),
        (0x00, Condition.STOPPED, ["other"]),
        (0x30, Condition.STOPPED, ["media-empty"]),
    ],
)
def test_port_status(byte: int, condition: Condition, reasons: list[str]) -> None:
    """The device answers REQ,ERR with OK throughout: what the byte says stands."""
    printer, _, driver, _ = opened()
    printer.status = byte
    status = driver.status()
    assert status.condition is condition
    assert [reason.keyword for reason in status.reasons] == reasons
    assert f"{byte:02x}" in status.raw


@pytest.mark.parametrize(
    ("code", "keyword"),
    [
        ("11:01", "media-empty"),
        ("12:01", "media-jam"),
        ("13:01", "cover-open"),
        ("14:01", "marker-supply-empty"),
        ("14:02", "wrong-ribbon"),
        ("15:01", "printhead-over-temp"),
        ("16:01", "card-rejected"),
        ("99:42", "other"),
    ],
)
def test_codes_name_the_error(code: str, keyword: str) -> None:
    printer, _, driver, _ = opened()
    printer.status, printer.on_err = 0x10, lambda: error(code)
    status = driver.status()
    assert status.condition is Condition.STOPPED
    assert [reason.keyword for reason in status.reasons] == [keyword]
    assert status.raw.startswith(code)


def test_busy_and_ready_are_looked_at_without_a_query() -> None:
    printer, _, driver, _ = opened()
    for byte in (0x18, 0x08, 0x28):
        printer.status = byte
        driver.status()
    assert printer.log == [("status",)] * 3


def test_an_error_without_an_answer_fails_closed() -> None:
    printer, _, driver, _ = opened()
    printer.status, printer.on_err = 0x10, lambda: b""
    assert [reason.keyword for reason in driver.status().reasons] == ["other"]
    printer.on_err = lambda: b"\x01garbage\x03"
    assert [reason.keyword for reason in driver.status().reasons] == ["not-understood"]
    assert driver.status().condition is Condition.STOPPED


# -------------------------------------------------------------------------------------- feed
def test_a_card_goes_out_as_staged_and_its_end_is_seen() -> None:
    printer, _, driver, staged = opened()
    driver.feed(staged)
    writes = printer.writes
    assert writes[0] == staged.payload[0]  # the header as its own write
    assert max(map(len, writes)) == 1024
    assert printer.heard == b"".join(staged.payload)
    assert printer.log[0] == ("status",)
    seen = driver.observed()
    assert (seen.sent, seen.acknowledged, seen.in_doubt) == (True, staged.size, 0)
    assert (seen.busy_since_sent, seen.may_still_move) == (False, True)
    printer.in_card = False
    printer.status = 0x08
    driver.status()
    printer.status = 0x18
    seen = driver.outcome(BEFORE)
    assert (seen.serial, seen.busy_since_sent, seen.ready_now) == ("SIM-7", True, True)
    assert not seen.may_still_move
    assert seen.errors == ()


def test_a_naking_printer_is_resumed_and_watched() -> None:
    """It takes 100 bytes at a time and NAKs, so a second passes at each write."""
    printer, clock, driver, staged = opened(tiny(send_s=3000.0))
    looks: list[float] = []

    def busy() -> int:
        looks.append(clock.now)
        return 0x08

    printer.status = busy
    printer.nak = lambda chunk: 100
    driver.feed(staged)
    assert printer.heard == b"".join(staged.payload)
    assert driver.observed().acknowledged == staged.size
    assert len(looks) > 100
    assert max(b - a for a, b in itertools.pairwise(looks)) < 1.001
    assert not driver.observed().busy_since_sent  # it was busy only while it received


def test_a_printer_that_takes_nothing_breaks_the_deadline() -> None:
    printer, clock, driver, staged = opened()
    printer.nak = lambda chunk: 0
    start = clock.now
    with pytest.raises(FeedBroken, match="within 180 s"):
        driver.feed(staged)
    assert 180 <= clock.now - start < 182
    seen = driver.observed()
    assert (seen.sent, seen.acknowledged, seen.in_doubt) == (False, 0, 0)
    assert not seen.may_still_move


def test_an_error_before_the_first_byte_offers_nothing() -> None:
    printer, _, driver, staged = opened()
    printer.status = 0x10
    with pytest.raises(FeedBroken, match="port 10"):
        driver.feed(staged)
    assert printer.heard == b""
    assert not driver.observed().may_still_move
    assert keywords(driver) == ["other"]


def fail_at(printer: Printer, clock: Time, size: int, then: Callable[[], None]) -> None:
    """After `size` bytes of a card a second passes and `then` happens."""

    def hear(chunk: bytes) -> None:
        if len(printer.heard) >= size:
            clock.now += 1.0
            then()

    printer.on_write = hear


def test_an_error_in_mid_stream_is_not_asked_for_its_name() -> None:
    printer, clock, driver, staged = opened()
    fail_at(printer, clock, 3000, lambda: setattr(printer, "status", 0x10))
    with pytest.raises(FeedBroken):
        driver.feed(staged)
    driver.status()
    driver.outcome(BEFORE)
    assert printer.heard == b"".join(staged.payload)[: len(printer.heard)]  # not one query
    seen = driver.outcome(BEFORE)
    assert (seen.serial, seen.counter, seen.sent, seen.may_still_move) == (None, None, False, True)
    assert seen.acknowledged == len(printer.heard)
    for asks in (driver.counters, driver.supplies, driver.eject, driver.clean):
        with pytest.raises(DriverError, match="discard comes first"):
            asks()
    with pytest.raises(DriverError, match="discard comes first"):
        driver.feed(staged)


def test_an_empty_hopper_in_mid_stream_ends_untouched_after_discard() -> None:
    printer, clock, driver, staged = opened()
    printer.on_err = lambda: error("11:01")
    fail_at(printer, clock, 3000, lambda: setattr(printer, "status", 0x10))
    with pytest.raises(FeedBroken):
        driver.feed(staged)

    def cancel() -> None:
        printer.status, printer.on_err = 0x38, lambda: OK

    printer.on_write, printer.on_cancel = lambda chunk: None, cancel
    driver.discard()
    seen = driver.outcome(BEFORE)
    assert keywords(driver) == ["media-empty"]
    assert (seen.drew_no_card, seen.rejected, seen.may_still_move) == (True, False, False)
    assert seen.serial == "SIM-7"


def test_the_last_card_of_a_hopper_is_no_error() -> None:
    printer, clock, driver, staged = opened()
    fail_at(printer, clock, 3000, lambda: setattr(printer, "status", 0x38))
    driver.feed(staged)
    printer.in_card = False
    printer.status = 0x08
    driver.status()
    printer.status = 0x38
    status = driver.status()
    assert [reason.keyword for reason in status.reasons] == ["media-empty"]
    seen = driver.outcome(BEFORE)
    assert (seen.errors, seen.ready_now, seen.may_still_move) == ((), True, False)


def test_paper_empty_is_an_error_when_the_printer_says_so() -> None:
    printer, _, driver, staged = opened()
    driver.feed(staged)
    printer.in_card = False
    printer.status, printer.on_err = 0x38, lambda: error("11:01")
    assert driver.status().condition is Condition.STOPPED
    assert driver.observed().drew_no_card


def test_an_idle_printer_that_refuses_bytes_for_want_of_cards_breaks_off() -> None:
    printer, clock, driver, staged = opened()
    printer.status, printer.nak = 0x38, lambda chunk: 0
    with pytest.raises(FeedBroken, match="port 38"):
        driver.feed(staged)
    assert clock.now < 5


def test_unplugged_in_mid_stream_leaves_the_last_chunk_in_doubt() -> None:
    printer, clock, driver, staged = opened()
    fail_at(printer, clock, 3000, lambda: setattr(printer, "gone", True))
    with pytest.raises(DeviceGone):
        driver.feed(staged)
    seen = driver.observed()
    assert seen.acknowledged == len(printer.heard)
    # Gone was noticed by the look that was due; nothing was offered to the dead cable.
    assert (seen.sent, seen.in_doubt, seen.may_still_move) == (False, 0, True)


@pytest.mark.parametrize(
    ("loss", "raised"), [(DeviceGone, DeviceGone), (TransferStalled, FeedBroken)]
)
def test_a_lost_transfer_is_in_doubt(loss: type[Exception], raised: type[Exception]) -> None:
    printer, _, driver, staged = opened()

    def lose(chunk: bytes) -> int | None:
        if len(printer.heard) >= 3000:
            raise loss("lost")
        return None

    printer.nak = lose
    with pytest.raises(raised):
        driver.feed(staged)
    seen = driver.observed()
    assert seen.in_doubt == 1024
    assert seen.acknowledged == len(printer.heard)


# ----------------------------------------------------------------------------------- outcome
def test_counter_is_a_witness_only_of_a_calibrated_unit() -> None:
    printer, _, driver, _ = opened()
    assert driver.outcome(BEFORE).counter is None
    printer, _, driver, _ = opened(tiny().for_unit(counter="pick"))
    assert driver.outcome(BEFORE).counter == 41
    printer.values["TCQ"] = "lots"
    assert driver.outcome(BEFORE).counter is None
    printer.values["MSR"] = "SIM-8"
    assert driver.outcome(BEFORE).serial == "SIM-8"


def test_nothing_is_asked_while_a_card_moves() -> None:
    printer, _, driver, _ = opened(tiny().for_unit(counter="pick"))
    printer.status = 0x08
    seen = driver.outcome(BEFORE)
    assert (seen.serial, seen.counter) == (None, None)
    assert printer.heard == b""


def test_a_late_answer_is_never_taken_for_another() -> None:
    printer, _, driver, _ = opened(tiny().for_unit(counter="pick"))
    printer.replies.append(b"\x01STA,TCQ40,\x03")
    assert driver.outcome(BEFORE).counter == 41


def test_observed_needs_no_device() -> None:
    printer, _, driver, staged = opened()
    driver.feed(staged)
    printer.gone = True
    with pytest.raises(DeviceGone):
        driver.outcome(BEFORE)
    assert driver.observed().sent


# ----------------------------------------------------------------------------------- discard
def test_discard_of_an_idle_printer() -> None:
    printer, _, driver, _ = opened()
    driver.discard()
    assert printer.heard.count(b"REQ,CAN") == 1
    assert ("reset",) not in printer.log
    assert not driver.observed().may_still_move
    driver.discard()


def test_discard_resets_a_waiting_parser_before_it_speaks() -> None:
    printer, clock, driver, staged = opened()
    fail_at(printer, clock, 3000, lambda: setattr(printer, "status", 0x10))
    with pytest.raises(FeedBroken):
        driver.feed(staged)
    printer.log.clear()
    printer.on_write = lambda chunk: None
    printer.on_cancel = lambda: setattr(printer, "status", 0x18)
    driver.discard()
    assert printer.log[0] == ("reset",)
    driver.feed(staged)  # and the next card is taken


def test_discard_waits_for_the_card_to_come_out() -> None:
    printer, clock, driver, staged = opened()
    driver.feed(staged)
    printer.in_card = False
    out = clock.now + 12
    printer.status = lambda: 0x08 if clock.now < out else 0x18
    driver.discard()
    assert clock.now >= out
    seen = driver.observed()
    assert (seen.busy_since_sent, seen.may_still_move) == (False, False)
    # One cancel while it moved, and one when it stood still: the first may have been lost on it.
    assert printer.heard.count(b"REQ,CAN") == 2


def test_discard_says_what_stands_in_the_way() -> None:
    printer, clock, driver, _ = opened()
    printer.status, printer.on_err = 0x10, lambda: error("13:01")
    start = clock.now
    with pytest.raises(DiscardFailed, match="13:01"):
        driver.discard()
    assert clock.now - start < 5
    assert driver.observed().may_still_move
    printer.status, printer.on_err = 0x18, lambda: OK
    driver.discard()
    assert not driver.observed().may_still_move


def test_discard_has_a_deadline() -> None:
    printer, clock, driver, _ = opened()
    printer.status = 0x08
    start = clock.now
    with pytest.raises(DiscardFailed, match="port 08"):
        driver.discard()
    assert 60 <= clock.now - start < 62


def test_ready_with_an_error_answer_is_not_cleared() -> None:
    printer, _, driver, _ = opened()
    printer.on_err = lambda: error("12:01")
    with pytest.raises(DiscardFailed):
        driver.discard()
    printer.on_err = lambda: b"\x01nonsense\x03"
    with pytest.raises(DiscardFailed, match="cannot be read"):
        driver.discard()


def test_close_lets_go_and_says_nothing() -> None:
    printer, _, driver, _ = opened()
    driver.close()
    assert printer.log == [("close",)]
