"""The beginning of a card: as much of it as draws a card and prints nothing on it.

For `printer calibrate`, which looks at the witnesses while a card stands inside: a counter that has moved by then
counts cards that are drawn, one that has not counts cards that come out (or sides that are printed). What follows
it is a `discard`, as after any card that was broken off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from drivers.contract import Staged
from drivers.models import Model


def _magicard(staged: Staged, model: Model) -> Staged:
    """The first page's header, and too little of its first plane to print a line of it."""
    header, body = staged.payload[:2]
    return Staged((header, body[:64]), sides=1)


def _evolis(staged: Staged, model: Model) -> Staged:
    """Set-up and start, which bring the card to the head."""
    facts = model.evolis
    return Staged(staged.payload[: len(facts.setup) + len(facts.start)], sides=1)


def _matica(staged: Staged, model: Model) -> Staged:
    """The first command, which loads a card."""
    return Staged(staged.payload[:2], sides=1)


_BEGINNINGS: Mapping[str, Callable[[Staged, Model], Staged]] = MappingProxyType(
    {"evolis": _evolis, "magicard": _magicard, "matica": _matica}
)


def beginning(staged: Staged, model: Model) -> Staged | None:
    """That part of a staged card; None for a family whose cards cannot be sent in parts."""
    cut = _BEGINNINGS.get(model.family)
    return cut(staged, model) if cut is not None else None
