"""A device and the configuration meet: the same, moved, swapped, or new with lines that can be used as they are."""

from __future__ import annotations

import tomllib
from pathlib import Path
from urllib.parse import quote

import pytest

from drivers import Attached
from printstation.config import Config
from printstation.diagnostics.attached import Known, Place, is_configured, meet, readable, toml_text

TANGO = (0x0C1F, 0x1800)


def usb(serial: str = "3C0001", **values: str) -> Attached:
    uri = "usb://0c1f:1800" + (f"/{quote(serial, safe='')}" if serial else "")
    return Attached("usb", uri, TANGO, serial=serial, node="bus/usb/001/002", **values)


def exported(busid: str, serial: str = "", ids: tuple[int, int] = TANGO) -> Attached:
    return Attached("usbip", f"usbip://127.0.0.1:3240/{busid}", ids, serial=serial, port=busid)


def known(
    uri: str, serial: str | None = None, model: str = "tango2e", name: str = "tango"
) -> Known:
    return Known(name, model, uri, serial)


@pytest.mark.parametrize(
    ("uri", "device", "same"),
    [
        ("usb://0c1f:1800", usb(), True),
        ("usb://0C1F:1800/3C0001", usb(), True),
        ("usb://0c1f:1800/OTHER", usb(), False),
        ("usb://0c1f:1800/3C0001", usb(""), True),  # it may be that one: it is not opened
        ("usb://0c1f:4800", usb(), False),
        ("usb://0c1f:1800/S%2F1", usb("S/1"), True),
        ("usbip://127.0.0.1:3240/1-1", exported("1-1"), True),
        ("usbip://127.0.0.1:3240/1-1", exported("1-2"), False),
        (
            "serial:///dev/ttyUSB0?baud=19200",
            Attached("serial", "serial:///x", node="ttyUSB0"),
            True,
        ),
        ("serial:///dev/ttyUSB1", Attached("serial", "serial:///x", node="ttyUSB0"), False),
        ("ipp://127.0.0.1:631/printers/cards", usb(), False),
    ],
)
def test_an_address_means_a_device(uri: str, device: Attached, same: bool) -> None:
    assert is_configured(device, [known(uri)]) is same


def test_a_new_one_comes_with_lines_that_the_station_takes(tmp_path: Path) -> None:
    odd = usb('S"1\\é\x7f', device_id="MDL:RioTango2D;")
    first, second = meet([odd, usb("B")], [])
    assert (first.place, first.models) == (Place.NEW, ("tango2e",))
    path = tmp_path / "printstation.toml"
    path.write_text(f'data_dir = "d"\n{first.lines}{second.lines}', encoding="utf-8")
    config = Config.load(path)
    assert [printer.name for printer in config.printers] == ["tango2e", "tango2e-2"]
    assert is_configured(odd, [known(config.printers[0].uri)])


def test_two_models_with_the_same_ids_are_both_named() -> None:
    (met,) = meet([Attached("usb", "usb://0f49:0a00", (0x0F49, 0x0A00))], [])
    assert {"zenius", "zenius-ko"} <= set(met.models)
    assert "# or " in met.lines
    tomllib.loads(met.lines)


def test_a_unit_on_another_port_is_known_by_its_serial_number() -> None:
    printer = known("usbip://127.0.0.1:3240/1-1", "SIM00001")
    (met,) = meet([exported("1-3", "SIM00001")], [printer])
    assert (met.place, met.printer) == (Place.MOVED, "tango")
    assert "unit of printer tango, which is configured at usbip://127.0.0.1:3240/1-1" in met.remark
    assert 'name = "tango"' in met.lines and "/1-3" in met.lines


def test_two_swapped_cables_are_seen() -> None:
    a = known("usbip://127.0.0.1:3240/1-1", "A", name="a")
    b = known("usbip://127.0.0.1:3240/1-2", "B", name="b")
    met, _ = meet([exported("1-1", "B"), exported("1-2", "A")], [a, b])
    assert (met.place, met.printer) == (Place.HERE, "a")
    assert "that of printer b" in met.remark and "swapped" in met.remark


def test_what_does_not_fit_is_said() -> None:
    at = "usbip://127.0.0.1:3240/1-1"
    (other,) = meet([exported("1-1", "NEW")], [known(at, "OLD")])
    assert "another unit than the last one there, which was OLD" in other.remark
    (wrong,) = meet([exported("1-1")], [known(at, model="enduro")])
    assert "configured as enduro, but it looks like tango2e" in wrong.remark
    (same,) = meet([exported("1-1", "OLD")], [known(at, "OLD")])
    assert same.remark == ""
    (stranger,) = meet([Attached("usb", "usb://dead:beef", (0xDEAD, 0xBEEF))], [])
    assert (stranger.models, stranger.lines) == ((), "")


def test_no_sign_of_a_device_steers_the_terminal() -> None:
    assert readable("a\x1b[2Jb\nc\u202ed\x9be é 打") == "a�[2Jb�c�d�e é 打"


def test_any_text_is_a_toml_text() -> None:
    text = "".join(map(chr, range(1, 0x300))) + "打🖨"
    assert tomllib.loads(f"x = {toml_text(text)}") == {"x": text}
