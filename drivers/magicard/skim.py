"""Which bytes of a Magicard stream are a picture: the planes that a page's header announces (magicard.md §2)."""

from __future__ import annotations

import re

from drivers.magicard.wire import ETX, FS, SOH
from drivers.transports.skimming import Skimming

_SIZE = re.compile(rb"SZ[A-Z](\d{1,9})(?=,|$)")
_FILLER = b"\x05"
#: A header is a few hundred bytes; one without an end is none.
_MOST_HEADER = 4096
#: Behind a plane: FS, its letter, a colon.
_TRAILER = 3


class MagicardSkimmer(Skimming):
    """Follows SOH, tokens, FS, then plane and trailer for each size, then ETX."""

    def __init__(self) -> None:
        super().__init__()
        self.reset()

    def reset(self) -> None:
        super().reset()
        self._head: bytearray | None = None
        self._planes: list[int] = []
        self._trailer = 0

    def picture_over(self) -> None:
        self._trailer = _TRAILER

    def step(self, byte: bytes) -> None:
        if self._trailer:
            self._trail(byte)
        elif self._head is not None:
            self._in_head(byte, self._head)
        elif byte == SOH:
            self._head = bytearray()
        else:
            self.lost = byte not in (ETX, _FILLER)

    def _in_head(self, byte: bytes, head: bytearray) -> None:
        if byte == FS:
            self._planes = [int(size) for size in _SIZE.findall(bytes(head))]
            self._head = None
            self._next()
            return
        head += byte
        self.lost = len(head) > _MOST_HEADER

    def _trail(self, byte: bytes) -> None:
        fits = {3: byte == FS, 2: byte.isalpha(), 1: byte == b":"}[self._trailer]
        self._trailer -= 1
        self.lost = not fits
        if fits and not self._trailer:
            self._next()

    def _next(self) -> None:
        self.left = self._planes.pop(0) if self._planes else 0
