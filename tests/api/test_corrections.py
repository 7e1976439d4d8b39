"""A wrong answer is mended by two persons; a missing card that is found is never a blank again (§7)."""

from __future__ import annotations

from typing import Any

from tests.api.office import Office, pointers, problem

TWO = {"by": "ani", "supervisor": "budi"}


def missing(office: Office) -> tuple[str, str]:
    """A job that was canceled after its card was said to be missing."""
    office.stocked()
    job = office.job()
    question = office.stop(office.feed(job))
    said = {"card": "missing", "job": "cancel", "cause": "lost", "by": "ani"}
    assert office.act(f"/questions/{question}/answer", said).status_code == 200
    return job, str(office.get(f"/jobs/{job}")["card"])


def correct(office: Office, identity: str, **body: Any) -> Any:
    return office.act(f"/cards/{identity}/correction", {"reason": "looked again", **body})


def test_a_missing_card_turns_up_printed_and_its_job_is_completed(office: Office) -> None:
    job, card = missing(office)
    answer = correct(office, card, card="printed", **TWO)
    assert (answer.status_code, answer.json()["state"]) == (200, "printed")
    assert office.get(f"/jobs/{job}")["state"] == "completed"


def test_a_missing_card_turns_up_spoiled(office: Office) -> None:
    job, card = missing(office)
    assert (
        correct(office, card, card="spoiled", cause="damaged", **TWO).json()["state"] == "spoiled"
    )
    assert office.get(f"/jobs/{job}")["state"] == "canceled"


def test_one_person_alone_corrects_nothing(office: Office) -> None:
    _, card = missing(office)
    for body in ({"by": "ani"}, {"by": "ani", "supervisor": "Ani"}):
        answer = correct(office, card, card="spoiled", cause="damaged", **body)
        assert (answer.status_code, answer.json()["code"]) == (403, "supervisor-needed")
    assert office.get(f"/cards/{card}")["state"] == "missing"


def test_nothing_is_corrected_without_a_reason(office: Office) -> None:
    _, card = missing(office)
    said = {"card": "spoiled", "cause": "damaged", **TWO}
    answer = office.act(f"/cards/{card}/correction", said)
    assert pointers(problem(answer, 422, "invalid")) == {"/reason": "missing"}
    assert office.get(f"/cards/{card}")["state"] == "missing"


def test_a_card_of_a_resident_who_has_another_job_by_now_stays_missing(office: Office) -> None:
    job, card = missing(office)
    office.act(f"/jobs/{job}/reprint", {"by": "ani"})
    answer = correct(office, card, card="printed", **TWO)
    assert answer.status_code == 409
    assert office.get(f"/cards/{card}")["state"] == "missing"


def test_a_blank_is_no_card_to_correct(office: Office) -> None:
    office.stocked()
    answer = correct(office, "B-000001", card="printed", **TWO)
    assert (answer.status_code, answer.json()["code"]) == (409, "card-state")
