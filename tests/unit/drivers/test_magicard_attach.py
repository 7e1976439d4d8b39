"""Opening a printer that may still wait for somebody's bytes (exactly-once.md §4)."""

from __future__ import annotations

import pytest

import drivers
from drivers import (
    DeviceGone,
    DriverError,
    Identity,
    NotUnderstood,
    TransferTimeout,
    WrongDevice,
    attach,
)
from tests.unit.drivers.magicard_kit import OK, Printer, Time, tiny


def test_status_then_reset_then_a_query_and_only_then_anything_else() -> None:
    clock = Time()
    printer = Printer(clock)
    attach(printer, tiny(), clock, 0)
    kinds = [entry[0] for entry in printer.log]
    assert kinds[:2] == ["status", "reset"]
    assert printer.writes[0] == b"\x01,REQ,ERR,\x1c\x03"


def test_a_parser_in_mid_plane_gets_no_byte_before_its_reset() -> None:
    clock = Time()
    printer = Printer(clock)
    printer.in_card = True
    attach(printer, tiny(), clock, 0)
    assert not printer.in_card


def test_busy_is_waited_for_by_control_requests_alone() -> None:
    clock = Time()
    printer = Printer(clock)
    printer.status = lambda: 0x08 if clock.now < 7.5 else 0x18
    attach(printer, tiny(), clock, 30)
    kinds = [entry[0] for entry in printer.log]
    assert kinds[: kinds.index("reset")] == ["status"] * 9
    assert 7.5 <= clock.now < 9


def test_busy_wait_has_its_end() -> None:
    clock = Time()
    printer = Printer(clock)
    printer.status = 0x08
    attach(printer, tiny(), clock, 3.5)
    assert 3.5 <= clock.now < 4.5
    assert ("reset",) in printer.log


def test_a_parser_that_never_answers_is_no_driver() -> None:
    clock = Time()
    printer = Printer(clock)
    printer.in_card, printer.reset_works = True, False
    with pytest.raises(TransferTimeout):
        attach(printer, tiny(), clock, 0)
    assert printer.log.count(("reset",)) == 3
    assert clock.now < 10


def test_garbled_answers_are_asked_again_and_then_refused() -> None:
    clock = Time()
    printer = Printer(clock)
    answers = [b"\x01ST\xff\x00?\x03", OK]
    printer.on_err = lambda: answers.pop(0)
    attach(printer, tiny(), clock, 0)
    printer.on_err = lambda: b"\x01ST\xff\x00?\x03"
    with pytest.raises(NotUnderstood):
        attach(printer, tiny(), clock, 0)


def test_stale_answers_are_dropped() -> None:
    clock = Time()
    printer = Printer(clock)
    original = printer.soft_reset

    def reset_that_keeps_the_pipe() -> None:
        original()
        printer.replies += [b"\x01STA,TCQ99,\x03", b"\x01STAcut"]

    printer.soft_reset = reset_that_keeps_the_pipe  # type: ignore[method-assign]
    driver = attach(printer, tiny(), clock, 0)
    assert driver.counters().cards == 41


@pytest.mark.parametrize("name", ["Enduro", "Enduro+", ""])
def test_another_model_is_refused_before_a_byte(name: str) -> None:
    clock = Time()
    printer = Printer(clock, name)
    printer.usb_ids = (0x0C1F, 0x4800)
    with pytest.raises(WrongDevice, match=r"configured is tango2e, found is .*0c1f:4800"):
        attach(printer, tiny(), clock, 0)
    assert printer.heard == b""
    assert ("reset",) not in printer.log


def test_without_a_1284_name_the_usb_ids_decide() -> None:
    clock = Time()
    printer = Printer(clock, "")
    attach(printer, tiny(), clock, 0)
    alto = Printer(clock, "whatever")
    alto.usb_ids = (0x0C1F, 0x2800)
    attach(alto, tiny("alto"), clock, 0)
    with pytest.raises(WrongDevice):
        attach(Printer(clock, "whatever"), tiny("alto"), clock, 0)


def test_identity() -> None:
    clock = Time()
    printer = Printer(clock)
    driver = attach(printer, tiny(), clock, 0)
    found = driver.identify()
    assert found == Identity("Magicard", "RioTango2D", "SIM-7", "1.0", tiny().description)
    heard = len(printer.heard)
    assert driver.identify() == found
    assert len(printer.heard) == heard
    enduro = attach(Printer(clock, "Enduro"), tiny("enduro"), clock, 0).identify()
    assert (enduro.serial, enduro.firmware) == ("USB-1", None)


def test_a_serial_that_could_not_be_asked_is_asked_later() -> None:
    clock = Time()
    printer = Printer(clock)
    printer.status = 0x08
    driver = attach(printer, tiny(), clock, 0)
    assert driver.identify().serial is None
    printer.status = 0x18
    assert driver.identify().serial == "SIM-7"


def test_a_half_taken_query_is_finished_before_the_next() -> None:
    clock = Time()
    printer = Printer(clock)
    driver = attach(printer, tiny(), clock, 0)
    heard = len(printer.heard)
    printer.nak = lambda chunk: max(0, len(chunk) - 14) if clock.now < 20 else None
    assert driver.counters() == drivers.Counters(), "what was not taken was not answered"
    clock.now = 30
    printer.nak = lambda chunk: None
    driver.clean()
    after = printer.heard[heard:]
    assert after.endswith(b"\x01REQ,STA,TCQ,\x1c\x03" + b"\x01,REQ,CLN,\x1c\x03")


def test_small_commands_of_each_model() -> None:
    clock = Time()
    printer = Printer(clock)
    driver = attach(printer, tiny(), clock, 0)
    (ribbon,) = driver.supplies()
    assert (ribbon.name, ribbon.remaining) == ("ribbon", 250)
    counters = driver.counters()
    assert (counters.cards, counters.prints, counters.cleanings) == (41, 9, 2)
    driver.eject()
    assert printer.heard.endswith(b"\x05" * 9 + b"\x01EJT,\x1c\x03")
    printer.on_write = lambda chunk: setattr(printer, "status", 0x10)
    printer.on_err = lambda: OK.replace(b"00:00", b"12:01")
    with pytest.raises(DriverError, match="12:01"):
        driver.eject()
    with pytest.raises(DriverError, match="rejects"):
        driver.reject()

    alto_printer = Printer(clock, "")
    alto_printer.usb_ids = (0x0C1F, 0x2800)
    alto = attach(alto_printer, tiny("alto"), clock, 0)
    assert alto.supplies() == ()
    assert alto.counters() == drivers.Counters()
    with pytest.raises(DriverError, match="brings a card out"):
        alto.eject()


def test_open_driver_closes_the_cable_when_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Time()
    printer = Printer(clock, "Enduro")
    monkeypatch.setattr(drivers, "open_port", lambda uri: printer)
    with pytest.raises(WrongDevice):
        drivers.open_driver("usbip://127.0.0.1:1/1-1", tiny(), clock, 0)
    assert printer.log[-1] == ("close",)
    printer.name = "RioTango2D"
    printer.gone = True
    with pytest.raises(DeviceGone):
        drivers.open_driver("usbip://127.0.0.1:1/1-1", tiny(), clock, 0)
