"""Bugs planted in what an office does rarely, one at a time: the judge of `whole_office.py` is judged by them.

Each row patches production code with pytest's monkeypatch; nothing here is imported by the product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from printstation.acts import corrections, encoding, handover, loans, outside, quality
from printstation.acts.request import Done, Request
from printstation.lifecycle.steps import Step
from printstation.spool import slips as slip_loop
from printstation.store import cards, jobs
from printstation.store.engine import Store, Tx
from printstation.store.steps import take
from tests.crash.encoder import CARD_TYPE

Patch = pytest.MonkeyPatch


class _Instead:
    """A module with one function replaced, for one caller."""

    def __init__(self, module: Any, **functions: Any) -> None:
        self._module = module
        self.__dict__.update(functions)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def answers_not_remembered(patch: Patch) -> None:
    """A request whose answer was lost is carried out once more, or refused though it was done."""

    def once(store: Store, request: Request, act: Callable[[Tx], dict[str, Any]]) -> Done:
        with store.write() as tx:
            return Done(act(tx), replayed=False)

    for module in (corrections, encoding, handover, loans, outside):
        patch.setattr(module, "once", once)


def found_card_beside_its_successor(patch: Patch) -> None:
    """A lost card that is found counts again, though its resident has another one by now."""

    def get(conn: Any, identity: str) -> Any:
        found = jobs.get(conn, identity)
        return None if found is None else replace(found, replaced=False)

    patch.setattr(corrections, "jobs", _Instead(jobs, get=get))


def one_blank_too_many(patch: Patch) -> None:
    """Borrowing enters a blank that nobody brought."""

    def add_batch(tx: Tx, count: int, **kind: Any) -> list[str]:
        return cards.add_batch(tx, count + 1, **kind)

    patch.setattr(loans, "cards", _Instead(cards, add_batch=add_batch))


def copy_that_does_not_say_so(patch: Patch) -> None:
    """A slip that may be out already comes again as if it were the first."""
    render = slip_loop._render

    def plain(slip: Any, *others: Any) -> bytes:
        return render(replace(slip, tries=0), *others)

    patch.setattr(slip_loop, "_render", plain)


def slip_finished_before_it_came_out(patch: Patch) -> None:
    """*Unsure* counts as printed."""
    patch.setattr(slip_loop, "MOST_TRIES", 0)
    end = slip_loop.SlipWorker._finish
    patch.setattr(slip_loop.SlipWorker, "_finish", lambda self, slip, sure: end(self, slip, True))


def encoded_card_for_whoever_waits(patch: Patch) -> None:
    """A scan calls a card for another resident's job."""

    def of_resident(conn: Any, resident: bytes) -> Any:
        waiting = jobs.page(conn, states=("pending",))
        return next((job for job in waiting if job.card_type == CARD_TYPE), None)

    patch.setattr(encoding, "jobs", _Instead(jobs, of_resident=of_resident))


def number_not_compared_at_the_check(patch: Patch) -> None:
    """Another body with this resident's data is accepted as his."""

    def accepted(tx: Tx, card: Any, card_types: Any, said: quality.Checked) -> None:
        take(tx, Step.ACCEPT, job=card.job, card=card.id, by=said.by)

    patch.setattr(quality, "_another", accepted)


PLANTED: Mapping[str, Callable[[Patch], None]] = {
    plant.__name__: plant
    for plant in (
        answers_not_remembered,
        found_card_beside_its_successor,
        one_blank_too_many,
        copy_that_does_not_say_so,
        slip_finished_before_it_came_out,
        encoded_card_for_whoever_waits,
        number_not_compared_at_the_check,
    )
}
