"""Bugs planted on purpose, one at a time: the judge is judged by whether it finds them (issue 4, point 6).

Each row patches production code with pytest's monkeypatch; nothing here is imported by the product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from drivers import Condition, DriverError, FeedBroken, Outcome
from drivers.evolis.dialogue import Dialogue as EvolisDialogue
from drivers.evolis.driver import EvolisDriver
from drivers.magicard import driver as magicard
from drivers.magicard.dialogue import Dialogue
from drivers.magicard.ports import read_port
from drivers.magicard.stream import CardStream
from drivers.matica import wire
from drivers.matica.driver import MaticaDriver
from drivers.memory import FeedMemory
from printstation.acts import fates, stock
from printstation.acts import jobs as job_acts
from printstation.acts import questions as answering
from printstation.lifecycle import evidence
from printstation.lifecycle.evidence import Facts, Fate
from printstation.lifecycle.steps import Step
from printstation.spool import evidence as spool_evidence
from printstation.spool import recovery, walk, watch
from printstation.store import feeds, questions, units
from printstation.store import jobs as job_rows
from printstation.store.steps import take
from tests.crash import house, sensing

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


def _table(*changes: tuple[int, Any, Fate, bool]) -> tuple[Any, ...]:
    """The evidence table with rows replaced by number (a new number is put in before row 8)."""
    by_row = {row[0]: row for row in evidence.TABLE}
    by_row.update({change[0]: change for change in changes})
    return tuple(by_row[number] for number in sorted(by_row))


# ------------------------------------------------------------------------------- the fifteen of the issue
def feed_recorded_after_the_first_byte(patch: Patch) -> None:
    """A power cut between the first byte and the record leaves no trace of a moving card."""

    def feed(self: Any, job: Any, card: Any, staged: Any, witness: Any) -> None:
        broken = None
        try:
            self._held.driver.feed(staged)
        except FeedBroken as error:
            broken = error
        moving = self._record_feed(job, card, witness)
        if moving is None:
            return
        if broken is not None:
            self._clear_up(self._note_errors(moving), busy_then_ready=False)
            return
        self._watch(self._desk.write(lambda tx: self._record_sent(tx, moving.id)))

    patch.setattr(walk.Walk, "_feed", feed)


def unknown_taken_as_untouched(patch: Patch) -> None:
    patch.setattr(evidence, "TABLE", _table((8, lambda _: True, Fate.UNTOUCHED, False)))


def eject_standing_still_taken_as_untouched(patch: Patch) -> None:
    def still(f: Facts) -> bool:
        return f.counter in ("pick", "eject") and f.delta == 0

    patch.setattr(evidence, "TABLE", _table((5, still, Fate.UNTOUCHED, False)))


def query_on_a_waiting_parser(patch: Patch) -> None:
    """No soft reset: whatever is asked ends up in the old card's plane."""

    def bring_to_idle(self: Dialogue) -> None:
        self.drain()

    patch.setattr(Dialogue, "bring_to_idle", bring_to_idle)


def left_without_discard(patch: Patch) -> None:
    """`discard` says that it is done and does nothing."""

    def discard(self: Any) -> None:
        self._memory.discarding()
        self._waiting_for_bytes = False
        self._memory.settle()

    patch.setattr(magicard.MagicardDriver, "discard", discard)


def continuity_not_checked(patch: Patch) -> None:
    patch.setattr(fates, "compare_counter", lambda *_: True)
    patch.setattr(fates, "counter_as_expected", lambda *_: True)


def resident_index_missing(patch: Patch) -> None:
    patch.setattr(job_acts, "_check_resident", lambda *_: None)
    fresh = house.Files.fresh

    def without(self: house.Files) -> None:
        fresh(self)
        self.reader().execute("DROP INDEX uq_job_resident")

    patch.setattr(house.Files, "fresh", without)


def question_answerable_twice(patch: Patch) -> None:
    get = questions.get

    def open_again(conn: Any, identity: str) -> Any:
        found = get(conn, identity)
        return found and replace(found, closed_at=None)

    patch.setattr(questions, "get", open_again)
    patch.setattr(questions, "close", lambda *_: True)


def card_that_moved_given_back(patch: Patch) -> None:
    """A lost device's fed card goes back to the hopper, as if it had been only reserved."""

    right = fates.stop

    def stop(tx: Any, moving: Any, why: str) -> None:
        job = job_rows.get(tx.conn, moving.job)
        if moving.settled_at is not None or job is None or job.state != "processing":
            right(tx, moving, why)
            return
        take(tx, Step.UNTOUCHED, job=moving.job, card=moving.card, printer=moving.printer)
        feeds.change(tx, moving.id, settled_at=tx.at, stopped_at=tx.at)

    patch.setattr(fates, "stop", stop)


def recovery_not_idempotent(patch: Patch) -> None:
    """It notes that the device is cleared before it clears it: a cut in between is never made good."""

    def clear(desk: Any, held: Any) -> None:
        waiting = recovery.due(desk, held.serial)
        serial = held.serial

        def note(tx: Any) -> None:
            if serial is not None:
                units.change(tx, serial, discard_due=0)
            for moving in waiting:
                feeds.change(tx, moving.id, discarded=1)

        desk.write(note)
        held.driver.discard()
        for moving in waiting:
            same = moving.session == held.session
            known = spool_evidence.settle_facts(moving, held.driver, desk.model, same_session=same)
            walk.settle(desk, moving, known)

    patch.setattr(recovery, "clear", clear)


def sent_not_recorded(patch: Patch) -> None:
    patch.setattr(fates, "sent", lambda *_: None)


def serial_not_compared(patch: Patch) -> None:
    """Whatever unit hangs on the cable is taken for the one that was fed."""

    def broken(f: Facts) -> bool:
        return f.counter != "none" and f.delta not in (0, 1)

    def due(desk: Any, serial: str | None) -> list[Any]:
        with desk.store.read() as conn:
            fed = feeds.unsettled(conn, printer=desk.name)
        return [f for f in fed if not f.discarded]

    standing = watch.standing

    def stands(desk: Any, serial: str | None) -> Any:
        found = standing(desk, serial)
        return replace(found, discard_due=found.discard_due or bool(due(desk, serial)))

    settle = walk.settle

    def settles(desk: Any, moving: Any, known: Facts) -> Any:
        return settle(desk, moving, replace(known, serial_now=moving.serial))

    patch.setattr(evidence, "TABLE", _table((1, broken, Fate.UNKNOWN, False)))
    patch.setattr(recovery, "due", due)
    patch.setattr(recovery, "settle", settles)
    patch.setattr(walk, "settle", settles)
    patch.setattr(watch, "standing", stands)


def table_read_before_discard(patch: Patch) -> None:
    """The verdict comes first, and the device is cleared when there is time."""

    def clear_up(self: Any, moving: Any, *, busy_then_ready: bool) -> None:
        try:
            seen = self._held.driver.outcome(spool_evidence.before(moving))
        except DriverError as error:
            name = type(error).__name__
            self._desk.write(lambda tx: fates.stop(tx, moving, name))
            raise
        known = self._facts(moving, seen, busy_then_ready, discarded=True)
        walk.settle(self._desk, moving, known)

    patch.setattr(walk.Walk, "_clear_up", clear_up)


def busy_counted_from_feed(patch: Patch) -> None:
    """Busy while it only receives the bytes is taken for busy with the card."""
    look = CardStream._look

    def looks(self: Any) -> None:
        look(self)
        if read_port(self._port.port_status()).condition is Condition.BUSY:
            self._memory._busy_since_sent = True

    patch.setattr(CardStream, "_look", looks)


def error_that_went_away_forgotten(patch: Patch) -> None:
    """A device that is seen without its error has never had one."""
    look = FeedMemory.look

    def looks(self: Any, seen: Any) -> None:
        look(self, seen)
        if seen.status.condition is not Condition.STOPPED:
            self._errors.clear()
            self._went_on = False

    def words(moving: Any, seen: Outcome) -> tuple[str, ...]:
        return tuple(reason.keyword for reason in seen.errors)

    patch.setattr(FeedMemory, "look", looks)
    patch.setattr(walk, "error_words", words)
    patch.setattr(spool_evidence, "error_words", words)


# ------------------------------------------------------------------------------- and some more
def extra_cards_forgotten(patch: Patch) -> None:
    patch.setattr(fates, "spoil_extra", lambda tx, printer, extra, by: extra)


def a_count_that_books_nothing(patch: Patch) -> None:
    def settle(tx: Any, printer: str, **said: Any) -> dict[str, Any]:
        units.set_printer(tx, printer, count_due=0)
        counted = {"expected": said["counted"], "counted": said["counted"]}
        return {"printer": printer, **counted, "missing": 0, "loaded": 0}

    patch.setattr(stock, "settle_hopper", settle)
    patch.setattr(answering, "settle_hopper", settle)


# ------------------------------------------------------------------------------- of the other families
def evolis_left_without_discard(patch: Patch) -> None:
    patch.setattr(EvolisDriver, "discard", _done_nothing)


def evolis_parser_left_waiting(patch: Patch) -> None:
    """No soft reset, and nobody looks whether a query is answered: what comes next ends up in the old panel."""

    def bring_to_idle(self: EvolisDialogue, panel_bytes: int, limit_s: float) -> None:
        self.pending()

    patch.setattr(EvolisDialogue, "bring_to_idle", bring_to_idle)


def matica_left_without_discard(patch: Patch) -> None:
    patch.setattr(MaticaDriver, "discard", _done_nothing)


def matica_film_not_wound_on(patch: Patch) -> None:
    """What a broken-off card left on the film comes onto the next one."""
    load, move = wire.load, wire.move
    patch.setattr(sensing, "_staged", {})  # what was staged before is kept, and winds the film on

    def plain(block: bytes) -> bytes:
        return block[:4] + bytes((block[4] & ~4,)) + block[5:]

    patch.setattr(wire, "load", lambda: plain(load()))
    patch.setattr(wire, "move", lambda to, **flags: plain(move(to, **flags)))


def _done_nothing(self: Any) -> None:
    self._memory.discarding()
    self._waiting_for_bytes = self._must_discard = False
    self._memory.settle()


PLANTED: Mapping[str, Plant] = {
    plant.__name__: plant
    for plant in (
        feed_recorded_after_the_first_byte,
        unknown_taken_as_untouched,
        eject_standing_still_taken_as_untouched,
        query_on_a_waiting_parser,
        left_without_discard,
        continuity_not_checked,
        resident_index_missing,
        question_answerable_twice,
        card_that_moved_given_back,
        recovery_not_idempotent,
        sent_not_recorded,
        serial_not_compared,
        table_read_before_discard,
        busy_counted_from_feed,
        error_that_went_away_forgotten,
        extra_cards_forgotten,
        a_count_that_books_nothing,
        evolis_left_without_discard,
        evolis_parser_left_waiting,
        matica_left_without_discard,
        matica_film_not_wound_on,
    )
}
