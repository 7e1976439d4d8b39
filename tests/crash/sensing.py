"""The families' drivers, which keep what they staged; and a path sensor for test models of a family without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from drivers import Before, Clock, Face, Model, Outcome, Staged
from drivers.evolis.driver import EvolisDriver
from drivers.evolis.staging import stage_card as stage_evolis
from drivers.ipp.driver import IppDriver
from drivers.ipp.staging import stage_card as stage_queue
from drivers.magicard.driver import MagicardDriver
from drivers.magicard.staging import stage_card as stage_magicard
from drivers.matica.driver import MaticaDriver
from drivers.matica.staging import stage_card as stage_matica
from drivers.transports.http import HttpPort
from drivers.transports.port import Port

#: Staged cards by the pictures that they were made of, which are kept beside them.
_staged: dict[tuple[str, tuple[int, ...]], tuple[tuple[Face, ...], Staged]] = {}
MOST_KEPT = 512

STAGE: Mapping[str, Callable[[Model, Sequence[Face]], Staged]] = {
    "magicard": stage_magicard,
    "evolis": stage_evolis,
    "matica": stage_matica,
    "ipp": stage_queue,
}


def stage(model: Model, faces: Sequence[Face]) -> Staged:
    """What the family's `stage` gives: it is pure, and references come again."""
    key = model.name, tuple(id(face) for face in faces)
    if key not in _staged:
        if len(_staged) >= MOST_KEPT:
            _staged.clear()
        _staged[key] = tuple(faces), STAGE[model.family](model, faces)
    return _staged[key][1]


class KeepingDriver(MagicardDriver):
    """The family's driver, that keeps what it staged."""

    def __init__(self, port: Port, model: Model, clock: Clock) -> None:
        super().__init__(port, model, clock)
        self._kept_model = model

    def stage(self, faces: Sequence[Face]) -> Staged:
        return stage(self._kept_model, faces)


class SensingDriver(KeepingDriver):
    """The family's driver, with one more witness: whether a card lies in the path."""

    def __init__(self, port: Port, model: Model, clock: Clock, path: Callable[[], bool]) -> None:
        super().__init__(port, model, clock)
        self._path = path

    def outcome(self, before: Before) -> Outcome:
        seen = super().outcome(before)
        self._port.device_id()  # the sensor is at the other end of the cable, too
        return replace(seen, path=self._path())


class _Keeps:
    """Goes before a family's driver, which then keeps what it staged."""

    _model: Model

    def stage(self, faces: Sequence[Face]) -> Staged:
        return stage(self._model, faces)


class KeepingEvolis(_Keeps, EvolisDriver):
    """That family's."""


class KeepingMatica(_Keeps, MaticaDriver):
    """That family's."""


class KeepingQueue(_Keeps, IppDriver):
    """That family's."""


# ------------------------------------------------------------------------------- as `drivers.attach`
def attach(
    port: Port, model: Model, clock: Clock, busy_wait_s: float, path: Callable[[], bool]
) -> MagicardDriver:
    """For a model with or without the sensor, which no known device of the family has."""
    driver = (
        SensingDriver(port, model, clock, path)
        if model.path_sensor
        else KeepingDriver(port, model, clock)
    )
    driver.check_model()
    driver.open(busy_wait_s)
    return driver


def attach_evolis(
    port: Port, model: Model, clock: Clock, busy_wait_s: float, path: Callable[[], bool]
) -> EvolisDriver:
    """The device's own sensor answers, where the model says that it has one."""
    driver = KeepingEvolis(port, model, clock)
    driver.check_ids()
    driver.open(busy_wait_s)
    return driver


def attach_matica(
    port: Port, model: Model, clock: Clock, busy_wait_s: float, path: Callable[[], bool]
) -> MaticaDriver:
    """The device's own sensor answers; the class has no other look at a card."""
    driver = KeepingMatica(port, model, clock)
    driver.check_ids()
    driver.open(busy_wait_s)
    return driver


def attach_queue(
    port: HttpPort, model: Model, clock: Clock, busy_wait_s: float, path: Callable[[], bool]
) -> IppDriver:
    """A queue tells of no card inside."""
    driver = KeepingQueue(port, model, clock)
    driver.open(busy_wait_s)
    return driver
