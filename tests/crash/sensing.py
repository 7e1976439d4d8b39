"""A driver for the test models that have a path sensor, which no known device of the family has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from drivers import Before, Clock, Model, Outcome
from drivers.magicard.driver import MagicardDriver
from drivers.transports.port import Port


class SensingDriver(MagicardDriver):
    """The family's driver, with one more witness: whether a card lies in the path."""

    def __init__(self, port: Port, model: Model, clock: Clock, path: Callable[[], bool]) -> None:
        super().__init__(port, model, clock)
        self._path = path

    def outcome(self, before: Before) -> Outcome:
        seen = super().outcome(before)
        self._port.device_id()  # the sensor is at the other end of the cable, too
        return replace(seen, path=self._path())


def attach(
    port: Port, model: Model, clock: Clock, busy_wait_s: float, path: Callable[[], bool]
) -> MagicardDriver:
    """As `drivers.attach`, for a model with or without the sensor."""
    driver = (
        SensingDriver(port, model, clock, path)
        if model.path_sensor
        else MagicardDriver(port, model, clock)
    )
    driver.check_model()
    driver.open(busy_wait_s)
    return driver
