"""The month's recap: paper and table tell the same."""

from __future__ import annotations

import csv
import dataclasses
import io

import pytest

from printstation.documents import recap, samples
from printstation.documents.office import Office
from tests.unit.printstation.documents.look import mistakes
from tests.unit.printstation.documents.pdf import Pdf, squeezed

MONTH = samples.month()


@pytest.mark.slow
def test_the_paper() -> None:
    """Slow, as all that sets a page: a process of its own."""
    pdf = Pdf(recap.render(MONTH))
    for text in (
        "Bulan November 2026",
        "Yth. Wali Kota Bengkulu Tembusan : Gubernur Bengkulu",
        "KTP-el WNI Gagal cetak 96 90 6 Gagal encode 11 11 –",
        "Jumlah KTP-el WNI 1.706 1.649 57 KIA Gagal cetak 9 9 –",
        "Jumlah 1.729 1.670 59",
        "KTP-el WNI 2.120 6.000 5.321 107 2.692 2,0 %",
        "470/0125/DKPS/XI/2026 27-11-2026 dibakar 422 Jumlah 1.670",
        "Bengkulu, 1 Desember 2026",
        "Halaman 1 dari 1",
    ):
        assert squeezed(text) in pdf.text(), text
    assert mistakes(pdf) == []


@pytest.mark.slow
def test_an_unfinished_month_with_nothing_in_it() -> None:
    """Slow, as all that sets a page: a process of its own."""
    empty = dataclasses.replace(MONTH, rows=(), destructions=(), copies=(), provisional=True)
    text = Pdf(recap.render(empty)).text()
    assert squeezed("bulan ini belum berakhir") in text
    assert squeezed("Tidak ada kartu rusak") in text and "Tembusan" not in text


def test_the_table_has_the_same_rows() -> None:
    rows = list(csv.DictReader(io.StringIO(recap.csv(MONTH), newline="")))
    assert len(rows) == len(MONTH.rows)
    assert rows[3] == {
        "bulan": "2026-11",
        "kantor": "Dinas Kependudukan dan Pencatatan Sipil",
        "wilayah": "Kota Bengkulu",
        "jenis": "ktp-el-wni",
        "jenis_kartu": "KTP-el WNI",
        "sebab": "data-changed",
        "sebab_kartu": "perubahan elemen data",
        "tercatat": "1187",
        "dimusnahkan": "1150",
        "menunggu": "37",
    }
    assert recap.csv(MONTH).endswith("\r\n")


def test_signs_in_the_table_stay_text() -> None:
    office = Office('=1+1,"x"\n', "-Kota; X", "", "", "")
    text = recap.csv(dataclasses.replace(MONTH, office=office))
    first = next(csv.DictReader(io.StringIO(text, newline="")))
    assert (first["kantor"], first["wilayah"]) == ('\'=1+1,"x"\n', "'-Kota; X")
