"""One card's walk at one printer: reserve, stage, feed, sent, watch, settle (`architecture.md` §2).

Every line that writes comes before the line that acts on it. If the process dies between any two, the
rows say what may have happened, and `recovery.py` goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from sqlalchemy import Connection

import layouts
from drivers import (
    Before,
    Condition,
    Driver,
    DriverError,
    FedByHand,
    FeedBroken,
    Lays,
    Outcome,
    Staged,
    WrongDevice,
)
from printstation.acts import fates
from printstation.acts import jobs as job_acts
from printstation.clock import rfc3339
from printstation.lifecycle.evidence import Facts, Fate, Verdict, judge
from printstation.lifecycle.steps import Step
from printstation.refusals import Refusal
from printstation.seal import SealBroken
from printstation.spool import pick
from printstation.spool.ahead import Ahead
from printstation.spool.desk import Desk
from printstation.spool.evidence import before, error_words, facts
from printstation.store import cards, feeds, jobs, scans, units
from printstation.store.cards import Card
from printstation.store.engine import Remembered, Tx
from printstation.store.feeds import Feed
from printstation.store.jobs import Job
from printstation.store.steps import take

#: Why a job cannot be drawn: its text does not fit, its layout or its data is gone, or its seal is broken.
UNDRAWABLE = (layouts.Unprintable, layouts.LayoutError, Refusal, SealBroken)


@dataclass(frozen=True)
class Held:
    """The device as this process holds it: who it is, and since which opening."""

    driver: Driver
    serial: str | None
    session: str


class Turn(Enum):
    """What came of one turn at a printer."""

    NOTHING = "nothing"
    WALKED = "walked"
    DREW_NO_CARD = "drew-no-card"


class Walk:
    """Walks cards through one held device. Made anew at each opening."""

    def __init__(self, desk: Desk, held: Held, seen: Callable[[], None]) -> None:
        self._desk = desk
        self._held = held
        self._seen = seen
        self._ahead: Ahead | None = None
        self._last_s = desk.model.typical_s
        self._drew_none = False
        self._anything = Remembered(desk.store, desk.name, self._is_anything)
        self._calls = Remembered(desk.store, desk.name, self._is_called)
        #: The job in hand, for the view.
        self.job: str | None = None
        #: Whether the last card was handed over in vain: nothing was fed.
        self.laying = False

    def one(self) -> Turn:
        """Walk the next card.

        The witnesses are read before a job is claimed, so that a printer that is not ready moves no rows.
        Raises what the cable raises; the rows are left as recovery wants them.
        """
        if not self._anything.get():
            return Turn.NOTHING
        desk = self._desk
        witness = self._witness()
        claimed = witness and desk.write(
            lambda tx: pick.claim(
                tx, desk.name, desk.hopper_types, desk.most_sides, by_hand=desk.by_hand
            )
        )
        if not claimed or witness is None:
            return Turn.NOTHING
        job, card = claimed
        self.job = job.id
        self._seen()
        self._drew_none = False
        try:
            staged = self._staged(job, card)
            if staged is not None:
                self._feed(job, card, staged, witness)
        finally:
            self.job = None
        return Turn.DREW_NO_CARD if self._drew_none else Turn.WALKED

    def _is_anything(self) -> bool:
        with self._desk.store.read() as conn:
            return self._next(conn) is not None

    def _next(self, conn: Connection, others: int = 0) -> Job | None:
        desk = self._desk
        return pick.peek(
            conn,
            desk.name,
            desk.hopper_types,
            desk.most_sides,
            by_hand=desk.by_hand,
            others=others,
        )

    def _staged(self, job: Job, card: Card) -> Staged | None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.job == job.id:
            return ahead.staged
        try:
            return self._stage(job)
        except UNDRAWABLE as error:
            self._set_aside(job, card, error)
            return None

    def _stage(self, job: Job) -> Staged:
        driver, faces = self._held.driver, self._desk.paint(job, self._desk.model)
        encoded = job.card_type in self._desk.encode_first
        if encoded and self._desk.by_hand and isinstance(driver, FedByHand):
            return driver.stage_by_hand(faces)
        return driver.stage(faces)

    def _set_aside(self, job: Job, card: Card, error: Exception) -> None:
        """A job that cannot be drawn waits for a person; the queue goes on without it."""

        def act(tx: Tx) -> None:
            current = cards.get(tx.conn, card.id)
            if current is None or current.job != job.id:
                return  # a cancel was quicker
            why = {"waits_because": "cannot-be-drawn"}
            if current.bound:
                job_acts.give_back(tx, job.id, card.id, True, type(error).__name__)
                take(tx, Step.HOLD, job=job.id, set_job=why)
                return
            take(
                tx,
                Step.SET_ASIDE,
                job=job.id,
                card=card.id,
                printer=self._desk.name,
                data={"why": type(error).__name__},
                set_job=why,
            )

        self._desk.write(act)

    def _feed(self, job: Job, card: Card, staged: Staged, witness: fates.Witness) -> None:
        # A device that takes the data as a step of its own gets them before *feed* is written: what fails
        # here leaves a card that was never fed, and is no question (ipp.md §9.1-3).
        lays = self._held.driver if isinstance(self._held.driver, Lays) else None
        if lays is not None:
            self.laying = True
            lays.lay(staged)
            self.laying = False
        moving = self._record_feed(job, card, witness)
        if moving is None:
            if lays is not None:
                lays.lift()
            return
        self._desk.timings.fed()
        try:
            self._held.driver.feed(staged)
        except FeedBroken:
            self._clear_up(self._note_errors(moving), busy_then_ready=False)
            return
        except DriverError:
            self._note_errors(moving)
            raise
        identity = moving.id
        self._watch(self._desk.write(lambda tx: self._record_sent(tx, identity)))

    def _witness(self) -> fates.Witness | None:
        """Serial, counter, path and a ready device, or None when one of them forbids to feed."""
        seen = self._held.driver.outcome(Before(None, None, None))
        if seen.serial != self._held.serial:
            raise WrongDevice(f"unit {seen.serial} answers, {self._held.serial} was opened")
        if not seen.ready_now or seen.path:
            return None
        model = self._desk.model
        if model.counter != "none" and seen.counter is None:
            return None  # a witness that says nothing now would make every verdict *unknown*
        if seen.serial is not None and not self._desk.write(
            lambda tx: fates.compare_counter(tx, self._desk.name, str(seen.serial), seen.counter)
        ):
            return None
        return fates.Witness(
            seen.serial, self._held.session, model.counter, seen.counter, seen.path
        )

    def _record_feed(self, job: Job, card: Card, witness: fates.Witness) -> Feed | None:
        """Step *feed*; None when a cancel was quicker (the card is back in the hopper then)."""

        def act(tx: Tx) -> Feed | None:
            current = cards.get(tx.conn, card.id)
            if current is None or current.job != job.id or self._desk.stopping():
                return None
            model = self._desk.model
            told = replace(witness, panels=min(job.sides, model.sides) * len(model.panels))
            return feeds.get(tx.conn, fates.feed(tx, job, card.id, self._desk.name, told))

        moving = self._desk.write(act)
        if moving is None and self._desk.stopping():
            self._give_back(job, card, "station-stopping")
        return moving

    def _give_back(self, job: Job, card: Card, why: str) -> None:
        def act(tx: Tx) -> None:
            current = cards.get(tx.conn, card.id)
            if current is not None and current.job == job.id:
                job_acts.give_back(tx, job.id, card.id, card.bound, why)

        self._desk.write(act)

    def _record_sent(self, tx: Tx, identity: int) -> Feed:
        fates.sent(tx, feeds.get(tx.conn, identity))
        return feeds.get(tx.conn, identity)

    def _note_errors(self, moving: Feed) -> Feed:
        """Write down errors seen since *feed* as soon as they are seen."""
        words = error_words(moving, self._held.driver.observed())
        if words == moving.errors:
            return moving
        self._desk.write(lambda tx: fates.error_seen(tx, moving, words))
        return replace(moving, errors=words)

    def _watch(self, moving: Feed) -> None:
        """Look at the device until the card is out, it stands with an error, or its time is over (§3)."""
        model, clock = self._desk.model, self._desk.clock
        start = clock.monotonic()
        always_ready = not model.shows_busy
        print_s = model.print_s + self._hand_s(moving)
        self._render_ahead()
        while True:
            status = self._held.driver.status()
            self._desk.sight.saw(status, rfc3339(clock.now()))
            moving = self._note_errors(moving)
            seen = self._held.driver.observed()
            spent = clock.monotonic() - start
            always_ready = always_ready and status.condition is Condition.READY
            out = _is_out(seen) or (always_ready and spent >= print_s)
            if out and self._close(moving):
                self._last_s = spent
                return
            if (
                status.condition is Condition.STOPPED
                or spent >= print_s
                or (seen.errors and seen.ready_now)
            ):
                self._clear_up(moving, busy_then_ready=False)
                return
            if self._desk.leaving():
                return
            clock.sleep(model.next_look_s(self._last_s, spent))

    def _hand_s(self, moving: Feed) -> float:
        """How much longer a card may take that the device waits for until a person pushes it in."""
        if not self._desk.by_hand:
            return 0.0
        with self._desk.store.read() as conn:
            card = cards.get(conn, moving.card)
        return self._desk.model.hand_feed_s if card is not None and card.bound else 0.0

    def called(self) -> bool:
        """Whether a person calls an encoded card to this printer: he holds it, so that an empty hopper is no
        hindrance."""
        return bool(self._desk.by_hand) and self._calls.get()

    def _is_called(self) -> bool:
        with self._desk.store.read() as conn:
            return scans.ready(conn, self._desk.name) is not None

    def _render_ahead(self) -> None:
        """The card that is due when this one is out; printers that should be free before take those before it."""
        desk, now = self._desk, self._desk.clock.monotonic()
        others = desk.ends.before(desk.name, desk.card_types, now, now + self._last_s)
        with desk.store.read() as conn:
            job = self._next(conn, others)
        if job is None:
            return
        try:
            self._ahead = Ahead(job.id, self._stage(job))
        except UNDRAWABLE:
            self._ahead = None  # said again, and recorded, when its turn comes

    def _facts(self, moving: Feed, seen: Outcome, busy_then_ready: bool, discarded: bool) -> Facts:
        return facts(
            moving,
            seen,
            self._desk.model,
            same_session=True,
            busy_then_ready=busy_then_ready,
            discarded=discarded,
        )

    def _close(self, moving: Feed) -> bool:
        """Busy was seen to end: row 3 may be read before `discard`; if it does not match, clear up first.

        False when the device is busy again: a ready that is taken back ends nothing, and a `discard` would
        cancel the card that is being printed.
        """
        seen = self._held.driver.outcome(before(moving))
        if seen.sent and not seen.ready_now and not seen.errors:
            return False
        known = self._facts(moving, seen, busy_then_ready=True, discarded=False)
        verdict = judge(known)
        if verdict is None or verdict.fate is not Fate.PRINTED:
            self._clear_up(moving, busy_then_ready=True)
            return True
        self._desk.timings.out()

        def act(tx: Tx) -> None:
            fates.settle(tx, moving, known, verdict)
            if moving.serial is not None:
                units.change(tx, moving.serial, discard_due=0)

        self._desk.write(act)
        return True

    def _clear_up(self, moving: Feed, *, busy_then_ready: bool) -> None:
        """`discard`, then the table. If the device cannot be cleared now, the job stops with a question."""
        try:
            self._held.driver.discard()
            seen = self._held.driver.outcome(before(moving))
        except DriverError as error:
            moving = self._note_errors(moving)
            why = type(error).__name__
            self._desk.write(lambda tx: fates.stop(tx, moving, why))
            raise
        known = self._facts(moving, seen, busy_then_ready, discarded=True)
        self._drew_none = settle(self._desk, moving, known).rule == fates.DREW_NONE_ROW


def settle(desk: Desk, moving: Feed, known: Facts) -> Verdict:
    """After a successful `discard`: write down that nothing is due any more, and the verdict.

    Raises `WrongDevice`, with the job stopped, when another unit answers by now.
    """
    if known.serial_now != moving.serial:
        # §5: `discard` on another unit promises nothing about the one that was fed; that one may come back.
        desk.write(lambda tx: fates.stop(tx, moving, "other-unit"))
        raise WrongDevice(f"unit {known.serial_now} answers where unit {moving.serial} was fed")
    verdict = judge(known)
    assert verdict is not None, "after discard the table always answers"

    def act(tx: Tx) -> None:
        if moving.serial is not None and moving.serial == known.serial_now:
            units.change(tx, moving.serial, discard_due=0)
        fates.settle(tx, feeds.get(tx.conn, moving.id), known, verdict)

    desk.write(act)
    return verdict


def _is_out(seen: Outcome) -> bool:
    return seen.sent and seen.busy_since_sent and seen.ready_now and not seen.errors


def lost(desk: Desk, why: str) -> None:
    """The device is gone, or we just came back: what was reserved returns, what was fed stops (§3, §11).

    Idempotent; the same function serves a pulled cable and a start after a power cut.
    """

    def act(tx: Tx) -> None:
        for moving in feeds.unsettled(tx.conn, printer=desk.name):
            if moving.stopped_at is None:  # what a question offers already is not widened again
                fates.stop(tx, moving, why)
        job = jobs.processing_at(tx.conn, desk.name)
        if job is None:
            return
        live = jobs.live_card(tx.conn, job.id)
        card = cards.get(tx.conn, live) if live else None
        assert card is not None, f"job {job.id} is processing without a card"
        job_acts.give_back(tx, job.id, card.id, card.bound, why)

    if desk.untidy.get():
        desk.write(act)
