"""The simulator's side as an outside program sees it: its control API, and whose card a picture shows."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import httpx2

from printstation.cli.failure import IMPOSSIBLE, Failure

TIMEOUT_S = 30.0
SIDES = ("front", "back")


@dataclass(frozen=True)
class WorldCard:
    """A card that lies in the world, and the pictures of what is on it; None where a side is blank."""

    id: str
    printer: str
    place: str
    reference: str | None
    front: bytes | None
    back: bytes | None


class World:
    """The hands and eyes of the person who stands at the simulated printers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx2.Client(base_url=url, timeout=TIMEOUT_S, trust_env=False)

    def printers(self) -> list[dict[str, Any]]:
        """Name, model and uri of each printer, as a station's configuration takes them."""
        found: list[dict[str, Any]] = self._ask("GET", "/printers").json()
        return found

    def load(self, printer: str, cards: int) -> None:
        """Put blanks into a hopper."""
        self._ask("POST", f"/printers/{printer}/load", json={"cards": cards})

    def made(self) -> list[WorldCard]:
        """Every card that bears something, wherever it lies."""
        cards = self._ask("GET", "/world").json()["cards"]
        return [self._card(card) for card in cards if any(_png(card, side) for side in SIDES)]

    def _card(self, card: dict[str, Any]) -> WorldCard:
        front, back = (
            self._ask("GET", f"/world/cards/{card['id']}/{side}.png").content
            if _png(card, side)
            else None
            for side in SIDES
        )
        reference = read_code(front) if front else None
        return WorldCard(card["id"], card["printer"], card["place"], reference, front, back)

    def _ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        try:
            answer = self._http.request(method, path, **more)
        except httpx2.TransportError as error:
            line = f"the simulator at {self.url} does not answer: {type(error).__name__}"
            raise Failure(line, IMPOSSIBLE) from None
        if not answer.is_success:
            raise Failure(f"the simulator refuses {path}: {answer.text[:200]}", IMPOSSIBLE)
        return answer


def _png(card: dict[str, Any], side: str) -> bool:
    shown = card["sides"].get(side)
    return bool(shown and shown["png"])


def read_code(png: bytes) -> str | None:
    """The text of the QR code on a picture: the reference of the job whose card it is."""
    import zxingcpp
    from PIL import Image

    with Image.open(BytesIO(png)) as picture:
        found = zxingcpp.read_barcodes(picture.convert("L"))
    return found[0].text if found else None
