"""Pictures of the papers, with invented people: `python -m printstation.documents.samples FOLDER`."""

from __future__ import annotations

import io
import sys
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from printstation.documents import daily_report, minutes, recap, typesetting
from printstation.documents.daily_report import (
    CauseCount,
    Count,
    DailyReport,
    JobRow,
    JournalHead,
    OpenQuestion,
    Stop,
    Supply,
    TypeRow,
    Witness,
)
from printstation.documents.minutes import DestroyedCard, DestroyedSupply, Minutes
from printstation.documents.office import Office, Onlooker, Signer
from printstation.documents.photos import Photo
from printstation.documents.recap import MinutesLine, Recap, RecapRow, StockRow

PPI = 96
# A page of a document is a few greys: this many keep letters smooth and files small.
GREYS = 32

DAY = date(2026, 11, 25)
WIB = timezone(timedelta(hours=7))
OFFICE = Office(
    name="Dinas Kependudukan dan Pencatatan Sipil",
    regency="Kota Bengkulu",
    province="Provinsi Bengkulu",
    address="Jalan Contoh Nomor 1",
    seat="Bengkulu",
    contact="Telepon (0736) 000000 · Pos-el contoh@example.id",
)
HEAD_OF_SECTION = Signer(
    "Drs. Budi Misal", "Kepala Seksi Identitas Penduduk", "19800101 200501 1 002", "Mengetahui,"
)
OPERATOR = Signer("Rina Contoh, S.Kom.", "Operator cetak", "19900101 202012 2 001", "Petugas,")
_EMPTY = (
    "Blangko di hopper habis atau kartu tidak tertarik. Isi atau rapikan blangko, lalu hitung isi "
    "hopper."
)
_HOT = "Kepala cetak terlalu panas. Istirahatkan mesin; pencetakan dilanjutkan setelah pendinginan."

_WITNESSES = (
    Witness("tango", 210, 10234, 10444, 210, True),
    Witness("enduro", 190, None, None, 191, True, "satu panel terbuang saat pita dipasang"),
)
_SUPPLIES = (
    Supply("ribbon", "R-22119", "tango", 500, 498, 498, "spent"),
    Supply("ribbon", "R-22120", "tango", 500, 12, None, "loaded"),
    Supply("ribbon", "R-30031", "enduro", 300, 191, None, "loaded"),
)


def report() -> DailyReport:
    """A day of 400 cards on two printers."""
    return DailyReport(
        office=OFFICE,
        day=DAY,
        zone="WIB",
        as_of=datetime(2026, 11, 25, 16, 5, 12, tzinfo=WIB),
        provisional=False,
        types=(
            TypeRow(
                *("ktp-el-wni", 3200, 500, 351, 7, 3322),
                lent=20,
                causes=(CauseCount("print-failed", 5), CauseCount("encode-failed", 2)),
            ),
            TypeRow("kia", 800, 0, 41, 1, 758, causes=(CauseCount("damaged", 1),)),
        ),
        counts=(
            Count("store", "ktp-el-wni", 3220, 3220, "Rina Contoh"),
            Count("hopper:tango", "ktp-el-wni", 62, 62, "Rina Contoh"),
            Count(
                *("hopper:enduro", "ktp-el-wni", 42, 40, "Andi Umpama", "", 2),
                answerable=("Andi Umpama", "Rina Contoh"),
            ),
            Count("store", "kia", 758, 758, "Rina Contoh"),
        ),
        jobs=(
            JobRow("baru", 130, 128, 0, 1, 1),
            JobRow("rusak", 98, 96, 1, 0, 1),
            JobRow("hilang", 61, 61, 0, 0, 0),
            JobRow("perubahan data", 112, 107, 0, 2, 3),
        ),
        stops=(
            Stop("tango", "media-empty", _EMPTY, 2, timedelta(minutes=11)),
            Stop("enduro", "printhead-over-temp", _HOT, 1, timedelta(minutes=24)),
        ),
        witnesses=_WITNESSES,
        supplies=_SUPPLIES,
        questions=(
            OpenQuestion(
                "enduro",
                "Dua kartu kurang pada hitungan hopper. Apakah ada kartu di luar printer?",
                datetime(2026, 11, 25, 15, 59, tzinfo=WIB),
            ),
        ),
        signers=(OPERATOR, HEAD_OF_SECTION),
        head=JournalHead(48213, "48213-7KQ2-M4XD-9TWP-3HBZ"),
    )


_FIRST = ("SITI", "BUDI", "RINA", "ANDI", "DEWI", "AGUS", "SRI", "JOKO", "WATI", "HADI")
_LAST = ("CONTOH", "MISALNYA", "UMPAMA", "SEUMPAMA PUTRI", "ANDAIKAN", "CONTOH BIN MISAL")
_VILLAGES = ("KEL. PADANG CONTOH", "KEL. TANJUNG MISAL", "KEL. SUKA UMPAMA")
_CAUSES = ("print-failed", "data-changed", "damaged", "data-changed", "encode-failed")
LONGEST = DestroyedCard(
    card="04A1B2C3D4E580",
    card_type="ktp-el-wni",
    cause="data-changed",
    name="MUHAMMAD CONTOH ABDURRAHMAN MISALNYA AL UMPAMA SEUMPAMA PUTRA",
    nik="1771991708450001",
    address="JL. KAMPUANG TANJUANG KOTO MAMBANG SUNGAI DURIAN GANG CONTOH NOMOR 128 BLOK C "
    "RT 012 RW 034 KEL. KAMPUANG TANJUANG KOTO MAMBANG SUNGAI DURIAN KEC. BUAY PEMATANG RIBU RANAU TENGAH",
)


def cards(count: int) -> tuple[DestroyedCard, ...]:
    """As many cards as wanted, every eighth one a blank, under NIKs of a region that does not exist."""
    return tuple(_card(i) for i in range(1, count + 1))


def _card(i: int) -> DestroyedCard:
    card_type = "kia" if i % 7 == 0 else "ktp-el-wni"
    if i % 8 == 0:
        return DestroyedCard(f"B-{i:05d}", card_type, "encode-failed")
    return DestroyedCard(
        card=f"B-{i:05d}",
        card_type=card_type,
        cause=_CAUSES[i % len(_CAUSES)],
        name=f"{_FIRST[i % len(_FIRST)]} {_LAST[i % len(_LAST)]}",
        nik=f"177199{i % 28 + 1:02d}{i % 12 + 1:02d}{70 + i % 30:02d}{i % 9999 + 1:04d}",
        address=f"JL. CONTOH NO. {i} RT {i % 20 + 1:03d} RW {i % 9 + 1:03d} "
        f"{_VILLAGES[i % len(_VILLAGES)]} KEC. CONTOH",
    )


def burning(count: int = 58, signed: bool = True) -> Minutes:
    """A weekly burning."""
    return Minutes(
        office=OFFICE,
        number="470/0123/DKPS/XI/2026",
        day=DAY,
        place="halaman belakang kantor",
        method="burned",
        signers=(HEAD_OF_SECTION, OPERATOR),
        witnesses=(
            Onlooker("Andi Umpama", "Satpol PP Kota Bengkulu"),
            Onlooker("Sri Andaikan, S.H.", "Inspektorat Kota Bengkulu", "19750101 200012 2 001"),
        ),
        cards=(LONGEST, *cards(count - 1)),
        signed=signed,
        supplies=(DestroyedSupply("ribbon", "R-22119", "498 kartu"),),
        photos=(
            Photo(_picture((1200, 900)), "Kartu dihitung sebelum dibakar (gambar contoh)"),
            Photo(_picture((900, 1200)), "Pembakaran dengan saksi (gambar contoh)"),
        ),
        basis=("Surat Edaran Menteri Dalam Negeri Nomor 470.13/11176/SJ tanggal 13 Desember 2018",),
    )


def _picture(size: tuple[int, int]) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).save(out, "PNG")
    return out.getvalue()


def month() -> Recap:
    """The month that this day lies in."""
    return Recap(
        office=OFFICE,
        month=date(2026, 11, 1),
        day=date(2026, 12, 1),
        number="470/0131/DKPS/XII/2026",
        to="Wali Kota Bengkulu",
        copies=("Gubernur Bengkulu",),
        rows=(
            RecapRow("ktp-el-wni", "print-failed", 96, 90, 6),
            RecapRow("ktp-el-wni", "encode-failed", 11, 11, 0),
            RecapRow("ktp-el-wni", "damaged", 412, 398, 14),
            RecapRow("ktp-el-wni", "data-changed", 1187, 1150, 37),
            RecapRow("kia", "print-failed", 9, 9, 0),
            RecapRow("kia", "damaged", 14, 12, 2),
        ),
        stock=(
            StockRow("ktp-el-wni", 2120, 6000, 5321, 107, 2692),
            StockRow("kia", 1200, 0, 622, 9, 569),
        ),
        destructions=tuple(
            MinutesLine(f"470/01{number}/DKPS/XI/2026", date(2026, 11, day), "burned", count)
            for number, day, count in ((11, 6, 402), (16, 13, 395), (20, 20, 451), (25, 27, 422))
        ),
        signers=(
            Signer(
                "Dra. Dewi Contoh, M.Si.", "Kepala Dinas", "19700101 199503 2 001", "Mengetahui,"
            ),
            HEAD_OF_SECTION,
        ),
    )


def main(folder: Path) -> None:
    """Write the pictures; the same program writes the same pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    day, burned, monthly = report(), burning(), month()
    set_pages = {
        "daily-report": (
            typesetting.pages("daily_report", daily_report.data(day), daily_report.exact(day), PPI),
            0,
        ),
        "minutes": (
            typesetting.pages("minutes", minutes.data(burned), minutes.exact(burned), PPI),
            0,
        ),
        "recap": (typesetting.pages("recap", recap.data(monthly), {}, PPI), 0),
    }
    annex = set_pages["minutes"][0]
    set_pages["minutes-annex"] = (annex, next(i for i, page in enumerate(annex) if _wide(page)))
    for name, (found, place) in set_pages.items():
        _write(folder / f"{name}.png", found[place])


def _wide(page: bytes) -> bool:
    from PIL import Image

    width, height = Image.open(io.BytesIO(page)).size
    return width > height


def _write(path: Path, page: bytes) -> None:
    from PIL import Image

    grey = Image.open(io.BytesIO(page)).convert("L").quantize(GREYS, dither=Image.Dither.NONE)
    grey.save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
