"""Closing a question: its row and its entry, together, whoever gives the answer."""

from __future__ import annotations

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
    filed.finish(tx, "question", question.id)
    journal.append(
        tx,
        "question-answered",
        job=question.job,
        card=question.card,
        printer=question.printer,
        by=by,
        data={"question": question.id, "reason": question.reason, **answer},
    )
