"""Photos are upright and small on paper; their hash is that of the file that was handed in."""

from __future__ import annotations

import base64
import hashlib
import io
import re

import pytest
from PIL import Image

from printstation.documents import photos
from printstation.documents.photos import BadPhoto, Photo


def coded(picture: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def shown(content: bytes) -> Image.Image:
    found = re.search(r"base64,([^\"]+)", photos.svg(Photo(content, ""), 1))
    assert found is not None
    return Image.open(io.BytesIO(base64.b64decode(found[1])))


def test_a_large_picture_is_made_smaller_and_keeps_its_shape() -> None:
    assert shown(coded(Image.new("RGB", (3000, 1500)))).size == (1000, 500)


def test_a_telephone_held_upright_gives_an_upright_picture_without_its_notes() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Telephone"
    small = shown(coded(Image.new("RGB", (400, 200)), exif=exif))
    assert small.size == (200, 400)
    assert not small.getexif()


def test_what_is_clear_is_white() -> None:
    small = shown(coded(Image.new("RGBA", (8, 8), (0, 0, 0, 0)), "PNG"))
    assert small.mode == "RGB" and small.getpixel((4, 4)) == (255, 255, 255)


def test_the_hash_is_that_of_the_file() -> None:
    content = coded(Image.new("L", (8, 8)))
    assert Photo(content, "").sha256 == hashlib.sha256(content).hexdigest()


def test_the_same_photo_makes_the_same_drawing() -> None:
    photo = Photo(coded(Image.linear_gradient("L")), "")
    assert photos.svg(photo, 1) == photos.svg(photo, 1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"SITI CONTOH is no picture",
        coded(Image.new("L", (8, 8)), "GIF"),
        coded(Image.linear_gradient("L"))[:-200],
        coded(Image.linear_gradient("L"), "PNG")[:200],
    ],
)
def test_what_is_no_whole_picture_is_refused_by_its_place(content: bytes) -> None:
    with pytest.raises(BadPhoto, match=r"^photo 3 is not a whole JPEG or PNG picture$"):
        photos.svg(Photo(content, "SITI CONTOH"), 3)
    with pytest.raises(BadPhoto):
        photos.check(content)


def test_what_is_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "LARGEST_PX", 63)
    with pytest.raises(BadPhoto, match="dots"):
        photos.check(coded(Image.new("L", (8, 8))))
    monkeypatch.setattr(photos, "LARGEST_BYTES", 10)
    with pytest.raises(BadPhoto, match="larger"):
        photos.check(coded(Image.new("L", (8, 8))))
