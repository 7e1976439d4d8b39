"""Markers of a queue as supplies. Pure."""

from __future__ import annotations

from drivers.contract import Supply
from drivers.ipp.seen import PrinterSeen, texts

#: Levels are per cent; below 0 the queue tells nothing (PWG 5100.13).
FULL = 100


def supplies_of(printer: PrinterSeen) -> tuple[Supply, ...]:
    """`marker-names` with `marker-levels`, as a backend's ATTR lines or the printer itself gave them."""
    names = texts(printer.attributes, "marker-names")
    levels = printer.attributes.get("marker-levels", ())
    found: list[Supply] = []
    for name, level in zip(names, levels, strict=False):
        known = isinstance(level, int) and 0 <= level <= FULL
        found.append(Supply(name, remaining=int(level) if known else None, capacity=FULL))  # type: ignore[arg-type]
    return tuple(found)
