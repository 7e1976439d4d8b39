"""One list of (meaning, bytes), used for writing and for reading; the bytes are from the protocol's
description in the Linux kernel's documentation."""

from __future__ import annotations

import struct

import pytest

from simulator.device import Setup
from simulator.usbip import wire
from tests.contract.cable_kit import CONFIGURATION, DEVICE

SUBMIT_OUT = bytes.fromhex(
    "00000001 00000d05 0001000f 00000000 00000001"
    "00000000 00000003 00000000 ffffffff 00000000 0000000000000000"
)
SUBMIT_IN = bytes.fromhex(
    "00000001 00000d06 0001000f 00000001 00000002"
    "00000200 00000040 00000000 00000000 00000004 0000000000000000"
)
SUBMIT_CONTROL = bytes.fromhex(
    "00000001 00000d07 0001000f 00000001 00000000"
    "00000000 00000400 00000000 ffffffff 00000000 a100010000020004"
)
UNLINK = bytes.fromhex("00000002 00000d08 0001000f 00000000 00000000 00000d05" + "00" * 24)

RECORD = wire.DeviceRecord("1-1", 1, 2, DEVICE, CONFIGURATION)


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        (SUBMIT_OUT + b"abc", wire.Submit(0xD05, 0x01, 3, Setup(0, 0, 0, 0, 0), b"abc")),
        (SUBMIT_IN, wire.Submit(0xD06, 0x82, 64, Setup(0, 0, 0, 0, 0))),
        (SUBMIT_CONTROL, wire.Submit(0xD07, 0x80, 1024, Setup(0xA1, 0, 1, 0x200, 0x400))),
        (UNLINK, wire.Unlink(0xD08, 0xD05)),
    ],
    ids=["out", "in", "control", "unlink"],
)
def test_messages(message: bytes, meaning: wire.Submit | wire.Unlink) -> None:
    assert wire.message_size(memoryview(message)[:48]) == len(message)
    assert wire.parse_message(memoryview(message)) == meaning


@pytest.mark.parametrize(
    "header",
    [
        b"\0\0\0\x05" + bytes(44),
        SUBMIT_OUT[:24] + b"\x7f\xff\xff\xff" + SUBMIT_OUT[28:],
        SUBMIT_OUT[:24] + b"\xff\xff\xff\xff" + SUBMIT_OUT[28:],
        SUBMIT_OUT[:32] + b"\0\0\0\x08" + SUBMIT_OUT[36:],
    ],
    ids=["command", "too large", "negative", "isochronous"],
)
def test_refused_headers(header: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.message_size(memoryview(header))


def test_answers() -> None:
    submit = wire.ret_submit(0xD05, wire.STALL, 0)
    assert submit == bytes.fromhex("00000003 00000d05" + "00" * 12 + "ffffffe0" + "00" * 24)
    data = wire.ret_submit(0xD06, wire.OK, 2, b"ok")
    assert data == bytes.fromhex("00000003 00000d06" + "00" * 16 + "00000002" + "00" * 20) + b"ok"
    unlink = wire.ret_unlink(0xD08, wire.UNLINKED)
    assert unlink == bytes.fromhex("00000004 00000d08" + "00" * 12 + "ffffff98" + "00" * 24)


def test_a_record_is_taken_from_the_descriptors() -> None:
    packed = RECORD.pack()
    assert len(packed) == 312
    assert packed[256:264] == b"1-1\0\0\0\0\0"
    numbers = struct.unpack(">IIIHHHBBBBBB", packed[288:])
    assert numbers == (1, 2, wire.SPEED_HIGH, 0xEF1F, 0x180F, 0x0100, 0, 0, 0, 1, 1, 1)
    assert RECORD.interfaces == [b"\x07\x01\x02"]


def test_a_full_speed_device_is_called_so() -> None:
    slow = CONFIGURATION.replace(b"\x00\x02\x00", b"\x40\x00\x00")
    assert wire.DeviceRecord("1-1", 1, 2, DEVICE, slow).speed == wire.SPEED_FULL


def test_a_listing_and_a_refusal() -> None:
    listing = wire.devlist_reply([RECORD, RECORD])
    assert listing[:12] == bytes.fromhex("0111 0005 00000000 00000002")
    assert len(listing) == 12 + 2 * (312 + 4)
    assert wire.import_reply(wire.ST_DEV_BUSY) == bytes.fromhex("0111 0003 00000002")
    assert len(wire.import_reply(wire.ST_OK, RECORD)) == 8 + 312


@pytest.mark.parametrize("header", ["0211 8005 00000000", "0111 8009 00000000"])
def test_refused_operations(header: str) -> None:
    with pytest.raises(wire.WireError):
        wire.parse_op(bytes.fromhex(header))
