"""The check by eye: a card is accepted only from somebody's hand, and only if it is the one that it should be.

An encoded card shows its number once more: another number means that another card was printed with this
resident's data (`exactly-once.md` §9). The data of the job is kept until here, so that a spoiled card can be
printed again; an accepted one leaves name, NIK and address behind, sealed, until it is handed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from printstation.acts import fates
from printstation.acts.jobs import WITHHOLDING, close_hand_over
from printstation.acts.questions import cause_of
from printstation.acts.request import Done, Request, once
from printstation.lifecycle.answers import OTHER_CARD_PAIRS, CardFate, QuestionReason
from printstation.lifecycle.card import CardState, Cause, Origin
from printstation.lifecycle.steps import Step
from printstation.refusals import FieldError, Refusal
from printstation.seal import Seal
from printstation.store import cards, handovers, holders, journal, questions, scans
from printstation.store.cards import Card
from printstation.store.engine import Store, Tx
from printstation.store.steps import take, vouched

#: Where a card may lie that turns up with another resident's data on it.
_SPOILABLE = frozenset(
    {
        CardState.STORED,
        CardState.LOADED,
        CardState.ENCODED,
        CardState.PRINTED,
        CardState.ACCEPTED,
    }
)


@dataclass(frozen=True)
class Checked:
    """What a person saw. `number` is scanned from the very card that he holds."""

    by: str
    accepted: bool
    cause: str | None = None
    number: str | None = None
    shelf: str | None = None


def check(
    store: Store,
    seal: Seal,
    card_types: Sequence[str],
    identity: str,
    said: Checked,
    request: Request,
) -> Done:
    """Accept a printed card or spoil it; a scanned number that is another card's asks `other-card`.

    Refuses a card that is not printed, one that a question withholds, an encoded card without its number.
    The answer holds the card's id and the question, if one was asked.
    """

    def act(tx: Tx) -> dict[str, Any]:
        card = known(tx, identity)
        if card.state is not CardState.PRINTED:
            raise Refusal(
                "card-state", f"card {identity} is {card.state}; only a printed card is checked"
            )
        refuse_withheld(tx, identity)
        if said.number is not None and card.number not in (None, said.number):
            return {"id": identity, "question": _another(tx, card, card_types, said)}
        if said.accepted:
            _accept(tx, seal, card, said)
        else:
            _spoil(tx, card, said)
        return {"id": identity, "question": None}

    return once(store, request, act)


def known(tx: Tx, identity: str) -> Card:
    """The card with this id; refuses `not-found`."""
    card = cards.get(tx.conn, identity)
    if card is None:
        raise Refusal("not-found", f"there is no card {identity}")
    return card


def refuse_withheld(tx: Tx, identity: str) -> None:
    """Refuses `question-open` while a question about this very card is."""
    for question in questions.open_ones(tx.conn):
        if question.card == identity and question.reason in WITHHOLDING:
            raise Refusal(
                "question-open",
                f"card {identity} is withheld; answer question {question.id} first",
                extra={"question": question.id},
            )


def _missing(pointer: str, detail: str) -> Refusal:
    return Refusal("invalid", detail, (FieldError(pointer, "missing", detail),))


def _accept(tx: Tx, seal: Seal, card: Card, said: Checked) -> None:
    assert card.job is not None
    if card.bound and said.number is None:
        raise _missing("/number", "this card was encoded for its resident: scan its number")
    values = {"shelf": said.shelf} if said.shelf else {}
    if card.number is None and said.number is not None:
        values["number"] = scans.unused(tx.conn, card.card_type, said.number)
    # The whole chain of reprints: what the first job brought is in the hands of the last one.
    for job in handovers.reprinted(tx.conn, card.job):
        if job == card.job:
            who = holders.of_card(tx.conn, seal, card.id)
            if who is not None:
                holders.keep(tx, seal, card.id, who)
        holders.erase_payload(tx, seal, job)
    take(tx, Step.ACCEPT, job=card.job, card=card.id, by=said.by, set_card=values)


def _spoil(tx: Tx, card: Card, said: Checked) -> None:
    if not said.cause:
        raise _missing("/cause", "say why the card is spoiled")
    values: dict[str, Any] = {"cause": cause_of(said.cause, Cause.PRINT_FAILED)}
    if card.number is None and said.number is not None:
        values["number"] = scans.unused(tx.conn, card.card_type, said.number)
    take(tx, Step.SPOIL, job=card.job, card=card.id, by=said.by, set_card=values)


def _another(tx: Tx, card: Card, card_types: Sequence[str], said: Checked) -> str:
    """The card in the hand is spoiled: it bears another resident's data. Where is the one of this row?"""
    assert said.number is not None
    found = scans.numbered(tx.conn, said.number, (card.card_type,)) or scans.numbered(
        tx.conn, said.number, card_types
    )
    in_hand = found[0] if found else _unclaimed(tx, card, said.by)
    values: dict[str, Any] = {"cause": Cause.WRONG_CARD, "number": said.number}
    if in_hand.state in _SPOILABLE:
        _found_elsewhere(tx, in_hand, values, said.by)
    elif in_hand.state is CardState.MISSING:
        take(tx, Step.FIND_SPOILED, card=in_hand.id, by=said.by, set_card=values)
    elif in_hand.state is not CardState.SPOILED:
        raise Refusal(
            "wrong-card",
            f"the scanned number is that of card {in_hand.id}, which is {in_hand.state}; scan again",
            (FieldError("/number", "other-card", f"card {in_hand.id} bears it"),),
            extra={"card": in_hand.id},
        )
    where = {"printer": card.printer, "job": card.job, "card": card.id}
    identity = questions.add(tx, QuestionReason.OTHER_CARD, OTHER_CARD_PAIRS, **where)
    fates.note_asked(tx, identity, QuestionReason.OTHER_CARD, **where, by=said.by)
    return identity


def _found_elsewhere(tx: Tx, found: Card, values: dict[str, Any], by: str) -> None:
    """A body bears another resident's data: it is spoiled. If somebody was asked where it is, this is the answer,
    and its job made no card."""
    sought = questions.open_ones(tx.conn, reason=QuestionReason.OTHER_CARD)
    step = Step.DISOWN_SPOILED if any(q.card == found.id for q in sought) else Step.SPOIL
    close_hand_over(tx, found.id, CardFate.SPOILED, by)
    take(tx, step, job=found.job, card=found.id, by=by, set_card=values)


def _unclaimed(tx: Tx, card: Card, by: str) -> Card:
    """A body that no row claims: a blank of the hopper was drawn instead of the card in the hand, or it came
    from nowhere. It is the next loaded row of that hopper, else one of its own."""
    loaded = cards.pick(
        tx.conn, CardState.LOADED, 1, printer=card.printer, card_type=card.card_type
    )
    if loaded and card.printer is not None:
        return known(tx, loaded[0][1])
    kind = (card.card_type, card.version, card.batch)
    ids = cards.add_batch(tx, 1, *kind, origin=Origin.SURPLUS)
    data = {"card_type": card.card_type, "batch": card.batch, "reason": Cause.WRONG_CARD}
    told = {**data, "cards": ids, "card": [None, CardState.STORED]}
    journal.append(tx, "surplus-received", printer=card.printer, by=by, data=told)
    return known(tx, ids[0])


def shelve(store: Store, identity: str, shelf: str, by: str, request: Request) -> Done:
    """Say where an accepted card waits for its holder; refuses one that is not in the house."""

    def act(tx: Tx) -> dict[str, Any]:
        card = known(tx, identity)
        if card.state is not CardState.ACCEPTED:
            raise Refusal(
                "card-state", f"card {identity} is {card.state}; only an accepted card has a place"
            )
        handovers.put_on_shelf(tx, identity, shelf)
        journal.append(
            tx,
            "card-shelved",
            job=card.job,
            card=identity,
            by=by,
            data={"set": vouched({"shelf": shelf})},
        )
        return {"id": identity}

    return once(store, request, act)
