"""Which families there are: the word in a model file, and how one of its printers is attached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from drivers.contract import Clock, Driver
from drivers.evolis.explain import explain as explain_evolis
from drivers.evolis.skim import EvolisSkimmer
from drivers.ipp.explain import explain as explain_ipp
from drivers.magicard.explain import explain as explain_magicard
from drivers.magicard.skim import MagicardSkimmer
from drivers.matica.explain import explain as explain_matica
from drivers.matica.skim import MaticaSkimmer
from drivers.meaning import Explain, Meaning
from drivers.models import Model
from drivers.transports import open_queue
from drivers.transports.port import Port
from drivers.transports.recorder import Skimmer

Attach = Callable[[Port, Model, Clock, float], Driver]


def _ipp(port: Any, model: Model, clock: Clock, busy_wait_s: float) -> Driver:
    from drivers.ipp.driver import attach

    return attach(port, model, clock, busy_wait_s)


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
        "ipp": _ipp,
        "magicard": _magicard,
        "matica": _matica,
    }
)

_EXPLAIN: Mapping[str, Explain] = MappingProxyType(
    {
        "evolis": explain_evolis,
        "ipp": explain_ipp,
        "magicard": explain_magicard,
        "matica": explain_matica,
    }
)


def explain(family: str, raw: str) -> tuple[Meaning, ...]:
    """Each byte, code and text of a `Status.raw` of this family, beside the row that it maps to."""
    return _EXPLAIN[family](raw)


#: What of a cable's bytes is a picture; of a family that is not here everything counts as one.
SKIMMERS: Mapping[str, Callable[[Model], Skimmer]] = MappingProxyType(
    {
        "evolis": EvolisSkimmer,
        "magicard": lambda model: MagicardSkimmer(),
        "matica": lambda model: MaticaSkimmer(),
    }
)

#: How the address of a printer is opened where it is not a cable: `attach` of that family takes what comes.
OPENERS: Mapping[str, Callable[[str], Any]] = MappingProxyType({"ipp": open_queue})
