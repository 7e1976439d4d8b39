"""Cards that are encoded before they are printed: called by a scan, and scanned again at the check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from printstation.config import Config
from printstation.station import Station
from printstation.store import holders
from tests.api.encoders import (
    ANI,
    KTP,
    WITHOUT_SLOT,
    answer,
    audited,
    claim,
    config_in,
    encode,
    encoded,
    outside,
    printed,
    receive,
    scan,
)
from tests.api.office import Office, pointers, problem

NIK = "1771990101900555"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_in(tmp_path, WITHOUT_SLOT)


@pytest.fixture
def station(config: Config) -> Iterator[Station]:
    yield from audited(config)


# ------------------------------------------------------------------------------- encoding
def test_a_job_waits_for_its_card_step_by_step(office: Office, station: Station) -> None:
    receive(office)
    job = office.job()
    shown = office.get(f"/jobs/{job}")
    assert (shown["state_reasons"][0], shown["waits_for"]) == ("no-encoded-card", "card")
    assert shown["wants"] is None
    card = encode(office, job=job).json()
    assert (card["state"], card["number"], card["job"]) == ("encoded", "04A1", None)
    shown = office.get(f"/jobs/{job}")
    assert (shown["state_reasons"][0], shown["waits_for"]) == ("card-not-scanned", "card")
    assert shown["wants"] == {"card": card["id"], "number": "04A1", "printer": None}
    assert claim(station) is None
    called = scan(office).json()
    assert called == {"printer": "tango", "card": card["id"], "job": job, "number": "04A1"}
    listed = office.get("/jobs", state="pending")["items"][0]
    assert listed["wants"]["printer"] == "tango" and "card" not in str(listed["state_reasons"])
    assert claim(station) == (job, card["id"])
    assert office.get(f"/jobs/{job}")["state"] == "processing"
    assert office.get(f"/cards/{card['id']}")["job"] == job
    assert claim(station) is None


def test_an_encoding_that_failed_spoils_a_blank_without_a_print(
    office: Office, station: Station
) -> None:
    receive(office)
    job = office.job()
    card = encode(office, None, job=job, result="gagal").json()
    assert (card["state"], card["cause"], card["job"]) == ("spoiled", "encode-failed", None)
    with station.store.read() as conn:
        who = holders.of_card(conn, station.seal, card["id"])
    assert who is not None and who.nik.startswith("177199")
    # A card that was good at first, and then is not.
    good = encode(office, job=job).json()["id"]
    bad = encode(office, "04A1", job=job, result="failed").json()
    assert (bad["id"], bad["state"], bad["number"]) == (good, "spoiled", "04A1")
    assert office.get("/stock")[KTP] == {"stored": 3, "spoiled": 2}


def test_the_oldest_blank_of_the_named_batch_is_taken(office: Office) -> None:
    receive(office, batch="B1")
    receive(office, batch="B2")
    assert encode(office, "1", job=office.job()).json()["batch"] == "B1"
    assert encode(office, "2", job=office.job(), batch="B2").json()["id"] == "B-000006"
    problem(encode(office, "3", job=office.job(), batch="B3"), 409, "not-enough-blanks")


def test_what_an_encoding_refuses(office: Office) -> None:
    receive(office)
    job, card = encoded(office)
    used = problem(encode(office, job=office.job()), 409, "number-used")
    assert used["card"] == card and pointers(used) == {"/number": "used"}
    second = problem(encode(office, "04A2", job=job), 409, "resident-has-card")
    assert second["card"] == card
    fresh = office.job()
    wrong = problem(encode(office, None, job=fresh), 422, "invalid")
    assert pointers(wrong) == {"/number": "missing"}
    assert pointers(problem(encode(office, "04A2"), 422, "invalid")) == {"/job": "missing"}
    other = problem(encode(office, "04A2", job=fresh, resident=NIK), 409, "wrong-card")
    assert pointers(other) == {"/resident": "other-resident"}
    problem(encode(office, "04A2", job="0" * 32), 404, "not-found")
    problem(encode(office, "04A2", job=fresh, card_type="kia"), 422, "card-type-refused")
    problem(encode(office, "04A2", job=fresh, card_type="passport"), 422, "card-type-refused")
    kia = office.job(card_type="kia")
    problem(encode(office, "04A2", job=kia), 409, "wrong-card")
    office.act(f"/jobs/{fresh}/cancel")
    problem(encode(office, "04A2", job=fresh), 409, "job-state")
    assert office.get("/stock")[KTP] == {"stored": 4, "encoded": 1}


def test_a_card_may_be_encoded_before_its_job_comes(office: Office) -> None:
    receive(office)
    card = encode(office, resident=NIK).json()["id"]
    problem(scan(office), 409, "wrong-card")
    job = office.job(resident=NIK)
    assert office.get(f"/jobs/{job}")["wants"]["card"] == card
    assert scan(office).status_code == 200


def test_an_encoding_is_repeated_by_its_key(office: Office) -> None:
    receive(office)
    body = {"card_type": KTP, "number": "1", "result": "berhasil", "job": office.job(), **ANI}
    first = office.act("/cards/encode", body, key="e-1")
    assert office.act("/cards/encode", body, key="e-1").json()["id"] == first.json()["id"]
    assert office.get("/stock")[KTP]["encoded"] == 1


def test_a_blank_that_is_encoded_first_is_loaded_into_no_hopper(office: Office) -> None:
    receive(office)
    body = {"printer": "tango", "card_type": KTP, "batch": "B1", "count": 1}
    problem(office.act("/stock/loads", body), 422, "card-type-refused")


# ------------------------------------------------------------------------------- the scan
def test_a_scan_of_another_card_is_refused_in_words(office: Office, station: Station) -> None:
    receive(office)
    job, card = encoded(office)
    other, _ = encoded(office, "04B2")
    problem(scan(office, "99"), 404, "not-found")
    refused = problem(scan(office, "04B2", job=job), 409, "wrong-card")
    assert "another resident" in refused["detail"]
    assert pointers(refused) == {"/number": "other-card"}
    problem(scan(office, job="0" * 32), 404, "not-found")
    office.act(f"/jobs/{other}/hold")
    assert "pending-held" in problem(scan(office, "04B2"), 409, "wrong-card")["detail"]
    office.act(f"/jobs/{other}/cancel")
    assert "no job waits" in problem(scan(office, "04B2"), 409, "wrong-card")["detail"]
    # `enduro` takes no KTP-el, and an outside printer is called by nobody.
    refused = problem(scan(office, printer="enduro"), 422, "card-type-refused")
    assert KTP in refused["detail"] and "kia" in refused["detail"]
    problem(scan(office, printer="ministry"), 409, "wrong-printer")
    problem(scan(office, printer="none"), 404, "not-found")
    encode(office, job=job, result="gagal")
    assert "spoiled" in problem(scan(office), 409, "card-state")["detail"]
    assert claim(station) is None
    with station.store.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM scan").scalar_one() == 0
    assert office.get(f"/cards/{card}")["state"] == "spoiled"


def test_a_kia_is_no_card_for_a_ktp_printer(office: Office) -> None:
    receive(office, card_type="kia")
    office.act("/stock/loads", {"printer": "enduro", "card_type": "kia", "count": 2})
    job = office.job(card_type="kia")
    problem(outside(office, job, printer="single"), 422, "card-type-refused")
    card = office.printed(job, "enduro")
    office.act(f"/cards/{card}/check", {"result": "accepted", "number": "K1", **ANI})
    problem(scan(office, "K1", printer="enduro"), 409, "card-state")
    body = {"printer": "single", "card_type": "kia", "count": 1}
    problem(office.act("/stock/loads", body), 422, "card-type-refused")


def test_an_encoded_card_lies_alone_in_a_hopper_without_a_slot(
    office: Office, station: Station
) -> None:
    receive(office)
    job, card = encoded(office)
    receive(office, card_type="specimen", batch="S1")
    load = {"printer": "matica", "card_type": "specimen", "count": 2}
    office.act("/stock/loads", load)
    problem(scan(office, printer="matica"), 409, "hopper-loaded")
    office.act("/stock/unloads", load)
    assert scan(office, printer="matica").status_code == 200
    assert claim(station, "matica") == (job, card)


def test_the_last_scan_at_a_printer_counts(office: Office, station: Station) -> None:
    receive(office)
    encoded(office)
    second = encoded(office, "04B2")
    scan(office)
    scan(office, "04B2")
    assert claim(station) == second
    problem(scan(office, "04B2"), 409, "card-state")


def test_a_cancel_before_the_feed_gives_the_card_back(office: Office, station: Station) -> None:
    receive(office)
    job, card = encoded(office)
    scan(office)
    claim(station)
    assert office.act(f"/jobs/{job}/cancel").json()["state"] == "canceled"
    shown = office.get(f"/cards/{card}")
    assert (shown["state"], shown["job"]) == ("encoded", None)
    # It still belongs to its resident, and only to him.
    resident = office.job()
    problem(encode(office, job=resident), 409, "number-used")


def test_a_canceled_or_held_job_is_not_called_any_more(office: Office, station: Station) -> None:
    receive(office)
    job, _ = encoded(office)
    for act in ("hold", "release"):
        scan(office)
        assert office.act(f"/jobs/{job}/{act}").status_code == 200
    assert claim(station) is None
    scan(office)
    office.act(f"/jobs/{job}/cancel")
    assert claim(station) is None


# ------------------------------------------------------------------------------- the check by eye
def test_the_check_scans_an_encoded_card_again(office: Office) -> None:
    receive(office)
    _, card = printed(office)
    wrong = problem(
        office.act(f"/cards/{card}/check", {"result": "accepted", **ANI}), 422, "invalid"
    )
    assert pointers(wrong) == {"/number": "missing"}
    good = office.act(f"/cards/{card}/check", {"result": "accepted", "number": "04A1", **ANI})
    assert good.json()["state"] == "accepted"


def test_another_residents_card_was_printed(office: Office) -> None:
    receive(office)
    job, card = printed(office)
    other_job, other = encoded(office, "04B2")
    seen = office.act(f"/cards/{card}/check", {"result": "accepted", "number": "04B2", **ANI})
    question = seen.json()["question"]
    assert seen.json()["state"] == "printed"
    spoiled = office.get(f"/cards/{other}")
    assert (spoiled["state"], spoiled["cause"]) == ("spoiled", "wrong-card")
    asked = office.get(f"/questions/{question}")
    assert (asked["reason"], asked["card"], asked["job"]) == ("other-card", card, job)
    assert asked["answers"] == [
        {"card": "spoiled", "job": None},
        {"card": "missing", "job": None},
    ]
    again = {"result": "accepted", "number": "04A1", **ANI}
    problem(office.act(f"/cards/{card}/check", again), 409, "question-open")
    assert answer(office, question, "missing", cause="lost").status_code == 200
    assert office.get(f"/cards/{card}")["state"] == "missing"
    assert office.get(f"/jobs/{job}")["state"] == "aborted"
    # Both residents get their cards: one from the sealed data, the other on a new blank.
    assert office.act(f"/jobs/{job}/reprint").status_code == 201
    assert office.get(f"/jobs/{other_job}")["state_reasons"][0] == "no-encoded-card"


def test_a_body_that_is_looked_for_and_turns_up_with_another_residents_data_answers_its_question(
    office: Office,
) -> None:
    """Three cards went round in a circle (crash simulation, seed 605954): nobody is asked about a card in a hand."""
    receive(office)
    job, card = printed(office)
    _, third = printed(office, "04B2")
    encoded(office, "04C3")
    first = {"result": "accepted", "number": "04C3", **ANI}
    question = office.act(f"/cards/{card}/check", first).json()["question"]
    second = {"result": "accepted", "number": "04A1", **ANI}
    about_third = office.act(f"/cards/{third}/check", second).json()["question"]
    found = office.get(f"/cards/{card}")
    assert (found["state"], found["cause"]) == ("spoiled", "wrong-card")
    assert office.get(f"/questions/{question}")["answer"]["card"] == "spoiled"
    assert office.get(f"/jobs/{job}")["state"] == "aborted"
    assert answer(office, about_third, "spoiled", cause="other").status_code == 200
    assert office.act(f"/jobs/{job}/reprint").status_code == 201


def test_a_withheld_card_that_bears_another_residents_data_is_asked_about_no_more(
    office: Office,
) -> None:
    receive(office)
    job, card = encoded(office)
    asked = outside(office, job).json()["question"]
    assert office.act(f"/jobs/{job}/cancel").status_code == 200
    assert answer(office, asked, "printed").status_code == 200
    asked_about = [q for q in office.get("/questions")["items"] if q["reason"] == "hand-over"]
    withheld = asked_about[0]
    assert withheld["card"] == card
    _, other = printed(office, "04B2")
    seen = {"result": "accepted", "number": "04A1", **ANI}
    assert office.act(f"/cards/{other}/check", seen).status_code == 200
    assert office.get(f"/cards/{card}")["state"] == "spoiled"
    assert office.get(f"/questions/{withheld['id']}")["answer"]["card"] == "spoiled"


def test_a_reprint_answers_the_question_about_the_other_card(office: Office) -> None:
    receive(office)
    job, card = printed(office)
    seen = office.act(f"/cards/{card}/check", {"result": "accepted", "number": "nobody's", **ANI})
    question = seen.json()["question"]
    assert office.get("/stock")[KTP] == {"stored": 4, "printed": 1, "spoiled": 1}
    assert office.act(f"/jobs/{job}/reprint", {"card": "missing", **ANI}).status_code == 201
    assert office.get(f"/questions/{question}")["answer"]["card"] == "missing"
