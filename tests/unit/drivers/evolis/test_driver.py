"""The Evolis driver against a scripted printer: opening, error mode, questions, and answers of every bad kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from drivers import (
    Before,
    Condition,
    DiscardFailed,
    Driver,
    DriverError,
    FeedBroken,
    TransferTimeout,
    WrongDevice,
    attach,
)
from tests.unit.drivers.evolis.desk import plain
from tests.unit.drivers.evolis.kit import Printer, Time, small

LINES = pytest.mark.parametrize("line", [False, True], ids=["usb", "line"])
NOBODY = Before(None, None, None)


def opened(line: bool = False) -> tuple[Driver, Printer]:
    clock = Time()
    printer = Printer(clock, line=line)
    driver = attach(printer, small(), clock, 0)
    printer.log.clear()
    return driver, printer


# ---------------------------------------------------------------------- opening (exactly-once.md §4, §5)
def test_status_then_reset_then_a_query_and_only_then_anything_else() -> None:
    clock = Time()
    printer = Printer(clock)
    attach(printer, small(), clock, 0)
    assert printer.log[:3] == [("status",), ("reset",), ("heard", "Rsn")]


def test_a_busy_printer_is_left_alone_for_as_long_as_its_card_may_take() -> None:
    clock = Time()
    printer = Printer(clock)
    printer.status = lambda: 0x08 if clock.now < 20 else 0x18
    attach(printer, small(), clock, 300)
    first = next(at for at, entry in enumerate(printer.log) if entry != ("status",))
    assert printer.log[first] == ("reset",) and clock.now >= 20


def test_a_parser_that_does_not_answer_is_reset_again_and_then_given_up() -> None:
    clock = Time()
    printer = Printer(clock)
    printer.hang = lambda text: True
    with pytest.raises(TransferTimeout):
        attach(printer, small(), clock, 0)
    assert printer.log.count(("reset",)) == 3


@LINES
@pytest.mark.parametrize(
    ("rem", "sent"),
    [
        ([b"2,2\0"], []),
        ([b"0,0\0", b"2,2\0"], ["Pem;2"]),
        ([b"0,0\0", b"2,0\0", b"2,2\0"], ["Pem;2", "Pem;2;s"]),
        ([b"4,4\0", b"2,4\0", b"2,2\0"], ["Pem;2", "Pem;2;s"]),
    ],
)
def test_the_error_mode_is_set_and_read_back(rem: list[bytes], sent: list[str], line: bool) -> None:
    clock = Time()
    printer = Printer(clock, line=line)
    answers = iter(rem)
    printer.answers["Rem"] = lambda: next(answers, rem[-1])
    attach(printer, small(), clock, 0)
    assert [text for text in printer.heard if text.startswith("Pem")] == sent


@pytest.mark.parametrize("rem", [b"0,0\0", b"2,0\0", b"0,2\0", b"ERROR CDE\0", b"\x06", b""])
def test_a_printer_that_may_print_by_itself_is_refused(rem: bytes) -> None:
    """`holds_job` is false only where the mode reads back, now and saved."""
    clock = Time()
    printer = Printer(clock)
    printer.answers["Rem"] = rem
    with pytest.raises(DriverError):
        attach(printer, small(), clock, 0)


def test_a_model_that_holds_its_job_needs_no_saved_mode() -> None:
    clock = Time()
    printer = Printer(clock)
    printer.answers["Rem"] = b"2,0\0"
    model = small()
    facts = dataclasses.replace(model.evolis, saves_error_mode=False)
    attach(printer, dataclasses.replace(model, holds_job=True, facts=facts), clock, 0)


def test_a_model_that_prints_at_power_on_must_say_so() -> None:
    model = small()
    facts = dataclasses.replace(model.evolis, saves_error_mode=False)
    with pytest.raises(ValueError, match="holds_job"):
        dataclasses.replace(model, facts=facts)


@pytest.mark.parametrize("ids", [(0x0C1F, 0x0A00), (0x0F49, 0x0A01)])
def test_another_device_is_refused_before_a_byte_is_sent(ids: tuple[int, int]) -> None:
    clock = Time()
    printer = Printer(clock)
    printer.ids = ids
    with pytest.raises(WrongDevice, match=f"zenius.*{ids[0]:04x}:{ids[1]:04x}"):
        attach(printer, small(), clock, 0)
    assert printer.log == []


def test_its_1284_text_names_a_device_that_only_its_ids_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Most product ids of this vendor are in no source: the ids alone would name nothing."""
    printer = Printer(Time())
    printer.ids = (0x0F49, 0x0A01)
    monkeypatch.setattr(printer, "device_id", lambda: "MFG:Evolis;MDL:Primacy\x1b[2J;")
    with pytest.raises(WrongDevice) as refused:
        attach(printer, small(), printer.clock, 0)
    told = r"Primacy?[2J (0f49:0a01), which is primacy"
    assert str(refused.value) == f"configured is zenius, found is {told}"


@LINES
@pytest.mark.parametrize(
    ("answer", "found"), [("Avansia", "Avansia"), ("Primacy", "Primacy, which is primacy")]
)
def test_another_model_is_refused_by_both_names(line: bool, answer: str, found: str) -> None:
    clock = Time()
    printer = Printer(clock, line=line)
    printer.answers["Rtp"] = f"{answer}\0".encode()
    with pytest.raises(WrongDevice, match=f"configured is zenius, found is {found}$"):
        attach(printer, small(), clock, 0)


def test_any_product_of_the_vendor_may_be_a_model_without_a_known_id() -> None:
    clock = Time()
    printer = Printer(clock)
    printer.ids = (0x0F49, 0x7777)
    printer.answers["Rtp"] = b"Evolis Primacy 1\0"
    driver = attach(printer, small("primacy"), clock, 0)
    assert driver.identify().serial == "SIM-7"


# ---------------------------------------------------------------------- asking
@LINES
def test_who_it_is_and_what_it_counts(line: bool) -> None:
    driver, _ = opened(line)
    who = driver.identify()
    assert (who.manufacturer, who.model, who.serial, who.firmware) == (
        "Evolis",
        "Zenius",
        "SIM-7",
        "1.0",
    )
    counted = driver.counters()
    assert (counted.cards, counted.prints, counted.cleanings) == (41, 205, 2)
    (ribbon,) = driver.supplies()
    assert (ribbon.name, ribbon.remaining, ribbon.capacity) == ("ribbon", 150, 200)


def test_a_ribbon_without_a_tag_and_a_cleaning_that_is_due() -> None:
    driver, printer = opened()
    printer.answers |= {"Rrt;count": b"ERR RIB DETECTION\0", "Rlr;c": b"NEED CLEANING\0"}
    (ribbon,) = driver.supplies()
    assert (ribbon.remaining, ribbon.capacity) == (None, 200)
    status = driver.status()
    assert status.condition is Condition.READY
    assert [r.keyword for r in status.reasons] == ["cleaning-due"]


def test_status_of_a_ready_or_busy_printer_costs_no_byte() -> None:
    driver, printer = opened()
    for byte in (0x18, 0x08):
        printer.status = byte
        driver.status()
    assert printer.log == [("status",), ("status",)]


def test_a_silent_line_is_lost() -> None:
    driver, printer = opened(line=True)
    printer.hang = lambda text: True
    with pytest.raises(TransferTimeout):
        driver.status()


# ---------------------------------------------------------------------- bad answers
def late(clock: Time, answer: bytes, printer: Printer) -> Callable[[], bytes]:
    def answered() -> bytes:
        printer.replies.append((clock.now + 2.5, answer))
        return b""

    return answered


@LINES
@pytest.mark.parametrize(
    "kind", ["cut", "doubled", "late", "language", "code", "megabyte", "empty", "silent"]
)
def test_a_bad_answer_is_never_a_card_s_witness(kind: str, line: bool) -> None:
    """The path is told truly or not at all; the next question is in step again."""
    driver, printer = opened(line)
    clock = printer.clock
    kinds: dict[str, bytes | Callable[[], bytes]] = {
        "cut": b"CAR",
        "doubled": b"OK\0OK\0",
        "late": late(clock, b"OK\0", printer),
        "language": "Keine Karte im Drucker é\0".encode("latin-1"),
        "code": b"ERR 0815\0",
        "megabyte": b"O" * (1 << 20),
        "empty": b"\0",
        "silent": b"",
    }
    times = iter([kinds[kind]])
    printer.answers["Rlr;p"] = lambda: _bytes(next(times, b"OK\0"))
    if line:
        seen = driver.status()
        assert not any(r.keyword == "path-not-empty" for r in seen.reasons)
    seen_path = driver.outcome(NOBODY).path
    assert seen_path in (None, False)
    printer.replies.clear()
    clock.now += 5
    assert driver.outcome(NOBODY).path is False
    assert driver.outcome(NOBODY).serial == "SIM-7"


def _bytes(answer: bytes | Callable[[], bytes]) -> bytes:
    return answer() if callable(answer) else answer


@LINES
def test_a_late_answer_is_not_taken_for_the_next_one(line: bool) -> None:
    """`CARD` is the truth; the `OK` of some command of the past must not be it."""
    driver, printer = opened(line)
    printer.answers["Rlr;p"] = b"CARD\0"
    printer.replies.append((printer.clock.now + 0.015, b"OK\0"))
    seen = driver.outcome(NOBODY)
    assert seen.path is not False


def test_a_lying_counter_that_is_out_of_step_is_no_counter() -> None:
    driver, printer = opened()
    printer.answers["Rco;c"] = b"40\00041\0"
    assert driver.counters().cards is None
    printer.answers["Rco;c"] = b"41\0"
    assert driver.counters().cards == 41


def test_a_device_that_never_stops_talking_is_not_listened_to_for_ever() -> None:
    driver, printer = opened()
    printer.chatters = True
    printer.status = 0x00
    status = driver.status()
    assert status.condition is Condition.STOPPED
    assert len(status.raw) < 200


# ---------------------------------------------------------------------- feeding
def test_a_card_s_messages_each_wait_for_their_answer() -> None:
    driver, printer = opened()
    driver.feed(driver.stage([plain(small())]))
    assert [text.split(";")[0] for text in printer.heard] == [
        "Pr", "Pmi", "Ss", "Sr", "Db", "Db", "Db", "Dbc", "Dbc", "Se",
    ]  # fmt: skip
    seen = driver.observed()
    assert seen.sent and seen.errors == () and not seen.busy_since_sent


@pytest.mark.parametrize("text", ["ERR BAD RIBBON", "COVER OPEN", "ERROR CDE"])
def test_a_refused_set_up_has_touched_no_card(text: str) -> None:
    driver, printer = opened()
    printer.answers["Pr;ymcko"] = text.encode() + b"\0"
    with pytest.raises(FeedBroken, match=text):
        driver.feed(driver.stage([plain(small())]))
    seen = driver.observed()
    assert (seen.acknowledged, seen.in_doubt, seen.may_still_move) == (0, 0, False)
    assert not any(text.startswith("S") for text in printer.heard)


def test_a_refused_card_is_named_and_nothing_more_is_sent() -> None:
    driver, printer = opened()
    printer.answers["Sr"] = b"FEEDER EMPTY\0"
    with pytest.raises(FeedBroken):
        driver.feed(driver.stage([plain(small())]))
    seen = driver.observed()
    assert seen.drew_no_card and seen.acknowledged and not seen.sent
    assert printer.heard[-1] == "Sr"
    with pytest.raises(DriverError, match="discard comes first"):
        driver.counters()


def test_a_need_of_cleaning_ends_no_card() -> None:
    driver, printer = opened()
    printer.answers["Sr"] = b"NEED CLEANING\0"
    driver.feed(driver.stage([plain(small())]))
    assert driver.observed().sent


def test_a_message_that_is_never_answered_ends_the_card() -> None:
    driver, printer = opened()
    printer.hang = lambda text: text == "Sr"
    start = printer.clock.now
    with pytest.raises(FeedBroken, match="no answer to Sr within 30 s"):
        driver.feed(driver.stage([plain(small())]))
    assert printer.clock.now - start == pytest.approx(30, abs=1)
    assert sum(entry == ("status",) for entry in printer.log) >= 29


def test_a_port_that_shows_a_fault_ends_the_card_in_mid_stream() -> None:
    driver, printer = opened()
    printer.hang = lambda text: text == "Sr"
    printer.status = lambda: 0x00 if printer.heard[-1:] == ["Sr"] else 0x18
    with pytest.raises(FeedBroken, match="port 00"):
        driver.feed(driver.stage([plain(small())]))
    assert [r.keyword for r in driver.observed().errors] == ["other"]
    printer.hang = lambda text: False
    printer.status = 0x18
    printer.answers["Rlr"] = b"OK\0"
    driver.discard()
    assert not driver.observed().may_still_move


# ---------------------------------------------------------------------- clearing (§5)
def test_discard_clears_resets_and_reads_the_error_mode_back() -> None:
    driver, printer = opened()
    driver.discard()
    heard = printer.heard
    assert heard.index("Scs") < heard.index("Srs") < len(heard) - 1 - heard[::-1].index("Rem")
    assert "Se" not in heard and "Ser" not in heard


def test_discard_brings_a_card_out() -> None:
    driver, printer = opened()
    inside = iter([b"CARD\0"])
    printer.answers["Rlr;p"] = lambda: next(inside, b"OK\0")
    driver.discard()
    assert "Se" in printer.heard


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({"Rlr": b"CARD JAM\0"}, 0x00),
        ({"Rlr;p": b"CARD\0"}, 0x18),
        ({"Rem": b"0,0\0"}, 0x18),
        ({"Rlr": b"?\0"}, 0x00),
        ({}, 0x08),
    ],
    ids=["jam", "card-stays", "mode-lost", "unknown", "busy"],
)
def test_discard_says_what_stands_in_the_way(answers: dict[str, bytes], status: int) -> None:
    driver, printer = opened()
    start = printer.clock.now
    printer.answers |= answers
    printer.status = status
    with pytest.raises(DiscardFailed):
        driver.discard()
    assert driver.observed().may_still_move
    assert printer.clock.now - start < small().discard_s + 10


def test_eject_reject_clean() -> None:
    driver, printer = opened()
    driver.eject()
    driver.clean()
    assert [text for text in printer.heard if text.startswith("S")] == ["Se", "Scp"]
    with pytest.raises(DriverError, match="no reject tray"):
        driver.reject()


def test_after_the_loss_nothing_is_asked() -> None:
    driver, printer = opened()
    printer.gone = True
    for act in (driver.status, driver.counters, driver.discard):
        with pytest.raises(DriverError):
            act()
    driver.observed()
    driver.close()


def test_another_unit_on_the_same_line_answers_no_witness() -> None:
    """A serial line does not tell that its plug was changed: the other unit's words are not this one's."""
    driver, printer = opened(line=True)
    printer.answers["Rsn"] = b"OTHER-8\0"
    assert [r.keyword for r in driver.status().reasons] == ["not-understood"]
    seen = driver.outcome(NOBODY)
    assert (seen.serial, seen.path, seen.ready_now) == ("OTHER-8", None, False)
