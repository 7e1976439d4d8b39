"""The simulated time never jumps, whatever is done to its speed."""

from __future__ import annotations

import pytest

from simulator.simclock import MAX_SPEED, SimClock, SpeedError


class Real:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_new_speed_goes_on_from_the_present_moment() -> None:
    real = Real()
    clock = SimClock(2.0, real)
    real.now += 10
    assert clock.now() == 20
    clock.set_speed(0.5)
    assert clock.now() == 20
    real.now += 10
    assert clock.now() == 25
    assert clock.real_delay(26) == 2
    assert clock.real_delay(24) == 0


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan"), MAX_SPEED * 2])
def test_what_is_no_speed(speed: float) -> None:
    clock = SimClock()
    with pytest.raises(SpeedError, match="give more than 0"):
        clock.set_speed(speed)
    assert clock.speed == 1
    with pytest.raises(SpeedError):
        SimClock(speed)
