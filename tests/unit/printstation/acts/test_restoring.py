"""A restored copy: the world may have gone on without it, so nothing of it is believed (§6)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import insert

from printstation.acts import jobs
from printstation.acts.restoring import MARK, apply_mark, mark_of
from printstation.store import units
from printstation.store.tables import meta
from tests.unit.printstation.acts.kit import ANEW, TANGO, Office, fates_of
from tests.unit.printstation.store.kit import journal_of, new_store, rows


def restored(office: Office) -> None:
    """The mark that `backup` writes into a copy."""
    with office.store.write() as tx:
        tx.conn.execute(insert(meta).values(name=MARK, value="2026-11-20T00:00:00.000Z"))
    assert apply_mark(office.store, [TANGO, "enduro"])


def count_is_due(office: Office) -> bool:
    with office.store.read() as conn:
        return units.count_is_due(conn, TANGO)


def test_an_original_is_left_alone(office: Office) -> None:
    office.submit()
    entries = journal_of(office.store)
    assert not apply_mark(office.store, [TANGO])
    assert journal_of(office.store) == entries


def test_every_printer_asks_for_a_count_before_it_is_fed(office: Office) -> None:
    restored(office)
    assert [(q.printer, q.reason) for q in office.asked()] == [
        ("tango", "hopper-count"),
        ("enduro", "hopper-count"),
    ]
    assert count_is_due(office)
    office.count(5)
    assert not count_is_due(office)
    assert [q.printer for q in office.asked()] == ["enduro"]


def test_waiting_jobs_wait_for_a_person(office: Office) -> None:
    job = office.submit()
    held = office.submit(hold=True)
    restored(office)
    assert (office.job(job).state, office.job(job).waits_because) == ("pending-held", "restored")
    assert office.job(held).waits_because == "held"
    jobs.release(office.store, job, ANEW, "ani")
    assert office.job(job).state == "pending"


def test_more_waiting_jobs_than_one_page(tmp_path: Path) -> None:
    office = Office(new_store(tmp_path))
    first = office.submit()
    with office.store.write() as tx:
        tx.conn.exec_driver_sql(
            "INSERT INTO job (id, reference, state, card_type, layout, layout_version, priority,"
            " requested_on, one_per_resident, body, created_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION"
            " ALL SELECT i + 1 FROM n WHERE i < 600) SELECT 'x' || i, 'X' || i, state, card_type,"
            " layout, layout_version, 50, requested_on, 0, body, created_at FROM n, job"
            f" WHERE id = '{first}'"
        )
    restored(office)
    assert rows(office.store, "SELECT state, count(*) FROM job GROUP BY 1") == [
        ("pending-held", 601)
    ]


def test_a_reserved_blank_goes_back_and_its_job_waits_too(office: Office) -> None:
    office.submit()
    job, card = office.claim()
    restored(office)
    assert office.job(job).state == "pending-held"
    assert office.card(card).state == "loaded"


def test_every_fed_card_is_unknown_whatever_a_counter_of_today_says(counting: Office) -> None:
    job = counting.submit()
    counting.feed()
    restored(counting)
    moving = counting.moving(1)
    assert moving.counter_kind == "none"
    counting.settle(moving, 0, same_session=False)
    assert counting.moving(1).rule == 8
    assert counting.states(job) == ("processing-stopped", "fed")
    (fate,) = [q for q in counting.asked() if q.reason == "card-fate"]
    assert fates_of(fate.offers) == {"printed", "spoiled", "untouched", "missing"}


def test_it_is_done_once(office: Office) -> None:
    office.submit()
    restored(office)
    with office.store.read() as conn:
        assert mark_of(conn) is None
    entries = journal_of(office.store)
    assert entries[-1] == "backup-restored"
    assert not apply_mark(office.store, [TANGO])
    assert journal_of(office.store) == entries
