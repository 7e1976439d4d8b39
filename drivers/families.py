"""Which families there are: the word in a model file, and how one of its printers is attached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from drivers.contract import Clock, Driver
from drivers.models import Model
from drivers.transports.port import Port

Attach = Callable[[Port, Model, Clock, float], Driver]


def _magicard(port: Port, model: Model, clock: Clock, busy_wait_s: float) -> Driver:
    # Its packing wants numpy, 119 ms to import (performance.md §9), which the station's start need not pay.
    from drivers.magicard.driver import attach

    return attach(port, model, clock, busy_wait_s)


def _evolis(port: Port, model: Model, clock: Clock, busy_wait_s: float) -> Driver:
    from drivers.evolis.driver import attach

    return attach(port, model, clock, busy_wait_s)


def _matica(port: Port, model: Model, clock: Clock, busy_wait_s: float) -> Driver:
    from drivers.matica.driver import attach

    return attach(port, model, clock, busy_wait_s)


FAMILIES: Mapping[str, Attach] = MappingProxyType(
    {
        "evolis": _evolis,
        "magicard": _magicard,
        "matica": _matica,
    }
)
