"""Answering a question: what a person says is checked against what was offered, then carried out.

One transaction closes the question, moves job and card, and writes the entry. A wrong answer is mended by
a correction of two persons (`acts/corrections.py`), never by answering again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from printstation.acts import fates
from printstation.acts.closing import close_question
from printstation.acts.persons import supervised as supervised
from printstation.acts.request import Done, Request, once
from printstation.acts.stock import settle_hopper
from printstation.lifecycle.answers import (
    NEEDS_CAUSE,
    CardFate,
    JobFuture,
    Pair,
    QuestionReason,
    explained,
    needs_supervisor,
)
from printstation.lifecycle.card import CardState, Cause
from printstation.lifecycle.steps import ANSWER_STEPS, ENCODED_STEPS, Step
from printstation.refusals import FieldError, Refusal
from printstation.store import cards, feeds, filed, jobs, journal, questions, scans, units
from printstation.store.cards import Card
from printstation.store.engine import Store, Tx
from printstation.store.feeds import Feed
from printstation.store.questions import Question
from printstation.store.steps import take

#: Entries that are read for what was lost while a question was open; an hour of a busy office.
LOOK_BACK = 2000


@dataclass(frozen=True)
class Answer:
    """What a person said. `device_serial` is the unit that he states to be off, power-cycled or gone."""

    by: str
    card: CardFate | None = None
    job: JobFuture | None = None
    cause: str | None = None
    extra: int = 0
    device_serial: str | None = None
    supervisor: str | None = None
    counted: int | None = None
    spoiled: int = 0
    reason: str | None = None
    #: Scanned from the very card: it is bound to it.
    number: str | None = None


def answer(store: Store, identity: str, said: Answer, request: Request) -> Done:
    """Close the question with this answer.

    Refuses `question-closed` (with the stored answer), a pair that is not offered, `may-still-move`,
    `supervisor-needed`. Nothing is changed then.
    """

    def act(tx: Tx) -> dict[str, Any]:
        question = questions.get(tx.conn, identity)
        if question is None:
            raise Refusal("not-found", f"there is no question {identity}")
        if question.closed_at is not None:
            raise Refusal(
                "question-closed",
                f"question {identity} was answered on {question.closed_at}",
                extra={"answer": question.answer},
            )
        _CARRY_OUT[question.reason](tx, question, said)
        return {"id": identity}

    return once(store, request, act)


def cause_of(text: str | None, otherwise: Cause) -> Cause:
    """The column of the recap for a cause as it was said; other words count as *other*."""
    if not text:
        return otherwise
    return Cause(text) if text in set(Cause) else Cause.OTHER


def _wrong(pointer: str, code: str, detail: str) -> Refusal:
    return Refusal("invalid", detail, (FieldError(pointer, code, detail),))


def _pair(question: Question, said: Answer) -> Pair:
    if said.card is None:
        raise _wrong("/card", "missing", "say what became of the card, as the question offers it")
    pair = Pair(said.card, said.job)
    if pair not in question.offers:
        offers = ", ".join(f"{p.card}/{p.job or 'null'}" for p in question.offers)
        raise _wrong("/card", "not-offered", f"this pair is not offered; offered are {offers}")
    if pair.card in NEEDS_CAUSE and not said.cause:
        raise _wrong("/cause", "missing", f"say why the card is {pair.card}")
    return pair


def _card_fate(tx: Tx, question: Question, said: Answer) -> None:
    pair = _pair(question, said)
    assert question.feed is not None
    moving = feeds.get(tx.conn, question.feed)
    if not moving.discarded:
        _statement(tx, moving, said)
    if needs_supervisor(pair):
        supervised(said.by, said.supervisor, "a new card after a missing one")
    if moving.settled_at is None:
        _book(tx, moving, pair, said.extra)
        feeds.change(tx, moving.id, settled_at=tx.at)
        filed.finish(tx, "feed", moving.id)
    _apply(tx, moving, pair, said)
    if said.extra:
        found = fates.spoil_extra(tx, moving.printer, said.extra, said.by)
        if found < said.extra:
            raise _wrong(
                "/extra",
                "not-enough-blanks",
                f"printer {moving.printer} has only {found} recorded blanks; load those cards first",
            )
    _close(tx, question, said)


def _statement(tx: Tx, moving: Feed, said: Answer) -> None:
    """§5: only a person's word about *that* unit opens an answer before `discard`, and it opens no more."""
    if said.device_serial is None:
        raise Refusal(
            "may-still-move",
            f"printer {moving.printer} may still move this card; wait until it is ready again, or state "
            f"with `device` that unit {moving.serial} is off, was power-cycled or is gone",
            extra={"serial": moving.serial},
        )
    if moving.serial is not None and said.device_serial != moving.serial:
        raise _wrong(
            "/device/serial",
            "other-unit",
            f"the card was fed at unit {moving.serial}, not this one",
        )
    unit = units.get(tx.conn, moving.serial) if moving.serial else None
    if unit is not None and unit.holds_job and not unit.written_off:
        raise Refusal(
            "may-still-move",
            f"unit {moving.serial} keeps its job without power and prints it later; connect it, or let a "
            "supervisor write it off",
            extra={"serial": moving.serial},
        )


def _apply(tx: Tx, moving: Feed, pair: Pair, said: Answer) -> None:
    job = jobs.get(tx.conn, moving.job)
    card = cards.get(tx.conn, moving.card)
    assert job is not None and card is not None
    number = _number(tx, card, pair, said.number)
    if pair.card is CardFate.PRINTED:
        fates.printed(tx, job, card, {}, said.by, number)
        return
    if card.state is not CardState.FED:
        # The device had spoiled it already (row 2): only the job's future was open.
        step = Step.AGAIN if pair.job is JobFuture.AGAIN else Step.END
        take(tx, step, job=job.id, card=card.id, printer=moving.printer, by=said.by)
        return
    step = ANSWER_STEPS[(pair.card, pair.job)]
    if card.bound:
        step = ENCODED_STEPS.get(step, step)
    if pair.card in NEEDS_CAUSE:
        number = {**number, "cause": cause_of(said.cause, Cause.PRINT_FAILED)}
    take(
        tx,
        step,
        job=job.id,
        card=card.id,
        printer=moving.printer,
        by=said.by,
        set_card=number,
    )


def _number(tx: Tx, card: Card, pair: Pair, number: str | None) -> dict[str, Any]:
    """What a scan binds to the card that came out. Another card's number is no answer: the check by eye asks
    about that one (§9)."""
    if number is None or number == card.number:
        return {}
    if pair.card not in (CardFate.PRINTED, CardFate.SPOILED):
        raise _wrong("/number", "refused", "a number is scanned from a card that came out")
    if card.number is not None:
        detail = (
            f"card {card.id} bears another number; answer without it, then check the card by eye"
        )
        raise Refusal("wrong-card", detail, (FieldError("/number", "other-card", detail),))
    return {"number": scans.unused(tx.conn, card.card_type, number)}


def _book(tx: Tx, moving: Feed, pair: Pair, extra: int) -> None:
    """§6: the answer takes back what it does not explain; unread movements may be explained later."""
    if moving.serial is None or moving.counter_kind == "none" or moving.counter_before is None:
        return
    most = (0 if pair.card is CardFate.UNTOUCHED else 1) + extra
    if moving.counter_after is None:
        unit = units.get(tx.conn, moving.serial)
        units.change(tx, moving.serial, allowance=(unit.allowance if unit else 0) + most)
        return
    delta = moving.counter_after - moving.counter_before
    accounts_for = explained(delta, pair.card, extra)
    units.explain(tx, moving.serial, accounts_for - moving.explained)
    feeds.change(tx, moving.id, explained=accounts_for)


def _close(tx: Tx, question: Question, said: Answer) -> None:
    answer = {"card": said.card, "job": said.job, "extra": said.extra, "by": said.by}
    if said.supervisor:
        answer["supervisor"] = said.supervisor
    if said.device_serial:
        answer["device"] = said.device_serial
    words = {"cause": said.cause} if said.cause else {}
    close_question(tx, question, answer, said.by, **words)


def _hand_over(tx: Tx, question: Question, said: Answer) -> None:
    pair = _pair(question, said)
    assert question.card is not None
    if pair.card is CardFate.SPOILED:
        take(
            tx,
            Step.SPOIL,
            card=question.card,
            by=said.by,
            set_card={"cause": cause_of(said.cause, Cause.OTHER)},
        )
    _close(tx, question, said)


def _other_card(tx: Tx, question: Question, said: Answer) -> None:
    """§9: the card that should have been printed is spoiled or missing, and its job made no card."""
    pair = _pair(question, said)
    assert question.card is not None and question.job is not None
    spoiled = pair.card is CardFate.SPOILED
    take(
        tx,
        Step.DISOWN_SPOILED if spoiled else Step.DISOWN_MISSING,
        job=question.job,
        card=question.card,
        by=said.by,
        set_card={"cause": cause_of(said.cause, Cause.WRONG_CARD if spoiled else Cause.LOST)},
    )
    _close(tx, question, said)


def _printer_question(tx: Tx, question: Question, said: Answer) -> None:
    if said.counted is None:
        raise _wrong(
            "/counted", "missing", "count the blanks in the hopper and say how many there are"
        )
    assert question.printer is not None
    settle_hopper(
        tx,
        question.printer,
        counted=said.counted,
        spoiled=said.spoiled,
        reason=said.reason,
        by=said.by,
        lost=_lost_meanwhile(tx, question),
    )
    if question.reason is QuestionReason.UNEXPLAINED and question.serial is not None:
        # §6: only an answered count resets what the counter should show.
        unit = units.get(tx.conn, question.serial)
        if unit is not None:
            units.change(tx, question.serial, expected=unit.seen, allowance=0)
    answer = {"counted": said.counted, "spoiled": said.spoiled, "by": said.by}
    close_question(tx, question, answer, said.by)


def _lost_meanwhile(tx: Tx, question: Question) -> list[str]:
    """Blanks that a count lost while this question about cards that no row claims was open (§6)."""
    if question.reason is not QuestionReason.UNEXPLAINED:
        return []
    lost: list[str] = []
    for entry in journal.newest(tx.conn, LOOK_BACK):
        if entry.kind == "question-asked" and entry.data["question"] == question.id:
            break
        if entry.kind == Step.LOSE and entry.printer == question.printer and entry.job is None:
            lost.extend(entry.data.get("cards") or [entry.card])
    return [card for card in lost if _is_missing(tx, card)]


def _is_missing(tx: Tx, identity: str) -> bool:
    found = cards.get(tx.conn, identity)
    return found is not None and found.state is CardState.MISSING


_CARRY_OUT = {
    QuestionReason.CARD_FATE: _card_fate,
    QuestionReason.HAND_OVER: _hand_over,
    QuestionReason.OTHER_CARD: _other_card,
    QuestionReason.HOPPER_COUNT: _printer_question,
    QuestionReason.UNEXPLAINED: _printer_question,
}
