"""`[[receipt_printers]]` of the office file: what it takes, and what it refuses in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.office import Office, OfficeError
from tests.unit.simulator.rig import EPOCH

CARDS = '[[printers]]\nname = "cards"\ndevice = "tiny-none"\n'


def office_of(tmp_path: Path, text: str) -> Office:
    path = tmp_path / "office.toml"
    path.write_text(CARDS + text, encoding="utf-8")
    return Office.from_file(path, lambda: EPOCH)


def test_an_office_has_none_unless_it_says_so(tmp_path: Path) -> None:
    assert office_of(tmp_path, "").receipts == {}
    assert Office.from_file(None, lambda: EPOCH).receipts == {}


def test_rows(tmp_path: Path) -> None:
    office = office_of(
        tmp_path,
        '[[receipt_printers]]\nname = "a"\n'
        '[[receipt_printers]]\nname = "b"\nkind = "tcp"\ndevice = "tm-58"\nport = 9100\n'
        '[[receipt_printers]]\nname = "c"\nkind = "serial"\npaper_mm = 10\n',
    )
    shown = [(p.name, p.kind, p.busid, p.spec.model, p.port) for p in office.receipts.values()]
    assert shown == [
        ("a", "usb", "2-1", "tm-80", 0),
        ("b", "tcp", "2-2", "tm-58", 9100),
        ("c", "serial", "2-3", "tm-80", 0),
    ]
    assert office.receipts["c"].body.roll_dots == 80
    assert list(office.printers) == ["cards"]


ROW = '[[receipt_printers]]\nname = "a"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[receipt_printers]]\nkind = "usb"\n', "name is missing"),
        (ROW + ROW, "stands in the office file twice"),
        ('[[receipt_printers]]\nname = "cards"\n', "stands in the office file twice"),
        (ROW + 'kind = "parallel"\n', "kind is one of usb, tcp, serial"),
        (ROW + 'device = "tm-1"\n', "there is no receipt printer tm-1"),
        (ROW + "port = 70000\n", "port is too large or negative"),
        (ROW + "paper_mm = true\n", "paper_mm must be int"),
        (ROW + 'colour = "red"\n', "unknown key colour"),
        ('[receipt_printers]\nname = "a"\n', "must be [[receipt_printers]]"),
    ],
)
def test_refusals(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(OfficeError) as refused:
        office_of(tmp_path, text)
    assert told in str(refused.value) and "\n" not in str(refused.value)
