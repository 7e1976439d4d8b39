"""The pictures of the slips in `docs/pictures`; run this module to draw them anew.

Each shows one slip at both widths, as the simulated printer put it on paper.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from PIL import Image

from printstation.documents.slips import (
    COLUMNS,
    HandoverReceipt,
    PickupSlip,
    handover_receipt,
    pickup_slip,
)
from simulator.receipt.paper import Slip
from simulator.receipt.printer import ReceiptPrinter
from simulator.receipt.spec import load_receipt

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
DEVICES = {48: "tm-80", 32: "tm-58"}
#: Grey around white paper, in dots.
EDGE, GREY = 24, 200
OFFICE = "Dinas Kependudukan dan Pencatatan Sipil Kabupaten Contoh"
AT = datetime(2026, 11, 25, 14, 5, tzinfo=timezone(timedelta(hours=7)))


def pickup(columns: int) -> bytes:
    """A card waits on the shelf."""
    return pickup_slip(
        PickupSlip(
            office=OFFICE,
            ticket="A-0412",
            initials="S.N.A.",
            card_type="ktp-el-wni",
            code="K-000412",
            at=AT,
            shelf="B-12",
            hours="Senin–Jumat 08.00–15.00",
            columns=columns,
        )
    )


def handover(columns: int) -> bytes:
    """A proxy took it, and this is the second slip of it."""
    return handover_receipt(
        HandoverReceipt(
            office=OFFICE,
            ticket="A-0412",
            initials="S.N.A.",
            card_type="ktp-el-wni",
            code="K-000412",
            at=AT,
            copy=True,
            receiver="proxy",
            old_card="surrendered",
            officer="rina",
            columns=columns,
        )
    )


PICTURES = {"slip-pickup.png": pickup, "slip-handover.png": handover}


def paper(slip: bytes, columns: int) -> Slip:
    """What a printer of that width makes of the bytes."""
    printer = ReceiptPrinter("slip", "usb", "2-1", "R-1", load_receipt(DEVICES[columns]))
    assert printer.hear(slip, 0.0) == len(slip)
    printer.advance(60.0)
    return printer.body.slips[-1]


def draw(name: str) -> Image.Image:
    """Both widths side by side."""
    papers = [paper(PICTURES[name](columns), columns).picture.convert("L") for columns in COLUMNS]
    width = sum(each.width + EDGE for each in papers) + EDGE
    sheet = Image.new("L", (width, max(each.height for each in papers) + 2 * EDGE), GREY)
    left = EDGE
    for each in papers:
        sheet.paste(each, (left, EDGE))
        left += each.width + EDGE
    return sheet


if __name__ == "__main__":
    for picture in PICTURES:
        draw(picture).save(FOLDER / picture, optimize=True)
