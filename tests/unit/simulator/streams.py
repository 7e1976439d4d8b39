"""Job streams for the simulator's tests, packed dot by dot as magicard.md §4 says it, in no hurry.

Deliberately not the driver's encoder: simulator and driver must not be wrong together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.devicefile import Geometry, load_device

LEADIN = b"\x05" * 64
ERR = b"\x01,REQ,ERR,\x1c\x03"
CAN = b"\x01,REQ,CAN,\x1c\x03"
OKY = b"\x01,REQ,OKY,\x1c\x03"

Picture = NDArray[np.uint8]


def bit_of(packing: str, y: int) -> int:
    """Where dot y of a head row lies, as index of a bit string read from the first byte's MSB."""
    if packing == "P1":
        return y
    first = y < 288
    t = y if first else y - 288
    word = (6 if first else 0) + t // 16
    if packing == "P2":
        bit = 31 - 2 * (y % 16) if first else 30 - 2 * (t % 16)
    else:
        bit = 2 * (y % 16) if first else 2 * (t % 16) + 1
    return word * 32 + (31 - bit)


def lines_of(picture: Picture, side: str, turn: int) -> Picture:
    """A landscape picture (rows, columns) as device lines: front turned 90° left, back 90° right."""
    return np.rot90(picture, (-1 if side == "back" else 1) + turn // 90)


def plane(letter: str, picture: Picture, side: str, geometry: Geometry) -> bytes:
    """One plane; `picture` holds dye levels 0..63, or 0/1 for K."""
    lines = lines_of(picture, side, geometry.turn)
    bits = 1 if letter == "K" else 6
    rows = np.zeros((len(lines), bits, geometry.row_bytes * 8), np.uint8)
    for dot in range(lines.shape[1]):
        where = bit_of(geometry.packing, geometry.dot_offset + dot)
        for bit in range(bits):
            rows[:, bit, where] = lines[:, dot] >> bit & 1
    return np.packbits(rows, axis=2).tobytes()


def page(
    device: str,
    planes: dict[str, bytes],
    side: str = "front",
    duplex: bool = False,
    extra: tuple[str, ...] = (),
) -> bytes:
    """One page from ready planes."""
    geometry = load_device(device).geometry
    tokens = ["NOC1", "VER1.0", "LANDEU", "REJOFF", *extra, f"DPX{'ON' if duplex else 'OFF'}"]
    tokens += [f"PAG{2 if side == 'back' else 1}", "XCO0", "YCO0", f"WID{geometry.lines}"]
    tokens += [f"HGT{geometry.dots}", "PCT0,0,1025,641", "IMFBGRK"]
    tokens += [f"SZ{letter}{len(data)}" for letter, data in planes.items()]
    header = b"\x01," + ",".join(tokens).encode() + b"\x1c"
    body = b"".join(data + b"\x1c" + letter.encode() + b":" for letter, data in planes.items())
    return LEADIN + header + body + b"\x03"


def sample(device: str, seed: int = 1) -> dict[str, Picture]:
    """Levels of a random picture: dye in three colours, sparse resin."""
    geometry = load_device(device).geometry
    rng = np.random.default_rng(seed)
    shape = (geometry.dots, geometry.lines)
    levels = {letter: rng.integers(0, 64, shape, np.uint8) for letter in "BGR"}
    return {**levels, "K": (rng.random(shape) < 0.1).astype(np.uint8)}


def packed(device: str, levels: dict[str, Picture], side: str = "front") -> dict[str, bytes]:
    """All planes of a picture."""
    geometry = load_device(device).geometry
    return {letter: plane(letter, data, side, geometry) for letter, data in levels.items()}


def one_side(device: str, seed: int = 1, **options: object) -> bytes:
    """A complete one-sided job."""
    return page(device, packed(device, sample(device, seed)), **options)  # type: ignore[arg-type]


def two_sides(device: str, seed: int = 1) -> bytes:
    """A complete two-sided job."""
    front = page(device, packed(device, sample(device, seed)), duplex=True, extra=("BACCKO",))
    levels = sample(device, seed + 1)
    back = page(device, packed(device, levels, "back"), "back", duplex=True)
    return front + back


def expected(levels: dict[str, Picture]) -> Picture:
    """The RGB picture of these levels."""
    light = np.array([255 - round(v * 255 / 63) for v in range(64)], np.uint8)
    shape = next(iter(levels.values())).shape
    blank = np.zeros(shape, np.uint8)
    rgb = np.stack([light[levels.get(letter, blank)] for letter in "RGB"], axis=2)
    rgb[levels.get("K", blank) > 0] = 0
    return rgb
