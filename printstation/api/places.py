"""Places of a count, as they are written from outside."""

from __future__ import annotations

from collections.abc import Collection

from printstation.api.needs import Station
from printstation.api.problems import wrong_field
from printstation.lifecycle.places import Place, PlaceKind, parse
from printstation.store import cards


def place_named(
    station: Station, text: str, allowed: Collection[PlaceKind] = tuple(PlaceKind)
) -> Place:
    """The place of this name; refuses `invalid` for one that is not here."""
    place = parse(text)
    if place is None or place.kind not in allowed:
        known = ", ".join(
            "hopper:PRINTER" if kind is PlaceKind.HOPPER else kind
            for kind in PlaceKind
            if kind in allowed
        )
        raise wrong_field("/place", "unknown", f"a place here is one of: {known}")
    if place.printer is not None and station.config.printer(place.printer) is None:
        # Blanks may still be recorded in the hopper of a printer that was taken out of the configuration.
        with station.store.read() as conn:
            if not cards.in_hopper(conn, place.printer):
                raise wrong_field("/place", "unknown", "there is no printer of this name")
    return place
