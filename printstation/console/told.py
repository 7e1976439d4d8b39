"""What the form before did, told from the rows: an address alone cannot make the page say that something was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from printstation.api.needs import Station
from printstation.console.acts import REPRINT, Opened
from printstation.console.page import Notice
from printstation.console.words import Words
from printstation.lifecycle.answers import QuestionReason
from printstation.lifecycle.card import CardState
from printstation.store import cards, jobs, questions, scans, upkeep
from printstation.store.questions import Question
from printstation.store.tables import UpkeepKind

#: Reads about one printer, card, job or question.
Tell = Callable[[Connection, Station, str, Words], Notice | None]


def told(station: Station, done: str, what: str, w: Words) -> Notice | None:
    """The notice of what was done, or None if the rows say nothing of it."""
    tell = TOLD.get(done)
    if tell is None or (done in OF_PRINTERS and station.config.printer(what) is None):
        return None
    with station.store.read() as conn:
        return tell(conn, station, what, w)


def answered(conn: Connection, identity: str, w: Words) -> tuple[str, ...]:
    """What was answered, and by whom; nothing while the question is open or if there is none."""
    question = questions.get(conn, identity)
    if question is None or question.answer is None:
        return ()
    by, said = question.answer.get("by", ""), _said(question, w)
    return (w("done-answer", id=question.id, by=by, said=said),)


def _said(question: Question, w: Words) -> str:
    assert question.answer is not None
    card, job = question.answer.get("card"), question.answer.get("job")
    if card is None:
        return w("blanks", count=question.answer.get("counted"))
    if question.reason is QuestionReason.HAND_OVER:
        return w(f"hand-{card}")
    future = w(f"future-{job or 'none'}")
    return f"{w(f'fate-{card}')}, {future}"


def _answer(conn: Connection, _station: Station, what: str, w: Words) -> Notice | None:
    lines = answered(conn, what, w)
    return Notice(lines) if lines else None


def _paused(_conn: Connection, _station: Station, what: str, w: Words) -> Notice:
    return Notice((w("done-pause", printer=what),))


def _resumed(_conn: Connection, _station: Station, what: str, w: Words) -> Notice:
    return Notice((w("done-resume", printer=what),))


def _counted(conn: Connection, _station: Station, what: str, w: Words) -> Notice:
    return Notice((w("done-count", printer=what, hopper=cards.in_hopper(conn, what)),))


def _loaded(conn: Connection, _station: Station, what: str, w: Words) -> Notice:
    return Notice((w("done-load", printer=what, hopper=cards.in_hopper(conn, what)),))


def _temperature(conn: Connection, station: Station, what: str, w: Words) -> Notice | None:
    entry = upkeep.last(conn, what, UpkeepKind.TEMPERATURE)
    printer = station.config.printer(what)
    band = station.duty_of(printer).temperature if printer is not None else None
    if entry is None or band is None or entry.celsius is None:
        return None
    lines = [w("done-temperature", printer=what, celsius=entry.celsius, by=entry.by)]
    if not band[0] <= entry.celsius <= band[1]:
        lines.append(w("temperature-out", low=band[0], high=band[1]))
    return Notice(tuple(lines))


def _cleaned(conn: Connection, _station: Station, what: str, w: Words) -> Notice | None:
    act = upkeep.last(conn, what, UpkeepKind.CLEANING)
    return Notice((w("done-clean", printer=what, by=act.by),)) if act is not None else None


def _run(_conn: Connection, _station: Station, what: str, w: Words) -> Notice:
    return Notice((w("done-run", printer=what),))


def _scanned(conn: Connection, station: Station, what: str, w: Words) -> Notice | None:
    """The card that lies ready for this printer, or that it has drawn by now."""
    ready, job = scans.ready(conn, what), jobs.processing_at(conn, what)
    card = cards.get(conn, ready.card if ready else job.card or "" if job else "")
    printer = station.config.printer(what)
    if card is None or not card.bound or printer is None or printer.outside:
        return None
    by_hand = station.model_of(printer).hand_feed_s > 0
    return Notice((w("done-scan" if by_hand else "done-scan-hopper", card=card.id, printer=what),))


def _outside(conn: Connection, _station: Station, what: str, w: Words) -> Notice | None:
    asked = questions.open_ones(conn, printer=what, reason=QuestionReason.CARD_FATE)
    if not asked:
        return None
    newest = asked[-1]
    return Notice((w("done-outside", card=newest.card, printer=what, id=newest.id),))


def _checked(conn: Connection, _station: Station, what: str, w: Words) -> Notice | None:
    """Accepted, spoiled (then it may be printed again), or another card than it should be."""
    card = cards.get(conn, what)
    if card is None:
        return None
    if card.state is CardState.ACCEPTED:
        return Notice((w("done-check-accepted", card=card.id),))
    if card.state is CardState.SPOILED and card.job is not None:
        job = jobs.get(conn, card.job)
        again = job is not None and not job.replaced and not job.test
        lines = (w("done-check-spoiled", card=card.id),)
        return Notice(lines, next=Opened(REPRINT, card.job) if again else None)
    for question in questions.open_ones(conn, reason=QuestionReason.OTHER_CARD):
        if question.card == card.id:
            return Notice((w("done-check-other", card=card.id, id=question.id),))
    return None


def _reprinted(conn: Connection, _station: Station, what: str, w: Words) -> Notice | None:
    return Notice((w("done-reprint"),)) if jobs.successor(conn, what) is not None else None


TOLD: Mapping[str, Tell] = {
    "answer": _answer,
    "pause": _paused,
    "resume": _resumed,
    "count": _counted,
    "load": _loaded,
    "temperature": _temperature,
    "clean": _cleaned,
    "run": _run,
    "scan": _scanned,
    "outside": _outside,
    "check": _checked,
    "reprint": _reprinted,
}
OF_PRINTERS = TOLD.keys() - {"answer", "check", "reprint"}
