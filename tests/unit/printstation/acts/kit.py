"""An office on a real store: blanks, jobs, and a card brought to any point of its walk in a line or two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from printstation.acts import fates, jobs, questions, stock
from printstation.acts.jobs import Order
from printstation.acts.questions import Answer
from printstation.acts.request import Done, Request
from printstation.lifecycle.answers import CardFate, JobFuture, Pair
from printstation.lifecycle.evidence import Facts, judge
from printstation.seal import Seal
from printstation.spool import pick
from printstation.store import audit, cards, feeds, units
from printstation.store import jobs as job_rows
from printstation.store import questions as question_rows
from printstation.store.cards import Card
from printstation.store.engine import Store
from printstation.store.feeds import Feed
from printstation.store.jobs import Job
from printstation.store.questions import Question

ANEW = Request(None, "test", b"hash")
SEAL = Seal.of(b"k" * 32)
SERIAL = "3C0001"
KTP = "ktp-el-wni"
TANGO = "tango"


class Office:
    """One store, one printer `tango` with unit 3C0001, and what people do there."""

    def __init__(self, store: Store, counter: str = "none", *, holds_job: bool = False) -> None:
        self.store = store
        self.counter = counter
        self.reading: int | None = None if counter == "none" else 100
        self._number = 0
        with store.write() as tx:
            units.meet(tx, SERIAL, "tango2e", holds_job)
            units.set_printer(tx, TANGO, serial=SERIAL)
        if self.reading is not None:
            assert self.compare()

    # ------------------------------------------------------------------------- stock
    def receive(self, count: int, batch: str = "B1", delivery: str | None = None) -> Done:
        return stock.receive(
            self.store,
            ANEW,
            delivery=delivery or f"SJ-{batch}",
            card_type=KTP,
            version="V1",
            batch=batch,
            count=count,
            by="ani",
        )

    def load(self, count: int, batch: str | None = None, printer: str = TANGO) -> Done:
        return stock.load(
            self.store, ANEW, printer=printer, card_type=KTP, batch=batch, count=count, by="ani"
        )

    def stocked(self, count: int = 5) -> Office:
        self.receive(count)
        self.load(count)
        return self

    def balance(self) -> dict[str, int]:
        with self.store.read() as conn:
            return cards.balance(conn).get(KTP, {})

    def count(self, counted: int, reason: str | None = None) -> dict[str, Any]:
        return stock.hopper_count(
            self.store, ANEW, printer=TANGO, counted=counted, reason=reason, by="ani"
        ).answer

    # ------------------------------------------------------------------------- jobs
    def order(self, resident: str | None = None, **changes: Any) -> Order:
        self._number += 1
        values: dict[str, Any] = {
            "layout": "specimen-resident",
            "layout_version": "1",
            "card_type": KTP,
            "one_per_resident": True,
            "resident": (resident or f"resident {self._number}").encode(),
            "reference": f"REF-{self._number:04d}",
            "priority": 50,
            "payload": b'{"values": {}}',
        }
        return Order(**{**values, **changes})

    def submit(self, resident: str | None = None, **changes: Any) -> str:
        done = jobs.submit(self.store, SEAL, self.order(resident, **changes), ANEW, "registry")
        return str(done.answer["id"])

    def job(self, identity: str) -> Job:
        with self.store.read() as conn:
            found = job_rows.get(conn, identity)
        assert found is not None
        return found

    def card(self, identity: str) -> Card:
        with self.store.read() as conn:
            found = cards.get(conn, identity)
        assert found is not None
        return found

    def states(self, job: str) -> tuple[str, str | None]:
        """The job's state, and that of the card that it fed last."""
        found = self.job(job)
        return str(found.state), str(self.card(found.card).state) if found.card else None

    # ------------------------------------------------------------------------- a card's walk
    def claim(self) -> tuple[str, str]:
        with self.store.write() as tx:
            found = pick.claim(tx, TANGO, [KTP])
        assert found is not None
        return found[0].id, found[1].id

    def feed(self, *, sent: bool = True) -> Feed:
        """The next job's card is on its way."""
        job, card = self.claim()
        with self.store.write() as tx:
            row = job_rows.get(tx.conn, job)
            assert row is not None
            witness = fates.Witness(SERIAL, "session-1", self.counter, self.reading, None)
            number = fates.feed(tx, row, card, TANGO, witness)
        if sent:
            with self.store.write() as tx:
                fates.sent(tx, feeds.get(tx.conn, number))
        return self.moving(number)

    def moving(self, number: int) -> Feed:
        with self.store.read() as conn:
            return feeds.get(conn, number)

    def facts(self, moving: Feed, delta: int = 0, **changes: Any) -> Facts:
        """What a driver would say after `discard`; `busy_then_ready=True` for a card that came out."""
        if self.reading is not None:
            self.reading += delta
        values: dict[str, Any] = {
            "counter": moving.counter_kind,
            "path_sensor": False,
            "holds_job": False,
            "serial_before": moving.serial,
            "serial_now": SERIAL,
            "counter_before": moving.counter_before,
            "counter_now": self.reading,
            "path_now": None,
            "same_session": True,
            "sent": moving.sent_at is not None,
            "nothing_offered": False,
            "busy_then_ready": False,
            "discarded": True,
        }
        return Facts(**{**values, **changes})

    def settle(self, moving: Feed, delta: int = 0, **changes: Any) -> Feed:
        facts = self.facts(moving, delta, **changes)
        verdict = judge(facts)
        assert verdict is not None
        with self.store.write() as tx:
            fates.settle(tx, feeds.get(tx.conn, moving.id), facts, verdict)
        return self.moving(moving.id)

    def stop(self, moving: Feed, why: str = "DeviceGone") -> None:
        with self.store.write() as tx:
            fates.stop(tx, feeds.get(tx.conn, moving.id), why)

    def compare(self) -> bool:
        with self.store.write() as tx:
            return fates.compare_counter(tx, TANGO, SERIAL, self.reading)

    def unit(self) -> units.Unit:
        with self.store.read() as conn:
            found = units.get(conn, SERIAL)
        assert found is not None
        return found

    # ------------------------------------------------------------------------- questions
    def asked(self) -> list[Question]:
        with self.store.read() as conn:
            return question_rows.open_ones(conn)

    def question(self) -> Question:
        """The only open one."""
        (found,) = self.asked()
        return found

    def answer(
        self, card: str | None = None, job: str | None = None, cause: str | None = None, **more: Any
    ) -> None:
        """Answer the only open question."""
        self.answer_to(self.question().id, card, job, cause, **more)

    def answer_to(
        self,
        question: str,
        card: str | None = None,
        job: str | None = None,
        cause: str | None = None,
        **more: Any,
    ) -> None:
        said = Answer(
            by="ani",
            card=CardFate(card) if card else None,
            job=JobFuture(job) if job else None,
            cause=cause,
            **more,
        )
        questions.answer(self.store, question, said, ANEW)

    def check(self) -> None:
        """The audit agrees."""
        with self.store.read() as conn:
            found = [f for f in audit.audit(conn) if f.check != "chain"]
        assert found == [], [str(f) for f in found]


def fates_of(pairs: Sequence[Pair]) -> set[str]:
    """The fates on offer."""
    return {str(pair.card) for pair in pairs}
