"""Printers as their workers saw them last, and what people do with them."""

from __future__ import annotations

from typing import Any

import pytest

import drivers
from printstation.spool.view import PrinterState
from printstation.station import Station
from printstation.store import journal, units
from tests.api.office import SERIAL, Office, pointers, problem


def kinds(station: Station) -> list[str]:
    with station.store.read() as conn:
        return [entry.kind for entry in journal.after(conn, 0, 500)]


def test_printers_are_listed_in_the_order_of_the_configuration(office: Office) -> None:
    page = office.get("/printers")
    assert [printer["name"] for printer in page["items"]] == ["tango", "enduro"]
    assert page["next"] is None


def test_a_printer_shows_what_its_worker_saw(office: Office) -> None:
    office.see("tango", PrinterState.STOPPED, "cover-open", "marker-supply-low")
    shown = office.get("/printers/tango")
    assert {
        "name",
        "model",
        "family",
        "uri",
        "serial",
        "state",
        "reasons",
        "hopper",
        "job",
        "counters",
        "supplies",
        "resumes_at",
    } <= shown.keys()
    assert (shown["model"], shown["family"], shown["state"]) == ("tango2e", "magicard", "stopped")
    row = drivers.reasons()["cover-open"]
    assert shown["reasons"][0] == {
        "keyword": "cover-open",
        "severity": "error",
        "sentence": {"id": row.id, "en": row.en},
        "who": "operator",
        "raw": "01:23",
    }
    assert (shown["hopper"], shown["hopper_batches"]) == (0, [])


def test_a_keyword_that_has_no_row_hides_no_printer(office: Office) -> None:
    office.see("tango", PrinterState.STOPPED, "on-fire")
    reason = office.get("/printers/tango")["reasons"][0]
    assert (reason["keyword"], reason["severity"]) == ("on-fire", "error")


def test_no_such_printer(office: Office) -> None:
    problem(office.client.get("/v1/printers/none"), 404, "not-found")
    for act in ("pause", "resume"):
        problem(office.act(f"/printers/none/{act}"), 404, "not-found")


def test_pause_and_resume_are_noted_once(office: Office, station: Station) -> None:
    for act, paused in (("pause", True), ("resume", False)):
        for _ in range(2):
            answer = office.act(f"/printers/tango/{act}", {"by": "Ani"})
            assert (answer.status_code, answer.json()["name"]) == (200, "tango")
            with station.store.read() as conn:
                assert units.is_paused(conn, "tango") is paused
    assert kinds(station) == ["printer-paused", "printer-resumed"]
    assert {event["by"] for event in office.get("/events")["items"]} == {"Ani"}


def test_the_answer_to_a_pause_and_to_a_resume_shows_it_at_once(office: Office) -> None:
    """Whoever acted need not wait until the worker has looked at its rows again."""
    office.see("tango", PrinterState.IDLE, "no-blanks")
    paused = office.act("/printers/tango/pause").json()
    assert paused["state"] == "stopped"
    assert [reason["keyword"] for reason in paused["reasons"]] == ["no-blanks", "paused"]
    office.see("tango", PrinterState.STOPPED, "no-blanks", "paused")
    resumed = office.act("/printers/tango/resume").json()
    assert resumed["state"] == "idle"
    assert [reason["keyword"] for reason in resumed["reasons"]] == ["no-blanks"]


def test_a_resume_hides_no_other_stop_and_a_pause_no_moving_card(office: Office) -> None:
    """Only the pause itself is taken from the rows."""
    office.see("tango", PrinterState.STOPPED, "cover-open", "paused")
    assert office.act("/printers/tango/resume").json()["state"] == "stopped"
    office.see("tango", PrinterState.PROCESSING)
    assert office.act("/printers/tango/pause").json()["state"] == "processing"


def test_a_printer_names_its_open_questions(office: Office) -> None:
    office.stocked(1)
    _, question = office.asked()
    assert office.get("/printers/tango")["questions"] == [question]
    assert office.get("/printers/enduro")["questions"] == []


# ------------------------------------------------------------------------------- writing off
TWO = {"serial": SERIAL, "by": "Ani", "supervisor": "Budi"}


def holding(office: Office) -> str:
    """A card in a unit that prints what it holds by itself; returns its question."""
    office.stocked(1)
    return office.stop(office.feed(office.job(), holds_job=True), discarded=False)


def test_a_written_off_unit_lets_its_question_be_answered(office: Office, station: Station) -> None:
    question = holding(office)
    answer = {
        "card": "missing",
        "job": "cancel",
        "cause": "lost",
        "by": "Ani",
        "device": {"serial": SERIAL, "state": "off"},
    }
    problem(office.act(f"/questions/{question}/answer", answer), 409, "may-still-move")
    for _ in range(2):
        assert office.act("/printers/tango/write-off", TWO).status_code == 200
    with station.store.read() as conn:
        unit = units.get(conn, SERIAL)
    assert unit is not None and unit.written_off
    assert kinds(station).count("unit-written-off") == 1
    assert office.act(f"/questions/{question}/answer", answer).status_code == 200


@pytest.mark.parametrize("supervisor", [None, "Ani", "ANI"])
def test_one_person_writes_nothing_off(office: Office, supervisor: str | None) -> None:
    holding(office)
    answer = office.act("/printers/tango/write-off", {**TWO, "supervisor": supervisor})
    problem(answer, 403, "supervisor-needed")


@pytest.mark.parametrize(
    ("printer", "change", "pointer", "code"),
    [
        ("tango", {"serial": "T2E-0002"}, "/serial", "unknown-unit"),
        ("enduro", {}, "/serial", "unknown-unit"),
        ("tango", {"by": None}, "/by", "wrong-type"),
        ("tango", {"serial": ""}, "/serial", "missing"),
    ],
)
def test_what_cannot_be_written_off(
    office: Office, printer: str, change: dict[str, Any], pointer: str, code: str
) -> None:
    holding(office)
    answer = office.act(f"/printers/{printer}/write-off", {**TWO, **change})
    assert pointers(problem(answer, 422, "invalid")) == {pointer: code}


def test_a_unit_that_forgets_its_job_is_not_written_off(office: Office) -> None:
    office.stocked(1)
    office.asked()
    refused = problem(office.act("/printers/tango/write-off", TWO), 422, "invalid")
    assert pointers(refused) == {"/serial": "holds-no-job"}
