"""`printer find` over a real USB/IP server: it lists, asks only whom it may, and never gets in a daemon's way."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers import DeviceBusy, open_port
from simulator.device import Setup
from tests.api.commands import Command
from tests.api.office import SERIAL, Office
from tests.contract.cable_kit import EchoPrinter, ServerThread

ODD = "MFG:Épson;MDL:打印机 \x1b[2J;SN:S-é;".encode()


class Printer(EchoPrinter):
    """One that tells a 1284 id, and counts how often anybody asked it for anything."""

    asked = 0

    def __init__(self, busid: str, text: bytes) -> None:
        super().__init__(busid)
        self.text = text

    def control(self, setup: Setup, data: bytes, now: float) -> bytes:
        self.asked += 1
        if (setup.request_type, setup.request) == (0xA1, 0):
            return (len(self.text) + 2).to_bytes(2, "big") + self.text
        return super().control(setup, data, now)


@pytest.fixture
def printers() -> tuple[Printer, Printer]:
    return Printer("1-1", b"MDL:RioTango2D;SN:A;"), Printer("1-2", ODD)


@pytest.fixture
def server(printers: tuple[Printer, Printer]) -> Iterator[ServerThread]:
    server = ServerThread(*printers)
    yield server
    server.close()


def at(server: ServerThread, busid: str = "") -> str:
    return f"127.0.0.1:{server.port}" + (f"/{busid}" if busid else "")


def configured(folder: Path, uri: str, data: str = "data") -> None:
    (folder / "printstation.toml").write_text(
        f'data_dir = "{data}"\n[[printers]]\nname = "tango"\nmodel = "tango2e"\nuri = "{uri}"\n'
    )


def test_exports_are_listed_and_asked(command: Command, server: ServerThread) -> None:
    code, out, err = command("printer", "find", "--usbip", at(server), "--json")
    assert (code, err) == (0, "")
    first, second = json.loads(out)["devices"][-2:]
    assert (first["serial"], first["models"], first["place"]) == ("A", ["tango2e"], "new")
    assert f'uri = "usbip://{at(server, "1-1")}"' in first["configuration"]
    assert (second["serial"], second["models"]) == ("S-é", [])
    assert second["device_id"] == ODD.decode()


def test_people_read_it_whatever_the_device_says(command: Command, server: ServerThread) -> None:
    code, out, _ = command("printer", "find", "--usbip", at(server))
    assert (code, "\x1b" in out) == (0, False)
    assert "1284 id: MFG:Épson;MDL:打印机 �[2J;SN:S-é;" in out
    assert "to use it, add:" in out and "none of ours" in out


def test_nobody_is_asked_with_no_ask(
    command: Command, server: ServerThread, printers: tuple[Printer, Printer]
) -> None:
    assert command("printer", "find", "--usbip", at(server), "--no-ask")[0] == 0
    assert [printer.asked for printer in printers] == [0, 0]


def test_a_configured_printer_is_not_opened_while_its_station_runs(
    command: Command, server: ServerThread, printers: tuple[Printer, Printer], tmp_path: Path
) -> None:
    """The station of these tests has the data folder. The server is listed without being named."""
    configured(tmp_path, f"usbip://{at(server, '1-1')}")
    code, out, _ = command("printer", "find")
    assert (code, "configured as printer tango" in out) == (0, True)
    assert (printers[0].asked, printers[1].asked > 0) == (0, True)


def test_cables_that_were_swapped_are_named_while_no_station_runs(
    command: Command,
    office: Office,
    server: ServerThread,
    printers: tuple[Printer, Printer],
    tmp_path: Path,
) -> None:
    """Both ports are configured: only the serial number tells which unit hangs where."""
    office.stocked()
    office.printed(office.job())
    shutil.copytree(tmp_path / "data", tmp_path / "off")
    printers[1].text = f"MDL:RioTango2D;SN:{SERIAL};".encode()
    configured(tmp_path, f"usbip://{at(server, '1-1')}", data="off")
    with (tmp_path / "printstation.toml").open("a") as more:
        uri = f"usbip://{at(server, '1-2')}"
        more.write(f'[[printers]]\nname = "spare"\nmodel = "tango2e"\nuri = "{uri}"\n')
    code, out, _ = command("printer", "find", "--json")
    there = json.loads(out)["devices"][-1]
    assert (code, there["printer"], there["serial"]) == (0, "spare", SERIAL)
    assert there["remark"] == (
        "but the unit there is that of printer tango: two cables are swapped"
    )


def test_one_that_somebody_holds_is_left_alone(command: Command, server: ServerThread) -> None:
    held = open_port(f"usbip://{at(server, '1-2')}")
    try:
        code, out, _ = command("printer", "find", "--usbip", at(server))
        assert (code, "not asked: " in out, "held by another client" in out) == (0, True, True)
        assert held.port_status() == 0x18, "the holder lost its device"
    finally:
        held.close()


def test_a_listing_holds_nothing(command: Command, server: ServerThread) -> None:
    assert command("printer", "find", "--usbip", at(server))[0] == 0
    for _ in range(5):
        server.call(lambda: None)  # the server's loop turns: it has seen that we hung up
    for busid in ("1-1", "1-2"):
        try:
            open_port(f"usbip://{at(server, busid)}").close()
        except DeviceBusy as error:
            raise AssertionError("the listing still holds it") from error


def test_a_unit_that_the_database_knows_is_found_elsewhere(
    command: Command,
    office: Office,
    server: ServerThread,
    printers: tuple[Printer, Printer],
    tmp_path: Path,
) -> None:
    office.stocked()
    office.printed(office.job())
    printers[1].text = f"MDL:RioTango2D;SN:{SERIAL};".encode()
    configured(tmp_path, f"usbip://{at(server, '9-9')}")
    code, out, _ = command("printer", "find", "--json")
    moved = json.loads(out)["devices"][-1]
    assert (code, moved["place"], moved["printer"]) == (0, "on-another-port", "tango")
    assert re.search(r"unit of printer tango.*9-9", moved["remark"])


def test_what_cannot_be_looked_at_is_said(command: Command) -> None:
    code, _, err = command("printer", "find", "--usbip", "127.0.0.1:1", "--usbip", "nonsense")
    assert code == 2
    assert [line.startswith("printstation: ") for line in err.splitlines()] == [True, True]


def test_a_wrong_configuration_is_one_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "printstation.toml").write_text("data_dir = 5\n")
    code, out, err = command("printer", "find")
    assert (code, out, err.count("\n")) == (2, "", 1)
