"""Physics goes on without a host: who is due wakes the heartbeat, and in which order things happen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from simulator.heartbeat import Heartbeat
from simulator.simclock import SimClock
from tests.contract.cable_kit import EchoPrinter


class Timed(EchoPrinter):
    """Has things to do at fixed moments and writes down when it did them."""

    def __init__(self, trace: list[str], *due: float) -> None:
        super().__init__()
        self.trace = trace
        self.due = list(due)

    def next_due(self, now: float) -> float | None:
        return self.due[0] if self.due else None

    def advance(self, now: float) -> None:
        while self.due and self.due[0] <= now:
            self.trace.append(f"did {self.due.pop(0):g}")


def test_devices_move_by_themselves() -> None:
    trace: list[str] = []

    async def scene() -> None:
        done = asyncio.Event()
        clock = SimClock(1000.0)
        devices = [Timed(trace, 5, 9), Timed(trace, 7, 20)]
        heartbeat = Heartbeat(devices, clock, lambda: None)
        heartbeat.follow(lambda now: None if any(d.due for d in devices) else done.set())
        heartbeat.beat()
        await asyncio.wait_for(done.wait(), 5)
        heartbeat.stop()

    asyncio.run(scene())
    assert sorted(trace) == ["did 20", "did 5", "did 7", "did 9"]


def test_the_world_is_saved_before_the_followers_hear() -> None:
    trace: list[str] = []

    async def scene() -> None:
        heartbeat = Heartbeat([Timed(trace, 0.0)], SimClock(), lambda: trace.append("saved"))
        heartbeat.follow(lambda now: trace.append("told"))
        heartbeat.beat()
        heartbeat.stop()

    asyncio.run(scene())
    assert trace == ["did 0", "saved", "told"]


def test_an_earlier_moment_replaces_a_later_one() -> None:
    async def scene() -> list[float]:
        due: list[float] = []
        loop = asyncio.get_running_loop()
        clock = SimClock(1.0, lambda: 0.0)
        heartbeat = Heartbeat([], clock, lambda: None)
        real = loop.call_later

        def noted(delay: float, act: Callable[[], None]) -> asyncio.TimerHandle:
            due.append(delay)
            return real(delay, act)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loop, "call_later", noted)
            for moment in (50.0, 70.0, 20.0, None, 20.0):
                heartbeat.expect(moment)
        heartbeat.stop()
        return due

    assert asyncio.run(scene()) == [50, 20]
