"""Slips: every word in its place at both widths, nothing of a person but initials, and the same bytes."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from printstation.documents.slips import (
    COLUMNS,
    MAX_CODE,
    MAX_TEXT,
    HandoverReceipt,
    PickupSlip,
    Row,
    SlipError,
    handover_receipt,
    handover_rows,
    initials_of,
    pickup_rows,
    pickup_slip,
)

NIK = "1771994107900001"


def zone(hours: int) -> timezone:
    return timezone(timedelta(hours=hours))


BASE: dict[str, Any] = {
    "office": "Dinas Kependudukan dan Pencatatan Sipil Kabupaten Contoh",
    "ticket": "A-0412",
    "initials": "S.N.A.",
    "card_type": "ktp-el-wni",
    "code": "K-000412",
    "at": datetime(2026, 11, 25, 14, 5, tzinfo=zone(7)),
}


def pickup(**changes: Any) -> PickupSlip:
    return PickupSlip(**{**BASE, "shelf": "B-12", **changes})


def handover(**changes: Any) -> HandoverReceipt:
    return HandoverReceipt(**{**BASE, **changes})


def text(rows: list[Row]) -> str:
    return "\n".join(row.text for row in rows)


def test_a_pickup_slip_tells_what_the_person_needs() -> None:
    said = text(pickup_rows(pickup(hours="Senin–Jumat 08.00–15.00")))
    for wanted in (
        "BUKTI PENGAMBILAN KARTU",
        "A-0412",
        "Inisial S.N.A.",
        "Jenis kartu : KTP-el WNI",
        "Rak         : B-12",
        "Siap diambil: Rabu, 25 November 2026",
        "Pukul       : 14.05 WIB",
        "Jam layanan: Senin-Jumat 08.00-15.00",
    ):
        assert wanted in said
    assert "SALINAN" not in said
    assert [row.text for row in pickup_rows(pickup()) if row.qr] == ["K-000412"]


def test_a_handover_receipt_tells_who_took_it_and_what_was_given() -> None:
    rows = handover_rows(handover(receiver="proxy", old_card="police-letter", officer="rina"))
    said = text(rows)
    for wanted in (
        "TANDA TERIMA KARTU",
        "Penerima   : kuasa",
        "Kartu lama : surat kehilangan polisi",
        "Petugas    : rina",
        "Tanda tangan penerima:",
    ):
        assert wanted in said
    assert "Petugas" not in text(handover_rows(handover()))
    assert "Rak" not in said


@pytest.mark.parametrize(("hours", "name"), [(7, "WIB"), (8, "WITA"), (9, "WIT"), (2, "UTC+0200")])
def test_the_time_is_the_offices(hours: int, name: str) -> None:
    at = datetime(2026, 11, 25, 23, 30, tzinfo=zone(0)).astimezone(zone(hours))
    said = text(pickup_rows(pickup(at=at)))
    assert f"{at:%H.%M} {name}" in said
    assert ("Kamis, 26 November 2026" in said) is (hours != 0)


def test_a_copy_says_so_in_large_letters() -> None:
    for rows in (pickup_rows(pickup(copy=True)), handover_rows(handover(copy=True))):
        assert [row.big for row in rows if row.text == "SALINAN"] == [True]


def test_without_a_ticket_or_a_shelf() -> None:
    said = text(pickup_rows(pickup(ticket="", shelf="")))
    assert "Nomor" not in said and "Rak         : -" in said and "K-000412" in said


@pytest.mark.parametrize("columns", COLUMNS)
def test_no_line_is_wider_than_the_paper(columns: int) -> None:
    long = {"office": "Dinas " + "Kependudukan " * 10, "ticket": "T" * 40, "code": "c" * MAX_CODE}
    for rows in (
        pickup_rows(pickup(columns=columns, shelf="rak " * 20, hours="Senin " * 20, **long)),
        handover_rows(handover(columns=columns, officer="o" * 40, copy=True, **long)),
    ):
        wide = [r.text for r in rows if not r.qr and len(r.text) * (2 if r.big else 1) > columns]
        assert wide == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"initials": "Siti Nur Aminah"}, "initials"),
        ({"initials": "Siti"}, "initials"),
        ({"initials": ""}, "initials"),
        ({"ticket": NIK}, "ticket looks like a NIK"),
        ({"code": NIK}, "code looks like a NIK"),
        ({"shelf": f"rak {NIK}"}, "shelf looks like a NIK"),
        ({"code": "a b"}, "the code of a slip"),
        ({"code": "x" * (MAX_CODE + 1)}, "the code of a slip"),
        ({"code": ""}, "the code of a slip"),
        ({"office": "Dinas\x1b@"}, "cannot be printed"),
        ({"hours": "Senin\n"}, "cannot be printed"),
        ({"office": "x" * (MAX_TEXT + 1)}, "at most"),
        ({"columns": 40}, "columns"),
        ({"at": datetime(2026, 11, 25, 14, 5)}, "zone"),
    ],
)
def test_refusals_name_the_field_and_never_the_value(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(SlipError) as refused:
        pickup(**changes)
    assert told in str(refused.value)
    assert NIK not in str(refused.value) and "Aminah" not in str(refused.value)


def test_no_field_takes_a_name_or_a_nik() -> None:
    fields = {
        field.name for kind in (PickupSlip, HandoverReceipt) for field in dataclasses.fields(kind)
    }
    assert fields == {
        *("office", "ticket", "initials", "card_type", "code", "at", "hours", "copy", "columns"),
        *("shelf", "receiver", "old_card", "officer"),
    }


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Siti Nur Aminah", "S.N.A."),
        ("budi", "B."),
        ("I Gusti Ngurah Agung Putra", "I.G.N."),
        ("Éric 2 O'Neil", "É.O."),
        ("", "X."),
    ],
)
def test_initials(name: str, initials: str) -> None:
    assert initials_of(name) == initials
    assert pickup(initials=initials_of(name)).initials == initials


def test_the_same_data_gives_the_same_bytes() -> None:
    assert pickup_slip(pickup()) == pickup_slip(pickup())
    assert handover_receipt(handover()) != handover_receipt(handover(copy=True))
    assert pickup_slip(pickup()).endswith(b"\x1dV\x00")


FIRST_SLIP = """
import logging, os
before = dict(os.environ)
from tests.unit.printstation.documents.test_slips import pickup, pickup_slip
assert pickup_slip(pickup())
print(logging.root.handlers, dict(os.environ) == before)
"""


@pytest.mark.slow
def test_python_escpos_leaves_logger_environment_and_disk_as_they_were(tmp_path: Path) -> None:
    """In a process of its own: it only happens at the first import."""
    settings = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", FIRST_SLIP]
    said = subprocess.run(command, env=settings, capture_output=True, text=True, check=True)
    assert said.stdout == "[] True\n"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
