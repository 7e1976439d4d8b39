"""The next card, drawn while the last one prints; and which of the queue that should be.

Printers of one queue draw different cards: each passes over those that others should take before it is free. Only a
guess, from what their last cards took. It moves nothing: who is free first takes the first job, and draws it then if
the guess was wrong.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from drivers import Staged


@dataclass(frozen=True)
class Ahead:
    """A card rendered and packed. A peek: no state has moved."""

    job: str
    staged: Staged


@dataclass(frozen=True)
class _End:
    """When a printer's card should be out, and which card types it prints."""

    at: float
    card_types: frozenset[str]


@dataclass
class Ends:
    """When each printer's card should be out. One for the whole station; every worker tells its own."""

    _ends: dict[str, _End] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def before(self, printer: str, card_types: Iterable[str], now: float, at: float) -> int:
        """How many other printers of any of these types should be free before `at`, when this one should be.

        One that is overdue does not count: it stands, or has nothing to do.
        """
        mine = _End(at, frozenset(card_types))
        with self._lock:
            self._ends[printer] = mine
            return sum(
                now <= end.at < at and not end.card_types.isdisjoint(mine.card_types)
                for name, end in self._ends.items()
                if name != printer
            )
