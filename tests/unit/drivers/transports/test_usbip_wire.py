"""USB/IP bytes against the dumps of the kernel's own documentation (usbip_protocol.rst, examples)."""

from __future__ import annotations

import struct

import pytest

from drivers.transports import usbip_wire as wire
from drivers.transports.usbip_wire import Reply, Urb

WORDS = 12 * 4


def test_submit_out_tells_the_length_of_what_follows() -> None:
    raw = wire.submit(0xD06, 0x1000F, Urb(0x01, False, 3, b"abc"))
    assert raw.hex(" ", 4) == (
        "00000001 00000d06 0001000f 00000000 00000001 00000000 00000003 00000000 00000000 "
        "00000000 00000000 00000000"
    )


def test_submit_in_asks_for_a_length() -> None:
    raw = wire.submit(0xD05, 0x1000F, Urb(0x81, True, 64))
    assert struct.unpack_from(">7I", raw) == (1, 0xD05, 0x1000F, 1, 1, 0, 64)
    assert len(raw) == WORDS


def test_setup_is_passed_through() -> None:
    setup = bytes.fromhex("a100000001020008")
    assert wire.submit(1, 2, Urb(0, True, 2048, setup=setup))[-8:] == setup


def test_unlink_names_its_victim() -> None:
    raw = wire.unlink(7, 0x1000F, 6)
    assert raw.hex(" ", 4) == (
        "00000002 00000007 0001000f 00000000 00000000 00000006 00000000 00000000 00000000 "
        "00000000 00000000 00000000"
    )


def test_replies() -> None:
    done = "00000003 00000d06 00000000 00000000 00000000 00000000 00000040 ffffffff"
    taken = "00000004 00000007 00000000 00000000 00000000 ffffff98 00000000 00000000"
    rest = " 00000000 00000000 00000000 00000000"
    assert wire.read_reply(bytes.fromhex(done + rest)) == Reply(wire.RET_SUBMIT, 0xD06, 0, 0x40)
    assert wire.read_reply(bytes.fromhex(taken + rest)) == Reply(wire.RET_UNLINK, 7, -104, 0)
    with pytest.raises(wire.WireError, match="0x1 is no reply"):
        wire.read_reply(bytes.fromhex("00000001" + 88 * "0"))


def test_import() -> None:
    assert wire.import_request("1-1") == bytes.fromhex("0111800300000000") + b"1-1" + bytes(29)
    for busid in ("", 32 * "x", 16 * "é"):
        with pytest.raises(ValueError, match="bus id"):
            wire.import_request(busid)
    assert wire.read_op(bytes.fromhex("0111000300000002"), wire.REP_IMPORT) == wire.ST_DEV_BUSY
    with pytest.raises(wire.WireError):
        wire.read_op(bytes.fromhex("0111000500000000"), wire.REP_IMPORT)


def test_device_of_a_list() -> None:
    head = b"/sys/devices/x".ljust(256, b"\0") + b"3-2".ljust(32, b"\0")
    raw = head + bytes.fromhex("00000003 00000002 00000003 0c1f 1800 0110 ef 02 01 01 01 02")
    device = wire.read_device(raw)
    assert (device.busid, device.devid, device.speed) == ("3-2", 3 << 16 | 2, 3)
    assert (device.vendor_id, device.product_id, device.version) == (0x0C1F, 0x1800, 0x0110)
    assert (device.device_class, device.configurations, device.interfaces) == ((0xEF, 2, 1), 1, 2)
