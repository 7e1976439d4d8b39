"""A drawn code is the code: it is read back from its own path."""

from __future__ import annotations

import re

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from printstation.documents import qr


def read(svg: str, scale: int = 4) -> list[str]:
    side = re.search(r'viewBox="0 0 (\d+) \1"', svg)
    assert side is not None
    picture = Image.new("L", (int(side[1]) * scale,) * 2, 255)
    draw = ImageDraw.Draw(picture)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg):
        left, top = int(x) * scale, int(y) * scale
        draw.rectangle((left, top, left + int(length) * scale - 1, top + scale - 1), fill=0)
    return [found.text for found in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("text", ["7KQ2-M4XD-9TWP-3HBZ", "48213 " + "0123456789ABCDEF" * 4])
def test_what_is_drawn_is_read(text: str) -> None:
    assert read(qr.svg(text)) == [text]


def test_the_quiet_zone_is_empty() -> None:
    assert min(int(x) for x in re.findall(r"M(\d+) ", qr.svg("A"))) == qr.QUIET


@pytest.mark.parametrize("text", ["", "A" * 5000])
def test_what_cannot_be_a_code_is_refused(text: str) -> None:
    with pytest.raises(qr.CannotEncode):
        qr.svg(text)
