"""A driver for the test models that have a path sensor, which no known device of the family has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from drivers import Before, Clock, Face, Model, Outcome, Staged
from drivers.magicard.driver import MagicardDriver
from drivers.magicard.staging import stage_card
from drivers.transports.port import Port

#: Staged cards by the pictures that they were made of, which are kept beside them.
_staged: dict[tuple[str, tuple[int, ...]], tuple[tuple[Face, ...], Staged]] = {}
MOST_KEPT = 512


class KeepingDriver(MagicardDriver):
    """The family's driver; what it staged once it keeps, since `stage` is pure and references come again."""

    def __init__(self, port: Port, model: Model, clock: Clock) -> None:
        super().__init__(port, model, clock)
        self._kept_model = model

    def stage(self, faces: Sequence[Face]) -> Staged:
        key = self._kept_model.name, tuple(id(face) for face in faces)
        if key not in _staged:
            if len(_staged) >= MOST_KEPT:
                _staged.clear()
            _staged[key] = tuple(faces), stage_card(self._kept_model, faces)
        return _staged[key][1]


class SensingDriver(KeepingDriver):
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
        else KeepingDriver(port, model, clock)
    )
    driver.check_model()
    driver.open(busy_wait_s)
    return driver
