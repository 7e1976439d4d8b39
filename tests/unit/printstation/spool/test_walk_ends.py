"""Walks that end otherwise: canceled on the way, a test card, a job that cannot be drawn."""

from __future__ import annotations

import pytest

import layouts
from drivers import FeedBroken
from printstation.acts import jobs as job_acts
from printstation.refusals import Refusal
from printstation.seal import SealBroken
from tests.unit.printstation.acts.kit import ANEW
from tests.unit.printstation.spool.rig import Rig
from tests.unit.printstation.spool.scripted import Story


# ------------------------------------------------------------------------------- cancel
def test_a_cancel_before_the_feed_is_quicker(rig: Rig) -> None:
    job = rig.office.submit()

    rig.while_drawn[job] = lambda: job_acts.cancel(rig.store, job, ANEW, "ani")
    rig.run(rig.after(2))
    assert rig.office.states(job) == ("canceled", None)
    assert rig.device.fed == 0
    assert rig.office.balance() == {"loaded": 5}


def test_a_cancel_while_the_card_moves_withholds_it(rig: Rig) -> None:
    def cancel() -> None:
        job_acts.cancel(rig.store, job, ANEW, "ani")

    rig.device.stories.append(Story(during=cancel))
    job = rig.office.submit()
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "printed")
    assert rig.office.job(job).cancel_requested
    question = rig.office.question()
    assert question.reason == "hand-over"
    rig.office.answer("spoiled", None, "other")
    assert rig.office.states(job) == ("completed", "spoiled")


def test_a_cancel_of_a_card_that_never_left_ends_its_job(rig: Rig) -> None:
    def cancel() -> None:
        job_acts.cancel(rig.store, job, ANEW, "ani")

    rig.device.stories.append(Story(broken=FeedBroken("refused"), offered=0, during=cancel))
    job = rig.office.submit()
    rig.run(rig.ended(job))
    assert rig.office.job(job).state == "canceled"
    assert rig.office.balance() == {"loaded": 5}


# ------------------------------------------------------------------------------- jobs of another kind
def test_a_test_card_ends_spoiled(rig: Rig) -> None:
    job = rig.office.submit(reason="test")
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "spoiled")
    found = rig.office.job(job)
    assert found.card is not None and rig.office.card(found.card).cause == "test"


@pytest.mark.parametrize(
    "error",
    [
        layouts.LayoutError("gone"),
        Refusal("payload-erased", "gone"),
        SealBroken("of another station"),
    ],
    ids=["layout", "payload", "seal"],
)
def test_a_job_that_cannot_be_drawn_is_set_aside_and_the_queue_goes_on(
    rig: Rig, error: Exception
) -> None:
    first = rig.office.submit()
    second = rig.office.submit()
    rig.undrawable[first] = error
    rig.run(rig.ended(second))
    assert rig.office.states(first) == ("pending-held", None)
    assert rig.office.job(first).waits_because == "cannot-be-drawn"
    assert rig.office.states(second) == ("completed", "printed")


def test_a_cancel_while_a_job_turns_out_undrawable_is_no_mistake_of_ours(rig: Rig) -> None:
    first, second = rig.office.submit(), rig.office.submit()

    rig.while_drawn[first] = lambda: job_acts.cancel(rig.store, first, ANEW, "ani")
    rig.undrawable[first] = layouts.LayoutError("gone")
    rig.run(rig.ended(second))
    assert "worker-stopped" not in rig.reasons()
    assert rig.office.states(first) == ("canceled", None)
    assert rig.office.states(second) == ("completed", "printed")
