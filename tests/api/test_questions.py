"""Questions: asked once, answered once, by what is offered and by nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from printstation.acts import fates
from printstation.lifecycle.answers import QuestionReason
from printstation.lifecycle.sentences import sentence
from printstation.lifecycle.steps import Step
from printstation.station import Station
from printstation.store import units
from printstation.store.steps import take
from tests.api.office import SERIAL, Office, pointers, problem

SPOILED = {"card": "spoiled", "job": "again", "cause": "print-failed", "by": "Ani"}
OFF = {"device": {"serial": SERIAL, "state": "off"}}


@pytest.fixture(autouse=True)
def blanks(office: Office) -> None:
    office.stocked(5)


def test_a_question_tells_everything(office: Office) -> None:
    job, identity = office.asked()
    question = office.get(f"/questions/{identity}")
    card = office.get(f"/jobs/{job}")["card"]
    assert (question["job"], question["card"], question["printer"]) == (job, card, "tango")
    assert (question["reason"], question["answer"]) == ("card-fate", None)
    assert question["sentence"].keys() == {"id", "en"}
    for text in question["sentence"].values():
        assert card in text and SERIAL in text and "tango" in text and "?" not in text
    assert question["evidence"]["serial"] == SERIAL
    assert question["evidence"]["may_still_move"] is False
    assert question["evidence"]["rule"] == 8
    assert question["answers"] == [
        {"card": "printed", "job": None},
        *[
            {"card": fate, "job": future}
            for fate in ("spoiled", "untouched", "missing")
            for future in ("again", "cancel")
        ],
    ]
    assert question["asked_at"].endswith("Z")


def test_questions_are_filtered_and_paged(office: Office) -> None:
    first_job, first = office.asked()
    office.act(f"/questions/{first}/answer", SPOILED)
    second_job, second = office.asked()
    ids = [q["id"] for q in office.get("/questions")["items"]]
    assert ids == [first, second]
    assert [q["id"] for q in office.get("/questions", state="open")["items"]] == [second]
    assert [q["id"] for q in office.get("/questions", state="closed")["items"]] == [first]
    assert [q["id"] for q in office.get("/questions", job=first_job)["items"]] == [first]
    assert [q["id"] for q in office.get("/questions", job=second_job)["items"]] == [second]
    assert office.get("/questions", printer="enduro")["items"] == []
    page = office.get("/questions", limit=1)
    assert [q["id"] for q in office.get("/questions", cursor=page["next"])["items"]] == [second]
    answer = office.client.get("/v1/questions", params={"state": "old"})
    assert pointers(problem(answer, 422, "invalid")) == {"/state": "not-a-choice"}


@pytest.mark.parametrize(
    ("card", "job", "job_state", "card_state"),
    [
        ("printed", None, "completed", "printed"),
        ("spoiled", "again", "pending", "spoiled"),
        ("spoiled", "cancel", "canceled", "spoiled"),
        ("untouched", "again", "pending", "loaded"),
        ("untouched", "cancel", "canceled", "loaded"),
        ("missing", "cancel", "canceled", "missing"),
    ],
)
def test_an_answer_moves_job_and_card(
    office: Office, card: str, job: str | None, job_state: str, card_state: str
) -> None:
    identity, question = office.asked()
    blank = office.get(f"/jobs/{identity}")["card"]
    said = {"card": card, "job": job, "cause": "damaged", "by": "Ani"}
    answer = office.act(f"/questions/{question}/answer", said)
    assert answer.status_code == 200, answer.text
    assert answer.json()["answer"]["card"] == card
    assert answer.json()["closed_at"] is not None
    assert office.get(f"/jobs/{identity}")["state"] == job_state
    shown = office.get(f"/cards/{blank}")
    assert shown["state"] == card_state
    # A spoiled or missing card keeps job and printer, an untouched one loses its job.
    assert shown["job"] == (None if card == "untouched" else identity)
    assert shown["printer"] == "tango"


def test_a_missing_card_is_printed_again_by_two_persons(office: Office) -> None:
    job, question = office.asked()
    said = {"card": "missing", "job": "again", "cause": "lost", "by": "Ani"}
    path = f"/questions/{question}/answer"
    problem(office.act(path, said), 403, "supervisor-needed")
    problem(office.act(path, {**said, "supervisor": "ani"}), 403, "supervisor-needed")
    assert office.act(path, {**said, "supervisor": "Budi"}).status_code == 200
    assert office.get(f"/jobs/{job}")["state"] == "pending"


def test_a_closed_question_tells_its_answer(office: Office) -> None:
    _, question = office.asked()
    path = f"/questions/{question}/answer"
    office.act(path, SPOILED, key="k")
    assert office.act(path, SPOILED, key="k").status_code == 200
    document = problem(office.act(path, SPOILED), 409, "question-closed")
    assert document["answer"]["card"] == "spoiled"
    assert document["answer"]["by"] == "Ani"


def test_further_cards_are_spoiled(office: Office) -> None:
    job, question = office.asked()
    answer = office.act(f"/questions/{question}/answer", {**SPOILED, "extra": 2})
    assert answer.status_code == 200
    assert office.get("/stock")["ktp-el-wni"] == {"loaded": 2, "spoiled": 3}
    _, question = office.asked(job)
    refused = office.act(f"/questions/{question}/answer", {**SPOILED, "extra": 9})
    assert pointers(problem(refused, 422, "invalid")) == {"/extra": "not-enough-blanks"}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"by": None}, "/by", "wrong-type"),
        ({"by": ...}, "/by", "missing"),
        ({"card": "eaten"}, "/card", "not-a-choice"),
        ({"card": None}, "/card", "missing"),
        ({"job": None}, "/card", "not-offered"),
        ({"card": "printed"}, "/card", "not-offered"),
        ({"job": "later"}, "/job", "not-a-choice"),
        ({"cause": None}, "/cause", "missing"),
        ({"extra": -1}, "/extra", "out-of-range"),
        ({"extra": 101}, "/extra", "out-of-range"),
        ({"device": {"serial": SERIAL}}, "/device/state", "missing"),
        ({"device": {"serial": SERIAL, "state": "on"}}, "/device/state", "not-a-choice"),
        ({"device": {"serial": SERIAL, "state": "off", "x": 1}}, "/device/x", "unknown-field"),
        ({"retry": True}, "/retry", "unknown-field"),
    ],
)
def test_wrong_answers(office: Office, change: dict[str, Any], pointer: str, code: str) -> None:
    job, question = office.asked()
    said = {name: value for name, value in {**SPOILED, **change}.items() if value is not ...}
    answer = office.act(f"/questions/{question}/answer", said)
    assert pointers(problem(answer, 422, "invalid")) == {pointer: code}
    assert office.get(f"/questions/{question}")["answer"] is None
    assert office.get(f"/jobs/{job}")["state"] == "processing-stopped"


def test_no_such_question(office: Office) -> None:
    problem(office.client.get("/v1/questions/Q-9"), 404, "not-found")
    problem(office.act("/questions/Q-9/answer", SPOILED), 404, "not-found")


# ------------------------------------------------------------------------------- may still move
def test_a_card_that_may_still_move_needs_a_word_about_that_unit(office: Office) -> None:
    _, question = office.asked(discarded=False)
    path = f"/questions/{question}/answer"
    assert office.get(f"/questions/{question}")["evidence"]["may_still_move"] is True
    assert problem(office.act(path, SPOILED), 409, "may-still-move")["serial"] == SERIAL
    other = {**SPOILED, "device": {"serial": "T2E-9999", "state": "off"}}
    assert pointers(problem(office.act(path, other), 422, "invalid")) == {
        "/device/serial": "other-unit"
    }
    answered = office.act(path, {**SPOILED, **OFF})
    assert answered.status_code == 200
    assert answered.json()["evidence"]["may_still_move"] is False


# ------------------------------------------------------------------------------- printers
def test_a_count_is_asked_and_answered(office: Office, station: Station) -> None:
    with station.store.write() as tx:
        assert fates.ask_count(tx, "tango")
    question = office.get("/questions", state="open")["items"][0]
    assert (question["reason"], question["answers"]) == ("hopper-count", [])
    assert (question["job"], question["card"]) == (None, None)
    assert question["evidence"] == {
        "serial": None,
        "difference": None,
        "expected": 5,
        "seen": None,
        "where": "tango",
    }
    assert "5" in question["sentence"]["en"]
    path = f"/questions/{question['id']}/answer"
    assert pointers(problem(office.act(path, {"by": "Ani"}), 422, "invalid")) == {
        "/counted": "missing"
    }
    answered = office.act(path, {"counted": 4, "spoiled": 1, "by": "Ani"}).json()
    assert (answered["answer"]["counted"], answered["answer"]["spoiled"]) == (4, 1)
    assert office.get("/stock")["ktp-el-wni"] == {"loaded": 4, "spoiled": 1}


def test_a_hopper_count_closes_its_question(office: Office, station: Station) -> None:
    with station.store.write() as tx:
        fates.ask_count(tx, "tango")
    office.act("/printers/tango/hopper-count", {"counted": 5})
    assert office.get("/questions", state="open")["items"] == []


def test_unexplained_cards_are_asked_about(office: Office, station: Station) -> None:
    with station.store.write() as tx:
        units.meet(tx, SERIAL, "tango2e", False)
        fates.compare_counter(tx, "tango", SERIAL, 100)
        fates.compare_counter(tx, "tango", SERIAL, 102)
    question = office.get("/questions")["items"][0]
    assert question["reason"] == "unexplained-cards"
    assert question["evidence"] == {
        "serial": SERIAL,
        "difference": 2,
        "expected": 100,
        "seen": 102,
        "where": "tango",
    }
    office.act("/printers/tango/hopper-count", {"counted": 5})
    assert office.get(f"/questions/{question['id']}")["answer"] is None
    said = {"counted": 3, "spoiled": 2, "by": "Ani"}
    assert office.act(f"/questions/{question['id']}/answer", said).status_code == 200
    assert office.get("/stock")["ktp-el-wni"] == {"loaded": 3, "spoiled": 2}


# ------------------------------------------------------------------------------- hand-over
def hand_over(office: Office) -> tuple[str, str]:
    job = office.job()
    feed = office.feed(job)
    office.act(f"/jobs/{job}/cancel")
    office.finish(feed)
    return job, str(office.get(f"/jobs/{job}")["question"])


@pytest.mark.parametrize("fate", ["printed", "spoiled"])
def test_a_card_that_came_out_all_the_same(office: Office, fate: str) -> None:
    job, question = hand_over(office)
    shown = office.get(f"/questions/{question}")
    assert shown["reason"] == "hand-over"
    assert shown["answers"] == [{"card": "printed", "job": None}, {"card": "spoiled", "job": None}]
    assert shown["evidence"]["may_still_move"] is False
    said = {"card": fate, "job": None, "cause": "other", "by": "Ani"}
    assert office.act(f"/questions/{question}/answer", said).status_code == 200
    assert office.get(f"/cards/{shown['card']}")["state"] == fate
    assert office.get(f"/jobs/{job}")["state"] == "completed"


def test_a_card_in_a_hand_is_not_spoiled(office: Office, station: Station) -> None:
    _, question = hand_over(office)
    card = office.get(f"/questions/{question}")["card"]
    with station.store.write() as tx:
        take(tx, Step.ACCEPT, card=card)
        take(tx, Step.HAND_OVER, card=card)
    said = {"card": "spoiled", "cause": "other", "by": "Ani"}
    problem(office.act(f"/questions/{question}/answer", said), 409, "card-state")


# ------------------------------------------------------------------------------- words
@pytest.mark.parametrize("reason", list(QuestionReason))
def test_every_reason_has_both_sentences(reason: QuestionReason) -> None:
    text = sentence(reason, printer="tango", card="B-1", serial="S", count=2)
    assert text.id and text.en and text.id != text.en
    assert "{" not in text.id + text.en
