"""Whether a card in the world looks like the face that the station drew for it: the right way up, whole, the same
picture on every family, whatever its dots."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from printstation.cli.client import Client

#: Cards differ in resolution, bleed and dye. So small, good ones differed by 4 to 15 of 255 levels on average, and
#: the same card upside down by 88.
SMALL = (64, 40)
MOST = 30.0


def unlike(card: bytes, drawn: bytes) -> float:
    """How far two pictures are from each other: the mean difference of their grey levels."""
    from PIL import Image, ImageChops, ImageStat

    both = []
    for png in (card, drawn):
        with Image.open(BytesIO(png)) as picture:
            both.append(picture.convert("L").resize(SMALL, Image.Resampling.BOX))
    return ImageStat.Stat(ImageChops.difference(*both)).mean[0]


def differences(station: Client, summary: dict[str, Any], out: Path) -> list[str]:
    """A sentence for each side that does not show what was drawn."""
    wrong = []
    for card in summary["cards"]:
        for side in ("front", "back"):
            if card[side] is None:
                continue
            drawn = station.download(f"/v1/jobs/{card['job']}/preview/{side}.png")
            far = unlike((out / card[side]).read_bytes(), drawn)
            if far > MOST:
                wrong.append(f"the {side} of job {card['job']} is not what was drawn ({far:.0f})")
    return wrong
