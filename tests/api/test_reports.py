"""Reports of days and months: what adds up, and what never changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from printstation.config import Office as OfficeConfig
from printstation.reports import months
from printstation.station import Station
from printstation.store import audit, journal
from printstation.store.headcode import parse_head_code
from tests.api.daybook import KTP, TWO, Calendar, close, facts, load, receive, row
from tests.api.office import Office, pointers, problem
from tests.unit.printstation.documents.pdf import Pdf, squeezed

MENDED = {"card": "spoiled", "cause": "damaged", "reason": "looked again", **TWO}


@pytest.fixture(autouse=True)
def audited(station: Station) -> Any:
    """Whatever a test did, the audit agrees with it."""
    yield
    with station.store.read() as conn:
        assert [str(found) for found in audit.audit(conn)] == []


# ------------------------------------------------------------------------------- what adds up
def busy_day(office: Office) -> tuple[list[str], str]:
    """Everything that can happen to blanks; the printed cards, and a loan that is half out."""
    receive(office, 10, "B2")
    terms = {
        "office": "Sebelah",
        "card_type": KTP,
        "version": "1",
        "due": "2027-01-01",
        "by": "Ani",
    }
    lent = {**terms, "direction": "lent", "count": 6, "document": "D1"}
    loan = office.act("/loans", lent).json()["id"]
    borrowed = {**terms, "direction": "borrowed", "batch": "BX", "count": 4, "document": "D2"}
    owed = office.act("/loans", borrowed).json()["id"]
    office.act(f"/loans/{loan}/returns", {"count": 2, "by": "Ani"})
    office.act(f"/loans/{owed}/returns", {"count": 1, "by": "Ani"})
    good = [office.printed(office.job(reason="lost")) for _ in range(3)]
    office.act(f"/cards/{good[0]}/correction", MENDED)
    question = office.stop(office.feed(office.job()))
    said = {"card": "spoiled", "job": "cancel", "cause": "print-failed", "by": "Ani"}
    office.act(f"/questions/{question}/answer", said)
    gone = {"card_type": KTP, "place": "store", "count": 2, "reason": "gone", **TWO}
    office.act("/stock/missing", gone)
    back = {"card_type": KTP, "count": 3, "document": "D3", **TWO}
    assert office.act("/stock/returns", back).status_code == 200
    return good, loan


def test_a_day_adds_up_whatever_happened(office: Office, calendar: Calendar) -> None:
    receive(office, 50)
    load(office, 20)
    close(office)
    calendar.at += timedelta(days=1)
    good, loan = busy_day(office)
    found = {"counted": 60, "reason": "they lay behind the printer"}
    assert office.act("/printers/tango/hopper-count", found).status_code == 200
    close(office)
    assert row(office, "2026-11-26") == {
        "opening": 50,
        "received": 10,
        "borrowed": 4,
        "home": 2,
        "corrected": 19,
        "used": 2,
        "spoiled": 2,
        "lent": 6,
        "returned": 4,
        "missing": 2,
        "remaining": 69,
    }
    day = facts(office, "2026-11-26")
    assert day["types"][0]["causes"] == {"damaged": 1, "print-failed": 1}
    assert day["waiting"] == {KTP: {"damaged": 1, "print-failed": 1}}
    by_reason = {each["reason"]: each for each in day["jobs"]}
    assert (by_reason["hilang"]["posted"], by_reason["hilang"]["completed"]) == (3, 3)
    assert by_reason["none"]["canceled"] == 1
    calendar.at += timedelta(days=1)
    # Yesterday's card is spoiled today: the days still add up to the month.
    office.act(f"/cards/{good[1]}/correction", MENDED)
    office.act(f"/loans/{loan}/settle", {"reason": "burnt over there", **TWO})
    close(office)
    moved = {"used": -1, "spoiled": 1, "lent": -4, "missing": 4}
    assert row(office, "2026-11-27") == {"opening": 69, **moved, "remaining": 69}


def test_a_stop_lasts_until_the_printer_goes_on(office: Office, calendar: Calendar) -> None:
    def say(kind: str, *reasons: str) -> None:
        with office.station.store.write() as tx:
            journal.append(tx, kind, printer="tango", data={"reasons": list(reasons)})

    receive(office, 1)
    say("printer-stopped", "cover-open")
    calendar.at += timedelta(minutes=10)
    say("printer-stopped", "cover-open", "media-jam")
    calendar.at += timedelta(minutes=5)
    say("printer-stopped", "media-jam")
    calendar.at += timedelta(minutes=1)
    close(office)
    calendar.at += timedelta(hours=20)
    say("printer-ready")
    close(office)
    told = {
        day: {
            stop["keyword"]: (stop["count"], round(stop["seconds"] / 60))
            for stop in facts(office, day)["stops"]
        }
        for day in ("2026-11-25", "2026-11-26")
    }
    assert told == {
        "2026-11-25": {"cover-open": (1, 15), "media-jam": (1, 6)},
        "2026-11-26": {"media-jam": (1, 1200)},
    }


def test_three_witnesses_of_a_printer(office: Office, calendar: Calendar) -> None:
    office.stocked(5)
    office.printed(office.job())
    witness = facts(office, "2026-11-25")["witnesses"][0]
    assert (witness["printer"], witness["cards"], witness["serial"]) == ("tango", 1, "T2E-0001")
    assert witness["counter_before"] is None and witness["agree"] is True


def test_supplies_that_were_spent_and_that_are_in_use(office: Office, calendar: Calendar) -> None:
    office.stocked(3)
    for serial in ("RB-1", "RB-2", "RB-3"):
        body = {"kind": "ribbon", "serial": serial, "rated": 300, "by": "Ani"}
        assert office.act("/supplies", body).status_code == 201
    office.act("/supplies/S-0001/load", {"printer": "tango", "by": "Ani"})
    office.printed(office.job())
    office.act("/supplies/S-0001/unload", {"spent": True, "by": "Ani"})
    office.act("/supplies/S-0002/load", {"printer": "tango", "by": "Ani"})
    close(office)
    shown = {
        item["serial"]: (item["state"], item["used"], item["yielded"])
        for item in facts(office, "2026-11-25")["supplies"]
    }
    loaded, stored = ("loaded", 0, None), ("stored", 0, None)
    assert shown == {"RB-1": ("spent", 1, 1), "RB-2": loaded, "RB-3": stored}
    calendar.at += timedelta(days=1)
    assert [item["serial"] for item in facts(office, "2026-11-26")["supplies"]] == ["RB-2", "RB-3"]
    assert office.client.get("/v1/reports/2026-11-25.pdf").status_code == 200


# ------------------------------------------------------------------------------- papers
def test_a_closed_day_gives_the_same_bytes_for_ever(office: Office, calendar: Calendar) -> None:
    office.stocked(5)
    office.printed(office.job())
    closed = close(office)
    first = office.client.get("/v1/reports/2026-11-25.pdf")
    assert first.headers["content-type"] == "application/pdf" and first.content[:5] == b"%PDF-"
    calendar.at += timedelta(days=3)
    load_more = {"delivery": "X", "card_type": KTP, "version": "1", "batch": "B9", "count": 3}
    office.act("/stock/receipts", load_more)
    assert office.client.get("/v1/reports/2026-11-25.pdf").content == first.content
    seq, bits = parse_head_code(closed["head"])
    with office.station.store.read() as conn:
        assert audit.compare_head(conn, seq, bits) == []
    assert office.get("/reports/2026-11-25")["head"] == closed["head"]


def test_a_day_that_is_not_over_is_provisional(office: Office, calendar: Calendar) -> None:
    office.stocked(5)
    shown = office.get("/reports/2026-11-25")
    assert (shown["provisional"], shown["told_in"]) == (True, None)
    assert row(office, "2026-11-25") == {"received": 5, "remaining": 5}
    paper = office.client.get("/v1/reports/2026-11-25.pdf")
    assert paper.status_code == 200 and paper.content[:5] == b"%PDF-"
    problem(office.client.get("/v1/reports/2026-11-26"), 404, "not-found")
    problem(office.client.get("/v1/reports/2026-11-26.pdf"), 404, "not-found")


def test_a_day_without_activity_and_a_day_without_a_close(
    office: Office, calendar: Calendar
) -> None:
    office.stocked(5)
    close(office)
    calendar.at += timedelta(days=1)
    office.printed(office.job())
    calendar.at += timedelta(days=2)
    office.printed(office.job())
    close(office)
    assert office.get("/reports/2026-11-26")["told_in"] == "2026-11-28"
    assert facts(office, "2026-11-24")["types"] == []
    assert row(office, "2026-11-26") == {"opening": 5, "used": 1, "remaining": 4}
    assert row(office, "2026-11-27") == {"opening": 4, "remaining": 4}
    assert row(office, "2026-11-28") == {"opening": 5, "used": 2, "remaining": 3}


def test_a_month_is_the_sum_of_its_days(office: Office, calendar: Calendar) -> None:
    office.stocked(9)
    good = [office.printed(office.job()) for _ in range(3)]
    office.act(f"/cards/{good[0]}/correction", MENDED)
    close(office)
    calendar.at += timedelta(days=1)
    office.act(f"/cards/{good[1]}/correction", {**MENDED, "cause": "print-failed"})
    shown = office.get("/reports/2026-11")
    assert shown["provisional"] is True and len(shown["days"]) == 2
    answer = office.client.get("/v1/reports/2026-11.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = [line.split(",") for line in answer.text.splitlines()[1:]]
    assert [(line[3], line[5], *line[7:]) for line in lines] == [
        (KTP, "damaged", "1", "0", "1"),
        (KTP, "print-failed", "1", "0", "1"),
    ]
    close(office)
    calendar.at = datetime(2026, 12, 1, 3, tzinfo=UTC)
    receive(office, 4, "B12")
    late = office.get("/reports/2026-11")
    assert (late["provisional"], late["days"][-1]["types"][0]["received"]) == (True, 0)
    assert late["days"][-1]["waiting"] == {KTP: {"damaged": 1, "print-failed": 1}}
    close(office)
    done = office.get("/reports/2026-11")
    assert done["provisional"] is False and len(done["days"]) == 2
    assert office.client.get("/v1/reports/2026-11.csv").text == answer.text
    assert office.client.get("/v1/reports/2026-11.pdf").content[:5] == b"%PDF-"
    problem(office.client.get("/v1/reports/2027-01"), 404, "not-found")
    for wrong in ("yesterday", "2026-13", "2026-11-31"):
        problem(office.client.get(f"/v1/reports/{wrong}"), 404, "not-found")
    problem(office.client.get("/v1/reports/2026-11-25.csv"), 422, "invalid")


# ------------------------------------------------------------------------------- the month's letter
def test_a_recap_has_the_number_and_the_signers_that_it_is_given(
    office: Office, calendar: Calendar
) -> None:
    receive(office, 5)

    def paper(**query: Any) -> str:
        answer = office.client.get("/v1/reports/2026-11.pdf", params=query)
        assert answer.status_code == 200, answer.text
        return Pdf(answer.content).text()

    letter = {
        "number": "470/021/Dukcapil/2026",
        "signer": ["Dewi Contoh", "Eko Contoh"],
        "title": ["Plt. Kepala Dinas", "Kabid Dafduk"],
        "nip": ["19720202 199202 2 002"],
    }
    told = paper(**letter)
    for text in (
        letter["number"],
        *letter["signer"],
        *letter["title"],
        "NIP 19720202 199202 2 002",
    ):
        assert squeezed(text) in told
    assert told == paper(**letter)
    assert "KepalaDinas," in paper() and "NIP" not in paper()


def test_a_title_without_its_signer_is_refused(office: Office, calendar: Calendar) -> None:
    answer = office.client.get("/v1/reports/2026-11.pdf", params={"title": "Kepala Dinas"})
    assert pointers(problem(answer, 422, "invalid")) == {"/signer": "missing"}


def test_the_head_of_the_office_signs_what_nobody_else_does() -> None:
    config = OfficeConfig(head="Budi Contoh", head_nip="19700101 199001 1 001")
    signer = months.head_of(config)
    assert (signer.name, signer.nip, signer.role) == (config.head, config.head_nip, "Kepala Dinas,")
