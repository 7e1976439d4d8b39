"""Cards that the ministry's own application prints: recorded, asked about at once, and then like all others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from printstation.acts.restoring import MARK
from printstation.config import Config
from printstation.station import Station, open_station
from printstation.store import audit
from tests.api.commands import Command
from tests.api.encoders import (
    ANI,
    KTP,
    answer,
    audited,
    config_in,
    encoded,
    outside,
    receive,
)
from tests.api.office import Office, pointers, problem


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_in(tmp_path)


@pytest.fixture
def station(config: Config) -> Iterator[Station]:
    yield from audited(config)


# ------------------------------------------------------------------------------- outside
def test_an_outside_printer_is_shown_without_a_device(office: Office, station: Station) -> None:
    shown = office.get("/printers/ministry")
    assert (shown["model"], shown["family"], shown["state"]) == ("outside", "outside", "idle")
    assert (shown["uri"], shown["serial"], shown["job"]) == ("", None, None)
    names = [printer["name"] for printer in office.get("/printers")["items"]]
    assert names == ["tango", "enduro", "ministry", "single"]
    assert [worker.view.name for worker in station.workers] == ["tango", "enduro"]
    paused = office.act("/printers/ministry/pause", ANI).json()
    assert (paused["state"], paused["reasons"][0]["keyword"]) == ("stopped", "paused")
    problem(outside(office, office.job()), 409, "printer-stopped")
    assert office.act("/printers/ministry/resume", ANI).json()["state"] == "idle"


def test_a_card_is_printed_outside_and_asked_about_at_once(office: Office) -> None:
    receive(office)
    job, card = encoded(office)
    assert office.get(f"/jobs/{job}")["wants"]["card"] == card
    went = outside(office, job, number="04A1").json()
    assert (went["job"], went["card"]) == (job, card)
    assert office.get("/printers/ministry")["state"] == "processing"
    assert office.get("/printers/ministry")["job"] == job
    asked = office.get(f"/questions/{went['question']}")
    assert {pair["card"] for pair in asked["answers"]} == {
        *("printed", "spoiled", "untouched", "missing")
    }
    assert asked["evidence"]["may_still_move"] is False and asked["evidence"]["serial"] is None
    assert answer(office, went["question"], "printed", number="04A1").status_code == 200
    assert office.get(f"/jobs/{job}")["state"] == "completed"
    assert office.get(f"/cards/{card}")["state"] == "printed"
    assert office.get("/printers/ministry")["state"] == "idle"


@pytest.mark.parametrize(
    ("fate", "future", "card_state", "job_state"),
    [
        ("untouched", "again", "encoded", "pending"),
        ("untouched", "cancel", "encoded", "canceled"),
        ("spoiled", "again", "spoiled", "pending"),
        ("missing", "cancel", "missing", "canceled"),
    ],
)
def test_every_fate_of_an_encoded_card_outside(
    office: Office, fate: str, future: str, card_state: str, job_state: str
) -> None:
    receive(office)
    job, card = encoded(office)
    asked = outside(office, job).json()["question"]
    cause = {} if fate == "untouched" else {"cause": "print-failed"}
    assert answer(office, asked, fate, future, **cause).status_code == 200
    assert office.get(f"/cards/{card}")["state"] == card_state
    assert office.get(f"/jobs/{job}")["state"] == job_state


def test_a_blank_of_a_type_that_is_not_encoded_first(office: Office) -> None:
    receive(office, card_type="ktp-el-wna")
    job = office.job(card_type="ktp-el-wna")
    problem(outside(office, job, printer="single"), 409, "not-enough-blanks")
    office.act("/stock/loads", {"printer": "single", "card_type": "ktp-el-wna", "count": 3})
    went = outside(office, job, printer="single").json()
    done = answer(office, went["question"], "printed", number="N1")
    assert done.status_code == 200 and "N1" not in done.text
    assert office.get(f"/cards/{went['card']}")["number"] == "N1"
    # The number is on one body; another one, bound before the print, is on the next blank.
    second = office.job(card_type="ktp-el-wna")
    problem(outside(office, second, printer="single", number="N1"), 409, "number-used")
    went = outside(office, second, printer="single", number="N2").json()
    refused = answer(office, went["question"], "printed", number="N9")
    assert pointers(problem(refused, 409, "wrong-card")) == {"/number": "other-card"}
    refused = answer(office, went["question"], "untouched", "again", number="N2")
    assert refused.status_code == 200


def test_what_an_outside_print_refuses(office: Office) -> None:
    receive(office)
    job, _ = encoded(office)
    other = office.job()
    problem(outside(office, other), 409, "not-enough-blanks")
    refused = problem(outside(office, job, number="04B2"), 409, "wrong-card")
    assert pointers(refused) == {"/number": "other-card"}
    problem(outside(office, job, printer="tango"), 409, "wrong-printer")
    problem(outside(office, "0" * 32), 404, "not-found")
    office.act(f"/jobs/{job}/hold")
    problem(outside(office, job), 409, "job-state")
    assert office.get("/questions", state="open")["items"] == []


def test_the_commands_walk_a_card_from_the_encoder_to_the_shelf(
    office: Office, command: Command
) -> None:
    receive(office)
    job = office.job()
    asked = ["--card-type", KTP, "--job", job, "--by", "Ani"]
    code, out, err = command("card", "encode", *asked, "--failed")
    assert (code, err) == (0, "") and out == "card B-000001 is spoiled; cause encode-failed\n"
    assert command("card", "encode", *asked, "--number", "04A1")[0] == 0
    code, out, _ = command("printer", "scan", "tango", "04A1", "--job", job, "--by", "Ani")
    assert (code, out) == (0, f"card B-000002 is called to printer tango for job {job}\n")
    code, out, _ = command("printer", "outside", "ministry", job, "--by", "Ani")
    question = out.split()[-1]
    assert out == f"card B-000002 is in printer ministry; answer question {question}\n"
    said = ["--card", "printed", "--number", "04A1", "--by", "Ani"]
    assert command("question", "answer", question, *said)[0] == 0
    code, _, err = command("card", "check", "B-000002", "--by", "Ani")
    assert code == 1 and "/number: this card was encoded" in err
    shelved = ["--number", "04A1", "--shelf", "A-3", "--by", "Ani"]
    code, out, _ = command("card", "check", "B-000002", *shelved)
    assert (code, out) == (0, "card B-000002 is accepted; number 04A1, shelf A-3\n")


def test_a_restart_keeps_the_question_of_a_card_printed_outside(
    office: Office, station: Station, config: Config
) -> None:
    receive(office)
    job, _ = encoded(office)
    asked = outside(office, job).json()["question"]
    station.stop(now=True)
    again = open_station(config)
    try:
        with again.store.read() as conn:
            kept = conn.exec_driver_sql("SELECT id, job FROM question WHERE closed_at IS NULL")
            assert [tuple(row) for row in kept] == [(asked, job)]
            assert audit.audit(conn) == []
        assert [view.job for view in again.views()][2] == job
    finally:
        again.stop(now=True)


def test_a_restored_copy_asks_for_a_count_outside_too(
    office: Office, station: Station, config: Config
) -> None:
    receive(office)
    job, _ = encoded(office)
    asked = outside(office, job).json()["question"]
    with station.store.write() as tx:
        tx.conn.exec_driver_sql(
            "INSERT INTO meta (name, value) VALUES (?, ?)", (MARK, "2026-11-24T00:00:00.000Z")
        )
    station.stop(now=True)
    again = open_station(config)
    try:
        view = again.views()[2]
        assert (view.state, view.job) == ("stopped", job)
        assert {reason.keyword for reason in view.reasons} == {
            *("backup-restored", "hopper-count-due")
        }
        with again.store.read() as conn:
            found = conn.exec_driver_sql("SELECT id FROM question WHERE reason = 'card-fate'")
            assert [row.id for row in found] == [asked]
            assert audit.audit(conn) == []
    finally:
        again.stop(now=True)
