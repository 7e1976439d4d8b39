"""Every sample of every layout against the picture that a person has accepted.

A change on purpose: look at the new pictures (`printstation layout render`), then run
`PRINTSTATION_GOLDEN=accept make test ARGS=tests/golden` and commit them. On failure the picture and
the difference are kept under `out/golden/`.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

import layouts

ROOT = Path(__file__).resolve().parents[2]
# Another build of FreeType or of the JPEG decoder may move single dots of an edge, nothing more.
# One changed digit of the smallest row alters 75 dots.
FAR_LEVELS = 48
DOTS_OFF = 40
CASES = [(name, sample) for name in layouts.names() for sample in layouts.load(name).sample_names]


def dots_off(difference: Image.Image) -> int:
    """Dots that differ by more than a person would take for the same colour."""
    worst = ImageChops.lighter(
        ImageChops.lighter(difference.getchannel("R"), difference.getchannel("G")),
        difference.getchannel("B"),
    )
    return sum(worst.histogram()[FAR_LEVELS + 1 :])


def faces(name: str, sample: str) -> dict[str, Image.Image]:
    layout = layouts.load(name)
    body: dict[str, Any] = layout.sample(sample)
    photo, signature = (
        base64.b64decode(body[key]) if body[key] else None for key in ("photo", "signature")
    )
    drawn = layouts.render(layout, body["values"], photo, signature, body["reference"])
    return {side: layouts.compose(picture) for side, picture in drawn.items()}


@pytest.mark.parametrize(("name", "sample"), CASES)
def test_samples_look_as_accepted(name: str, sample: str) -> None:
    for side, seen in faces(name, sample).items():
        accepted = ROOT / "layouts" / name / f"expected-{sample}-{side}.png"
        if os.environ.get("PRINTSTATION_GOLDEN") == "accept":
            seen.save(accepted, optimize=True)
        with Image.open(accepted) as picture:
            difference = ImageChops.difference(seen, picture.convert("RGB"))
        off = dots_off(difference)
        if off > DOTS_OFF:
            out = ROOT / "out" / "golden"
            out.mkdir(parents=True, exist_ok=True)
            seen.save(out / f"{name}-{sample}-{side}.png")
            difference.save(out / f"{name}-{sample}-{side}-difference.png")
        assert off <= DOTS_OFF, f"{side} differs in {off} dots; see out/golden"


def test_a_changed_letter_is_seen() -> None:
    """The tolerance is not so wide that a wrong letter passes."""
    layout = layouts.load("specimen-resident")
    body: dict[str, Any] = layout.sample("plain")
    photo = base64.b64decode(body["photo"])
    pictures = [
        layouts.compose(layouts.render(layout, values, photo, None, "r")["front"])
        for values in (body["values"], body["values"] | {"rt_rw": "004/003"})
    ]
    assert dots_off(ImageChops.difference(*pictures)) > DOTS_OFF
