"""Descriptors, standard and class requests of a simulated printer."""

from __future__ import annotations

import struct

import pytest

from simulator.device import Setup, Stalled
from simulator.devicefile import DEVICES, DeviceFileError, device_names, load_device
from tests.unit.simulator.rig import Rig


def ask(
    rig: Rig, kind: int, request: int, value: int = 0, index: int = 0, length: int = 255
) -> bytes:
    return rig.printer.control(Setup(kind, request, value, index, length), b"", rig.now)


@pytest.mark.parametrize(
    ("device", "ids"),
    [("tango2e", (0x0C1F, 0x1800)), ("enduro", (0x0C1F, 0x4800)), ("alto", (0x0C1F, 0x2800))],
)
def test_the_device_descriptor_has_the_ids_of_the_sheet(device: str, ids: tuple[int, int]) -> None:
    descriptor = ask(Rig(device), 0x80, 6, 0x0100)
    assert len(descriptor) == 18 and struct.unpack_from("<HH", descriptor, 8) == ids
    assert tuple(descriptor[14:18]) == (1, 2, 3, 1)


def test_the_configuration_is_a_bidirectional_printer() -> None:
    rig = Rig("tango2e")
    block = ask(rig, 0x80, 6, 0x0200)
    assert block == rig.printer.configuration_descriptor()
    assert struct.unpack_from("<H", block, 2) == (len(block),)
    assert tuple(block[14:17]) == (7, 1, 2)
    assert [block[18 + 2], block[25 + 2]] == [0x01, 0x82]
    assert ask(rig, 0x80, 6, 0x0200, length=9) == block[:9]


def test_strings() -> None:
    rig = Rig("tango2e", serial="T-0001")
    assert ask(rig, 0x80, 6, 0x0300) == b"\x04\x03\x09\x04"
    texts = [ask(rig, 0x80, 6, 0x0300 + n, 0x0409)[2:].decode("utf-16-le") for n in (1, 2, 3)]
    assert texts == ["Magicard", "Tango2e", "T-0001"]


def test_the_1284_id_is_length_prefixed_and_cut() -> None:
    rig = Rig("tango2e")
    whole = ask(rig, 0xA1, 0, length=2048)
    assert struct.unpack(">H", whole[:2]) == (len(whole),)
    assert whole[2:] == b"MFG:Magicard ; CMD:PCL,MPL;MDL:RioTango2D"
    assert ask(rig, 0xA1, 0, length=2) == whole[:2]


@pytest.mark.parametrize("kind", [0x21, 0x23])
def test_both_soft_resets_are_taken(kind: int) -> None:
    assert ask(Rig(), kind, 2, length=0) == b""


def test_usual_standard_requests_are_answered() -> None:
    rig = Rig()
    assert ask(rig, 0x00, 9, 1, length=0) == b""
    assert ask(rig, 0x80, 8, length=1) == b"\x01"
    assert ask(rig, 0x01, 11, 0, 0, 0) == b""
    assert ask(rig, 0x81, 10, length=1) == b"\x00"
    assert ask(rig, 0x02, 1, 0, 0x82, 0) == b""
    assert ask(rig, 0x80, 0, length=2) == b"\x01\x00"


@pytest.mark.parametrize(
    ("kind", "request_", "value"),
    [(0x80, 6, 0x0600), (0x80, 6, 0x0304), (0xA1, 9, 0), (0x21, 0, 0), (0xC0, 1, 0), (0x01, 11, 1)],
)
def test_unknown_requests_stall(kind: int, request_: int, value: int) -> None:
    with pytest.raises(Stalled):
        ask(Rig(), kind, request_, value)


def test_endpoints_have_one_direction() -> None:
    rig = Rig()
    with pytest.raises(Stalled):
        rig.printer.bulk_out(2, b"x", 0.0)
    with pytest.raises(Stalled):
        rig.printer.bulk_in(3, 64, 0.0)
    assert rig.printer.bulk_in(2, 64, 0.0) is None


def test_answers_are_read_in_portions() -> None:
    rig = Rig()
    whole = rig.ask()
    assert whole is not None
    rig.ask(wait=0.0)
    rig.now += 1.0
    parts = [rig.printer.bulk_in(0x82, 16, rig.now) for _ in range(4)]
    assert b"".join(part or b"" for part in parts) == whole and parts[3] is None


@pytest.mark.parametrize("device", ["enduro", "alto"])
def test_single_value_queries_are_the_tangos_only(device: str) -> None:
    query = b"\x05" * 9 + b"\x01REQ,STA,MSR,\x1c\x03"
    assert Rig(device).ask(query) is None
    assert Rig("tango2e", serial="T7").ask(query) == b"\x01STA,MSRT7,\x03"


def test_every_device_file_can_be_read_and_bases_are_no_devices() -> None:
    assert {"tango2e", "enduro", "alto", "tiny-none", "tiny-pick", "tiny-eject"} <= set(
        device_names()
    )
    for name in device_names():
        spec = load_device(name)
        assert spec.habits.counter in ("none", "pick", "eject")
    assert all(path.stem in device_names() for path in DEVICES.glob("[!_]*.toml"))
    with pytest.raises(DeviceFileError, match="known are"):
        load_device("../devices/tango2e")
