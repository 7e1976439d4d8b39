"""Closing a question: its row and its entry, together, whoever gives the answer; and every entry about one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from printstation.store import filed, journal, questions
from printstation.store.engine import Tx
from printstation.store.questions import Question


def close_question(
    tx: Tx, question: Question, answer: dict[str, Any], by: str, **only_stored: Any
) -> None:
    """Close an open question with this answer, in the row and in the journal.

    `only_stored` goes to the row and not to the journal: a person's own words may name somebody.
    """
    if not questions.close(tx, question.id, {**answer, **only_stored}):
        raise AssertionError(f"question {question.id} was closed inside this transaction")
    about = question.printer, question.job, question.card
    told = {"reason": question.reason, **answer}
    note_question(tx, "question-answered", question.id, *about, by=by, told=told)


def note_question(
    tx: Tx,
    kind: str,
    identity: str,
    printer: str | None,
    job: str | None,
    card: str | None,
    *,
    by: str = journal.STATION,
    told: Mapping[str, Any] | None = None,
) -> None:
    """An entry about a question whose row is written: it vouches for the row as it is now."""
    filed.finish(tx, "question", identity)
    journal.append(
        tx,
        kind,
        job=job,
        card=card,
        printer=printer,
        by=by,
        data={"question": identity, **(told or {})},
    )
