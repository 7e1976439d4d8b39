"""Closing a day: what is refused, and what a close protects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from printstation.station import Station
from printstation.store import audit
from printstation.store.headcode import parse_head_code
from tests.api.daybook import KTP, TWO, Calendar, close, count_all, facts, load, receive, row
from tests.api.office import Office, pointers, problem


@pytest.fixture(autouse=True)
def audited(station: Station) -> Any:
    """Whatever a test did, the audit agrees with it."""
    yield
    with station.store.read() as conn:
        assert [str(found) for found in audit.audit(conn)] == []


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
    problem(office.act("/shifts/close", TWO), 409, "day-closed")
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
