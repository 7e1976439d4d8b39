"""Where a card lies for a count: five places, each a set of states; a hopper is one for each printer.

A card that moves, was handed over, is lent, returned, missing or destroyed lies nowhere here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from printstation.lifecycle.card import CardState


class PlaceKind(StrEnum):
    """The words of a count's `place`; a hopper's is followed by its printer's name."""

    STORE = "store"
    HOPPER = "hopper"
    ENCODED = "encoded"
    SHELF = "shelf"
    SPOILED = "spoiled"


STATES: dict[PlaceKind, frozenset[CardState]] = {
    PlaceKind.STORE: frozenset({CardState.STORED}),
    PlaceKind.HOPPER: frozenset({CardState.LOADED, CardState.RESERVED}),
    PlaceKind.ENCODED: frozenset({CardState.ENCODED}),
    PlaceKind.SHELF: frozenset({CardState.PRINTED, CardState.ACCEPTED}),
    PlaceKind.SPOILED: frozenset({CardState.SPOILED}),
}
_KIND = {state: kind for kind, states in STATES.items() for state in states}
#: Where blanks lie. They are counted at every close, and one of them is like another.
BLANKS = frozenset({PlaceKind.STORE, PlaceKind.HOPPER})


@dataclass(frozen=True)
class Place:
    """One place; a hopper has its printer."""

    kind: PlaceKind
    printer: str | None = None

    def __str__(self) -> str:
        return str(self.kind) if self.printer is None else f"{self.kind}:{self.printer}"


def parse(text: str) -> Place | None:
    """`store`, `hopper:NAME`, `encoded`, `shelf` or `spoiled`; None for anything else."""
    kind, colon, printer = text.partition(":")
    if kind not in set(PlaceKind) or bool(colon) != (kind == PlaceKind.HOPPER):
        return None
    if colon and not printer:
        return None
    return Place(PlaceKind(kind), printer or None)


def place_of(state: CardState | str | None, printer: str | None) -> Place | None:
    """Where a card in this state lies; `printer` is that of its row or of the entry that moved it."""
    kind = None if state is None else _KIND.get(CardState(state))
    if kind is None:
        return None
    return Place(kind, printer) if kind is PlaceKind.HOPPER else Place(kind)
