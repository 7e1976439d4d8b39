"""A slip over each real cable: USB/IP, TCP and a serial line, to a simulator in a process of its own.

One body for all three; the driver, the slip and the simulator are those of an office. Starting the
process costs a second, hence `slow`.
"""

from __future__ import annotations

import io
import time
import urllib.error
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
import zxingcpp
from PIL import Image

from drivers import DeviceGone, ReceiptPrinter, SlipFate, open_receipt_printer
from printstation.documents.slips import PickupSlip, pickup_rows, pickup_slip
from tests.contract.simulator_process import Simulator

pytestmark = pytest.mark.slow

OFFICE = """
[[printers]]
name = "left"
device = "tiny-pick"

[[receipt_printers]]
name = "on-usb"

[[receipt_printers]]
name = "on-tcp"
kind = "tcp"
device = "tm-58"

[[receipt_printers]]
name = "on-serial"
kind = "serial"
"""
CABLES = ("on-usb", "on-tcp", "on-serial")


class Wall:
    """The real clock."""

    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    office = tmp_path_factory.mktemp("office") / "office.toml"
    office.write_text(OFFICE, encoding="utf-8")
    where = ("--usbip", "127.0.0.1:0", "--control", "127.0.0.1:0", "--speed", "100")
    started = Simulator("--office", str(office), *where)
    yield started
    assert started.end() == (0, "")


def slip(columns: int) -> PickupSlip:
    return PickupSlip(
        office="Dinas Kependudukan dan Pencatatan Sipil Kabupaten Contoh",
        ticket="A-0412",
        initials="S.N.A.",
        card_type="ktp-el-wni",
        code="K-000412",
        at=datetime(2026, 11, 25, 14, 5, tzinfo=timezone(timedelta(hours=9))),
        shelf="B-12",
        columns=columns,
    )


def opened(simulator: Simulator, name: str) -> tuple[ReceiptPrinter, int]:
    shown = simulator.ask(f"/receipts/{name}")
    return open_receipt_printer(shown["uri"], Wall()), shown["columns"]


@pytest.mark.parametrize("name", CABLES)
def test_a_slip_comes_out_as_it_was_written(simulator: Simulator, name: str) -> None:
    printer, columns = opened(simulator, name)
    assert printer.status().raw == "12 12 12 12"
    assert printer.print(pickup_slip(slip(columns))).fate is SlipFate.PRINTED
    printer.close()
    paper = simulator.ask(f"/receipts/{name}/slips")[-1]
    assert (paper["end"], paper["unknown"]) == ("cut", [])
    assert paper["qr"] == ["K-000412"]
    wanted = ["" if row.qr else row.text.rstrip() for row in pickup_rows(slip(columns))]
    assert paper["lines"] == wanted
    assert any("14.05 WIT" in line for line in paper["lines"])
    with Image.open(io.BytesIO(simulator.fetch(paper["png"]))) as picture:
        read = zxingcpp.read_barcodes(picture.convert("L"))
    assert [code.text for code in read] == ["K-000412"]


@pytest.mark.parametrize("name", CABLES)
def test_paper_and_cover_are_read_back(simulator: Simulator, name: str) -> None:
    printer, columns = opened(simulator, name)
    simulator.ask(f"/receipts/{name}/faults", {"fault": "paper-end", "line": 4})
    done = printer.print(pickup_slip(slip(columns)))
    assert done.fate is SlipFate.UNSURE
    for act, keyword in (("new-paper", None), ("open-cover", "cover-open"), ("close-cover", None)):
        simulator.ask(f"/receipts/{name}/acts", {"act": act})
        words = [reason.keyword for reason in printer.status().reasons]
        assert words == ([keyword] if keyword else [])
    assert printer.print(pickup_slip(slip(columns))).fate is SlipFate.PRINTED
    printer.close()


@pytest.mark.parametrize("name", CABLES)
def test_a_printer_switched_off_inside_a_slip(simulator: Simulator, name: str) -> None:
    printer, columns = opened(simulator, name)
    simulator.ask(f"/receipts/{name}/faults", {"fault": "power-loss", "line": 4})
    assert printer.print(pickup_slip(slip(columns))).fate is SlipFate.UNSURE
    printer.close()
    simulator.ask(f"/receipts/{name}/acts", {"act": "power-on"})
    simulator.ask(f"/receipts/{name}/acts", {"act": "tear-off"})
    torn = simulator.ask(f"/receipts/{name}/slips")[-1]
    assert (torn["end"], torn["qr"]) == ("uncut", [])
    printer, _ = opened(simulator, name)
    assert printer.print(pickup_slip(slip(columns))).fate is SlipFate.PRINTED
    printer.close()


def test_a_printer_that_is_off(simulator: Simulator) -> None:
    """USB and TCP cannot be opened; a serial line can, and stays silent."""
    for name in CABLES:
        uri = simulator.ask(f"/receipts/{name}")["uri"]
        simulator.ask(f"/receipts/{name}/acts", {"act": "power-off"})
        try:
            printer = open_receipt_printer(uri, Wall())
        except DeviceGone:
            assert name != "on-serial"
        else:
            done = printer.print(b"nothing\n")
            assert (done.fate, done.acknowledged) == (SlipFate.NOT_PRINTED, 0)
            printer.close()
        simulator.ask(f"/receipts/{name}/acts", {"act": "power-on"})


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/receipts/nobody", None, 404),
        ("/receipts/on-usb/slips/999.png", None, 404),
        ("/receipts/on-usb/acts", {"act": "kick"}, 422),
        ("/receipts/on-usb/faults", {"fault": "fire"}, 422),
        ("/receipts/on-usb/faults", {"fault": "paper-end", "line": -1}, 422),
    ],
)
def test_refusals(
    simulator: Simulator, path: str, body: dict[str, object] | None, status: int
) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        simulator.ask(path, body)
    assert refused.value.code == status
    refused.value.close()


def test_card_printers_are_listed_without_them(simulator: Simulator) -> None:
    """Whoever iterates GET /printers loads hoppers; a receipt printer has none."""
    assert [row["name"] for row in simulator.ask("/printers")] == ["left"]
    shown = simulator.ask("/receipts")
    assert [(row["name"], row["kind"]) for row in shown] == [
        ("on-usb", "usb"),
        ("on-tcp", "tcp"),
        ("on-serial", "serial"),
    ]
