"""Bugs planted in the driver of queues, one at a time, as `planted.py` has them for the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from drivers.ipp import driver, release
from drivers.ipp.driver import IppDriver
from drivers.ipp.following import Following, Sight
from drivers.ipp.seen import JobSeen

Plant = Callable[[pytest.MonkeyPatch], None]


def too_short_a_run_believed(patch: pytest.MonkeyPatch) -> None:
    """§9.5: a backend that was killed ends as *completed*, too."""
    patch.setattr(Following, "_unproved", lambda self, now: None)


def second_run_not_noticed(patch: pytest.MonkeyPatch) -> None:
    """§9.4 and §9.8: what is held or waits again after its run is taken for one that goes on."""

    def oddity(self: Any, job: JobSeen | None) -> Sight | None:
        self._first_run = None if job is None else job.run
        return None if job is not None else found(self, job)

    found = Following._oddity
    patch.setattr(Following, "_oddity", oddity)


def not_found_taken_as_not_printed(patch: pytest.MonkeyPatch) -> None:
    """§9.6."""
    discard = IppDriver.discard

    def forgiving(self: Any) -> None:
        laid = self._laid
        gone = laid is not None and self._dialogue.job(laid.id) is None
        discard(self)
        self._never_ran = self._never_ran or gone

    patch.setattr(IppDriver, "discard", forgiving)


def queue_left_without_discard(patch: pytest.MonkeyPatch) -> None:
    """§9.7."""

    def nothing(self: Any) -> None:
        self._memory.discarding()
        self._laid = self._following = None
        self._memory.settle()

    patch.setattr(IppDriver, "discard", nothing)


def watch_goes_on_over_a_new_connection(patch: pytest.MonkeyPatch) -> None:
    """§9.9: the queue that answers there may have started anew."""
    look = IppDriver._look_in_hand

    def afresh(self: Any, following: Following) -> Any:
        return self._afresh(lambda: look(self, following))

    patch.setattr(IppDriver, "_look_in_hand", afresh)


def a_lost_answer_taken_as_nothing_happened(patch: pytest.MonkeyPatch) -> None:
    """§9.3: what has begun unseen may have run before."""

    def act(dialogue: Any, port: Any, clock: Any, model: Any, memory: Any, laid: Any) -> bool:
        released(dialogue, port, clock, model, memory, laid)
        return True

    released = release.release
    patch.setattr(driver, "release", act)


PLANTED: Mapping[str, Plant] = {
    plant.__name__: plant
    for plant in (
        too_short_a_run_believed,
        second_run_not_noticed,
        not_found_taken_as_not_printed,
        queue_left_without_discard,
        watch_goes_on_over_a_new_connection,
        a_lost_answer_taken_as_nothing_happened,
    )
}
