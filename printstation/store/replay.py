"""Walks the journal once: is the chain whole, and what state does it say every job and card is in?

Rows that an entry brought into being (jobs, cards, feeds, questions) lie in the same order as their entries,
so each is compared as the walk passes it; what stays in memory is one small value a job and a card. Knows
the tables of `lifecycle/` and the words of `store/steps.py`; writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from sys import intern
from typing import Any

from msgspec import UNSET
from sqlalchemy import Connection, select

from printstation.lifecycle.card import CARD_TABLE, CardEvent, Origin
from printstation.lifecycle.job import ENDED_STATES, JOB_TABLE, JobEvent
from printstation.lifecycle.pairs import ALLOWED_PAIRS
from printstation.lifecycle.steps import STEPS, Move, Step
from printstation.store.chain import Chain, Entry
from printstation.store.filed import FINAL, final_digest
from printstation.store.findings import Beside, Findings
from printstation.store.standing import Standing
from printstation.store.tables import card, feed, job, question


@dataclass(frozen=True, slots=True)
class _Rule:
    """A step as the walk needs it: where each state leads, and which columns it fills or empties."""

    step: Step
    job: dict[str, str] | None
    card: dict[str, str] | None
    takes_job: bool
    frees_job: bool
    at_printer: bool
    no_printer: bool
    no_cause: bool
    off_printer: bool
    wanted: bool


def _leads(table: dict[Any, Any], event: JobEvent | CardEvent | None) -> dict[str, str] | None:
    if event is None:
        return None
    return {str(source): str(target) for (source, what), target in table.items() if what == event}


def _rule(step: Step, move: Move) -> _Rule:
    event = move.card
    return _Rule(
        step,
        _leads(JOB_TABLE, move.job),
        _leads(CARD_TABLE, event),
        takes_job=step in (Step.START, Step.START_ENCODED),
        frees_job=step is Step.GIVE_BACK_ENCODED
        or event in (CardEvent.RELEASE, CardEvent.UNTOUCHED, CardEvent.UNTOUCHED_ENCODED),
        at_printer=event in (CardEvent.LOAD, CardEvent.FEED),
        no_printer=event in (CardEvent.UNLOAD, CardEvent.UNTOUCHED_ENCODED),
        no_cause=event is CardEvent.FIND_PRINTED,
        off_printer=move.job in (JobEvent.GIVE_BACK, JobEvent.SET_ASIDE, JobEvent.AGAIN),
        wanted=move.job is JobEvent.AGAIN,
    )


_RULES = {str(step): _rule(step, move) for step, move in STEPS.items()}
#: Entries that bring cards into a first state: kind -> how the card came.
_ORIGINS = {
    "blanks-received": Origin.RECEIVED,
    "surplus-received": Origin.SURPLUS,
    "blanks-borrowed": Origin.BORROWED,
    "card-brought-in": Origin.SURRENDERED,
}
#: Entries that are no steps and yet bring rows into a first state.
_BIRTHS = frozenset({"job-submitted", *_ORIGINS})
_ENDED = frozenset(str(state) for state in ENDED_STATES)
_PAIRS = frozenset((str(a), str(b) if b else None) for a, b in ALLOWED_PAIRS)
_LIVE = frozenset(b for _, b in _PAIRS if b)
#: What the journal says of a card: state, job, printer, cause.
CardSeen = tuple[str, str | None, str | None, str | None]
#: What the journal says of a job: state, last fed card, printer, end, whether a cancel was asked for.
JobSeen = tuple[str, str | None, str | None, str | None, bool]
_NOT_THERE: CardSeen = ("not there", None, None, None)
_NO_JOB: JobSeen = ("not there", None, None, None, False)
#: Columns as the walk reads them: the key first.
_JOB_ROW = ("id", *FINAL["job"])
_QUESTION_ROW = ("id", *FINAL["question"])
_FEED_ROW = FINAL["feed"]
#: What an entry says of the row that it makes, under the columns' own names.
_JOB_FACTS = ("card_type", "layout", "layout_version", "reference", "replaces", "reason")


def _columns(row: tuple[str, ...], *names: str) -> Callable[[Any], tuple[Any, ...]]:
    """Those columns of a row, as a tuple."""
    return itemgetter(*(row.index(name) for name in names))


_job_facts = _columns(_JOB_ROW, *_JOB_FACTS, "created_at")
_question_facts = _columns(_QUESTION_ROW, "reason", "asked_at", "printer", "job", "card")
_closed_at = _QUESTION_ROW.index("closed_at")
_feed_facts = _columns(_FEED_ROW, "job", "card", "printer", "fed_at")
_feed_witness = _columns(_FEED_ROW, "serial", "session", "counter_before")
_sent_at, _settled_at = _FEED_ROW.index("sent_at"), _FEED_ROW.index("settled_at")


@dataclass
class Replay:
    """The walk and what it learned. `run` once; then `jobs`, `cards`, `receipts`, `head` are what to compare."""

    conn: Connection
    station: str
    found: Findings
    jobs: dict[str, JobSeen] = field(default_factory=dict)
    cards: dict[str, CardSeen] = field(default_factory=dict)
    receipts: dict[str, int] = field(default_factory=dict)
    #: card -> its other columns as the journal says them; a card of which nothing was said is not in it.
    card_facts: dict[str, dict[str, str | None]] = field(default_factory=dict)
    #: What the journal vouches for (`store/filed.py`): row -> its digest.
    filed: dict[str, str] = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)

    def __post_init__(self) -> None:
        self.chain = Chain(self.conn, self.station, self.found.add)

        def beside(name: str, *columns: Any, by: Any) -> Beside:
            return Beside(self.conn, select(*columns).order_by(by), name, self.found)

        self._job_rows = beside("job", *(job.c[n] for n in _JOB_ROW), by=job.c.seq)
        birth = ("id", "seq", "card_type", "batch", "origin", "delivery", "version")
        self._card_rows = beside("card", *(card.c[n] for n in birth), by=card.c.seq)
        self._feed_rows = beside("feed", *(feed.c[n] for n in _FEED_ROW), by=feed.c.id)
        asked = (question.c[n] for n in _QUESTION_ROW)
        self._question_rows = beside("question", *asked, by=question.c.seq)
        # What is open at this point of the walk: cards in motion, questions without an answer.
        self._moving: dict[str, list[Any]] = {}
        self._open: dict[str, Any] = {}
        #: The entry that answered each question.
        self.answered: dict[str, int] = {}
        self._feeds = 0
        self._other: dict[str, Callable[[Entry], None]] = {
            "job-submitted": self._submitted,
            "blanks-received": self._received,
            "surplus-received": self._received,
            "blanks-borrowed": self._received,
            "card-brought-in": self._received,
            "card-sent": self._sent,
            "cancel-requested": self._unwanted,
            "question-asked": self._asked,
            "question-changed": self._changed,
            "question-answered": self._answered,
        }

    def run(self) -> None:
        """Walk from the first entry to the last."""
        for entry in self.chain.walk():
            try:
                self._entry(entry)
            except (AttributeError, LookupError, StopIteration, TypeError, ValueError):
                detail = "the entry is not what this station writes"
                self.found.add("chain", f"journal {entry.seq}", detail)
        self._finish()

    def _entry(self, entry: Entry) -> None:
        rule, data = _RULES.get(entry.kind), entry.data
        for row, digest in (data.rows or {}).items():
            if digest is None:
                self.filed.pop(row, None)
            else:
                self.filed[row] = digest
        if rule is not None:
            self._step(entry, rule)
            return
        if data.set is not None:
            for identity in data.cards or (entry.card,):
                self.card_facts.setdefault(identity, {}).update(data.set)
        moves = isinstance(data.job, list) or isinstance(data.card, list)
        if moves and entry.kind not in _BIRTHS:
            detail = f"moves a state, but {entry.kind} is no step"
            self.found.add("replay", f"journal {entry.seq}", detail)
        if entry.kind in self._other:
            self._other[entry.kind](entry)
        else:
            self.standing.hear(entry)

    def _step(self, entry: Entry, rule: _Rule) -> None:
        data, name, held = entry.data, entry.job, entry.card
        target = None
        if rule.job is not None:
            source, told = data.job
            was = self.jobs.get(name, _NO_JOB)
            target = rule.job.get(source, "")
            if was[0] != source or target != told:
                self._wrong_move(entry.seq, f"job {name}", rule.step, was[0], source, told)
                target = intern(told)
            self.jobs[name] = self._job_moved(was, target, entry, rule)
        if rule.card is not None:
            for identity in (held,) if data.cards is None else data.cards:
                self._move_card(identity, entry, rule, rule.card)
        elif rule.takes_job or rule.frees_job:
            state, _, printer, cause = self.cards[held]
            self.cards[held] = (state, name if rule.takes_job else None, printer, cause)
        if rule.step is Step.FEED:
            self._fed(entry)
        if target is not None and held is not None:
            state, owner, _, _ = self.cards[held]
            if (target, state if state in _LIVE and owner == name else None) not in _PAIRS:
                detail = f"leaves a {target} job with a {state} card"
                self.found.add("pairs", f"journal {entry.seq}", detail)

    def _job_moved(self, was: JobSeen, target: str, entry: Entry, rule: _Rule) -> JobSeen:
        state, fed, printer, ended, unwanted = was
        if (target in _ENDED) != (state in _ENDED):
            ended = entry.at if target in _ENDED else None
        if rule.takes_job:
            printer = intern(entry.printer)
        elif rule.off_printer:
            printer = None
        # The table's own word, so that a million cards do not keep copies of "printed".
        return target, fed, printer, ended, unwanted and not rule.wanted

    def _unwanted(self, entry: Entry) -> None:
        self.jobs[entry.job] = (*self.jobs[entry.job][:4], True)

    def _wrong_move(
        self, seq: int, what: str, step: Step, was: str, source: str, target: str
    ) -> None:
        if was != source:
            detail = f"{step} moves {what} from {source}, but it was {was}"
        else:
            detail = f"{step} cannot move {what} from {source} to {target}"
        self.found.add("replay", f"journal {seq}", detail)

    def _move_card(self, identity: str, entry: Entry, rule: _Rule, leads: dict[str, str]) -> None:
        source, told = entry.data.card
        state, owner, printer, cause = self.cards.get(identity, _NOT_THERE)
        target = leads.get(source, "")
        if state != source or target != told:
            self._wrong_move(entry.seq, f"card {identity}", rule.step, state, source, told)
            target = intern(told)
        if rule.takes_job:
            owner = entry.job
        elif rule.frees_job:
            owner = None
        if rule.at_printer:
            printer = intern(entry.printer)
        elif rule.no_printer:
            printer = None
        if rule.no_cause:
            cause = None
        if entry.data.cause is not UNSET:
            cause = entry.data.cause
        self.cards[identity] = (target, owner, printer, cause)
        if entry.data.set is not None:
            self.card_facts.setdefault(identity, {}).update(entry.data.set)
        if source == "fed":
            self._settled(entry, identity)

    def _submitted(self, entry: Entry) -> None:
        name, data = entry.job, entry.data
        self.jobs[name] = (intern(data.job[1]), None, None, None, False)
        row = self._job_rows.match(name, entry.seq)
        if row is None:
            return
        facts = (*(getattr(data, fact) for fact in _JOB_FACTS), entry.at)
        if _job_facts(row) != facts or not _is(row[1:], data.digest):
            self.found.add(
                "replay", f"job {name}", f"differs from entry {entry.seq}, which made it"
            )

    def _received(self, entry: Entry) -> None:
        data = entry.data
        born = (intern(data.card[1]), None, None, None if data.cause is UNSET else data.cause)
        brought_by = {"blanks-received": data.delivery, "blanks-borrowed": data.loan}
        told = (data.card_type, data.batch, _ORIGINS[entry.kind], brought_by.get(entry.kind))
        for identity in data.cards:
            self.cards[identity] = born
            row = self._card_rows.match(identity, entry.seq)
            if row is None:
                continue
            same_version = data.version in (None, row[6])
            if row[2:6] != told or not same_version or identity != f"B-{row[1]:06d}":
                detail = (
                    f"is of another type, version or origin than in entry {entry.seq}, "
                    "which made it"
                )
                self.found.add("replay", f"card {identity}", detail)
        if data.delivery is not None and entry.kind == "blanks-received":
            self.receipts[data.delivery] = len(data.cards)

    def _fed(self, entry: Entry) -> None:
        name, identity = entry.job, entry.card
        self.jobs[name] = (self.jobs[name][0], identity, *self.jobs[name][2:])
        self._feeds += 1
        row = self._feed_rows.match(self._feeds, entry.seq)
        if row is None:
            return
        data = entry.data
        witness = (
            _feed_witness(row)
            if data.session is None
            else (data.serial, data.session, data.counter)
        )
        if _feed_facts(row) != (name, identity, entry.printer, entry.at) or (
            _feed_witness(row) != witness
        ):
            detail = f"differs from entry {entry.seq}, which made it"
            self.found.add("feeds", f"feed {row[0]}", detail)
        self._moving[identity] = [row, None]

    def _sent(self, entry: Entry) -> None:
        if entry.card in self._moving:
            self._moving[entry.card][1] = entry.at

    def _settled(self, entry: Entry, identity: str) -> None:
        row, sent_at = self._moving.pop(identity, (None, None))
        if row is None:
            return
        self._was_sent(row, sent_at)
        if row[_settled_at] != entry.at:
            detail = (
                f"settled at {row[_settled_at]}, but entry {entry.seq} settled it at {entry.at}"
            )
            self.found.add("feeds", f"feed {row[0]}", detail)
        elif not _is(row, entry.data.digest):
            detail = f"is not what it was when entry {entry.seq} settled it"
            self.found.add("feeds", f"feed {row[0]}", detail)

    def _was_sent(self, row: Any, sent_at: str | None) -> None:
        if row[_sent_at] != sent_at:
            detail = f"sent at {row[_sent_at]}, the journal says {sent_at}"
            self.found.add("feeds", f"feed {row[0]}", detail)

    def _asked(self, entry: Entry) -> None:
        row = self._question_rows.match(entry.data.question, entry.seq)
        if row is None:
            return
        told = (entry.data.reason, entry.at, entry.printer, entry.job, entry.card)
        if _question_facts(row) != told:
            self.found.add("questions", f"question {row[0]}", f"differs from entry {entry.seq}")
        self._open[row[0]] = (row, entry.seq, entry.data.digest)

    def _changed(self, entry: Entry) -> None:
        name = entry.data.question
        if name in self._open:
            self._open[name] = (self._open[name][0], entry.seq, entry.data.digest)

    def _answered(self, entry: Entry) -> None:
        row, _, _ = self._open.pop(entry.data.question, (None, 0, None))
        self.answered[str(entry.data.question)] = entry.seq
        if row is None:
            return
        if row[_closed_at] != entry.at:
            detail = f"closed at {row[_closed_at]}, but entry {entry.seq} answered it at {entry.at}"
            self.found.add("questions", f"question {row[0]}", detail)
        elif not _is(row[1:], entry.data.digest):
            detail = f"is not what it was when entry {entry.seq} answered it"
            self.found.add("questions", f"question {row[0]}", detail)

    def _finish(self) -> None:
        for beside in (self._job_rows, self._card_rows, self._feed_rows, self._question_rows):
            beside.finish()
        for row, sent_at in self._moving.values():
            if row[_settled_at] is not None:
                detail = f"settled at {row[_settled_at]}, but no entry says so"
                self.found.add("feeds", f"feed {row[0]}", detail)
            self._was_sent(row, sent_at)
        for row, seq, digest in self._open.values():
            name = f"question {row[0]}"
            if row[_closed_at] is not None:
                self.found.add("questions", name, "closed, but no entry answers it")
            elif not _is(row[1:], digest):
                self.found.add("questions", name, f"is not what entry {seq} says")


def _is(row: tuple[Any, ...], digest: str | None) -> bool:
    """Whether this is the row of that digest; entries of earlier versions hold none."""
    return digest is None or final_digest(row) == digest
