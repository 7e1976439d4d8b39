"""A station's morning on the real store: what the audit is tried on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert

from printstation.acts import fates, jobs, questions, stock
from printstation.acts.jobs import Order
from printstation.acts.request import Request
from printstation.clock import SystemClock
from printstation.lifecycle.answers import CardFate, JobFuture
from printstation.lifecycle.card import CardState
from printstation.lifecycle.evidence import Facts, Fate, Verdict
from printstation.lifecycle.steps import Step
from printstation.seal import Seal
from printstation.store import audit, cards, feeds, units
from printstation.store import jobs as job_rows
from printstation.store.engine import Store, open_engine
from printstation.store.schema import MIGRATIONS
from printstation.store.steps import take
from printstation.store.tables import meta, metadata

STATION = "0197a000-0000-7000-8000-000000000001"
ANEW = Request(None, "test", b"")
SERIAL = "3C0001"


class Ticking(SystemClock):
    """A clock on which each look is a second later, so that no two entries are of one moment."""

    def __init__(self) -> None:
        super().__init__()
        self._at = datetime(2026, 11, 24, 8, tzinfo=UTC).timestamp()

    def now(self) -> datetime:
        self._at += 1
        return datetime.fromtimestamp(self._at, UTC)


def new_store(path: Path) -> Store:
    engine = open_engine(path)
    metadata.create_all(engine)
    with engine.begin() as conn:
        # Quicker than the migrations, which another test compares with the tables.
        MigrationContext.configure(conn).stamp(ScriptDirectory(str(MIGRATIONS)), "head")
    store = Store(engine, Ticking(), STATION)
    with store.write() as tx:
        tx.conn.execute(insert(meta).values(name=audit.STATION_ID, value=STATION))
        units.meet(tx, SERIAL, "tango2e", False)
    return store


def submit(store: Store, number: int) -> str:
    order = Order(
        layout="specimen-resident",
        layout_version="1",
        card_type="ktp-el-wni",
        one_per_resident=True,
        resident=b"resident %d" % number,
        reference=f"REF-{number:04d}",
        priority=50,
        payload=b"{}",
    )
    done = jobs.submit(store, Seal.of(b"k" * 32), order, ANEW, "test")
    return str(done.answer["id"])


def feed(store: Store, job: str) -> int:
    """Reserve the next blank for a job and send it on its way; the number of its feed."""
    with store.write() as tx:
        ((_, blank),) = cards.pick(tx.conn, CardState.LOADED, 1, printer="tango")
        take(
            tx,
            Step.START,
            job=job,
            card=blank,
            printer="tango",
            set_job={"printer": "tango"},
            set_card={"job": job},
        )
    with store.write() as tx:
        moving = job_rows.get(tx.conn, job)
        assert moving is not None
        witness = fates.Witness(SERIAL, "session-1", "none", None, False)
        return fates.feed(tx, moving, blank, "tango", witness)


def settle(store: Store, number: int, fate: Fate) -> None:
    facts = Facts(
        counter="none",
        path_sensor=False,
        holds_job=False,
        serial_before=SERIAL,
        serial_now=SERIAL,
        counter_before=None,
        counter_now=None,
        path_now=False,
        same_session=True,
        sent=True,
        nothing_offered=False,
        busy_then_ready=True,
        discarded=True,
    )
    with store.write() as tx:
        fates.sent(tx, feeds.get(tx.conn, number))
    with store.write() as tx:
        fates.settle(tx, feeds.get(tx.conn, number), facts, Verdict(fate, 3))


def work(store: Store) -> None:
    """A morning: seven jobs printed, spoiled, asked about, canceled, moving, waiting, and one reprint."""
    stock.receive(
        store,
        ANEW,
        delivery="SJ-1",
        card_type="ktp-el-wni",
        version="V1",
        batch="B1",
        count=12,
        by="ani",
    )
    for move, count in ((stock.load, 9), (stock.unload, 1)):
        move(
            store,
            ANEW,
            printer="tango",
            card_type="ktp-el-wni",
            batch="B1",
            count=count,
            by="ani",
        )
    ids = [submit(store, number) for number in range(7)]
    settle(store, feed(store, ids[0]), Fate.PRINTED)
    settle(store, feed(store, ids[1]), Fate.UNTOUCHED)
    settle(store, feed(store, ids[1]), Fate.UNKNOWN)
    said = questions.Answer("ani", CardFate.SPOILED, JobFuture.AGAIN, cause="print-failed")
    questions.answer(store, "Q-000001", said, ANEW)
    settle(store, feed(store, ids[1]), Fate.PRINTED)
    jobs.cancel(store, ids[2], ANEW, "ani")
    jobs.hold(store, ids[3], ANEW, "ani")
    settle(store, feed(store, ids[4]), Fate.UNKNOWN)
    jobs.reprint(store, Seal.of(b"k" * 32), ids[0], ANEW, card="spoiled", cause="damaged", by="ani")
    feed(store, ids[5])
