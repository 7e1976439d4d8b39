"""Which families there are: the word in a model file, how one of its printers is attached, and what else of a family
the rest of the house asks for. A row a family: nobody else compares a family's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from drivers.contract import Clock, Driver, Staged
from drivers.evolis.beginning import beginning as begin_evolis
from drivers.evolis.explain import explain as explain_evolis
from drivers.evolis.skim import EvolisSkimmer
from drivers.ipp.explain import explain as explain_ipp
from drivers.magicard.beginning import beginning as begin_magicard
from drivers.magicard.explain import explain as explain_magicard
from drivers.magicard.skim import MagicardSkimmer
from drivers.matica.beginning import beginning as begin_matica
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


_BEGIN: Mapping[str, Callable[[Staged, Model], Staged]] = MappingProxyType(
    {
        "evolis": begin_evolis,
        "magicard": begin_magicard,
        "matica": begin_matica,
    }
)


def beginning(staged: Staged, model: Model) -> Staged | None:
    """As much of a staged card as draws it and prints nothing on it; None where cards cannot be sent in parts.

    For `printer calibrate`, which looks at the witnesses while a card stands inside: a counter that has moved by
    then counts cards that are drawn, one that has not counts cards that come out (or sides that are printed). What
    follows it is a `discard`, as after any card that was broken off.
    """
    begin = _BEGIN.get(model.family)
    return begin(staged, model) if begin is not None else None


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
#: Which may speak over a bare line, whose ids say nothing of the printer behind it (evolis.md §2).
LINE_FAMILIES = frozenset({"evolis"})
