"""A wrong answer is mended by two persons; no card becomes a blank again (§7)."""

from __future__ import annotations

from printstation.acts.corrections import correct
from printstation.lifecycle.answers import CardFate
from tests.unit.printstation.acts.kit import ANEW, Office
from tests.unit.printstation.acts.test_answers import asked
from tests.unit.printstation.acts.test_jobs import refused
from tests.unit.printstation.store.kit import rows


def mend(office: Office, card: str, fate: CardFate, supervisor: str | None = "budi") -> None:
    said = {"cause": "damaged", "by": "ani", "supervisor": supervisor, "reason": "looked again"}
    correct(office.store, card, ANEW, card=fate, **said)


def test_a_wrong_answer_is_mended_by_two_persons(office: Office) -> None:
    job = asked(office)
    card = office.moving(1).card
    office.answer("missing", "cancel", "lost")
    with refused("supervisor-needed"):
        mend(office, card, CardFate.PRINTED, None)
    mend(office, card, CardFate.PRINTED)
    assert office.states(job) == ("completed", "printed")
    with refused("resident-has-card"):
        office.submit("A")


def test_a_missing_card_that_is_found_is_never_a_blank_again(office: Office) -> None:
    asked(office)
    card = office.moving(1).card
    office.answer("missing", "cancel", "lost")
    with refused("card-state"):
        mend(office, card, CardFate.UNTOUCHED)
    mend(office, card, CardFate.SPOILED)
    assert office.card(card).state == "spoiled"


def test_a_found_card_is_not_printed_while_its_job_makes_another_one(office: Office) -> None:
    asked(office)
    card = office.moving(1).card
    office.answer("missing", "again", "lost", supervisor="budi")
    with refused("job-state"):
        mend(office, card, CardFate.PRINTED)


def test_a_found_card_is_not_printed_when_its_resident_has_another_job(office: Office) -> None:
    asked(office)
    card = office.moving(1).card
    office.answer("missing", "cancel", "lost")
    office.submit("A")
    with refused("resident-has-job"):
        mend(office, card, CardFate.PRINTED)
    assert office.card(card).state == "missing"


def test_a_card_that_was_no_good_after_all_frees_its_resident(office: Office) -> None:
    job = asked(office)
    office.answer("printed")
    mend(office, office.moving(1).card, CardFate.SPOILED)
    assert office.states(job) == ("aborted", "spoiled")
    office.submit("A")


def test_a_blank_was_never_fed_and_cannot_be_printed(office: Office) -> None:
    office.count(4)
    (lost,) = rows(office.store, "SELECT id FROM card WHERE state = 'missing'")[0]
    with refused("card-state"):
        mend(office, lost, CardFate.PRINTED)
    mend(office, lost, CardFate.SPOILED)
    with refused("not-found"):
        mend(office, "B-999999", CardFate.SPOILED)
