"""What is attached: read from a fake sysfs, from pyserial's list and from a bus in memory."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import drivers
from drivers import Attached, ask_attached, attached_lines, attached_usb, proposals
from tests.house.tree import ROOT
from tests.unit.drivers.fake_sysfs import TANGO_ID, FakeBus
from tests.unit.drivers.transports.fake_usb import Bus, Unit, failure


@pytest.fixture
def bus(tmp_path: Path) -> FakeBus:
    return FakeBus(tmp_path)


def models_of(found: Attached) -> list[str]:
    return [proposal.model.name for proposal in proposals(found)]


# ------------------------------------------------------------------------------- listing
def test_a_printer_is_listed_without_being_opened(bus: FakeBus) -> None:
    bus.plug("1-1.4", driver="usblp", device_id=TANGO_ID.encode())
    (found,) = attached_usb(bus.sys)
    assert found.uri == "usb://0c1f:1800/3C0001"
    assert (found.manufacturer, found.product, found.serial) == ("Magicard", "Tango 2e", "3C0001")
    assert (found.device_id, found.mdl) == (TANGO_ID, "RioTango2D")
    assert (found.node, found.lp, found.bound) == ("bus/usb/001/002", "usb/lp0", "usblp")
    assert found.port == "1-1.4"
    assert models_of(found) == ["tango2e"]


def test_what_is_no_printer_is_left_out(bus: FakeBus) -> None:
    bus.plug("1-1", ids="046d:c31c", kind="03")
    bus.plug("1-2", ids="04f1:403c", kind="08")
    bus.plug("1-3", ids="dead:beef", kind="07", serial="")
    assert [each.uri for each in attached_usb(bus.sys)] == [
        "usb://04f1:403c/3C0001",  # mass storage, but the ids of a model
        "usb://dead:beef",
    ]


def test_a_computer_without_usb_has_none(tmp_path: Path) -> None:
    assert attached_usb(tmp_path / "nowhere") == ()


def test_one_that_is_unplugged_meanwhile_is_left_out(bus: FakeBus) -> None:
    bus.plug("1-1")
    (bus.sys / "bus/usb/devices/1-1/busnum").unlink()
    assert attached_usb(bus.sys) == ()


ODD_IDS = [
    pytest.param("MFG:Épson ünïcode;MDL:Tangó 2e;SN:1;".encode(), "Tangó 2e", id="utf-8"),
    pytest.param("MFG:M;MDL:Tangó;".encode("latin-1"), "Tangó", id="latin-1"),
    pytest.param("MFG:马;MDL:打印机 🖨;".encode(), "打印机 🖨", id="far and emoji"),
    pytest.param(b"MFG:M;MDL:\xff\xfe\x01\x1b[2J;", "ÿþ\x01\x1b[2J", id="bytes of nothing"),
    pytest.param(b";;;:::MDL", "", id="no form at all"),
    pytest.param(b"", "", id="empty"),
]


@pytest.mark.parametrize(("raw", "mdl"), ODD_IDS)
def test_a_1284_id_of_any_bytes_breaks_nothing(bus: FakeBus, raw: bytes, mdl: str) -> None:
    bus.plug("1-1", driver="usblp", device_id=raw, serial="S/É 1")
    (found,) = attached_usb(bus.sys)
    assert found.mdl == mdl
    assert found.uri == "usb://0c1f:1800/S%2F%C3%89%201"
    address = drivers.parse_address(found.uri)
    assert getattr(address, "serial", None) == "S/É 1"
    assert models_of(found) == (["tango2e"] if mdl in ("", "RioTango2D") else [])


@dataclass
class Line:
    """As pyserial lists one."""

    device: str
    hwid: str = "USB VID:PID=0403:6001"
    vid: int | None = 0x0403
    pid: int | None = 0x6001
    manufacturer: str | None = "FTDI"
    product: str | None = "FT232R"
    description: str | None = None
    serial_number: str | None = "A5XK3RJT"
    location: str | None = "1-2"


def test_serial_lines_are_listed_by_a_name_that_stays(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").touch()
    by_id = tmp_path / "serial/by-id"
    by_id.mkdir(parents=True)
    (by_id / "usb-FTDI_FT232R_A5XK3RJT-if00-port0").symlink_to(tmp_path / "ttyUSB0")
    lines = [
        Line(str(tmp_path / "ttyUSB0")),
        Line("/dev/ttyACM3", serial_number=None, product=None, description="a modem"),
        Line("/dev/ttyS0", hwid="n/a"),
    ]
    named, plain = sorted(
        attached_lines(lambda: lines, tmp_path), key=lambda e: "by-id" not in e.uri
    )
    assert named.uri.endswith("/serial/by-id/usb-FTDI_FT232R_A5XK3RJT-if00-port0?baud=9600")
    assert (plain.uri, plain.product, plain.serial) == (
        "serial:///dev/ttyACM3?baud=9600",
        "a modem",
        "",
    )
    assert {proposal.model.family for proposal in proposals(plain)} == {"evolis"}
    drivers.parse_address(named.uri)


# ------------------------------------------------------------------------------- asking
FOUND = Attached("usb", "usb://0c1f:1800", (0x0C1F, 0x1800), node="bus/usb/001/002")


def test_asking_takes_control_requests_and_gives_the_device_back() -> None:
    unit = Unit(serial="3C0001", device_id=TANGO_ID)
    told = ask_attached(FOUND, Bus(unit))
    assert (told.serial, told.device_id, told.note) == ("3C0001", TANGO_ID, "")
    assert told.uri == "usb://0c1f:1800/3C0001"
    assert unit.did("write") == unit.did("read") == []
    names = [call[0] for call in unit.calls]
    assert names.count("open") == names.count("close") > 0
    assert names.count("claim") == names.count("release") == 1


def test_the_one_on_that_very_port_is_asked() -> None:
    first, second = Unit(serial="A"), Unit(serial="B")
    found = Attached("usb", "usb://0c1f:1800", (0x0C1F, 0x1800), node="bus/usb/001/003")
    assert ask_attached(found, Bus(first, second)).serial == "B"
    assert first.did("open") == []


def test_one_that_the_kernel_drives_is_not_asked() -> None:
    unit = Unit()
    bound = Attached("usb", FOUND.uri, FOUND.usb_ids, node=FOUND.node, bound="usblp")
    assert ask_attached(bound, Bus(unit)) is bound
    assert unit.calls == []


TROUBLES: dict[str, tuple[Callable[[Unit], None], str]] = {
    "held": (lambda u: u.script.update(open=[failure(errno.EBUSY)]), "made to fail"),
    "not permitted": (lambda u: u.script.update(open=[failure(errno.EACCES)]), "udev rule"),
    "gone": (lambda u: u.script.update(open=[failure(errno.ENODEV)]), "made to fail"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_one_that_cannot_be_asked_stays_listed(name: str) -> None:
    trouble, note = TROUBLES[name]
    unit = Unit()
    trouble(unit)
    told = ask_attached(FOUND, Bus(unit))
    assert (told.usb_ids, note in told.note) == (FOUND.usb_ids, True), told.note


def test_one_that_went_away_meanwhile_says_so() -> None:
    assert "went away" in ask_attached(FOUND, Bus()).note


# ------------------------------------------------------------------------------- proposing
@pytest.mark.parametrize("model", drivers.models().values(), ids=lambda model: str(model.name))
def test_every_model_with_usb_ids_is_proposed_for_them(model: drivers.Model) -> None:
    for ids in model.usb_ids:
        assert model.name in models_of(Attached("usb", "", ids))


def test_what_the_1284_id_says_comes_first() -> None:
    found = Attached("usb", "", (0x0C1F, 0x4800), device_id="MDL:Enduro+;")
    assert models_of(found) == ["enduro"]
    assert "1284" in proposals(found)[0].because


def test_a_vendor_alone_will_do_where_no_source_tells_the_product() -> None:
    assert "primacy" in models_of(Attached("usb", "", (0x0F49, 0x1234)))


def test_its_name_decides_between_models_with_the_same_ids() -> None:
    zenius = Attached("usb", "", (0x0F49, 0x0A00), device_id="MFG:Evolis;MDL:Zenius;")
    assert models_of(zenius) == ["zenius", "zenius-ko"], "the ribbon for colour comes first"
    primacy = Attached("usb", "", (0x0F49, 0x1234), product="Evolis Primacy 2")
    assert models_of(primacy) == ["primacy"]
    unnamed = Attached("usb", "", (0x0F49, 0x0A00), product="Card Printer")
    assert {"zenius", "dualys3-k", "primacy"} <= set(models_of(unnamed))
    assert models_of(Attached("usb", "", (0x1234, 0x0000))) == []


@pytest.mark.parametrize("text", ["", "host", "host:", "host:99999", "host:1/2", "a b:1"])
def test_a_server_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        drivers.usbip_server(text)


def test_servers_are_read() -> None:
    assert drivers.usbip_server("127.0.0.1:3240") == ("127.0.0.1", 3240)
    assert drivers.usbip_server("[::1]:3240") == ("::1", 3240)


# ------------------------------------------------------------------------------- permissions
def test_the_rules_that_ship_are_those_of_the_models() -> None:
    shipped = (ROOT / "docs/service/60-printstation.rules").read_text(encoding="utf-8")
    assert shipped == drivers.udev_rules(), "its second comment says how it is made"
    for model in drivers.models().values():
        for vendor, product in model.usb_ids:
            assert f'ATTR{{idVendor}}=="{vendor:04x}"' in shipped
            vendors = getattr(model.facts, "any_product", False) or vendor == 0x0F49
            assert vendors or f'ATTR{{idProduct}}=="{product:04x}"' in shipped
