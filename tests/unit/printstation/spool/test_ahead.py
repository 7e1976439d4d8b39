"""Drawing ahead: the card that is due next, and with several printers of one queue a different one at each."""

from __future__ import annotations

from drivers import Face, Model
from printstation.spool import pick
from printstation.spool.ahead import Ends
from printstation.store.jobs import Job
from tests.unit.printstation.acts.kit import KTP, TANGO
from tests.unit.printstation.spool.rig import Rig


def drawn(rig: Rig) -> list[str]:
    """The jobs in the order in which they are drawn from now on."""
    found: list[str] = []

    def paint(job: Job, _model: Model) -> list[Face]:
        found.append(job.id)
        return []

    rig.desk.paint = paint
    return found


def test_who_should_be_free_first_is_counted_among_those_of_the_same_cards() -> None:
    ends = Ends()
    assert ends.before("a", [KTP, "kia"], now=0.0, at=30.0) == 0
    assert ends.before("b", [KTP], now=0.0, at=20.0) == 0, "a is free after b"
    assert ends.before("c", [KTP], now=0.0, at=40.0) == 2
    assert ends.before("d", ["other"], now=0.0, at=50.0) == 0, "none of them prints these"
    assert ends.before("b", [KTP], now=20.5, at=41.0) == 2, "a and c; its own old guess is gone"


def test_a_printer_that_is_overdue_takes_no_place_in_the_queue() -> None:
    ends = Ends()
    ends.before("dead", [KTP], now=0.0, at=10.0)
    assert ends.before("tango", [KTP], now=10.0, at=30.0) == 1
    assert ends.before("tango", [KTP], now=10.1, at=30.0) == 0


def test_alone_each_card_is_drawn_once_and_while_the_one_before_prints(rig: Rig) -> None:
    found = drawn(rig)
    jobs = [rig.office.submit() for _ in range(3)]
    rig.run(rig.ended(*jobs))
    assert found == jobs


def test_what_another_printer_should_take_is_left_to_it(rig: Rig) -> None:
    found = drawn(rig)
    first, second, third = (rig.office.submit() for _ in range(3))
    rig.desk.ends.before("zenius", [KTP], now=0.0, at=rig.model.typical_s - 1.0)
    rig.run(lambda: found[-1:] == [third])
    assert found == [first, third]
    assert rig.office.states(second) == ("pending", None)


def test_a_wrong_guess_changes_no_order_and_costs_a_drawing(rig: Rig) -> None:
    found = drawn(rig)
    jobs = [rig.office.submit() for _ in range(3)]
    rig.desk.ends.before("zenius", [KTP], now=0.0, at=rig.model.typical_s - 1.0)
    rig.run(rig.ended(*jobs))
    assert [job for job in found if found.count(job) == 1] == jobs[:2]
    assert [rig.office.states(job) for job in jobs] == [("completed", "printed")] * 3
    cards = [rig.office.job(job).card for job in jobs]
    assert cards == sorted(map(str, cards)), "the oldest job still got the oldest blank"


def test_a_job_of_this_very_printer_is_left_to_nobody(rig: Rig) -> None:
    shared, own = rig.office.submit(), rig.office.submit(only_printer=TANGO)

    def due(others: int) -> str | None:
        with rig.store.read() as conn:
            job = pick.peek(conn, TANGO, [KTP], others=others)
        return job.id if job else None

    assert [due(others) for others in range(3)] == [shared, own, own]
