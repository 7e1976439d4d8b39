"""The day's report tells what it was given, fits its pages and can be read back by a machine."""

from __future__ import annotations

import dataclasses
import io
from datetime import timedelta

import msgspec
import pytest
import zxingcpp
from PIL import Image

from printstation.documents import daily_report, samples, typesetting
from printstation.documents.daily_report import Count, DailyReport, JobRow, Stop, TypeRow
from tests.unit.printstation.documents.look import HOSTILE, mistakes
from tests.unit.printstation.documents.pdf import Pdf, squeezed

REPORT = samples.report()
_N = 123_456
_LARGE = TypeRow("kia", _N, _N, _N, _N, _N, _N, _N, _N, _N, _N, _N)


@pytest.fixture(scope="module")
def typical() -> Pdf:
    return Pdf(daily_report.render(REPORT))


@pytest.mark.parametrize(
    "text",
    [
        "DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL",
        "PEMERINTAH KOTA BENGKULU",
        "Rabu, 25 November 2026",
        "Keadaan per 25-11-2026 pukul 16.05.12 WIB",
        # Only columns that hold something stand beside those of the letter.
        "Jenis Awal Baru Terpakai Rusak Dipinjamkan Sisa",
        "KTP-el WNI 3.200 500 351 7 20 3.322",
        "Jumlah 4.000 500 392 8 20 4.080",
        "KTP-el WNI rusak menurut sebab: gagal cetak 5, gagal encode 2.",
        "Gudang KTP-el WNI 3.220 3.220 0 cocok Rina Contoh",
        "Hopper enduro KTP-el WNI 42 40 −2",
        "hilang 2 – penanggung jawab: Andi Umpama, Rina Contoh",
        "Perubahan elemen data 112 107 – 2 3",
        "tango 210 10.234 10.444 210 210 sesuai",
        "enduro 190 tidak ada tidak ada tidak ada 191 satu panel terbuang saat pita dipasang",
        "(media-empty) 2 11 menit",
        "Pita (ribbon) R-22119 tango habis 500 498 498 (99,6 %)",
        "enduro 25-11-2026 15.59 WIB – Dua kartu kurang",
        "entri no. 48.213",
        "48213-7KQ2-M4XD-9TWP-3HBZ",
        "Drs. Budi Misal NIP 19800101 200501 1 002",
        "Halaman 1 dari",
    ],
)
def test_what_it_was_given_stands_on_it(typical: Pdf, text: str) -> None:
    assert squeezed(text) in typical.text()


def test_a_day_of_400_cards_takes_two_pages_at_most(typical: Pdf) -> None:
    assert sum(row.completed for row in REPORT.jobs) > 380 and len(typical) <= 2
    assert mistakes(typical) == []
    assert "SEMENTARA" not in typical.text() and "berbeda" not in typical.text()


@pytest.mark.slow
def test_the_head_is_read_back_from_the_paper() -> None:
    """Slow: a page is drawn at the 200 dpi of a common scanner."""
    data, exact = daily_report.data(REPORT), daily_report.exact(REPORT)
    pages = typesetting.pages("daily_report", data, exact, 200)
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(pages[-1])))
    assert [code.text for code in found] == [REPORT.head.code]


@pytest.mark.slow
def test_an_empty_unfinished_day_is_marked_and_says_so() -> None:
    """Slow, as all that sets a page: a process of its own."""
    empty = dataclasses.replace(
        REPORT,
        provisional=True,
        types=(),
        counts=(),
        jobs=(),
        stops=(),
        witnesses=(),
        supplies=(),
        questions=(),
    )
    text = Pdf(daily_report.render(dataclasses.replace(empty, signers=()))).text()
    assert squeezed("SEMENTARA – hari ini belum ditutup") in text
    assert squeezed("Belum ada hitungan.") in text and squeezed("Tidak ada permohonan.") in text


def test_a_row_that_does_not_add_up_is_shown() -> None:
    row = TypeRow("kia", 800, 10, 41, 1, 770, borrowed=3, home=2, lent=1, returned=1, missing=1)
    assert row.unexplained == 0
    wrong = dataclasses.replace(row, remaining=768, corrected=-1)
    assert wrong.unexplained == -1
    blanks = daily_report.data(dataclasses.replace(REPORT, types=(row, wrong)))["blanks"]
    assert blanks["wrong"] == ["KIA: sisa berbeda −1 dari jumlah baris ini."]
    assert blanks["headings"] == [
        *("Jenis", "Awal", "Baru", "Dipinjam", "Kembali", "Terpakai", "Rusak", "Dipinjamkan"),
        *("Dikembalikan", "Hilang", "Koreksi", "Sisa"),
    ]


def test_a_difference_without_a_word_is_not_passed_over() -> None:
    counts = (
        Count("store", "kia", 5, 4),
        Count("store", "kia", 5, 6, explanation="satu terselip"),
        Count("nowhere", "kia", 5, 5),
    )
    rows = daily_report.data(dataclasses.replace(REPORT, counts=counts))["counts"]
    assert [row["note"] for row in rows] == ["belum dijelaskan", "satu terselip", "cocok"]
    assert [row["differs"] for row in rows] == [True, True, False]


def test_a_reason_has_the_word_of_the_request() -> None:
    jobs = tuple(JobRow(word, 1, 1, 0, 0, 0) for word in ("moved", "acara khusus", ""))
    rows = daily_report.data(dataclasses.replace(REPORT, jobs=jobs))["jobs"]
    assert [row[0] for row in rows] == [
        *("Pindah datang", "Acara khusus", "Tanpa alasan tercatat", "Jumlah")
    ]


@pytest.mark.slow
def test_the_longest_and_the_strangest_day_is_neither_cut_nor_run() -> None:
    """Slow: several pages."""
    long = "KAMPUANG TANJUANG KOTO MAMBANG SUNGAI DURIAN " * 3 + "W" * 60
    report = dataclasses.replace(
        REPORT,
        counts=tuple(
            Count(f"hopper:{text}", text, 10**6, 0, text, text, 9, (long, text)) for text in HOSTILE
        ),
        stops=tuple(
            Stop(f"printer-{i}", "w" * 40, f"{long} {i}", 9999, timedelta(hours=99))
            for i in range(30)
        ),
        types=(dataclasses.replace(_LARGE, card_type=long[:40]), _LARGE),
    )
    pdf = Pdf(daily_report.render(report))
    text = pdf.text()
    assert mistakes(pdf) == []
    assert all(squeezed(sign) in text for sign in HOSTILE[:-2])
    assert "SITI[U+0000][U+0007]CONTOH" in text and "[U+0633]" in text
    # 30 stops and 12 counts, which may be torn between pages; the type stands in its row and its warning.
    assert text.count("KAMPUANG") == 3 * (30 + len(HOSTILE)) + 2
    assert text.count("W" * 10) == 6 * (30 + len(HOSTILE))


def test_a_report_is_kept_as_json_and_comes_back_the_same() -> None:
    kept = msgspec.json.encode(REPORT)
    assert msgspec.json.decode(kept, type=DailyReport) == REPORT
