"""The Evolis family: how one of its printers is asked, fed, watched and cleared."""

from __future__ import annotations

from drivers.contract import Clock, Driver, WrongDevice
from drivers.models import Model
from drivers.transports.port import Port


def attach(port: Port, model: Model, clock: Clock, busy_wait_s: float) -> Driver:
    """A driver on an open port."""
    raise WrongDevice(f"{model.name}: the family is being built")
