"""The station as numbers for Prometheus: read from rows and workers when somebody asks, kept nowhere.

Every label is a name of the configuration or a word of a closed list, so that no odd name makes a new series and
no person's data can become one. What fits no list is `other`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from sqlalchemy import Connection

import drivers
from printstation.clock import Clock, rfc3339
from printstation.config import Config
from printstation.diagnostics.supply_kinds import OTHER, supply_kind
from printstation.lifecycle.answers import QuestionReason
from printstation.lifecycle.card import CARD_TABLE, CardEvent, CardState
from printstation.lifecycle.job import OPEN_STATES
from printstation.lifecycle.request_reasons import request_reason
from printstation.lifecycle.steps import STEPS
from printstation.spool.timings import Histogram, Timings
from printstation.spool.view import PrinterState, PrinterView
from printstation.store import cards, gauges, jobs
from printstation.store.engine import Store

#: How long a job has waited, youngest first: an hour, a working day, the week that the law gives an office.
AGES = (
    ("under-1h", timedelta(hours=1)),
    ("under-1d", timedelta(days=1)),
    ("under-7d", timedelta(days=7)),
)
OLDEST = "over-7d"
_FATE = {
    CardState.PRINTED: "printed",
    CardState.LOADED: "untouched",
    CardState.ENCODED: "untouched",
    CardState.SPOILED: "spoiled",
    CardState.MISSING: "missing",
}


def _outcomes() -> dict[str, str]:
    """{kind of entry: what became of a fed card}, from the tables of the life cycle."""
    found = {}
    for step, move in STEPS.items():
        target = CARD_TABLE.get((CardState.FED, move.card)) if move.card is not None else None
        of_a_job = move.job is not None or move.card not in (CardEvent.SPOIL, CardEvent.LOSE)
        if target is not None and of_a_job:
            found[str(step)] = "test" if move.card is CardEvent.TEST else _FATE[target]
    return found


OUTCOMES = _outcomes()
#: Beside them: what was fed, and what a person is asked about.
COUNTED = {**OUTCOMES, "card-fed": "fed", "job-stopped": "asked"}


@dataclass(frozen=True)
class Watched:
    """What a station shows of itself."""

    config: Config
    store: Store
    clock: Clock
    views: tuple[PrinterView, ...]
    timings: dict[str, Timings]
    commits: Histogram


class Tally:
    """How many cards came to which end since this process began, whenever it is first asked; a counter that begins
    at 0 with every start is what Prometheus expects."""

    def __init__(self, begun_after: int) -> None:
        self._lock = threading.Lock()
        self._seen = begun_after
        self._counts: dict[tuple[str, str], int] = {}

    def read(self, conn: Connection, printers: set[str]) -> dict[tuple[str, str], int]:
        """{(printer, outcome): number}; reads only what was written since the last time."""
        with self._lock:
            return self._read(conn, printers)

    def _read(self, conn: Connection, printers: set[str]) -> dict[tuple[str, str], int]:
        upto = gauges.last_entry(conn)
        if not self._counts:
            self._counts = {(p, o): 0 for p in sorted(printers) for o in set(COUNTED.values())}
        for kind, printer, number in gauges.entries(conn, list(COUNTED), self._seen, upto):
            key = (printer if printer in printers else OTHER, COUNTED[kind])
            self._counts[key] = self._counts.get(key, 0) + number
        self._seen = max(upto, self._seen)
        return dict(self._counts)


def text(watched: Watched, tally: Tally) -> bytes:
    """The whole page, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Collector(watched, tally))
    return generate_latest(registry)


class _Collector:
    """One reading of everything."""

    def __init__(self, watched: Watched, tally: Tally) -> None:
        self._watched, self._tally = watched, tally
        self._types = {kind.name for kind in watched.config.card_types}
        self._printers = {printer.name for printer in watched.config.printers}

    def describe(self) -> list[Metric]:
        """Nothing is read at registration."""
        return []

    def collect(self) -> Iterator[Metric]:
        """In one view of the database, then from the workers."""
        now = self._watched.clock.now()
        with self._watched.store.read() as conn:
            yield from self._jobs(conn, now)
            yield from self._stock(conn)
            yield self._cards(conn)
            yield _of(
                "open_questions",
                "Questions that wait for a person",
                "reason",
                {**dict.fromkeys(map(str, QuestionReason), 0), **gauges.open_questions(conn)},
            )
            yield _plain("slips_waiting", "Slips not printed yet", gauges.slips_waiting(conn))
        yield from self._states()
        yield self._supplies()
        yield from self._times()

    def _type(self, name: str) -> str:
        return name if name in self._types else OTHER

    def _jobs(self, conn: Connection, now: datetime) -> Iterator[Metric]:
        waiting = _Sum("queue_jobs", "Waiting jobs", ("card_type", "class", "state", "age"))
        moments = [rfc3339(now - age) for _, age in AGES]
        names = [*(name for name, _ in AGES), OLDEST]
        for kind, why, state, age, number in gauges.queue(conn, moments):
            reason = "none" if why is None else request_reason(why).name or OTHER
            waiting.add((self._type(kind), reason, str(state), names[age]), number)
        yield waiting.metric()
        since = dict.fromkeys(self._types, 0.0)
        for kind, at in gauges.oldest(conn).items():
            waits = max(0.0, (now - datetime.fromisoformat(at)).total_seconds())
            since[self._type(kind)] = max(waits, since.get(self._type(kind), 0.0))
        yield _of("queue_oldest_seconds", "Age of the oldest waiting job", "card_type", since)
        states = {**{str(state): 0 for state in OPEN_STATES}, **jobs.counts(conn)}
        yield _of("open_jobs", "Jobs that have not ended", "state", states)

    def _stock(self, conn: Connection) -> Iterator[Metric]:
        stock = _Sum("stock_cards", "Cards by state", ("card_type", "state"))
        for kind, states in cards.balance(conn).items():
            for state, number in states.items():
                stock.add((self._type(kind), state), number)
        yield stock.metric()
        items = _Sum("supply_items", "Ribbons, films and kits", ("kind", "state"))
        for labels, number in gauges.supplies(conn).items():
            items.add(labels, number)
        yield items.metric()

    def _cards(self, conn: Connection) -> Metric:
        counter = CounterMetricFamily(
            "printstation_cards", "Fed cards by outcome", labels=("printer", "outcome")
        )
        for labels, number in sorted(self._tally.read(conn, self._printers).items()):
            counter.add_metric(labels, number)
        return counter

    def _states(self) -> Iterator[Metric]:
        state = _Sum("printer_state", "1 for the state it is in", ("printer", "state"))
        why = _Sum("printer_reason", "1 for each reason that holds", ("printer", "reason"))
        known = drivers.reasons()
        for view in self._watched.views:
            for word in PrinterState:
                state.add((view.name, str(word)), int(view.state is word))
            for keyword in {r.keyword if r.keyword in known else OTHER for r in view.reasons}:
                why.add((view.name, keyword), 1)
        yield state.metric()
        yield why.metric()

    def _supplies(self) -> Metric:
        """What a printer says is left; of two of a kind the one that ends first."""
        left = GaugeMetricFamily(
            "printstation_supply_remaining",
            "What the device says is left",
            labels=("printer", "supply"),
        )
        for view in self._watched.views:
            found: dict[str, int] = {}
            for name, remaining, _ in view.supplies:
                if remaining is not None:
                    kind = supply_kind(name)
                    found[kind] = min(remaining, found.get(kind, remaining))
            for kind, remaining in sorted(found.items()):
                left.add_metric((view.name, kind), remaining)
        return left

    def _times(self) -> Iterator[Metric]:
        gap = _histogram("idle_gap_seconds", "From a card's end to the next one's first byte")
        card = _histogram("feed_to_out_seconds", "From the first byte to the card in the tray")
        render = _histogram("render_seconds", "Drawing the sides of one card")
        for name, times in self._watched.timings.items():
            for family, histogram in ((gap, times.gap), (card, times.card), (render, times.render)):
                _fill(family, (name,), histogram)
        yield from (gap, card, render)
        commit = HistogramMetricFamily(
            "printstation_commit_seconds", "One commit, its fsync included"
        )
        _fill(commit, (), self._watched.commits)
        yield commit


class _Sum:
    """A gauge whose rows may come in several parts (all that is `other`)."""

    def __init__(self, name: str, told: str, labels: tuple[str, ...]) -> None:
        self._family = GaugeMetricFamily(f"printstation_{name}", told, labels=labels)
        self._rows: dict[tuple[str, ...], int] = {}

    def add(self, labels: tuple[str, ...], number: int) -> None:
        self._rows[labels] = self._rows.get(labels, 0) + number

    def metric(self) -> Metric:
        for labels, number in sorted(self._rows.items()):
            self._family.add_metric(labels, number)
        return self._family


def _plain(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"printstation_{name}", told, value=value)


def _of(name: str, told: str, label: str, values: dict[str, float] | dict[str, int]) -> Metric:
    family = GaugeMetricFamily(f"printstation_{name}", told, labels=(label,))
    for word, value in sorted(values.items()):
        family.add_metric((word,), value)
    return family


def _histogram(name: str, told: str) -> HistogramMetricFamily:
    return HistogramMetricFamily(f"printstation_{name}", told, labels=("printer",))


def _fill(family: HistogramMetricFamily, labels: tuple[str, ...], histogram: Histogram) -> None:
    counts, total = histogram.read()
    bounds = [*(str(bound) for bound in histogram.bounds), "+Inf"]
    reached, buckets = 0, []
    for bound, count in zip(bounds, counts, strict=True):
        reached += count
        buckets.append((bound, float(reached)))
    family.add_metric(labels, buckets, total)
