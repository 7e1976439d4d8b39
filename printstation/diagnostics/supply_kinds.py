"""What printers call their ribbons and films, as one of a few words: for labels, and for what people read."""

from __future__ import annotations

OTHER = "other"
#: What a family calls its supplies, and what an IPP queue may call them, comes down to these.
SUPPLIES = ("ribbon", "film", "hopper")


def supply_kind(name: str) -> str:
    """The first of the words that stands in a supply's name, else `other`."""
    return next((kind for kind in SUPPLIES if kind in name.casefold()), OTHER)
