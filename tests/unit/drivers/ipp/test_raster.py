"""Rasters as an independent reader sees them: libcups itself, and the sheet's layout read by hand."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import struct
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PIL import Image

from drivers import Face, model
from drivers.ipp.raster import HEADER_BYTES, Paper, document
from drivers.ipp.staging import page_size, stage_card
from tests.unit.drivers.ipp.kit import queue_model

LIBRARY = ctypes.util.find_library("cups")
CUPS = Paper("application/vnd.cups-raster", 3, "RGB", "CR80", 300, 1)
PWG = Paper("image/pwg-raster", 2, "sRGB", "iso_id-1_53.98x85.6mm", 300, 1)


class Header(ctypes.Structure):
    """cups_page_header2_t."""

    _fields_: ClassVar[Any] = [
        *((name, ctypes.c_char * 64) for name in ("media_class", "colour", "type", "output")),
        ("numbers", ctypes.c_uint * 41),
        ("colours", ctypes.c_uint),
        ("floats", ctypes.c_float * 7),
        ("integers", ctypes.c_uint * 16),
        ("reals", ctypes.c_float * 16),
        ("strings", ctypes.c_char * 1024),
        *((name, ctypes.c_char * 64) for name in ("marker", "intent", "page_name")),
    ]


def noise(width: int, height: int) -> Image.Image:
    dots = bytes((i * 7919 + (i >> 8) * 31) & 255 for i in range(width * height * 3))
    return Image.frombytes("RGB", (width, height), dots)


def striped(width: int, height: int) -> Image.Image:
    """Whole blocks of equal lines, more than 256 of them, and one odd line at the end."""
    picture = Image.new("RGB", (width, height), "white")
    picture.paste((1, 2, 3), (0, height - 1, width, height))
    picture.paste((9, 9, 200), (3, 10, 40, 20))
    return picture


def read_back(data: bytes, folder: Path) -> list[tuple[Header, bytes]]:
    """Every page, as libcups reads it for a printer's filter."""
    assert LIBRARY is not None
    lib = ctypes.CDLL(LIBRARY)
    lib.cupsRasterOpen.restype = ctypes.c_void_p
    lib.cupsRasterReadHeader2.argtypes = [ctypes.c_void_p, ctypes.POINTER(Header)]
    lib.cupsRasterReadPixels.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint]
    lib.cupsRasterClose.argtypes = [ctypes.c_void_p]
    path = folder / "page.ras"
    path.write_bytes(data)
    found = []
    descriptor = os.open(path, os.O_RDONLY)
    try:
        raster = lib.cupsRasterOpen(descriptor, 0)
        header = Header()
        while lib.cupsRasterReadHeader2(raster, ctypes.byref(header)):
            lines = []
            for _ in range(header.numbers[30]):
                line = ctypes.create_string_buffer(header.numbers[34])
                assert lib.cupsRasterReadPixels(raster, line, len(line)) == len(line)
                lines.append(line.raw)
            found.append((header, b"".join(lines)))
            header = Header()
        lib.cupsRasterClose(raster)
    finally:
        os.close(descriptor)
    return found


needs_libcups = pytest.mark.skipif(LIBRARY is None, reason="the Debian package libcups2 is missing")


@needs_libcups
@pytest.mark.parametrize(
    "paper",
    [CUPS, Paper("application/vnd.cups-raster", 2, "RGB", "CR80", 300, 1), PWG],
    ids=["cups-3", "cups-2", "pwg"],
)
@pytest.mark.parametrize("width", [638, 129, 128, 1])
@pytest.mark.parametrize("draw", [noise, striped])
def test_libcups_reads_every_dot(paper: Paper, width: int, draw: object, tmp_path: Path) -> None:
    assert callable(draw)
    pages = [draw(width, 40), draw(width, 600)]
    found = read_back(document(paper, pages), tmp_path)
    assert [dots for _, dots in found] == [page.tobytes() for page in pages]
    header = found[0][0]
    numbers = header.numbers
    assert (numbers[29], numbers[30], numbers[32], numbers[33]) == (width, 40, 8, 24)
    assert (numbers[5], numbers[6], numbers[21], numbers[35]) == (300, 300, 1, 0)
    assert (header.colours, header.page_name) == (3, paper.page_name.encode())


@needs_libcups
def test_the_page_header_of_a_card(tmp_path: Path) -> None:
    ((header, _),) = read_back(document(CUPS, [noise(638, 1011)]), tmp_path)
    numbers = list(header.numbers)
    assert numbers[24:26] == [153, 243] and numbers[36] == 1
    assert [round(f, 2) for f in header.floats] == [1.0, 153.12, 242.64, 0, 0, 153.12, 242.64]
    assert (numbers[4], header.media_class) == (0, b"")
    both = Paper("image/pwg-raster", 2, "sRGB", "card", 300, 2)
    (front, _), (back, _) = read_back(document(both, [noise(64, 8), noise(64, 8)]), tmp_path)
    assert (front.numbers[4], back.numbers[4]) == (1, 1)
    assert front.media_class == b"PwgRaster" and front.numbers[36] == 19
    assert list(front.integers)[:9] == [2, 1, 1, 0, 0, 64, 8, 0xFFFFFF, 5]


def test_version_3_is_the_dots_themselves() -> None:
    picture = noise(5, 4)
    data = document(CUPS, [picture])
    assert data[:4] == b"RaS3" and data[4 + HEADER_BYTES :] == picture.tobytes()
    assert struct.unpack_from(">II", data, 4 + 256 + 29 * 4) == (5, 4)
    with pytest.raises(ValueError, match="RGB"):
        document(CUPS, [Image.new("L", (5, 4))])


def test_resin_is_black_and_the_page_is_turned() -> None:
    queue = queue_model(width_px=6, height_px=4)
    rgb, resin = noise(6, 4), Image.new("L", (6, 4), 0)
    resin.putpixel((5, 0), 255)
    staged = stage_card(queue, [Face(rgb, resin)])
    page = Image.frombytes("RGB", page_size(queue), staged.payload[0][4 + HEADER_BYTES :])
    assert page.size == (4, 6)
    assert page.getpixel((0, 0)) == (0, 0, 0)  # left: what was the right end of a line comes first
    assert page.getpixel((0, 5)) == rgb.getpixel((0, 0))
    assert page.getpixel((3, 5)) == rgb.getpixel((0, 3))
    assert staged == stage_card(queue, [Face(rgb, resin)])


def test_two_sides_are_one_document() -> None:
    queue = queue_model(width_px=6, height_px=4, sides=2)
    face = Face(noise(6, 4), Image.new("L", (6, 4), 0))
    staged = stage_card(queue, [face, face])
    assert len(staged.payload) == 1 and staged.sides == 2
    assert staged.size == 4 + 2 * (HEADER_BYTES + 6 * 4 * 3)
    for faces in ([], [face] * 3):
        with pytest.raises(ValueError, match="1 to 2 sides"):
            stage_card(queue, faces)
    with pytest.raises(ValueError, match="prints"):
        stage_card(queue, [Face(noise(4, 6), Image.new("L", (4, 6), 0))])


def test_the_generic_card_is_the_sheets_page() -> None:
    assert page_size(model("ipp-card")) == (638, 1011)
