"""Small layouts and pictures for the tests of `layouts`."""

from __future__ import annotations

import base64
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

import layouts

Content = tuple[dict[str, Any], bytes | None, bytes | None, str]

HEAD = """
name = "small"
version = "1"
card_types = ["specimen"]
[fonts]
plain = { family = "IBM Plex Sans Condensed", weight = "Medium", narrower = "Barlow Condensed" }
[fields]
name = { title = "Nama", max_length = 80 }
place = { title = "Tempat", max_length = 40 }
"""

QR_ONLY = """
name = "tiny"
version = "1"
card_types = ["specimen"]
[[sides.front.elements]]
kind = "code"
symbology = "qr"
text = "{reference}"
x = 17.8
y = 2.0
w = 50
h = 50
"""


def load(folder: Path, text: str) -> layouts.Layout:
    """A layout from its text."""
    folder.mkdir(exist_ok=True)
    (folder / "layout.toml").write_text(text, encoding="utf-8")
    return layouts.load_folder(folder)


@lru_cache(maxsize=1)
def specimen() -> layouts.Layout:
    return layouts.load("specimen-resident")


def sample(name: str) -> Content:
    """Values, photo, signature, reference of a sample, as the renderer takes them."""
    body: dict[str, Any] = specimen().sample(name)
    pictures = [
        base64.b64decode(body[key]) if body[key] else None for key in ("photo", "signature")
    ]
    return body["values"], pictures[0], pictures[1], body["reference"]


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
