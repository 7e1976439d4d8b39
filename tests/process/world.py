"""What lies in the world, as `GET /world` and the codes in its pictures tell it; nothing else is believed."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import zxingcpp
from PIL import Image

from tests.contract.simulator_process import Simulator

#: What `specimen-resident` prints on a card of two sides: every panel on both.
ALL_PANELS = ("B", "G", "R", "K")
SIDES = ("front", "back")


@dataclass(frozen=True)
class WorldCard:
    """One card. `reference` is the text of its code, None where none can be read."""

    id: str
    printer: str
    place: str
    fed_at: str | None
    printed: dict[str, tuple[str, ...]]
    reference: str | None
    pictures: dict[str, bytes | None]

    @property
    def whole(self) -> bool:
        """All panels of all sides: a card that could be handed to a resident."""
        return all(sorted(self.printed[side]) == sorted(ALL_PANELS) for side in SIDES)

    @property
    def good(self) -> bool:
        """What an honest person calls *printed*."""
        return self.whole and self.place not in ("reject", "path")

    @property
    def out(self) -> bool:
        """It left its printer."""
        return self.place in ("output", "reject", "hand")

    def __str__(self) -> str:
        panels = " ".join(f"{side}:{''.join(self.printed[side])}" for side in SIDES)
        return f"card {self.id} at {self.printer} in {self.place} {panels} {self.reference or 'no code'}"


class Eyes:
    """Looks at the world. What has left its printer changes no more, so it is looked at once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str | None, dict[str, bytes | None]]] = {}

    def look(self, simulator: Simulator) -> list[WorldCard]:
        """Every card that exists."""
        return [self._card(simulator, raw) for raw in simulator.cards()]

    def _card(self, simulator: Simulator, raw: dict[str, Any]) -> WorldCard:
        seen = self._known.get(raw["id"])
        if seen is None:
            pictures = {side: _picture(simulator, raw["sides"][side]["png"]) for side in SIDES}
            seen = (read_code(pictures["front"]), pictures)
            if raw["place"] in ("output", "reject", "hand"):
                self._known[raw["id"]] = seen
        return WorldCard(
            raw["id"],
            raw["printer"],
            raw["place"],
            raw["fed_at"],
            {side: tuple(raw["sides"][side]["printed"]) for side in SIDES},
            *seen,
        )


def _picture(simulator: Simulator, path: str | None) -> bytes | None:
    return None if path is None else simulator.fetch(path)


def read_code(png: bytes | None) -> str | None:
    """The text of the code on a picture; two codes on one card are two residents on one card."""
    if png is None:
        return None
    with Image.open(BytesIO(png)) as picture:
        found = {code.text for code in zxingcpp.read_barcodes(picture.convert("L"))}
    assert len(found) <= 1, f"two codes on one card: {found}"
    return found.pop() if found else None
