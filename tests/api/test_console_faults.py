"""Somebody stands before a printer that does not print: the page says what to do next, in his language."""

from __future__ import annotations

from dataclasses import replace

import pytest

import drivers
from printstation.acts import fates
from printstation.diagnostics.supply_kinds import SUPPLIES, supply_kind
from printstation.spool.view import PrinterState
from printstation.station import Station
from printstation.store import feeds, journal
from tests.api.office import Office
from tests.api.operator import show

JAM = "Kartu macet di dalam printer."
TAKE_IT_OUT = "Buka penutup, keluarkan kartu, lalu tutup kembali."


@pytest.fixture(autouse=True)
def blanks(office: Office) -> None:
    office.stocked(5)


def card_of(office: Office, printer: str) -> str:
    """What the page says of one printer."""
    text = show(office).text.partition("Printer tango ")[2]
    return f"tango {text}".partition("Periksa kartu")[0].partition(f"{printer} ")[2]


def with_supplies(station: Station, *supplies: tuple[str, int, int | None]) -> None:
    worker = next(each for each in station.workers if each.view.name == "tango")
    worker.view = replace(worker.view, supplies=supplies)


# ------------------------------------------------------------------------------- a jam
def test_a_question_that_cannot_be_answered_yet_says_what_to_mend_first(office: Office) -> None:
    office.asked(discarded=False)
    office.see("tango", PrinterState.STOPPED, "card-fate-open", "discard-due", "media-jam")
    question = show(office).text.partition("Jawaban Anda")[2].partition("Pilih satu")[0]
    assert f"{JAM} Petugas {TAKE_IT_OUT}" in question
    assert "cetakan lama" not in question, "what the question itself is behind"


def test_a_jam_stands_before_what_follows_from_it(office: Office) -> None:
    office.see("tango", PrinterState.STOPPED, "no-blanks", "discard-due", "media-jam")
    said = office.get("/printers/tango")["reasons"]
    assert [reason["keyword"] for reason in said] == ["media-jam", "discard-due", "no-blanks"]


def test_no_keyword_stands_in_the_evidence(office: Office, station: Station) -> None:
    feed = office.feed(office.job())
    with station.store.write() as tx:
        fates.error_seen(tx, feeds.get(tx.conn, feed), ("media-jam",))
    identity = office.stop(feed, discarded=False)
    keywords = office.get(f"/questions/{identity}")["evidence"]["errors"]
    assert keywords and all(word in drivers.reasons() for word in keywords)
    for path in ("/", "/?lang=en"):
        evidence = show(office, path).text.partition("Printer tango")[0]
        assert not [word for word in keywords if word in evidence]


def test_a_printer_that_is_asked_about_is_never_without_something_to_do(office: Office) -> None:
    office.see("tango", PrinterState.IDLE)
    assert "Tidak perlu tindakan." in card_of(office, "tango").partition("enduro")[0]
    _, identity = office.asked()
    said = card_of(office, "tango").partition("enduro")[0]
    assert f"Jawab {identity}" in said and "Tidak perlu tindakan." not in said


# ------------------------------------------------------------------------------- supplies
def test_each_supply_bears_its_own_name(office: Office, station: Station) -> None:
    office.see("tango", PrinterState.IDLE)
    with_supplies(
        station,
        ("film", 500, None),
        ("ribbon YMCK", 1300, 1500),
        ("hopper", 0, None),
        ("Cleaning roller", 40, 100),
    )
    said = card_of(office, "tango")
    assert "Film 500" in said and "Pita 1.300 / 1.500" in said
    assert "Hopper menurut printer kosong" in said
    assert "Persediaan Cleaning roller: 40 / 100" in said


def test_a_ribbon_that_nears_its_end_is_told(office: Office, station: Station) -> None:
    office.see("tango", PrinterState.IDLE)
    with_supplies(station, ("ribbon", 31, 300), ("film", 3, None))
    assert "Hampir habis" not in card_of(office, "tango")
    with_supplies(station, ("ribbon", 30, 300), ("film", 3, None))
    assert "Pita 30 / 300Hampir habis; siapkan yang baru." in card_of(office, "tango")


def test_a_supply_is_known_by_a_word_of_its_name() -> None:
    assert {supply_kind(word.title()) for word in SUPPLIES} == set(SUPPLIES)
    assert supply_kind("Toner") == "other"


# ------------------------------------------------------------------------------- rest, journal
def test_a_printer_that_rests_is_no_printer_that_failed(office: Office, station: Station) -> None:
    office.see("tango", PrinterState.STOPPED, "resting")
    worker = next(each for each in station.workers if each.view.name == "tango")
    worker.view = replace(worker.view, resumes_at="2026-11-24T02:00:00.000Z")
    said = card_of(office, "tango")
    assert "‖ Istirahat" in said and "Kartu berikutnya sekitar 24-11-2026 09:00:00" in said
    assert "Berhenti" not in said.partition("enduro")[0]


def test_the_journal_says_why_a_printer_stopped(office: Office, station: Station) -> None:
    for kind, words in (("printer-stopped", ["cover-open"]), ("printer-ready", ["cleaning-due"])):
        with station.store.write() as tx:
            journal.append(tx, kind, printer="tango", data={"reasons": words, "raw": []})
    said = show(office).text.partition("Catatan terakhir")[2]
    assert "Printer berhentiPenutup printer terbuka." in said
    assert "Printer siapPrinter perlu dibersihkan" in said
