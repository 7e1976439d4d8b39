"""Render, separate and pack one side; the peer is only decoding and scaling the photo of that side."""

from __future__ import annotations

import base64
import io

from PIL import Image

import drivers
import layouts
from bench.measure import Row, cpu_ms, paired
from drivers.magicard.staging import stage_card

ROUNDS = 15
LIMIT_MS = 15.0


class _NoTime:
    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError("staging waits for nothing")


def rows() -> list[Row]:
    """One row for each model of the family that the limit is named for."""
    family = [model for model in drivers.models().values() if model.family == "magicard"]
    return [_row(model) for model in family]


def photo_ms(photo: bytes) -> float:
    """CPU ms of decoding and scaling one photo: what this machine is worth at this moment."""
    return cpu_ms(
        lambda: (
            Image.open(io.BytesIO(photo))
            .convert("RGB")
            .resize((260, 340), Image.Resampling.LANCZOS)
        )
    )


def _row(model: drivers.Model) -> Row:
    layout = layouts.load("specimen-resident")
    body = layout.sample("plain")
    photo = base64.b64decode(str(body["photo"]))
    signature = base64.b64decode(str(body["signature"]))
    values = body["values"]
    assert isinstance(values, dict)
    geometry = layouts.Geometry(model.width_px, model.height_px, model.dpi)

    def ours() -> float:
        def card() -> None:
            sides = layouts.render(layout, values, photo, signature, "BENCH-1", geometry)
            faces = [drivers.Face(side.rgb, side.resin) for side in sides.values()]
            for start in range(0, len(faces), model.sides):
                stage_card(model, faces[start : start + model.sides])

        return cpu_ms(card) / 2

    ours()
    mine, theirs, ratio = paired(ROUNDS, ours, lambda: photo_ms(photo))
    return Row(
        f"render + separate + pack, a side, {model.name}",
        f"{mine:.1f} ms CPU",
        f"photo alone, decoded and scaled: {theirs:.1f} ms",
        ratio,
        f"<= {LIMIT_MS:.0f} ms CPU",
        mine <= LIMIT_MS,
    )
