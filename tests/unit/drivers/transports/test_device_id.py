"""The 1284 text as devices really send it."""

from __future__ import annotations

import pytest

from drivers.transports.device_id import read_device_id, serial_of

TEXT = "MFG:Acme;MDL:Tango 2e;SN:46A1;"
RAW = TEXT.encode()
SIZE = len(RAW)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((SIZE + 2).to_bytes(2, "big") + RAW, id="as the class definition says"),
        pytest.param((SIZE + 2).to_bytes(2, "big") + RAW + b"old bytes", id="junk behind the end"),
        pytest.param((SIZE + 2).to_bytes(2, "little") + RAW + b"old", id="little-endian"),
        pytest.param(SIZE.to_bytes(2, "big") + RAW, id="length without itself"),
        pytest.param(SIZE.to_bytes(2, "little") + RAW, id="both"),
        pytest.param((2048).to_bytes(2, "big") + RAW, id="larger than the answer"),
        pytest.param(bytes(2) + RAW, id="zero"),
        pytest.param(b"\xff\xff" + RAW + bytes(20), id="nonsense, padded"),
        pytest.param(RAW, id="no length at all"),
    ],
)
def test_length(answer: bytes) -> None:
    assert read_device_id(answer) == TEXT


def test_bytes_outside_ascii() -> None:
    assert read_device_id(b"\x00\x0cMDL:caf\xc3\xa9") == "MDL:café"
    assert read_device_id(b"\x00\x0aMDL:caf\xe9") == "MDL:café"


@pytest.mark.parametrize("answer", [b"", b"\x00", b"\x00\x02", b"\x00\x00"])
def test_empty(answer: bytes) -> None:
    assert read_device_id(answer) == ""


def test_serial_keys() -> None:
    assert serial_of(TEXT) == "46A1"
    assert serial_of("MDL:x;SERIALNUMBER: 9 ;SN:1;") == "9"
    assert serial_of("MDL:x;SERN:;") is None
    assert serial_of("sn:1;") is None  # keys are case-sensitive
