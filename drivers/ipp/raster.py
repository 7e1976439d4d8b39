"""CUPS raster (versions 2 and 3) and PWG raster: pictures to a document whose every dot is exact. Pure.

Layout of the 1796 bytes of a page header: `cups_page_header2_t` in the CUPS Raster Format description,
and PWG 5102.4 for the document that begins `PwgRaster`. All numbers are written big end first.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from drivers.ipp.facts import COLOUR_SPACES, PWG_RASTER

HEADER_BYTES = 1796
_SYNC = {2: b"RaS2", 3: b"RaS3"}
#: 4 names; 41 numbers up to cupsRowStep; cupsNumColors; 7 fractions; cupsInteger; cupsReal; cupsString;
#: marker type, rendering intent and page size name.
_HEADER = struct.Struct(">64s64s64s64s 41I I 7f 16I 16f 1024s 64s 64s 64s")
#: A run of literal pixels: 257 minus their number, which is at most 128.
_LITERALS = 128
_BITS, _COLOURS = 8, 3
_POINTS = 72


@dataclass(frozen=True)
class Paper:
    """What a page header says beside the picture. `sides`: 2 sets Duplex (§8: in the header *and* the job)."""

    format: str
    version: int
    colour_space: str
    page_name: str
    dpi: int
    sides: int


def document(paper: Paper, pages: Sequence[Image.Image]) -> bytes:
    """One raster document, a page a picture. Refuses (ValueError) pictures that are not RGB."""
    parts = [_SYNC[paper.version]]
    for picture in pages:
        if picture.mode != "RGB":
            raise ValueError(f"a page is RGB, not {picture.mode}")
        parts.append(_header(paper, picture.width, picture.height, len(pages)))
        dots = picture.tobytes()
        parts += [dots] if paper.version == 3 else _lines(dots, picture.width * _COLOURS)
    return b"".join(parts)


def _header(paper: Paper, width: int, height: int, pages: int) -> bytes:
    points = (_POINTS * width / paper.dpi, _POINTS * height / paper.dpi)
    pwg = paper.format == PWG_RASTER
    return _HEADER.pack(
        b"PwgRaster" if pwg else b"",
        b"",
        b"",
        b"",
        *_numbers(paper, width, height, points),
        _COLOURS,
        0.0 if pwg else 1.0,  # cupsBorderlessScalingFactor
        *points,
        *((0.0,) * 4 if pwg else (0.0, 0.0, *points)),
        *(_pwg_integers(pages, width, height) if pwg else (0,) * 16),
        *(0.0,) * 16,
        b"",
        b"",
        b"",
        paper.page_name.encode("utf-8"),
    )


def _numbers(paper: Paper, width: int, height: int, points: tuple[float, float]) -> tuple[int, ...]:
    """AdvanceDistance to cupsRowStep; one copy, whatever anybody's default is."""
    across, along = round(points[0]), round(points[1])
    duplex = int(paper.sides == 2)
    box = (0, 0, 0, 0) if paper.format == PWG_RASTER else (0, 0, across, along)
    return (
        *(0, 0, 0, 0, duplex),  # AdvanceDistance AdvanceMedia Collate CutMedia Duplex
        *(paper.dpi, paper.dpi),  # HWResolution
        *box,  # ImagingBoundingBox
        *(0, 0, 0, 0, 0),  # InsertSheet Jog LeadingEdge Margins
        *(0, 0, 0, 0, 0),  # ManualFeed MediaPosition MediaWeight MirrorPrint NegativePrint
        *(1, 0, 0),  # NumCopies Orientation OutputFaceUp
        *(across, along),  # PageSize
        *(0, 0, 0),  # Separations TraySwitch Tumble
        *(width, height, 0),  # cupsWidth cupsHeight cupsMediaType
        *(_BITS, _BITS * _COLOURS, width * _COLOURS),  # per colour, per pixel, bytes per line
        *(0, COLOUR_SPACES[paper.colour_space], 0),  # chunky, colour space, cupsCompression
        *(0, 0, 0),  # cupsRowCount cupsRowFeed cupsRowStep
    )


def _pwg_integers(pages: int, width: int, height: int) -> tuple[int, ...]:
    """TotalPageCount, both transforms 1, image box of the whole page, no alternate, quality high."""
    return (pages, 1, 1, 0, 0, width, height, 0xFFFFFF, 5, *(0,) * 7)


def _lines(dots: bytes, stride: int) -> Iterator[bytes]:
    """Version 2: equal lines are counted, dots are written as they are, in runs of literals."""
    lines = [dots[start : start + stride] for start in range(0, len(dots), stride)]
    at = 0
    while at < len(lines):
        same = at + 1
        while same < len(lines) and same - at < 256 and lines[same] == lines[at]:
            same += 1
        yield bytes([same - at - 1])
        yield from _literals(lines[at])
        at = same


def _literals(line: bytes) -> Iterator[bytes]:
    """A run of one is a repeat of one: 257 - 1 does not fit into a byte."""
    for start in range(0, len(line), _LITERALS * _COLOURS):
        run = line[start : start + _LITERALS * _COLOURS]
        count = len(run) // _COLOURS
        yield bytes([257 - count if count > 1 else 0])
        yield run
