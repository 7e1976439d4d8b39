"""Descriptors from bytes: alternate settings, class blocks between, and blocks that do not fit."""

from __future__ import annotations

import pytest

from drivers.transports.descriptors import read_configuration, read_device

DEVICE = bytes.fromhex("12010002000000401f0c001834120a0b0c01")
# Interface 0 with a one-way and a two-way setting, a class block, then interface 1 of a vendor.
CONFIGURATION = bytes.fromhex(
    "09024500020100c032"
    "090400000107010100"
    "07050102000200"
    "090400010207010200"
    "0521010203"
    "07050102000200"
    "07058202400000"
    "0904010001ff000005"
    "07050302000200"
)


def test_device() -> None:
    device = read_device(DEVICE)
    assert (device.idVendor, device.idProduct, device.bcdDevice) == (0x0C1F, 0x1800, 0x1234)
    assert (device.iManufacturer, device.iProduct, device.iSerialNumber) == (10, 11, 12)


@pytest.mark.parametrize("raw", [b"", DEVICE[:17], CONFIGURATION])
def test_no_device(raw: bytes) -> None:
    with pytest.raises(ValueError, match="no device descriptor"):
        read_device(raw)


def test_alternates_stand_under_their_interface() -> None:
    configuration = read_configuration(CONFIGURATION)
    assert [len(settings) for settings in configuration.interfaces] == [2, 1]
    one_way, two_way = configuration.interfaces[0]
    assert [e.bEndpointAddress for e in one_way.endpoints] == [0x01]
    assert [(e.bEndpointAddress, e.wMaxPacketSize) for e in two_way.endpoints] == [
        (0x01, 512),
        (0x82, 64),
    ]
    assert bytes(two_way.extra_descriptors) == bytes.fromhex("0521010203")
    assert configuration.interfaces[1][0].iInterface == 5


def test_a_miscounted_endpoint_is_no_endpoint() -> None:
    raw = bytes.fromhex("09021900010100c032" + "090400000907010200" + "07050102000200")
    assert read_configuration(raw).interfaces[0][0].bNumEndpoints == 1


@pytest.mark.parametrize("tail", ["00", "0104", "09040000", "0004"])
def test_broken_block(tail: str) -> None:
    with pytest.raises(ValueError, match="broken at byte 9"):
        read_configuration(bytes.fromhex("09020d00010100c032" + tail))
