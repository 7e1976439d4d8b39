"""The truth: which cards exist, where each of them is and what lies on it. Nothing else may claim to know.

A card is never forgotten and its id never reused. What a device *says* is elsewhere (`magicard/language.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulator import planes
from simulator.devicefile import load_device

PLACES = ("hopper", "path", "output", "reject", "hand")
OUTSIDE = ("output", "reject", "hand")
SIDES = ("front", "back")


@dataclass(eq=False)
class Layer:
    """One plane on one side, printed up to `lines` of `total`. `device` names its geometry.

    The plane's `bytes` object never changes and is handed out as it is, so that a state folder can
    tell by identity what it has stored already.
    """

    letter: str
    plane: bytes
    total: int
    device: str
    origin: tuple[int, int] = (0, 0)
    lines: int = 0

    @property
    def whole(self) -> bool:
        """All of it lies on the card."""
        return self.lines >= self.total


@dataclass(eq=False)
class Side:
    """One face of a card. `printing` is the plane under the head."""

    layers: list[Layer] = field(default_factory=list)
    printing: str | None = None

    @property
    def blank(self) -> bool:
        return not any(layer.lines for layer in self.layers)

    @property
    def printed(self) -> list[str]:
        """Planes that lie on the card completely, in the order of printing."""
        return [layer.letter for layer in self.layers if layer.whole]


@dataclass(eq=False)
class Card:
    """One physical card. Times are RFC 3339, None before."""

    id: str
    printer: str
    place: str = "hopper"
    fed_at: str | None = None
    out_at: str | None = None
    sides: dict[str, Side] = field(default_factory=lambda: {side: Side() for side in SIDES})

    @property
    def blank(self) -> bool:
        """Bears nothing on either side."""
        return all(side.blank for side in self.sides.values())


class World:
    """All cards of an office. `revision` grows with every change that a snapshot would show."""

    def __init__(self, wall: Callable[[], datetime]) -> None:
        self.cards: dict[str, Card] = {}
        self.revision = 0
        self._wall = wall
        self._last = 0

    def touch(self) -> None:
        """Something that is to be remembered has changed."""
        self.revision += 1

    def new_card(self, printer: str, place: str = "hopper") -> Card:
        """A blank that did not exist before."""
        self._last += 1
        card = Card(id=str(self._last), printer=printer, place=place)
        self.cards[card.id] = card
        self.touch()
        return card

    def draw(self, card: Card) -> None:
        """The card leaves the hopper (or the hand) for the path."""
        card.fed_at = self._time()
        card.out_at = None
        self.put(card, "path")

    def put(self, card: Card, place: str) -> None:
        """Move a card; leaving the path is written down with its time."""
        if card.place == "path" and place in OUTSIDE:
            card.out_at = self._time()
            for side in card.sides.values():
                side.printing = None
        card.place = place
        self.touch()

    def _time(self) -> str:
        return (
            self._wall().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        )

    def picture(self, card_id: str, side: str) -> bytes | None:
        """PNG of what lies on this side now, None when there is no such card or nothing on it."""
        card = self.cards.get(card_id)
        face = card.sides.get(side) if card else None
        if face is None or face.blank:
            return None
        # Planes of another device on the same card (fed by hand) are shown in the first one's dots.
        geometry = load_device(face.layers[0].device).geometry
        shown = [layer for layer in face.layers if load_device(layer.device).geometry == geometry]
        return planes.png(planes.compose(shown, geometry, side))

    def to_json(self) -> list[dict[str, Any]]:
        """The cards as the control API shows them."""
        return [_shown(card) for card in self.cards.values()]

    def snapshot(self) -> dict[str, Any]:
        """Everything, planes as `bytes`."""
        return {"last": self._last, "cards": [_kept(card) for card in self.cards.values()]}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Put back what `snapshot` gave; no head is moving any more."""
        self._last = kept["last"]
        self.cards = {card["id"]: _card(card) for card in kept["cards"]}
        self.touch()


def _shown(card: Card) -> dict[str, Any]:
    sides: dict[str, Any] = {}
    for name, side in card.sides.items():
        url = None if side.blank else f"/world/cards/{card.id}/{name}.png"
        sides[name] = {"png": url, "printed": side.printed, "printing": side.printing}
    return {
        "id": card.id,
        "printer": card.printer,
        "place": card.place,
        "sides": sides,
        "fed_at": card.fed_at,
        "out_at": card.out_at,
    }


def _kept(card: Card) -> dict[str, Any]:
    sides = {
        name: [_kept_layer(layer) for layer in side.layers] for name, side in card.sides.items()
    }
    return {
        "id": card.id,
        "printer": card.printer,
        "place": card.place,
        "fed_at": card.fed_at,
        "out_at": card.out_at,
        "sides": sides,
    }


def _kept_layer(layer: Layer) -> dict[str, Any]:
    return {
        "letter": layer.letter,
        "plane": layer.plane,
        "total": layer.total,
        "device": layer.device,
        "origin": list(layer.origin),
        "lines": layer.lines,
    }


def _card(kept: Mapping[str, Any]) -> Card:
    sides = {}
    for name, layers in kept["sides"].items():
        sides[name] = Side(
            [Layer(**{**layer, "origin": tuple(layer["origin"])}) for layer in layers]
        )
    return Card(
        id=kept["id"],
        printer=kept["printer"],
        place=kept["place"],
        fed_at=kept["fed_at"],
        out_at=kept["out_at"],
        sides=sides,
    )
