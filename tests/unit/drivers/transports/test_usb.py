"""The printer class over pyusb: what is chosen, what is sent, and which error becomes which."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest
import usb.core

from drivers.contract import (
    DeviceBusy,
    DeviceGone,
    NotUnderstood,
    TransferStalled,
    TransferTimeout,
    TransportError,
)
from drivers.transports.address import UsbAddress
from drivers.transports.finding import find_usb
from drivers.transports.port import Port
from drivers.transports.usb import UsbPort, translate
from tests.unit.drivers.transports.fake_usb import Bus, Unit, failure

NAME = "usb://0c1f:1800"
HEAD = "09020000010100c032"
OUT, IN = "07050102000200", "07058202400000"
ONE_WAY, TWO_WAY, VENDOR = "07010100", "07010200", "ff000000"


def interface(number: int, alternate: int, kind: str, *endpoints: str) -> str:
    return f"0904{number:02x}{alternate:02x}{len(endpoints):02x}{kind}" + "".join(endpoints)


def open_unit(unit: Unit) -> UsbPort:
    return find_usb(UsbAddress(0x0C1F, 0x1800), NAME, Bus(unit))


# --------------------------------------------------------------------------- opening
def test_ports_promise() -> None:
    port: Port = open_unit(Unit())
    assert port.usb_ids == (0x0C1F, 0x1800)
    assert port.usb_serial() == "S-1"
    assert port.device_id() == "MFG:Acme;"
    assert port.port_status() == 0x18


@pytest.mark.parametrize(
    ("configuration", "chosen"),
    [
        pytest.param(
            interface(0, 0, VENDOR, OUT) + interface(1, 0, TWO_WAY, "07050302000200", IN),
            (1, 0, 0x03, 0x82),
            id="printer class before others",
        ),
        pytest.param(
            interface(0, 0, ONE_WAY, OUT) + interface(0, 1, TWO_WAY, "07050302000200", IN),
            (0, 1, 0x03, 0x82),
            id="bidirectional alternate",
        ),
        pytest.param(
            interface(0, 0, VENDOR, OUT, IN) + interface(1, 0, ONE_WAY, "07050302000200"),
            (1, 0, 0x03, None),
            id="unidirectional before vendor",
        ),
        pytest.param(
            interface(0, 0, VENDOR, "07058303400001") + interface(1, 0, VENDOR, OUT, IN),
            (1, 0, 0x01, 0x82),
            id="first with a bulk OUT",
        ),
    ],
)
def test_interface_chosen(configuration: str, chosen: tuple[int, int, int, int | None]) -> None:
    unit = Unit(HEAD[:8] + f"{configuration.count('0904'):02x}" + HEAD[10:] + configuration)
    port = open_unit(unit)
    number, alternate, out, into = chosen
    assert unit.did("claim") == [(number,)]
    several = configuration.count(f"0904{number:02x}") > 1
    assert unit.did("alternate") == ([(number, alternate)] if several else [])
    port.write(b"x", 1)
    assert unit.did("write")[0][0] == out
    port.device_id()
    assert unit.did("control")[-1] == (0xA1, 0, 0, number << 8 | alternate, 2048)
    if into is None:
        with pytest.raises(TransportError, match="no pipe to read from"):
            port.read(64, 1)


def test_nothing_to_print_on() -> None:
    unit = Unit(HEAD + interface(0, 0, TWO_WAY, IN))
    with pytest.raises(TransportError, match="no interface that takes print data"):
        open_unit(unit)
    assert unit.calls[-1] == ("close",)


def test_unconfigured_device_is_configured_and_a_configured_one_left_alone() -> None:
    unit = Unit()
    open_unit(unit)
    assert unit.did("configure") == []
    unit = Unit()
    unit.configured = False
    open_unit(unit)
    assert unit.did("configure") == [(1,)]


def test_kernel_driver_is_detached_and_comes_back() -> None:
    unit = Unit(kernel_driver=True)
    port = open_unit(unit)
    assert not unit.kernel_driver
    port.close()
    port.close()
    assert unit.kernel_driver
    assert len(unit.did("open")) == len(unit.did("close")) == 2


def test_a_system_without_kernel_drivers() -> None:
    unit = Unit()
    unit.script["active"] = [NotImplementedError("not here")]
    open_unit(unit)
    assert unit.did("claim") == [(0,)]


def test_held_by_another_program() -> None:
    unit = Unit()
    unit.script["claim"] = [failure(errno.EBUSY)]
    with pytest.raises(DeviceBusy):
        open_unit(unit)
    assert unit.calls[-1] == ("close",)


def test_opening_sends_nothing_on_the_bulk_pipes() -> None:
    unit = Unit()
    open_unit(unit)
    assert unit.did("write") == unit.did("read") == []


# --------------------------------------------------------------------------- finding
def test_by_serial() -> None:
    units = Unit(serial="S-1"), Unit(serial="S-2"), Unit(serial=None, device_id="MDL:x;SN:S-3;")
    bus = Bus(*units)
    for unit, serial in zip(units, ("S-1", "S-2", "S-3"), strict=True):
        port = find_usb(UsbAddress(0x0C1F, 0x1800, serial), NAME, bus)
        port.write(b"x", 1)
        assert len(unit.did("write")) == 1
        port.close()
    with pytest.raises(DeviceGone, match="no printer with this serial"):
        find_usb(UsbAddress(0x0C1F, 0x1800, "S-9"), NAME, bus)
    for unit in units:
        assert len(unit.did("open")) == len(unit.did("close"))  # nobody stays held


def test_two_of_a_kind_need_a_serial() -> None:
    with pytest.raises(TransportError, match="2 such printers are plugged in; add /SERIAL"):
        find_usb(UsbAddress(0x0C1F, 0x1800), NAME, Bus(Unit(), Unit()))


def test_none_there() -> None:
    with pytest.raises(DeviceGone, match="no such printer"):
        find_usb(UsbAddress(0x0C1F, 0x1801), NAME, Bus(Unit()))


@pytest.mark.parametrize("garbled", [b"\x05\x03\x00\xd8\x00", b"\x02\x03"])
def test_garbled_serial_is_none(garbled: bytes) -> None:
    unit = Unit()
    port = open_unit(unit)
    unit.script["control"] = [bytes.fromhex("04030904"), garbled]
    assert port.usb_serial() is None


def test_serial_of_a_lost_device_is_a_loss_and_not_none() -> None:
    unit = Unit()
    port = open_unit(unit)
    unit.script["control"] = [failure(errno.ENODEV)]
    with pytest.raises(DeviceGone):
        port.usb_serial()


# --------------------------------------------------------------------------- transfers
def test_write_acknowledged_short_and_late() -> None:
    unit = Unit()
    port = open_unit(unit)
    assert port.write(b"abc", 0.25) == 3
    assert unit.did("write") == [(0x01, b"abc", 250)]
    unit.script["write"] = [2]
    assert port.write(b"abc", 60) == 2  # the device ended it early
    unit.script["write"] = [2]
    with pytest.raises(TransferTimeout) as error:
        port.write(b"abc", 0)  # the deadline is past when libusb gives the part back
    assert error.value.accepted == 2
    unit.script["write"] = [failure(errno.ETIMEDOUT)]
    with pytest.raises(TransferTimeout) as error:
        port.write(b"abc", 60)
    assert error.value.accepted == 0


def test_no_wait_is_for_ever() -> None:
    """0 means "for ever" to pyusb; it must never get there."""
    unit = Unit()
    port = open_unit(unit)
    for timeout_s in (0, -1, 0.0001):
        port.write(b"", timeout_s)
    assert [timeout for _, _, timeout in unit.did("write")] == [1, 1, 1]


def test_read_asks_for_whole_packets_and_keeps_the_rest() -> None:
    unit = Unit()
    port = open_unit(unit)
    unit.script["read"] = [b"0123456789", b"", failure(errno.ETIMEDOUT)]
    assert [port.read(4, 1), port.read(4, 1), port.read(65, 1)] == [b"0123", b"4567", b"89"]
    assert port.read(65, 1) == b""
    with pytest.raises(TransferTimeout):
        port.read(65, 1)
    assert [size for _, size, _ in unit.did("read")] == [64, 128, 128]


def test_soft_reset_as_both_versions_have_it() -> None:
    unit = Unit()
    port = open_unit(unit)
    unit.script["read"] = [b"0123456789", b"new"]
    port.read(4, 1)
    unit.script["control"] = [failure(errno.EPIPE)]
    port.soft_reset()
    assert unit.did("control") == [(0x21, 2, 0, 0, 0), (0x23, 2, 0, 0, 0)]
    assert port.read(64, 1) == b"new"  # what came before the reset is no answer to what follows


def test_empty_port_status() -> None:
    unit = Unit()
    port = open_unit(unit)
    unit.script["control"] = [b""]
    with pytest.raises(NotUnderstood):
        port.port_status()


# --------------------------------------------------------------------------- errors
def test_stalled_pipe_is_cleared() -> None:
    unit = Unit()
    port = open_unit(unit)
    for call, pipe in (("write", 0x01), ("read", 0x82)):
        unit.script[call] = [failure(errno.EPIPE)]
        with pytest.raises(TransferStalled):
            port.write(b"x", 1) if call == "write" else port.read(64, 1)
        assert unit.did("clear")[-1] == (pipe,)
    unit.script["control"] = [failure(errno.EPIPE)]
    with pytest.raises(TransferStalled):
        port.port_status()
    assert len(unit.did("clear")) == 2  # a stalled control pipe needs no clearing


def test_lost_while_clearing_a_stall() -> None:
    unit = Unit()
    port = open_unit(unit)
    unit.script.update(write=[failure(errno.EPIPE)], clear=[failure(errno.ENODEV)])
    for _ in range(2):
        with pytest.raises(DeviceGone):
            port.write(b"x", 1)


CALLS: list[Callable[[Port], object]] = [
    lambda port: port.write(b"x", 1),
    lambda port: port.read(64, 1),
    lambda port: port.port_status(),
    lambda port: port.device_id(),
    lambda port: port.usb_serial(),
    lambda port: port.soft_reset(),
]


def test_a_loss_is_for_ever() -> None:
    unit = Unit()
    port = open_unit(unit)
    unit.script["write"] = [failure(errno.ENODEV)]
    with pytest.raises(DeviceGone):
        port.write(b"x", 1)
    before = len(unit.calls)
    for call in CALLS:
        with pytest.raises(DeviceGone, match="lost"):
            call(port)
    assert len(unit.calls) == before  # the device may be back: it is not touched


def test_closed() -> None:
    unit = Unit()
    port = open_unit(unit)
    port.close()
    for call in CALLS:
        with pytest.raises(DeviceGone, match="closed"):
            call(port)
    assert unit.calls[-1] == ("close",)


def test_close_never_raises() -> None:
    unit = Unit(kernel_driver=True)
    port = open_unit(unit)
    unit.script["close"] = [failure(errno.ENODEV)]
    port.close()


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENODEV, DeviceGone),
        (errno.ESHUTDOWN, DeviceGone),
        (errno.EPIPE, TransferStalled),
        (errno.ETIMEDOUT, TransferTimeout),
        (errno.EBUSY, DeviceBusy),
        (errno.EIO, TransportError),
        (errno.EOVERFLOW, TransportError),
        (None, TransportError),
    ],
)
def test_errors(number: int | None, kind: type[TransportError]) -> None:
    assert type(translate(failure(number), NAME)) is kind


def test_no_permission_says_what_to_do() -> None:
    error = usb.core.USBError("Access denied", None, errno.EACCES)
    assert "udev rule" in str(translate(error, NAME))
