"""Photos and signatures from outside: what is taken and what is refused, and when."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from layouts import pictures
from tests.unit.layouts.kit import encoded, sample

WANTED = (220, 290)


def refused(data: bytes) -> str:
    with pytest.raises(pictures.BadPicture) as caught:
        pictures.decode(data, WANTED)
    return caught.value.code


def chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is large."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(bytes(100_000), 9))
    return b"\x89PNG\r\n\x1a\n" + header + data + chunk(b"IEND", b"")


def test_a_jpeg_is_decoded_no_larger_than_needed() -> None:
    data = encoded(Image.new("RGB", (1760, 2320), "red"), "JPEG")
    picture = pictures.decode(data, WANTED)
    assert picture.size == (220, 290)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_png_kinds(mode: str) -> None:
    picture = pictures.decode(encoded(Image.new(mode, (64, 80))), WANTED)
    assert picture.mode in {"RGB", "L"} and picture.size == (64, 80)


def test_cmyk_jpeg() -> None:
    data = encoded(Image.new("CMYK", (64, 80), (0, 255, 255, 0)), "JPEG")
    red, green, blue = pictures.decode(data, WANTED).getpixel((20, 20))  # type: ignore[misc]
    assert red > 200 and green < 60 and blue < 60


def test_transparency_becomes_paper() -> None:
    picture = pictures.decode(encoded(Image.new("RGBA", (64, 64), (0, 0, 0, 0))), WANTED)
    assert picture.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(("turn", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (1, 0)), (8, (0, 1))])
def test_exif_turns_it_upright(turn: int, corner: tuple[int, int]) -> None:
    stored = Image.new("RGB", (200, 120), "white")
    stored.paste("black", (0, 0, 60, 60))
    exif = Image.Exif()
    exif[0x0112] = turn
    upright = pictures.decode(encoded(stored, "JPEG", exif=exif), WANTED)
    assert (upright.width > upright.height) == (turn in {1, 3})
    x, y = corner[0] * (upright.width - 21) + 10, corner[1] * (upright.height - 21) + 10
    assert upright.convert("L").getpixel((x, y)) < 60  # type: ignore[operator]


def test_bytes_are_bounded() -> None:
    assert refused(bytes(pictures.MAX_BYTES + 1)) == "picture-too-large"


def test_pixels_are_bounded_before_any_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", never)
    assert refused(bomb(6000, 5000)) == "picture-too-large"


@pytest.mark.filterwarnings("error")
def test_a_decompression_bomb_is_refused() -> None:
    for side in (10_000, 60_000):
        assert refused(bomb(side, side)) == "picture-too-large"


def test_too_small_to_recognise() -> None:
    assert refused(encoded(Image.new("RGB", (31, 200)))) == "picture-too-small"


def test_truncated_pictures_are_refused() -> None:
    photo, signature = sample("plain")[1:3]
    assert photo is not None and signature is not None
    for data in (photo, signature):
        for share in (0.05, 0.5, 0.9):
            assert refused(data[: int(len(data) * share)]) == "picture-broken"


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP"])
def test_other_formats_are_refused(kind: str) -> None:
    assert refused(encoded(Image.new("RGB", (64, 64)), kind)) == "picture-broken"


def test_sixteen_bit_pictures_are_refused() -> None:
    assert refused(encoded(Image.new("I;16", (64, 64)))) == "picture-broken"


@pytest.mark.parametrize("data", [b"x", b"\xff\xd8\xff", b"<svg/>", bytes(500)])
def test_noise_is_refused(data: bytes) -> None:
    assert refused(data) == "picture-broken"


PATTERN = Image.radial_gradient("L").resize((48, 64))
WHOLE = [encoded(PATTERN), encoded(PATTERN, "JPEG"), encoded(PATTERN, "JPEG", progressive=True)]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_damage_is_drawn_or_refused_never_an_accident(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        pictures.decode(bytes(raw), WANTED)
    except pictures.BadPicture as error:
        assert error.code.startswith("picture-")


def test_cover_fills_and_contain_keeps() -> None:
    picture = Image.new("RGB", (100, 200))
    assert pictures.cover(picture, (60, 60)).size == (60, 60)
    assert pictures.contain(picture, (60, 60)).size == (30, 60)
