"""From the bytes of an Evolis download to dots, and on to the planes that a body prints.

Written from evolis.md §4 alone. Every dot of a dye becomes one of the 64 levels that `planes.py` shows:
32 levels are stretched, 128 lose their last bit. A body knows planes by the light that they take away:
y is its B, m its G, c its R, k its K.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from simulator.devicefile import Geometry
from simulator.evolis.language import BITS

Dots = NDArray[np.uint8]
PLANES = {"y": "B", "m": "G", "c": "R", "k": "K"}
OVERLAY = "o"
# Bits of a run's value byte that each add 256 to its counter.
EXTRA = {32: 0x60, 64: 0x40, 128: 0x00}
TOKEN = re.compile(rb"[\x00-\x7f]+|[\x80-\xff][\x00-\xff]", re.DOTALL)
RUN = 0x80


class BadPanel(ValueError):
    """The data are no panel; one line."""


def levels(panel: str, steps: int, compressed: bool, data: bytes, geometry: Geometry) -> Dots:
    """What the download says, dot by dot, as (line, dot). Missing dots are 0, surplus ones are dropped."""
    if steps == 2:
        return _lines(data, geometry) if compressed else _dense(data, 1, geometry)
    return _runs(data, steps, geometry) if compressed else _dense(data, BITS[steps], geometry)


def plane(dots: Dots, steps: int) -> bytes:
    """The body's plane: one bit a dot for resin, six bit planes a line, least significant first, for a dye."""
    if steps == 2:
        return np.packbits(dots, axis=1).tobytes()
    six = {32: dots << 1 | dots >> 4, 64: dots, 128: dots >> 1}[steps]
    bits = [np.packbits(six >> bit & 1, axis=1) for bit in range(6)]
    return np.stack(bits, axis=1).tobytes()


def _dense(data: bytes, bits: int, geometry: Geometry) -> Dots:
    wanted = geometry.lines * geometry.dots
    stream = np.unpackbits(np.frombuffer(data, np.uint8))[: wanted * bits]
    whole = stream[: len(stream) // bits * bits].reshape(-1, bits)
    # packbits sets the first bit leftmost: a dot of n bits comes out 8 - n places too high.
    found = np.packbits(whole, axis=1)[:, 0] >> (8 - bits)
    dots = np.zeros(wanted, np.uint8)
    dots[: len(found)] = found
    return dots.reshape(geometry.lines, geometry.dots)


def _lines(data: bytes, geometry: Geometry) -> Dots:
    size = -(-geometry.dots // 8)
    rows = np.zeros((geometry.lines, size), np.uint8)
    at = 0
    for row in rows:
        if at >= len(data):
            break
        count = data[at]
        at += 1
        if count == 0xFF:
            row[:] = 0xFF
        elif count > size:
            raise BadPanel(f"a line of {count} bytes")
        else:
            part = data[at : at + count]
            row[: len(part)] = np.frombuffer(part, np.uint8)
            at += count
    return np.unpackbits(rows, axis=1)[:, : geometry.dots]


def _runs(data: bytes, steps: int, geometry: Geometry) -> Dots:
    wanted = geometry.lines * geometry.dots
    value_mask = steps - 1
    out = bytearray()
    for token in TOKEN.finditer(data):
        piece = token.group()
        if piece[0] < RUN:
            out += bytes(byte & value_mask for byte in piece) if max(piece) > value_mask else piece
        elif piece[1] == 0 and not piece[0] & EXTRA[steps]:
            out += bytes(geometry.dots - len(out) % geometry.dots)
        else:
            extra = (piece[0] & EXTRA[steps]).bit_count() * 256
            out += bytes((piece[0] & value_mask,)) * (piece[1] + extra)
        if len(out) > wanted + geometry.dots * 2:
            break
    dots = np.zeros(wanted, np.uint8)
    found = np.frombuffer(bytes(out[:wanted]), np.uint8)
    dots[: len(found)] = found
    return dots.reshape(geometry.lines, geometry.dots)
