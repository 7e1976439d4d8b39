"""Acts on jobs: who may post, what can be replaced, and what a cancel, a hold or the clock does."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest

from printstation.acts import jobs
from printstation.acts.request import Request
from printstation.lifecycle.steps import Step
from printstation.refusals import Refusal
from printstation.store import holders, journal
from printstation.store import jobs as job_rows
from printstation.store.steps import take
from tests.unit.printstation.acts.kit import ANEW, SEAL, Office
from tests.unit.printstation.store.kit import journal_of, rows


def refused(code: str) -> AbstractContextManager[pytest.ExceptionInfo[Refusal]]:
    return pytest.raises(Refusal, check=lambda error: error.code == code)


def printed(office: Office, resident: str = "A", **changes: Any) -> str:
    job = office.submit(resident, **changes)
    office.settle(office.feed(), busy_then_ready=True)
    return job


def reprint(office: Office, job: str, card: str = "spoiled", cause: str = "damaged") -> str:
    done = jobs.reprint(office.store, SEAL, job, ANEW, card=card, cause=cause, by="ani")
    return str(done.answer["id"])


def cancel(office: Office, job: str) -> None:
    jobs.cancel(office.store, job, ANEW, "ani")


# ------------------------------------------------------------------------------- posting
def test_a_posted_job_is_there_with_its_sealed_payload(office: Office) -> None:
    job = office.submit(priority=70, expires_at="2026-12-01T00:00:00.000Z", ticket="A-12")
    found = office.job(job)
    assert (found.state, found.priority, found.ticket) == ("pending", 70, "A-12")
    assert found.requested_on == "2026-11-24"
    with office.store.read() as conn:
        stored = job_rows.sealed_payload(conn, job)
    assert stored is not None
    assert b"values" not in stored[1]
    assert SEAL.open(stored[1], job) == b'{"values": {}}'


def test_no_personal_data_is_in_the_journal(office: Office) -> None:
    office.submit("1771990101900001", payload=b"BUDI 1771990101900001")
    text = str(rows(office.store, "SELECT entry FROM journal"))
    assert "1771990101900001" not in text and "BUDI" not in text


def test_a_reference_is_used_once(office: Office) -> None:
    job = office.submit(reference="R-1")
    with refused("reference-used") as error:
        office.submit(reference="R-1")
    assert error.value.extra == {"job": job}
    cancel(office, job)
    with refused("reference-used"):
        office.submit(reference="R-1")


def test_a_refused_post_leaves_nothing(office: Office) -> None:
    office.submit(reference="R-1")
    before = journal_of(office.store)
    with refused("reference-used"):
        jobs.submit(
            office.store,
            SEAL,
            office.order(reference="R-1"),
            Request("key", "POST /jobs", b"h"),
            "registry",
        )
    assert journal_of(office.store) == before
    assert rows(office.store, "SELECT count(*) FROM job, idempotency") == [(0,)]


def test_the_same_key_posts_one_job(office: Office) -> None:
    order = office.order()
    request = Request("key", "POST /jobs", b"h")
    first = jobs.submit(office.store, SEAL, order, request, "registry")
    again = jobs.submit(office.store, SEAL, order, request, "registry")
    assert again.replayed and again.answer == first.answer
    assert rows(office.store, "SELECT count(*) FROM job") == [(1,)]


# ------------------------------------------------------------------------------- one resident, one card
def test_a_resident_has_one_job(office: Office) -> None:
    """Whoever posts the second one, under whatever key or reference."""
    job = office.submit("A")
    with refused("resident-has-job") as error:
        office.submit("A")
    assert error.value.extra == {"job": job}
    office.submit("B")


@pytest.mark.parametrize("sent", [False, True])
def test_a_resident_whose_card_is_a_question_has_a_job(office: Office, sent: bool) -> None:
    office.submit("A")
    office.stop(office.feed(sent=sent))
    with refused("resident-has-job"):
        office.submit("A")


def test_a_resident_has_one_card(office: Office) -> None:
    job = printed(office)
    with refused("resident-has-card") as error:
        office.submit("A")
    assert error.value.extra == {"job": job}


@pytest.mark.parametrize("how", ["canceled", "aborted"])
def test_a_job_that_came_to_nothing_frees_its_resident(office: Office, how: str) -> None:
    job = office.submit("A", expires_at="2026-11-24T00:00:00.000Z")
    if how == "canceled":
        cancel(office, job)
    else:
        assert jobs.expire(office.store, "2026-11-24T00:00:00.000Z") == 1
    assert office.job(job).state == how
    office.submit("A")


def test_a_card_type_of_which_one_may_have_many(office: Office) -> None:
    office.submit("A", one_per_resident=False)
    office.submit("A", one_per_resident=False)


# ------------------------------------------------------------------------------- replacing
def test_a_successor_lets_the_old_card_go(office: Office) -> None:
    old = printed(office)
    job = office.submit("A", replaces=old, reason="lost")
    assert office.states(old) == ("completed", "missing")
    assert office.job(job).replaces == old and office.job(old).replaced
    with refused("resident-has-job"):
        office.submit("A")


@pytest.mark.parametrize(
    ("reason", "state", "cause"),
    [
        ("lost", "missing", "lost"),
        ("rusak", "spoiled", "damaged"),
        ("moved house", "spoiled", "data-changed"),
        (None, "spoiled", "data-changed"),
    ],
)
def test_the_reason_says_what_became_of_the_old_card(
    office: Office, reason: str | None, state: str, cause: str
) -> None:
    old = printed(office)
    office.submit("A", replaces=old, reason=reason)
    card = office.card(str(office.job(old).card))
    assert (card.state, card.cause) == (state, cause)


def test_only_what_ended_can_be_replaced_and_only_once(office: Office) -> None:
    waiting = office.submit("B")
    with refused("not-replaceable"):
        office.submit("B", replaces=waiting)
    cancel(office, waiting)
    old = printed(office)
    successor = office.submit("A", replaces=old)
    with refused("already-replaced") as error:
        office.submit("A", replaces=old)
    assert error.value.extra == {"job": successor}
    with refused("not-found"):
        office.submit("C", replaces="nobody")


def test_nobodys_card_is_given_up_for_another_residents_job(office: Office) -> None:
    old = printed(office)
    with refused("not-replaceable"):
        office.submit("B", replaces=old)
    assert office.states(old) == ("completed", "printed")


def test_a_reprint_is_made_from_the_sealed_payload(office: Office) -> None:
    old = printed(office, priority=80)
    job = reprint(office, old, "missing", "lost")
    found = office.job(job)
    assert (found.state, found.replaces, found.priority) == ("pending", old, 80)
    assert found.reference == office.job(old).reference
    assert office.states(old) == ("completed", "missing")
    with office.store.read() as conn:
        stored = job_rows.sealed_payload(conn, job)
    assert stored is not None and SEAL.open(stored[1], job) == b'{"values": {}}'


def test_two_clicks_make_one_reprint(office: Office) -> None:
    old = printed(office)
    job = reprint(office, old)
    assert reprint(office, old) == job
    assert rows(office.store, "SELECT count(*) FROM job") == [(2,)]


def test_a_chain_of_reprints_keeps_one_card_a_resident(office: Office) -> None:
    old = printed(office)
    for _ in range(2):
        old = reprint(office, old)
        office.settle(office.feed(), busy_then_ready=True)
    assert office.balance() == {"printed": 1, "spoiled": 2, "loaded": 2}
    with refused("resident-has-card"):
        office.submit("A")


def test_a_canceled_job_can_be_made_again(office: Office) -> None:
    old = office.submit("A")
    cancel(office, old)
    assert office.job(reprint(office, old)).state == "pending"


def test_a_canceled_job_whose_resident_has_another_one_is_not_made_again(office: Office) -> None:
    old = office.submit("A")
    cancel(office, old)
    office.submit("A")
    with refused("resident-has-job"):
        reprint(office, old)


def test_no_reprint_of_what_is_not_over_or_erased(office: Office) -> None:
    job = office.submit("A")
    with refused("not-replaceable"):
        reprint(office, job)
    cancel(office, job)
    with office.store.write() as tx:
        holders.erase_payload(tx, SEAL, job)
        journal.append(tx, "card-accepted-elsewhere", job=job)
    with refused("payload-erased"):
        reprint(office, job)
    assert not office.job(job).replaced


def test_a_withheld_card_that_is_replaced_needs_no_answer_any_more(office: Office) -> None:
    job = office.submit("A")
    moving = office.feed()
    cancel(office, job)
    office.settle(moving, busy_then_ready=True)
    assert office.question().reason == "hand-over"
    reprint(office, job)
    assert office.asked() == []


# ------------------------------------------------------------------------------- cancel
@pytest.mark.parametrize("hold", [False, True])
def test_an_unsent_job_is_canceled_at_once(office: Office, hold: bool) -> None:
    job = office.submit(hold=hold)
    cancel(office, job)
    assert office.states(job) == ("canceled", None)


def test_a_reserved_blank_goes_back_to_the_hopper(office: Office) -> None:
    office.submit()
    job, card = office.claim()
    cancel(office, job)
    assert office.job(job).state == "canceled"
    assert (office.card(card).state, office.card(card).job) == ("loaded", None)


def test_a_cancel_of_a_fed_card_is_asked_for_once(office: Office) -> None:
    job = office.submit()
    moving = office.feed()
    cancel(office, job)
    cancel(office, job)
    assert office.job(job).cancel_requested
    assert office.states(job) == ("processing", "fed")
    assert journal_of(office.store).count("cancel-requested") == 1
    office.settle(moving, busy_then_ready=True)
    assert office.states(job) == ("completed", "printed")
    assert office.question().reason == "hand-over"


def test_a_test_card_that_came_out_after_a_cancel_is_spoiled_anyway(office: Office) -> None:
    job = office.submit(reason="test")
    moving = office.feed()
    cancel(office, job)
    office.settle(moving, busy_then_ready=True)
    assert office.states(job) == ("completed", "spoiled")
    assert office.asked() == []


def test_a_cancel_of_what_is_over_is_refused(office: Office) -> None:
    job = printed(office)
    with refused("job-state"):
        cancel(office, job)
    with refused("not-found"):
        cancel(office, "nobody")


def test_a_canceled_untouched_card_frees_its_blank(office: Office) -> None:
    job = office.submit()
    moving = office.feed(sent=False)
    cancel(office, job)
    office.settle(moving, nothing_offered=True)
    assert office.states(job) == ("canceled", "loaded")
    assert office.balance() == {"loaded": 5}


def test_a_canceled_card_that_the_device_rejected_asks_nobody(office: Office) -> None:
    job = office.submit()
    moving = office.feed()
    cancel(office, job)
    office.settle(moving, rejected=True, errors=("card-rejected",))
    assert office.states(job) == ("canceled", "spoiled")
    assert office.asked() == []


# ------------------------------------------------------------------------------- hold, release, expire
def test_a_held_job_does_not_start_and_keeps_its_place(office: Office) -> None:
    first, second = office.submit(), office.submit()
    jobs.hold(office.store, first, ANEW, "ani")
    assert office.job(first).waits_because == "held"
    jobs.release(office.store, first, ANEW, "ani")
    assert office.job(first).waits_because is None
    assert office.claim()[0] == first
    with refused("job-state"):
        jobs.hold(office.store, first, ANEW, "ani")
    with refused("job-state"):
        jobs.release(office.store, second, ANEW, "ani")


def test_a_job_may_be_posted_held(office: Office) -> None:
    job = office.submit(hold=True)
    assert (office.job(job).state, office.job(job).waits_because) == ("pending-held", "held")


def test_only_waiting_jobs_expire(office: Office) -> None:
    over = "2026-11-24T00:00:00.000Z"
    moving = office.submit(expires_at=over)
    office.feed()
    held = office.submit(expires_at=over, hold=True)
    later = office.submit(expires_at="2026-11-24T00:00:00.001Z")
    assert jobs.expire(office.store, over) == 1
    states = [office.job(job).state for job in (moving, held, later)]
    assert states == ["processing", "aborted", "pending"]
    assert jobs.expire(office.store, over) == 0


def test_a_job_that_was_taken_meanwhile_does_not_expire(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = "2026-11-24T00:00:00.000Z"
    job = office.submit(expires_at=over)
    found = job_rows.expired

    def and_then_it_starts(*args: Any) -> object:
        due = found(*args)
        office.feed()
        return due

    monkeypatch.setattr(job_rows, "expired", and_then_it_starts)
    jobs.expire(office.store, over)
    assert office.job(job).state == "processing"


def test_an_unfed_card_is_given_back(office: Office) -> None:
    office.submit()
    job, card = office.claim()
    with office.store.write() as tx:
        jobs.give_back(tx, job, card, bound=False, why="station-stopping")
    assert office.states(job) == ("pending", None)
    assert (office.card(card).state, office.card(card).job) == ("loaded", None)
    assert office.claim() == (job, card)


def test_a_set_aside_job_is_released_by_a_person(office: Office) -> None:
    office.submit()
    job, card = office.claim()
    with office.store.write() as tx:
        take(tx, Step.SET_ASIDE, job=job, card=card, set_job={"waits_because": "cannot-be-drawn"})
    assert office.job(job).state == "pending-held"
    jobs.release(office.store, job, ANEW, "ani")
    assert office.job(job).waits_because is None


def test_a_cancel_answers_the_question_that_a_rejected_card_left(office: Office) -> None:
    """Row 2: the card is spoiled already, so nothing but the job's future was open."""
    job = office.submit()
    office.settle(office.feed(), rejected=True, errors=("card-rejected",), discarded=True)
    assert office.states(job)[0] == "processing-stopped"
    jobs.cancel(office.store, job, ANEW, "ani")
    assert office.states(job)[0] == "canceled"
    assert office.asked() == []
    office.check()
