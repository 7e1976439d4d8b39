"""The one place that reads time. No test here waits longer than a few milliseconds."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from printstation.clock import SystemClock, rfc3339


def test_wall_time_is_aware_and_never_scaled() -> None:
    before = datetime.now(UTC)
    now = SystemClock(1000).now()
    assert now.tzinfo is UTC
    assert before <= now <= datetime.now(UTC)


def test_speed_scales_what_is_waited_for() -> None:
    clock = SystemClock(1000)
    began, real = clock.monotonic(), time.monotonic()
    clock.sleep(2.0)
    assert clock.monotonic() - began >= 2.0
    assert time.monotonic() - real < 1.0


def test_a_negative_wait_is_none() -> None:
    SystemClock().sleep(-1)
    assert not SystemClock().wait(threading.Event(), -1)


def test_a_wait_ends_when_the_flag_is_up() -> None:
    clock = SystemClock()
    signal = clock.signal()
    assert not clock.wait(signal, 0.001)
    signal.set()
    assert clock.wait(signal, 60)
    signal.clear()
    assert not signal.is_set()


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 24, 1, 2, 3, 456789, UTC), "2026-11-24T01:02:03.456Z"),
        (datetime(2026, 11, 24, tzinfo=UTC), "2026-11-24T00:00:00.000Z"),
        (
            datetime(2026, 11, 24, 1, tzinfo=timezone(timedelta(hours=7))),
            "2026-11-23T18:00:00.000Z",
        ),
    ],
)
def test_every_stored_time_is_utc_with_milliseconds(moment: datetime, text: str) -> None:
    assert rfc3339(moment) == text
