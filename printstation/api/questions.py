"""Questions: what only a person can know, and the one answer that closes each."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from printstation.acts import questions as acts
from printstation.api.needs import Here, Station
from printstation.api.paging import Cursor, Limit, Page, after, next_of
from printstation.api.printers import MAX_HOPPER
from printstation.api.reasons import SentenceOut
from printstation.api.repeat import PostedBody, Shape, body_of
from printstation.api.words import Note, Person, Reason, Word
from printstation.lifecycle.answers import CardFate, JobFuture, QuestionReason
from printstation.lifecycle.sentences import sentence
from printstation.refusals import Refusal
from printstation.store import overview, questions
from printstation.store.questions import Question

router = APIRouter(prefix="/v1/questions", tags=["questions"])
NOUN = "q"
#: A device that repeats a job makes a handful of cards before somebody hears it.
MAX_EXTRA = 100


class PairOut(BaseModel):
    """One offered answer: the card's fate and the job's future."""

    card: CardFate
    job: JobFuture | None


class FateEvidence(BaseModel):
    """What is known about the card; `may_still_move` keeps the question from being answered."""

    serial: str | None
    fed_at: str
    sent_at: str | None
    counter_before: int | None
    counter_after: int | None
    session: str
    path: bool | None
    rule: int | None
    errors: list[str]
    may_still_move: bool


class PrinterEvidence(BaseModel):
    """What does not agree: counter readings, or the recorded blanks of a hopper."""

    serial: str | None
    difference: int | None
    expected: int | None
    seen: int | None
    where: str | None


class QuestionOut(BaseModel):
    """One question; `answer` is what was said, word for word, once it is closed."""

    id: str
    printer: str | None
    job: str | None
    card: str | None
    reason: QuestionReason
    sentence: SentenceOut
    evidence: FateEvidence | PrinterEvidence | None
    answers: list[PairOut]
    asked_at: str
    closed_at: str | None
    answer: dict[str, Any] | None


class DeviceIn(Shape):
    """A person states that this very unit is off, was power-cycled or is gone."""

    serial: Word
    state: Literal["off"]


class AnswerIn(Shape):
    """One offered pair, exactly; or, for a question about a printer, what was counted."""

    card: CardFate | None = None
    cause: Note | None = None
    job: JobFuture | None = None
    extra: Annotated[int, Field(ge=0, le=MAX_EXTRA)] = 0
    device: DeviceIn | None = None
    by: Person
    supervisor: Person | None = None
    counted: Annotated[int, Field(ge=0, le=MAX_HOPPER)] | None = None
    spoiled: Annotated[int, Field(ge=0, le=MAX_HOPPER)] = 0
    reason: Reason | None = None
    number: Word | None = None


class _Context:
    """The evidence of a page of questions, read at once."""

    def __init__(self, conn: Connection, found: list[Question]) -> None:
        self._feeds = overview.of_feeds(conn, [q.feed for q in found if q.feed is not None])
        self._units = overview.of_units(conn, [q.serial for q in found if q.serial is not None])
        jobs = [q.job for q in found if q.job is not None and q.feed is None]
        self._jobs = overview.of_jobs(conn, jobs)
        self._hoppers = overview.hoppers(conn) if any(_of_printer(q) for q in found) else {}

    def evidence(self, question: Question) -> FateEvidence | PrinterEvidence | None:
        """What a person should know before answering."""
        if _of_printer(question):
            return self._printer(question)
        if question.feed is not None:
            feed = self._feeds[question.feed]
        elif question.job is not None and (last := self._jobs[question.job].evidence):
            feed = last
        else:
            return None
        asked = question.reason is QuestionReason.CARD_FATE and question.closed_at is None
        shown = {name: getattr(feed, name) for name in overview.Evidence.__dataclass_fields__}
        shown.pop("discarded")
        return FateEvidence(
            **{**shown, "errors": list(feed.errors)},
            may_still_move=asked and not feed.discarded,
        )

    def _printer(self, question: Question) -> PrinterEvidence:
        unit = self._units.get(question.serial or "", overview.Counter(None, None))
        expected, seen = unit.expected, unit.seen
        if question.reason is QuestionReason.HOPPER_COUNT:
            expected, seen = self.recorded(question), None
        return PrinterEvidence(
            serial=question.serial,
            difference=question.difference,
            expected=expected,
            seen=seen,
            where=question.printer,
        )

    def recorded(self, question: Question) -> int:
        """Recorded blanks in the hopper that is asked about."""
        return sum(self._hoppers.get(question.printer or "", {}).values())


def _of_printer(question: Question) -> bool:
    return question.reason in (QuestionReason.UNEXPLAINED, QuestionReason.HOPPER_COUNT)


def _shape(question: Question, context: _Context) -> QuestionOut:
    evidence = context.evidence(question)
    text = sentence(
        question.reason,
        printer=question.printer,
        card=question.card,
        serial=question.serial,
        count=question.difference
        if question.reason is QuestionReason.UNEXPLAINED
        else context.recorded(question),
    )
    return QuestionOut(
        id=question.id,
        printer=question.printer,
        job=question.job,
        card=question.card,
        reason=question.reason,
        sentence=SentenceOut(id=text.id, en=text.en),
        evidence=evidence,
        answers=[PairOut(card=pair.card, job=pair.job) for pair in question.offers],
        asked_at=question.asked_at,
        closed_at=question.closed_at,
        answer=question.answer,
    )


def _show(station: Station, identity: str) -> QuestionOut:
    with station.store.read() as conn:
        question = questions.get(conn, identity)
        if question is None:
            raise Refusal("not-found", "there is no question with this id")
        return _shape(question, _Context(conn, [question]))


@router.get("")
def list_questions(
    station: Here,
    state: Literal["open", "closed"] | None = None,
    printer: Annotated[str | None, Query(max_length=64)] = None,
    job: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[QuestionOut]:
    """Questions in the order in which they were asked."""
    with station.store.read() as conn:
        found = questions.page(
            conn,
            state=state,
            printer=printer,
            job=job,
            after=after(NOUN, cursor),
            limit=limit + 1,
        )
        context = _Context(conn, found[:limit])
        items = [_shape(question, context) for question in found[:limit]]
    return Page(items=items, next=next_of(NOUN, [question.seq for question in found], limit))


@router.get("/{question_id}")
def show_question(question_id: str, station: Here) -> QuestionOut:
    """One question."""
    return _show(station, question_id)


@router.post("/{question_id}/answer", openapi_extra=body_of(AnswerIn))
def answer_question(question_id: str, posted: PostedBody, station: Here) -> QuestionOut:
    """Close the question. There is no second answer; a wrong one is mended by two persons."""
    said = posted.fields(AnswerIn)
    if posted.earlier is None:
        answer = acts.Answer(
            by=said.by,
            card=said.card,
            job=said.job,
            cause=said.cause,
            extra=said.extra,
            device_serial=None if said.device is None else said.device.serial,
            supervisor=said.supervisor,
            counted=said.counted,
            spoiled=said.spoiled,
            reason=said.reason,
            number=said.number,
        )
        acts.answer(station.store, question_id, answer, posted.request)
        station.wake()
    return _show(station, question_id)
