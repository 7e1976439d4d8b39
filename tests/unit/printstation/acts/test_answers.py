"""Answering: every pair that is offered, every refusal, and nothing changed by a refused one."""

from __future__ import annotations

from typing import Any

import pytest

from printstation.acts import jobs
from printstation.acts.printers import write_off
from printstation.acts.questions import cause_of
from printstation.lifecycle.card import Cause
from printstation.store.steps import set_facts
from tests.unit.printstation.acts.kit import ANEW, SERIAL, TANGO, Office, fates_of
from tests.unit.printstation.acts.test_jobs import refused
from tests.unit.printstation.store.kit import journal_of, new_store, rows


def asked(office: Office, **changes: Any) -> str:
    """A job whose card may be anywhere; `discard` succeeded."""
    job = office.submit("A")
    office.settle(office.feed(), **changes)
    assert office.question().reason == "card-fate"
    return job


def unsure(office: Office) -> str:
    """The same, but the device may still move the card."""
    job = office.submit("A")
    office.stop(office.feed())
    return job


# ------------------------------------------------------------------------------- each pair
@pytest.mark.parametrize(
    ("card", "future", "states", "balance"),
    [
        ("printed", None, ("completed", "printed"), {"printed": 1, "loaded": 4}),
        ("spoiled", "again", ("pending", "spoiled"), {"spoiled": 1, "loaded": 4}),
        ("spoiled", "cancel", ("canceled", "spoiled"), {"spoiled": 1, "loaded": 4}),
        ("untouched", "again", ("pending", "loaded"), {"loaded": 5}),
        ("untouched", "cancel", ("canceled", "loaded"), {"loaded": 5}),
        ("missing", "again", ("pending", "missing"), {"missing": 1, "loaded": 4}),
        ("missing", "cancel", ("canceled", "missing"), {"missing": 1, "loaded": 4}),
    ],
)
def test_each_answer_moves_card_and_job(
    office: Office,
    card: str,
    future: str | None,
    states: tuple[str, str],
    balance: dict[str, int],
) -> None:
    job = asked(office)
    number = office.moving(1).card
    cause = "print-failed" if card in ("spoiled", "missing") else None
    office.answer(card, future, cause, supervisor="budi")
    assert office.states(job) == states
    assert office.balance() == balance
    assert office.asked() == [] and office.moving(1).settled_at is not None
    found = office.card(number)
    assert (found.job is None) == (card == "untouched"), (
        "a bad card keeps its job, a blank loses it"
    )
    assert found.cause == cause
    if future == "again":
        office.settle(office.feed(), busy_then_ready=True)
        assert office.states(job) == ("completed", "printed")


def test_a_second_card_of_the_same_job_is_asked_about_anew(office: Office) -> None:
    asked(office)
    first = office.question().id
    office.answer("untouched", "again")
    office.settle(office.feed())
    assert office.question().id != first


def test_a_test_card_said_to_be_printed_is_spoiled(office: Office) -> None:
    job = office.submit(reason="test")
    office.settle(office.feed())
    office.answer("printed")
    assert office.states(job) == ("completed", "spoiled")
    assert office.card(office.moving(1).card).cause == "test"


def test_an_encoded_card_goes_back_to_its_resident(office: Office) -> None:
    asked(office)
    moving = office.moving(1)
    with office.store.write() as tx:
        fed = tx.conn.exec_driver_sql("SELECT id FROM card WHERE state = 'fed'").scalar_one()
        set_facts(tx, "card-bound", fed, "ani", {"bound_to": b"resident"})
    office.answer("untouched", "again")
    card = office.card(moving.card)
    assert (card.state, card.job, card.bound) == ("encoded", None, True)


# ------------------------------------------------------------------------------- refusals
def test_a_closed_question_tells_the_answer_that_it_has(office: Office) -> None:
    job = asked(office)
    question = office.question().id
    office.answer("printed")
    entries = journal_of(office.store)
    with refused("question-closed") as error:
        office.answer_to(question, "untouched", "again")
    stored = error.value.extra["answer"]
    assert isinstance(stored, dict) and stored["card"] == "printed" and stored["by"] == "ani"
    assert office.states(job) == ("completed", "printed")
    assert journal_of(office.store) == entries


def test_a_question_that_is_not_there(office: Office) -> None:
    with refused("not-found"):
        office.answer_to("Q-999999", "printed")


@pytest.mark.parametrize(
    ("said", "pointer", "code"),
    [
        ({}, "/card", "missing"),
        ({"card": "printed", "job": "again"}, "/card", "not-offered"),
        ({"card": "untouched"}, "/card", "not-offered"),
        ({"card": "spoiled", "job": "again"}, "/cause", "missing"),
        ({"card": "missing", "job": "cancel"}, "/cause", "missing"),
    ],
)
def test_an_answer_repeats_one_offered_pair_with_its_cause(
    office: Office, said: dict[str, str], pointer: str, code: str
) -> None:
    job = asked(office)
    with refused("invalid") as error:
        office.answer(**said)
    assert [(e.pointer, e.code) for e in error.value.errors] == [(pointer, code)]
    assert office.states(job) == ("processing-stopped", "fed")
    assert office.question().closed_at is None


def test_what_a_witness_excludes_is_not_offered(tmp_path_factory: pytest.TempPathFactory) -> None:
    office = Office(new_store(tmp_path_factory.mktemp("pick")), "pick").stocked()
    asked(office, serial_now=None)
    assert fates_of(office.question().offers) == {"untouched", "missing"}
    with refused("invalid"):
        office.answer("printed")
    office.check()


def test_again_after_missing_needs_a_second_person(office: Office) -> None:
    job = asked(office)
    for supervisor in (None, "", "ani", " ANI "):
        with refused("supervisor-needed"):
            office.answer("missing", "again", "lost", supervisor=supervisor)
    assert office.states(job) == ("processing-stopped", "fed")
    office.answer("missing", "again", "lost", supervisor="budi")
    assert office.job(job).state == "pending"


def test_a_cause_that_is_no_column_of_the_recap_counts_as_other() -> None:
    assert cause_of("test", Cause.DAMAGED) is Cause.TEST
    assert cause_of("it fell down", Cause.DAMAGED) is Cause.OTHER
    assert cause_of(None, Cause.DAMAGED) is Cause.DAMAGED


# ------------------------------------------------------------------------------- before discard
def test_a_card_that_may_still_move_is_not_answered(office: Office) -> None:
    job = unsure(office)
    with refused("may-still-move") as error:
        office.answer("printed")
    assert error.value.extra == {"serial": SERIAL}
    assert office.states(job) == ("processing-stopped", "fed")


def test_a_statement_about_another_unit_is_a_wrong_field(office: Office) -> None:
    unsure(office)
    with refused("invalid") as error:
        office.answer("printed", device_serial="3C0002")
    assert [(e.pointer, e.code) for e in error.value.errors] == [("/device/serial", "other-unit")]


def test_a_statement_about_that_unit_opens_the_answer_and_nothing_more(office: Office) -> None:
    job = unsure(office)
    office.answer("untouched", "again", device_serial=SERIAL)
    assert office.job(job).state == "pending"
    assert office.unit().discard_due, "the unit is fed again only after `discard`"
    assert not office.moving(1).discarded
    stored = rows(office.store, "SELECT answer FROM question")[0][0]
    assert f'"device": "{SERIAL}"' in stored


def holding(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(new_store(tmp_path_factory.mktemp("holds")), holds_job=True).stocked()


def test_no_statement_replaces_discard_where_the_device_holds_its_job(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """It prints at power-on."""
    office = holding(tmp_path_factory)
    job = unsure(office)
    with refused("may-still-move"):
        office.answer("missing", "cancel", "lost", device_serial=SERIAL)
    with refused("supervisor-needed"):
        write_off(office.store, TANGO, SERIAL, ANEW, by="ani", supervisor="ani")
    write_off(office.store, TANGO, SERIAL, ANEW, by="ani", supervisor="budi")
    write_off(office.store, TANGO, SERIAL, ANEW, by="ani", supervisor="budi")
    assert journal_of(office.store).count("unit-written-off") == 1
    office.answer("missing", "cancel", "lost", device_serial=SERIAL)
    assert office.states(job) == ("canceled", "missing")
    assert office.unit().written_off
    office.check()


def test_only_a_unit_that_holds_its_job_and_was_seen_here_is_written_off(office: Office) -> None:
    for serial in (SERIAL, "3C0009"):
        with refused("invalid"):
            write_off(office.store, TANGO, serial, ANEW, by="ani", supervisor="budi")


# ------------------------------------------------------------------------------- further cards of one feed
def test_further_cards_are_spoiled_out_of_the_recorded_blanks(office: Office) -> None:
    asked(office)
    office.answer("printed", extra=2)
    assert office.balance() == {"printed": 1, "spoiled": 2, "loaded": 2}


def test_more_further_cards_than_blanks_is_refused_whole(office: Office) -> None:
    job = asked(office)
    with refused("invalid") as error:
        office.answer("printed", extra=5)
    assert error.value.errors[0].pointer == "/extra"
    assert office.states(job) == ("processing-stopped", "fed")
    assert office.balance() == {"loaded": 4, "fed": 1}


# ------------------------------------------------------------------------------- the device answers itself
def test_a_question_whose_device_came_back_and_knows_needs_nobody(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    office = Office(new_store(tmp_path_factory.mktemp("back")), "pick").stocked()
    job = unsure(office)
    question = office.question().id
    office.settle(office.moving(1), same_session=False)
    assert office.job(job).state == "pending"
    assert office.asked() == []
    with refused("question-closed"):
        office.answer_to(question, "printed")
    office.check()


def test_settling_twice_changes_nothing(office: Office) -> None:
    asked(office)
    office.answer("untouched", "again")
    entries = journal_of(office.store)
    office.settle(office.moving(1), busy_then_ready=True)
    assert journal_of(office.store) == entries


def test_a_stop_is_said_once(office: Office) -> None:
    unsure(office)
    entries = journal_of(office.store)
    office.stop(office.moving(1))
    assert journal_of(office.store) == entries
    assert entries[-2:] == ["job-stopped", "question-asked"]


# ------------------------------------------------------------------------------- hand-over
def withheld(office: Office) -> str:
    job = office.submit("A")
    moving = office.feed()
    jobs.cancel(office.store, job, ANEW, "registry")
    office.settle(moving, busy_then_ready=True)
    return job


def test_a_withheld_card_that_is_accepted_stays_printed(office: Office) -> None:
    job = withheld(office)
    office.answer("printed")
    assert office.states(job) == ("completed", "printed")


def test_a_withheld_card_that_is_not_wanted_is_spoiled_and_its_job_stays_completed(
    office: Office,
) -> None:
    job = withheld(office)
    with refused("invalid"):
        office.answer("spoiled")
    office.answer("spoiled", None, "data-changed")
    assert office.states(job) == ("completed", "spoiled")


def test_the_kit_itself_keeps_its_word(office: Office) -> None:
    """A check that finds nothing wrong must be able to: a card moved by hand is found."""
    with office.store.write() as tx:
        tx.conn.exec_driver_sql("UPDATE card SET state = 'missing', cause = 'lost' WHERE seq = 1")
    with pytest.raises(AssertionError, match="B-000001"):
        office.check()
    with office.store.write() as tx:
        tx.conn.exec_driver_sql("UPDATE card SET state = 'loaded', cause = NULL WHERE seq = 1")
