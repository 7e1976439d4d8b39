"""The sheet magicard.md §2-§4 read from the device's side, dot by dot and in no hurry.

Written from the sheet alone: nothing here may come from `drivers/`, or both would be wrong together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.uint8]


def bit_place(packing: str, y: int) -> tuple[int, int]:
    """Byte and bit (7 is the most significant) of head dot y within one bit plane of a line."""
    if packing == "P1":
        return y // 8, 7 - y % 8
    if y < 288:
        word, m, first = 6 + y // 16, y % 16, True
    else:
        word, m, first = (y - 288) // 16, (y - 288) % 16, False
    if packing == "P2":
        bit = 31 - 2 * m if first else 30 - 2 * m
    else:
        bit = 2 * m if first else 2 * m + 1
    return word * 4 + (31 - bit) // 8, bit % 8  # words are big-endian


def row_bytes(packing: str) -> int:
    return 84 if packing == "P1" else 96


def unpack(plane: bytes, packing: str, bits: int, across: int) -> Grid:
    """Levels as (lines, dots) of the picture, which begins at head dot 15."""
    size = row_bytes(packing)
    rows = np.frombuffer(plane, np.uint8).reshape(-1, bits, size)
    grid = np.zeros((len(rows), across), np.uint8)
    for dot in range(across):
        byte, bit = bit_place(packing, 15 + dot)
        for level in range(bits):
            grid[:, dot] |= (rows[:, level, byte] >> bit & 1) << level
    return grid


def lit(plane: bytes) -> int:
    """How many bits are set in all of a plane."""
    return int(np.unpackbits(np.frombuffer(plane, np.uint8)).sum())


@dataclass
class Page:
    tokens: list[str]
    planes: dict[str, bytes]

    def value(self, key: str) -> str:
        found = [token[len(key) :] for token in self.tokens if token.startswith(key)]
        assert len(found) == 1, (key, self.tokens)
        return found[0]


def pages(stream: bytes) -> list[Page]:
    """A job's pages; every byte has to be where §2 says."""
    found = []
    while stream:
        assert stream[:64] == b"\x05" * 64
        assert stream[64:66] == b"\x01,"
        end = stream.index(b"\x1c")
        text = stream[66:end].decode()
        assert not text.endswith(",")
        tokens = _tokens(text)
        stream = stream[end + 1 :]
        planes = {}
        for token in tokens:
            if token.startswith("SZ"):
                letter, size = token[2], int(token[3:])
                planes[letter] = stream[:size]
                assert stream[size : size + 3] == b"\x1c" + letter.encode() + b":"
                stream = stream[size + 3 :]
        assert stream[:1] == b"\x03"
        stream = stream[1:]
        found.append(Page(tokens, planes))
    return found


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    for part in text.split(","):
        if part[0].isdigit():
            tokens[-1] += "," + part
        else:
            tokens.append(part)
    return tokens
