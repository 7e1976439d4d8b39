"""The lifetime counters of a Magicard, as far as a unit answers for them."""

from __future__ import annotations

import pytest

from drivers import Condition, Counters, DeviceGone, attach
from drivers.magicard.dialogue import QUERY_TRIES
from tests.unit.drivers.magicard_kit import Printer, Time, tiny


def test_a_unit_that_does_not_answer_its_counter_has_none_and_stays_held() -> None:
    clock = Time()
    printer = Printer(clock)
    driver = attach(printer, tiny(), clock, 0)
    assert driver.counters() == Counters(41, 9, 2)
    printer.values["TCP"] = "lots"
    assert driver.counters() == Counters(41, None, 2), (
        "what is strange is none, what is told is told"
    )
    printer.mute = {"TCQ"}
    start = clock.now
    assert driver.counters() == Counters()
    assert clock.now - start <= (QUERY_TRIES + 1) * tiny().reply_s, "the others are not asked"
    assert driver.status().condition is Condition.READY
    printer.gone = True
    with pytest.raises(DeviceGone):
        driver.counters()
