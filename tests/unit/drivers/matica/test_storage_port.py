"""A mass-storage device behind a `UsbPort`: its pipes, its reset recovery, no request of the printer class."""

from __future__ import annotations

import errno

import pytest

from drivers import DeviceGone, TransferStalled
from drivers.transports.address import UsbAddress
from drivers.transports.finding import find_usb
from drivers.transports.usb import UsbPort
from tests.unit.drivers.transports.fake_usb import Bus, Unit, failure

STORAGE = "09022000010100c0320904000002080650000705020200020007058102000200"


def opened(unit: Unit) -> UsbPort:
    return find_usb(UsbAddress(0x0C1F, 0x1800), "usb://0c1f:1800", Bus(unit))


def test_its_own_pipes() -> None:
    unit = Unit(STORAGE)
    port = opened(unit)
    unit.script["read"] = [b"answer"]
    assert port.write(b"x" * 31, 1.0) == 31
    assert port.read(13, 1.0) == b"answer"
    assert (unit.did("write")[0][0], unit.did("read")[0][0]) == (0x02, 0x81)
    assert port.device_id() == ""
    assert port.usb_serial() == "S-1"


def test_the_kernels_disk_driver_is_taken_off_and_put_back() -> None:
    unit = Unit(STORAGE, kernel_driver=True)
    port = opened(unit)
    assert not unit.kernel_driver
    port.close()
    assert unit.kernel_driver


def test_reset_recovery() -> None:
    unit = Unit(STORAGE)
    port = opened(unit)
    before = len(unit.calls)
    port.soft_reset()
    assert [call[:3] for call in unit.calls[before:]] == [
        ("control", 0x21, 0xFF),
        ("clear", 0x81),
        ("clear", 0x02),
    ]


def test_a_device_that_refuses_the_reset_is_judged_by_its_answers() -> None:
    unit = Unit(STORAGE)
    port = opened(unit)
    unit.script["control"] = [failure(errno.EPIPE)]
    port.soft_reset()
    assert unit.did("clear") == [(0x81,), (0x02,)]
    unit.script["control"] = [failure(errno.ENODEV)]
    with pytest.raises(DeviceGone):
        port.soft_reset()


def test_a_halt_is_cleared_on_its_pipe() -> None:
    unit = Unit(STORAGE)
    port = opened(unit)
    for name, pipe in (("write", 0x02), ("read", 0x81)):
        unit.script[name] = [failure(errno.EPIPE)]
        with pytest.raises(TransferStalled):
            port.write(b"x" * 31, 1.0) if name == "write" else port.read(13, 1.0)
        assert unit.did("clear")[-1] == (pipe,)
