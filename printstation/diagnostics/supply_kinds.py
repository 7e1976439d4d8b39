"""Ribbons and films as printers tell of them: one of a few words for each, and when one is nearly used up."""

from __future__ import annotations

OTHER = "other"
#: What a family calls its supplies, and what an IPP queue may call them, comes down to these.
SUPPLIES = ("ribbon", "film", "hopper")
#: A tenth of a ribbon of 300 lasts an hour of a busy morning.
LOW = 0.1


def supply_kind(name: str) -> str:
    """The first of the words that stands in a supply's name, else `other`."""
    return next((kind for kind in SUPPLIES if kind in name.casefold()), OTHER)


def is_low(remaining: int, capacity: int | None) -> bool:
    """Whether a new one should be at hand; never where the whole is not known."""
    return bool(capacity) and remaining <= LOW * (capacity or 0)
