"""Walks the journal once: is the chain whole, and what state does it say every job and card is in?

Rows that an entry brought into being (jobs, cards, feeds, questions) lie in the same order as their entries,
so each is compared as the walk passes it; what stays in memory is one small value a job and a card. Knows
the tables of `lifecycle/` and the words of `store/steps.py`; writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from sys import intern
from typing import Any

from msgspec import UNSET
from sqlalchemy import Connection, Select, select

from printstation.lifecycle.card import CARD_TABLE, CardEvent
from printstation.lifecycle.job import JOB_TABLE, JobEvent
from printstation.lifecycle.pairs import ALLOWED_PAIRS
from printstation.lifecycle.steps import STEPS, Move, Step
from printstation.store.chain import Chain, Data, Entry, streamed
from printstation.store.tables import card, feed, job, question

#: A station that differs in a hundred places needs a person, not a longer list.
MAX_FINDINGS = 100


@dataclass(frozen=True)
class Finding:
    """One difference: which check, which row ("journal 17", "card B-000004"), and what is wrong with it."""

    check: str
    row: str
    detail: str

    def __str__(self) -> str:
        return f"{self.check}: {self.row}: {self.detail}"


class TooMany(Exception):
    """The list of findings is full."""


class Findings(list[Finding]):
    """A list with an end."""

    def add(self, check: str, row: str, detail: str) -> None:
        """Note a difference; raises TooMany once `MAX_FINDINGS` are noted."""
        self.append(Finding(check, row, detail))
        if len(self) >= MAX_FINDINGS:
            raise TooMany


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
    )


_RULES = {str(step): _rule(step, move) for step, move in STEPS.items()}
#: Entries that are no steps and yet bring rows into a first state.
_BIRTHS = frozenset(
    {
        "job-submitted",
        "blanks-received",
        "surplus-received",
        "blanks-borrowed",
        "card-brought-in",
    }
)
_PAIRS = frozenset((str(a), str(b) if b else None) for a, b in ALLOWED_PAIRS)
_LIVE = frozenset(b for _, b in _PAIRS if b)
#: What the journal says of a card: state, job, printer, cause.
CardSeen = tuple[str, str | None, str | None, str | None]
#: What the journal says of a job: state, last fed card.
JobSeen = tuple[str, str | None]
_NOT_THERE: CardSeen = ("not there", None, None, None)
_NO_JOB: JobSeen = ("not there", None)


class Beside:
    """The rows of one table in order, read beside the entries that made them."""

    def __init__(self, conn: Connection, query: Select[Any], name: str, found: Findings) -> None:
        self._rows = streamed(conn, query)
        self._name, self._found = name, found
        self._held: Any = next(self._rows, None)
        self._conn, self._key = conn, query.selected_columns[0]

    def match(self, key: Any, seq: int) -> Any:
        """The row that entry `seq` made; None (and a finding) if it is gone.

        Rows before it that no entry made are named on the way.
        """
        if self._held is not None and self._held[0] == key:
            row, self._held = self._held, next(self._rows, None)
            return row
        there = self._conn.execute(select(self._key).where(self._key == key)).first()
        if there is None:
            self._found.add("replay", f"{self._name} {key}", f"made by entry {seq}, but has no row")
            return None
        while self._held is not None and self._held[0] != key:
            self._unmade()
        if self._held is None:
            self._found.add("replay", f"{self._name} {key}", f"entry {seq} makes it a second time")
            return None
        return self.match(key, seq)

    def _unmade(self) -> None:
        self._found.add("replay", f"{self._name} {self._held[0]}", "no journal entry made this row")
        self._held = next(self._rows, None)

    def finish(self) -> None:
        """Name the rows beyond the last entry."""
        while self._held is not None:
            self._unmade()


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

    def __post_init__(self) -> None:
        self.chain = Chain(self.conn, self.station, self.found.add)

        def beside(name: str, *columns: Any, by: Any) -> Beside:
            return Beside(self.conn, select(*columns).order_by(by), name, self.found)

        self._job_rows = beside(
            "job",
            *(job.c[name] for name in ("id", *_JOB_FACTS)),
            job.c.created_at,
            by=job.c.seq,
        )
        self._card_rows = beside(
            "card", card.c.id, card.c.card_type, card.c.batch, card.c.version, by=card.c.seq
        )
        self._feed_rows = beside(
            "feed",
            *(feed.c[name] for name in ("id", "job", "card", "printer")),
            *(feed.c[name] for name in ("fed_at", "sent_at", "settled_at")),
            by=feed.c.id,
        )
        self._question_rows = beside(
            "question",
            question.c.id,
            question.c.reason,
            question.c.asked_at,
            question.c.closed_at,
            by=question.c.seq,
        )
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
            "question-asked": self._asked,
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
        if data.rows:
            self.filed.update(data.rows)
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
            # The table's own word, so that a million cards do not keep copies of "printed".
            self.jobs[name] = (target, was[1])
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
            self._settled(entry.seq, identity, entry.at)

    def _submitted(self, entry: Entry) -> None:
        name, data = entry.job, entry.data
        self.jobs[name] = (intern(data.job[1]), None)
        row = self._job_rows.match(name, entry.seq)
        if row is not None and row != (name, *_job_facts(data), entry.at):
            self.found.add(
                "replay", f"job {name}", f"differs from entry {entry.seq}, which made it"
            )

    def _received(self, entry: Entry) -> None:
        data = entry.data
        born = (intern(data.card[1]), None, None, None if data.cause is UNSET else data.cause)
        for identity in data.cards:
            self.cards[identity] = born
            row = self._card_rows.match(identity, entry.seq)
            made = (
                data.card_type,
                data.batch,
                row[3] if row and data.version is None else data.version,
            )
            if row is not None and row[1:] != made:
                detail = (
                    f"is of another type, version or batch than in entry {entry.seq}, which made it"
                )
                self.found.add("replay", f"card {identity}", detail)
        if data.delivery is not None and entry.kind == "blanks-received":
            self.receipts[data.delivery] = len(data.cards)

    def _fed(self, entry: Entry) -> None:
        name, identity = entry.job, entry.card
        self.jobs[name] = (self.jobs[name][0], identity)
        self._feeds += 1
        row = self._feed_rows.match(self._feeds, entry.seq)
        if row is None:
            return
        if row[1:5] != (name, identity, entry.printer, entry.at):
            detail = f"differs from entry {entry.seq}, which made it"
            self.found.add("feeds", f"feed {row[0]}", detail)
        self._moving[identity] = [row, None]

    def _sent(self, entry: Entry) -> None:
        if entry.card in self._moving:
            self._moving[entry.card][1] = entry.at

    def _settled(self, seq: int, identity: str, at: str) -> None:
        row, sent_at = self._moving.pop(identity, (None, None))
        if row is None:
            return
        if row[5] != sent_at:
            self.found.add(
                "feeds", f"feed {row[0]}", f"sent at {row[5]}, the journal says {sent_at}"
            )
        if row[6] != at:
            detail = f"settled at {row[6]}, but entry {seq} settled it at {at}"
            self.found.add("feeds", f"feed {row[0]}", detail)

    def _asked(self, entry: Entry) -> None:
        row = self._question_rows.match(entry.data.question, entry.seq)
        if row is None:
            return
        if (row[1], row[2]) != (entry.data.reason, entry.at):
            self.found.add("questions", f"question {row[0]}", f"differs from entry {entry.seq}")
        self._open[row[0]] = row

    def _answered(self, entry: Entry) -> None:
        row = self._open.pop(entry.data.question, None)
        self.answered[str(entry.data.question)] = entry.seq
        if row is not None and row[3] != entry.at:
            detail = f"closed at {row[3]}, but entry {entry.seq} answered it at {entry.at}"
            self.found.add("questions", f"question {row[0]}", detail)

    def _finish(self) -> None:
        for beside in (self._job_rows, self._card_rows, self._feed_rows, self._question_rows):
            beside.finish()
        for row, sent_at in self._moving.values():
            if row[6] is not None:
                self.found.add(
                    "feeds", f"feed {row[0]}", f"settled at {row[6]}, but no entry says so"
                )
            if row[5] != sent_at:
                detail = f"sent at {row[5]}, the journal says {sent_at}"
                self.found.add("feeds", f"feed {row[0]}", detail)
        for row in self._open.values():
            if row[3] is not None:
                self.found.add("questions", f"question {row[0]}", "closed, but no entry answers it")


def _job_facts(data: Data) -> tuple[str | None, ...]:
    return (
        data.card_type,
        data.layout,
        data.layout_version,
        data.reference,
        data.replaces,
        data.reason,
    )


_JOB_FACTS = ("card_type", "layout", "layout_version", "reference", "replaces", "reason")
