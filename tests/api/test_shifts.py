"""Closing a day, and the reports of days and months: what adds up, what is refused, what never changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from printstation.clock import SystemClock
from printstation.station import Station
from printstation.store import audit, journal
from printstation.store.headcode import parse_head_code
from tests.api.office import Office, pointers, problem

KTP = "ktp-el-wni"
TWO = {"by": "Ani", "supervisor": "Budi"}
START = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


class Calendar(SystemClock):
    """A wall clock that the test sets; every look takes a millisecond."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


@pytest.fixture
def calendar(station: Station, monkeypatch: pytest.MonkeyPatch) -> Calendar:
    calendar = Calendar()
    monkeypatch.setattr(station, "clock", calendar)
    monkeypatch.setattr(station.store, "clock", calendar)
    return calendar


@pytest.fixture(autouse=True)
def audited(station: Station) -> Any:
    """Whatever a test did, the audit agrees with it."""
    yield
    with station.store.read() as conn:
        assert [str(found) for found in audit.audit(conn)] == []


def receive(office: Office, count: int, batch: str = "B1", **more: Any) -> None:
    letter = {"delivery": f"SJ-{batch}", "card_type": KTP, "version": "1", "batch": batch}
    assert office.act("/stock/receipts", {**letter, "count": count, **more}).status_code == 201


def load(office: Office, count: int) -> None:
    body = {"printer": "tango", "card_type": KTP, "count": count}
    assert office.act("/stock/loads", body).status_code == 200


def count_all(office: Office) -> None:
    """An honest count of every place where blanks lie."""
    hopper = office.get("/printers/tango")["hopper"]
    stored = office.get("/stock").get(KTP, {}).get("stored", 0)
    lines = [
        {"card_type": KTP, "place": place, "counted": n}
        for place, n in (("store", stored), ("hopper:tango", hopper))
    ]
    assert office.act("/counts", {"lines": lines, "by": "Ani"}).status_code == 201


def close(office: Office, **more: Any) -> dict[str, Any]:
    count_all(office)
    answer = office.act("/shifts/close", {**TWO, **more})
    assert answer.status_code == 200, answer.text
    closed: dict[str, Any] = answer.json()
    return closed


def facts(office: Office, day: str) -> dict[str, Any]:
    found: dict[str, Any] = office.get(f"/reports/{day}")["facts"]
    return found


def row(office: Office, day: str) -> dict[str, Any]:
    """The blanks of ktp-el-wni, which add up."""
    (found,) = (row for row in facts(office, day)["types"] if row["card_type"] == KTP)
    came = sum(found[c] for c in ("opening", "received", "borrowed", "home", "corrected"))
    went = sum(found[c] for c in ("used", "spoiled", "lent", "returned", "missing"))
    assert came == went + found["remaining"], found
    return {name: n for name, n in found.items() if n and name not in ("card_type", "causes")}


# ------------------------------------------------------------------------------- what is refused
def test_a_day_is_closed_by_two_persons_once(office: Office, calendar: Calendar) -> None:
    receive(office, 5)
    count_all(office)
    problem(office.act("/shifts/close", {"by": "Ani"}), 403, "supervisor-needed")
    problem(
        office.act("/shifts/close", {"by": "Ani", "supervisor": "ani"}), 403, "supervisor-needed"
    )
    first = office.act("/shifts/close", TWO, key="k")
    assert (first.json()["day"], first.json()["supervisor"]) == ("2026-11-25", "Budi")
    assert office.act("/shifts/close", TWO, key="k").json() == first.json()
    problem(office.act("/shifts/close", TWO), 409, "clock-back")
    assert office.get("/shifts/2026-11-25") == first.json()
    problem(office.client.get("/v1/shifts/2026-11-24"), 404, "not-found")


def test_blanks_are_counted_before_a_close(office: Office, calendar: Calendar) -> None:
    receive(office, 5)
    load(office, 2)
    refused = problem(office.act("/shifts/close", TWO), 409, "count-due")
    assert refused["due"] == [
        {"card_type": KTP, "place": "hopper:tango"},
        {"card_type": KTP, "place": "store"},
    ]
    line = {"card_type": KTP, "place": "store", "counted": 3}
    office.act("/counts", {"lines": [line], "by": "Ani"})
    assert problem(office.act("/shifts/close", TWO), 409, "count-due")["due"] == [
        {"card_type": KTP, "place": "hopper:tango"}
    ]
    close(office)
    calendar.at += timedelta(days=1)
    problem(office.act("/shifts/close", TWO), 409, "count-due")


def test_a_difference_is_explained_before_a_close(office: Office, calendar: Calendar) -> None:
    receive(office, 5)
    line = {"card_type": KTP, "place": "store", "counted": 4}
    counted = office.act("/counts", {"lines": [line], "by": "Ani"}).json()["lines"][0]
    refused = problem(office.act("/shifts/close", TWO), 409, "count-differs")
    assert refused["counts"] == [counted["id"]]
    office.act(f"/counts/{counted['id']}/explain", {"missing": 1, **TWO})
    assert office.act("/shifts/close", TWO).status_code == 200
    assert row(office, "2026-11-25") == {"received": 5, "missing": 1, "remaining": 4}
    (shown,) = facts(office, "2026-11-25")["counts"]
    assert (shown["missing"], shown["explained_by"], shown["supervisor"]) == (1, "Ani", "Budi")
    assert office.get("/counts", day="2026-11-25")["items"][0]["id"] == counted["id"]


def test_a_recount_that_agrees_takes_the_place_of_a_slip(
    office: Office, calendar: Calendar
) -> None:
    receive(office, 5)
    line = {"card_type": KTP, "place": "store", "counted": 4}
    office.act("/counts", {"lines": [line], "by": "Ani"})
    close(office)
    shown = facts(office, "2026-11-25")["counts"]
    assert [(line["counted"], line["recounted"]) for line in shown[:2]] == [(4, True), (5, False)]


def test_the_clock_set_back_across_a_close(office: Office, calendar: Calendar) -> None:
    receive(office, 5)
    close(office)
    calendar.at -= timedelta(days=1)
    load(office, 2)
    count_all(office)
    problem(office.act("/shifts/close", TWO), 409, "clock-back")
    calendar.at += timedelta(days=2)
    close(office)
    # The entries of the wrong clock are told by the close that comes after them.
    assert row(office, "2026-11-26") == {"opening": 5, "remaining": 5}
    assert facts(office, "2026-11-26")["first_seq"] == facts(office, "2026-11-25")["last_seq"] + 1


def test_a_day_that_cannot_be_closed(office: Office, calendar: Calendar) -> None:
    receive(office, 5)
    close(office)
    calendar.at += timedelta(days=2)
    count_all(office)
    for day in ("2026-11-28", "2026-11-25", "2026-11-24"):
        answer = office.act("/shifts/close", {**TWO, "day": day})
        assert pointers(problem(answer, 422, "invalid")) == {"/day": "out-of-range"}
    assert office.act("/shifts/close", {**TWO, "day": "2026-11-26"}).status_code == 200


def test_days_are_those_of_the_office(office: Office, calendar: Calendar) -> None:
    receive(office, 5)
    calendar.at = datetime(2026, 11, 25, 16, 59, tzinfo=UTC)
    assert close(office)["day"] == "2026-11-25"
    calendar.at = datetime(2026, 11, 25, 17, 1, tzinfo=UTC)
    assert close(office)["day"] == "2026-11-26"
    assert facts(office, "2026-11-26")["zone"] == "WIB"


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
    office.act(f"/cards/{good[0]}/correction", {"card": "spoiled", "cause": "damaged", **TWO})
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
    office.act(f"/cards/{good[1]}/correction", {"card": "spoiled", "cause": "damaged", **TWO})
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
    office.act(f"/cards/{good[0]}/correction", {"card": "spoiled", "cause": "damaged", **TWO})
    close(office)
    calendar.at += timedelta(days=1)
    office.act(f"/cards/{good[1]}/correction", {"card": "spoiled", "cause": "print-failed", **TWO})
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


def test_what_was_changed_behind_the_applications_back_is_found(
    office: Office, calendar: Calendar
) -> None:
    receive(office, 5)
    line = {"card_type": KTP, "place": "store", "counted": 4}
    counted = office.act("/counts", {"lines": [line], "by": "Ani"}).json()["lines"][0]["id"]
    office.act(f"/counts/{counted}/explain", {"explanation": "on the desk", "by": "Ani"})
    closed = close(office)
    store = office.station.store
    for change, name in (
        ("UPDATE count SET counted = 5", f"count {counted}"),
        ("UPDATE shift SET facts = replace(facts, 'Ani', 'Eva')", "shift 2026-11-25"),
        ("UPDATE receipt SET source = 'region'", "receipt SJ-B1"),
        ("DELETE FROM shift", "shift 2026-11-25"),
    ):
        with store.engine.connect() as conn:
            conn.exec_driver_sql(change)
            assert name in {found.row for found in audit.audit(conn)}
            conn.rollback()
    seq, bits = parse_head_code(closed["head"])
    with store.engine.connect() as conn:
        conn.exec_driver_sql(f"DELETE FROM journal WHERE seq = {seq}")
        assert audit.compare_head(conn, seq, bits)
        conn.rollback()


def test_a_hopper_of_a_printer_that_is_gone_is_counted(office: Office, calendar: Calendar) -> None:
    office.stocked(3)
    config = office.station.config
    office.station.config = config.model_copy(update={"printers": config.printers[1:]})
    problem(office.act("/shifts/close", TWO), 409, "count-due")
    line = {"card_type": KTP, "place": "hopper:tango", "counted": 3}
    assert office.act("/counts", {"lines": [line], "by": "Ani"}).status_code == 201
    assert office.act("/shifts/close", TWO).status_code == 200
