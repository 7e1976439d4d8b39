"""The minutes name every card in full, add up by themselves, and are the same bytes for ever."""

from __future__ import annotations

import dataclasses

import pytest

from printstation.documents import minutes, photos, samples
from printstation.documents.minutes import DestroyedCard, Minutes
from printstation.documents.office import Onlooker
from tests.unit.printstation.documents.look import HOSTILE, mistakes
from tests.unit.printstation.documents.pdf import Pdf, squeezed

SIGNED = samples.burning(58)


@pytest.fixture(scope="module")
def weekly() -> Pdf:
    return Pdf(minutes.render(SIGNED))


@pytest.mark.parametrize(
    "text",
    [
        "BERITA ACARA PEMUSNAHAN",
        "Nomor: 470/0123/DKPS/XI/2026",
        "Pada hari ini Rabu tanggal dua puluh lima bulan November tahun dua ribu dua puluh enam",
        "bertempat di halaman belakang kantor",
        "Nama : Drs. Budi Misal NIP : 19800101 200501 1 002 Jabatan : Kepala Seksi",
        "Nama : Andi Umpama Instansi : Satpol PP Kota Bengkulu",
        "1. Surat Edaran Menteri Dalam Negeri Nomor 470.13/11176/SJ",
        "telah memusnahkan 58 (lima puluh delapan) keping kartu dengan cara dibakar",
        "1 Pita (ribbon) R-22119 498 kartu",
        "Lampiran I – Daftar kartu yang dimusnahkan",
        "Jumlah 58 (lima puluh delapan) keping.",
        "Lampiran II – Dokumentasi foto",
        "Foto 2. Pembakaran dengan saksi",
    ],
)
def test_what_was_done_stands_on_it(weekly: Pdf, text: str) -> None:
    assert squeezed(text) in weekly.text()


def test_every_card_is_named_with_all_that_was_given(weekly: Pdf) -> None:
    parts = {squeezed(part.text) for page in range(len(weekly)) for part in weekly.fragments(page)}
    text = weekly.text()
    for card in SIGNED.cards:
        assert {card.card, card.nik} - {""} <= parts
        assert squeezed(card.name) in text and squeezed(card.address) in text
    assert text.count("(blangko,tanpanama)") == sum(not card.name for card in SIGNED.cards)


def test_pages_are_numbered_and_each_page_of_the_annex_has_its_headings(weekly: Pdf) -> None:
    total = len(weekly)
    annex = [page for page in range(total) if weekly.size(page)[0] > weekly.size(page)[1]]
    assert len(annex) >= 2
    for page in range(total):
        assert f"Halaman{page + 1}dari{total}" in weekly.text(page)
        assert ("No.NamaNIKAlamatNomorkartuJenisSebab" in weekly.text(page)) == (page in annex)
    assert mistakes(weekly) == []


def test_signatures_are_not_alone_on_a_page(weekly: Pdf) -> None:
    page = next(i for i in range(len(weekly)) if "Yangmemusnahkan" in weekly.text(i))
    assert "Demikianberitaacara" in weekly.text(page)


def test_photos_carry_the_hash_of_the_file(weekly: Pdf) -> None:
    assert all(f"SHA-256{photo.sha256}" in weekly.text() for photo in SIGNED.photos)


def test_the_recap_adds_up_because_it_is_the_annex() -> None:
    cards = (
        DestroyedCard("1", "kia", "damaged"),
        DestroyedCard("2", "ktp-el-wni", "damaged"),
        DestroyedCard("3", "ktp-el-wni", "print-failed"),
        DestroyedCard("4", "ktp-el-wni", "eaten-by-goat"),
    )
    assert minutes.recap(cards) == {
        "headings": ["Sebab", "KIA", "KTP-el WNI", "Jumlah"],
        "rows": [
            ["Eaten-by-goat", "–", "1", "1"],
            ["Gagal cetak", "–", "1", "1"],
            ["Rusak", "1", "1", "2"],
        ],
        "total": ["Jumlah", "1", "3", "4"],
    }


@pytest.mark.slow
def test_a_draft_says_so_on_every_page_and_signed_minutes_nowhere(weekly: Pdf) -> None:
    """Slow, as all that sets a page: a process of its own."""
    draft = Pdf(minutes.render(samples.burning(30, signed=False)))
    assert all("DRAF" in draft.text(page) for page in range(len(draft)))
    assert "DRAF" not in weekly.text()


@pytest.mark.slow
def test_strange_and_long_names_are_neither_cut_nor_run() -> None:
    """Slow: some pages, each text against each other on it."""
    long = ("A" * 60, "W" * 60, "MUHAMMAD " * 12)
    cards = tuple(
        DestroyedCard(
            card="04A1B2C3D4E5F6071829" + str(i),
            card_type="ktp-el-wni",
            cause="perubahan" * 3,
            name=text,
            nik="1771991708450001",
            address=f"{text} RT 001 {text}",
        )
        for i, text in enumerate((*HOSTILE, *long))
    )
    strange = dataclasses.replace(
        SIGNED,
        cards=cards,
        photos=(),
        number='470/#x/"1"',
        witnesses=tuple(Onlooker(text, text, text, text) for text in HOSTILE[:5]),
    )
    pdf = Pdf(minutes.render(strange))
    text = pdf.text()
    assert mistakes(pdf) == []
    assert all(squeezed(sign) in text for sign in (*HOSTILE[:-2], *long))
    assert "SITI[U+0000][U+0007]CONTOH" in text and "[U+6F22]" in text


@pytest.mark.slow
def test_minutes_of_nothing_are_minutes() -> None:
    """Slow, as all that sets a page: a process of its own."""
    nothing = dataclasses.replace(
        SIGNED, cards=(), photos=(), supplies=(), basis=(), witnesses=(), signers=(), signed=False
    )
    text = Pdf(minutes.render(nothing)).text()
    assert squeezed("0 (nol) keping") in text and squeezed("disaksikan oleh: (belum diisi)") in text


def test_a_picture_that_is_none_is_refused_without_a_name() -> None:
    broken = photos.Photo(b"SITI CONTOH", "SITI CONTOH")
    with pytest.raises(photos.BadPhoto) as caught:
        minutes.render(dataclasses.replace(SIGNED, photos=(*SIGNED.photos, broken)))
    assert str(caught.value) == "photo 3 is not a whole JPEG or PNG picture"


@pytest.mark.parametrize(
    "large",
    [
        dataclasses.replace(SIGNED, photos=SIGNED.photos * minutes.MOST_PHOTOS),
        dataclasses.replace(SIGNED, cards=SIGNED.cards[:1] * (minutes.MOST_CARDS + 1)),
    ],
)
def test_more_than_a_paper_takes_is_refused(large: Minutes) -> None:
    with pytest.raises(minutes.TooLarge):
        minutes.data(large)
