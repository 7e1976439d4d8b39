"""Finding rows: whose turn it is, what lies where, what is open."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from printstation.lifecycle.answers import HAND_OVER_PAIRS, QuestionReason
from printstation.lifecycle.card import CardState
from printstation.store import cards, feeds, jobs, questions, units
from printstation.store.engine import Store
from tests.unit.printstation.store.kit import add_card, add_job

KTP = ["ktp-el-wni"]


def queue(store: Store, *types: str, limit: int = 9) -> list[str]:
    with store.read() as conn:
        return [job.id for job in jobs.queue_head(conn, list(types) or KTP, limit)]


def place(store: Store, identity: str) -> int | None:
    with store.read() as conn:
        found = jobs.get(conn, identity)
        assert found is not None
        return jobs.place(conn, found)


# ------------------------------------------------------------------------------- the queue
def test_priority_comes_first_then_the_older_request_then_the_earlier_post(store: Store) -> None:
    add_job(store, "late", priority=50, requested_on="2026-11-25")
    add_job(store, "early", priority=50, requested_on="2026-11-23")
    add_job(store, "early-too", priority=50, requested_on="2026-11-23")
    add_job(store, "urgent", priority=90, requested_on="2026-11-25")
    order = ["urgent", "early", "early-too", "late"]
    assert queue(store) == order
    assert [place(store, name) for name in order] == [1, 2, 3, 4]
    assert queue(store, limit=1) == ["urgent"]


def test_only_pending_jobs_of_the_asked_types_queue(store: Store) -> None:
    add_job(store, "held", "pending-held")
    add_job(store, "gone", "canceled")
    add_job(store, "kia", card_type="kia", priority=10)
    add_job(store, "ktp", priority=5)
    assert queue(store) == ["ktp"]
    assert queue(store, "kia", "ktp-el-wni") == ["kia", "ktp"]
    assert queue(store, "ktp-el-wna") == []
    assert place(store, "held") is None
    assert place(store, "kia") == 1, "a place is among jobs of the same type"


def test_a_claim_reads_no_history(store: Store) -> None:
    with store.read() as conn:
        plan = conn.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM job WHERE state = 'pending' AND card_type = 'x'"
            " AND sides = 1 AND only_printer IS NULL ORDER BY priority DESC, requested_on, seq LIMIT 1"
        ).all()
    assert "ix_job_queue" in str(plan)
    assert "TEMP B-TREE" not in str(plan), "the index has the queue's own order"


def test_a_two_sided_job_is_left_to_a_printer_that_can_print_it(store: Store) -> None:
    add_job(store, "both", sides=2, priority=90)
    add_job(store, "front", sides=1)
    with store.read() as conn:
        one_sided = jobs.queue_head(conn, KTP, 9, {"ktp-el-wni": 1})
        assert [job.id for job in one_sided] == ["front"]
        assert [job.id for job in jobs.queue_head(conn, KTP, 9, {"kia": 1})] == ["both", "front"]


def test_a_job_that_is_asked_for_at_one_printer_queues_there_alone(store: Store) -> None:
    add_job(store, "any", priority=20)
    add_job(store, "tango's", priority=90, sides=2, only_printer="tango")
    add_job(store, "of another type", card_type="kia", only_printer="tango")
    with store.read() as conn:
        for printer, mine in ("enduro", ["any"]), ("tango", ["tango's", "any"]):
            found = jobs.queue_head(conn, KTP, 9, {"ktp-el-wni": 1}, (printer,))
            assert [job.id for job in found] == mine
        plan = conn.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM job WHERE state = 'pending' AND only_printer = 'x'"
            " AND card_type IN (SELECT value FROM json_each('[]'))"
            " ORDER BY priority DESC, requested_on, seq LIMIT 1"
        ).all()
    assert "ix_job_only_printer" in str(plan)
    assert "TEMP B-TREE" not in str(plan)


def test_jobs_past_their_time_are_those_that_wait(store: Store) -> None:
    add_job(store, "over", expires_at="2026-11-24T00:00:00.000Z")
    add_job(store, "held", "pending-held", expires_at="2026-11-24T00:00:00.000Z")
    add_job(store, "later", expires_at="2026-12-24T00:00:00.000Z")
    add_job(store, "moving", "processing", expires_at="2026-11-24T00:00:00.000Z", printer="tango")
    with store.read() as conn:
        found = jobs.expired(conn, "2026-11-24T00:00:00.000Z", 9)
        assert {job.id for job in found} == {"over", "held"}
        assert len(jobs.expired(conn, "2026-11-24T00:00:00.000Z", 1)) == 1


# ------------------------------------------------------------------------------- cards
def test_neither_a_balance_nor_a_shelf_walks_all_cards(store: Store) -> None:
    with store.read() as conn:
        shelf = conn.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM card WHERE shelf = 'A-3' AND seq > 0 ORDER BY seq"
        ).all()
        text = str(cards._BALANCE.compile(conn, compile_kwargs={"literal_binds": True}))
        balance = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
    assert "ix_card_shelf" in str(shelf) and "TEMP B-TREE" not in str(shelf)
    assert "ix_card_stock (card_type=? AND state=?)" in str(balance)


def test_blanks_get_numbers_that_are_never_used_twice(store: Store) -> None:
    with store.write() as tx:
        first = cards.add_batch(tx, 2, "kia", "V1", "B1")
    with store.write() as tx:
        second = cards.add_batch(tx, 1, "kia", "V1", "B1")
    assert first + second == ["B-000001", "B-000002", "B-000003"]


def test_a_pick_is_oldest_first_and_of_one_place(store: Store) -> None:
    add_card(store, "other", "loaded", printer="enduro")
    for name in ("one", "two", "three"):
        add_card(store, name, "loaded")
    with store.read() as conn:
        found = cards.pick(conn, CardState.LOADED, 2, printer="tango")
        assert [name for _, name in found] == ["one", "two"]
        newest = cards.pick(conn, CardState.LOADED, 1, printer="tango", last_first=True)
        assert newest[0][1] == "three"
        assert cards.pick(conn, CardState.LOADED, 9, printer="tango", batch="B2") == []


def test_what_lies_in_a_hopper_counts_the_reserved_one(store: Store) -> None:
    add_card(store, "one", "loaded")
    add_card(store, "two", "reserved", job="J")
    add_card(store, "three", "fed", job="K", printer="tango")
    add_card(store, "four", "loaded", printer="enduro")
    with store.read() as conn:
        assert cards.in_hopper(conn, "tango") == 2
        assert cards.hopper_batches(conn, "tango") == [("ktp-el-wni", "B1", 2)]
        assert cards.loaded_types(conn, "tango") == ["ktp-el-wni"]
        assert cards.balance(conn) == {"ktp-el-wni": {"loaded": 2, "reserved": 1, "fed": 1}}


# ------------------------------------------------------------------------------- feeds, questions, units
def test_a_job_moves_once_at_a_time(store: Store) -> None:
    values = {"printer": "tango", "session": "s", "counter_kind": "none"}
    with store.write() as tx:
        one = feeds.add(tx, job="J", card="C", **values)
    with pytest.raises(IntegrityError), store.write() as tx:
        feeds.add(tx, job="J", card="D", **values)
    with store.write() as tx:
        feeds.change(tx, one, settled_at=tx.at, errors="media-jam,cover-open")
        two = feeds.add(tx, job="J", card="D", **values)
    with store.read() as conn:
        assert [f.id for f in feeds.unsettled(conn, printer="tango")] == [two]
        assert feeds.unsettled(conn, printer="enduro") == []
        assert feeds.get(conn, one).errors == ("media-jam", "cover-open")
        last = feeds.last_of_job(conn, "J")
        assert last is not None and last.id == two
        assert feeds.last_of_job(conn, "K") is None


def test_a_question_is_closed_once_and_for_good(store: Store) -> None:
    with store.write() as tx:
        name = questions.add(tx, QuestionReason.HAND_OVER, HAND_OVER_PAIRS, card="C", job="J")
    with store.write() as tx:
        assert questions.close(tx, name, {"card": "printed"})
        assert not questions.close(tx, name, {"card": "spoiled"})
    with store.read() as conn:
        found = questions.get(conn, name)
        assert found is not None and found.answer == {"card": "printed"}
        assert found.offers == HAND_OVER_PAIRS
        assert questions.open_ones(conn) == []
        assert jobs.open_question(conn, "J") is None


def test_a_unit_is_met_once_and_its_sum_only_grows_once_it_began(store: Store) -> None:
    with store.write() as tx:
        units.meet(tx, "S1", "tango2e", False)
        units.explain(tx, "S1", 1)
    with store.read() as conn:
        found = units.get(conn, "S1")
    assert found is not None and found.expected is None and found.difference == 0
    with store.write() as tx:
        units.change(tx, "S1", expected=10, seen=12)
        units.meet(tx, "S1", "enduro", True)
        units.explain(tx, "S1", 1)
    with store.read() as conn:
        found = units.get(conn, "S1")
    assert found is not None
    assert (found.expected, found.model) == (11, "tango2e")
    assert found.difference == 1


def test_whether_a_unit_keeps_its_job_is_as_said_last_but_never_taken_back_while_something_is_due(
    store: Store,
) -> None:
    said = (
        # (discard_due, said before, said now) -> what counts
        ((0, False, True), True),
        ((0, True, False), False),
        ((1, True, False), True),
        ((1, False, True), True),
        ((1, False, False), False),
    )
    for number, ((due, before, now), counts) in enumerate(said):
        serial = f"S{number}"
        with store.write() as tx:
            units.meet(tx, serial, "tango2e", before)
            units.change(tx, serial, discard_due=due)
            units.meet(tx, serial, "tango2e", now)
            found = units.get(tx.conn, serial)
        assert found is not None and found.holds_job is counts, (due, before, now)


def test_a_printers_row_is_made_at_the_first_word_of_it(store: Store) -> None:
    with store.read() as conn:
        assert not units.is_paused(conn, "tango") and units.serial_at(conn, "tango") is None
    with store.write() as tx:
        units.set_printer(tx, "tango", paused=1)
        units.set_printer(tx, "tango", serial="S1")
        units.set_printer(tx, "tango")
    with store.read() as conn:
        assert units.is_paused(conn, "tango") and units.serial_at(conn, "tango") == "S1"
