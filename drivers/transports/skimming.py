"""Telling pictures from commands in a stream: the loop that is the same for every language that announces its
pictures by their size."""

from __future__ import annotations

from collections.abc import Iterator


class Skimming:
    """A `Skimmer`: a family says in `step` what one byte that is no picture's means."""

    def __init__(self) -> None:
        #: Bytes of a picture still to come.
        self.left = 0
        #: Something did not fit: until the next reset everything might be a picture.
        self.lost = False

    def reset(self) -> None:
        """At rest: the next byte begins a command."""
        self.left = 0
        self.lost = False

    def step(self, byte: bytes) -> None:
        """One byte outside of pictures: sets `left` where one begins behind it, `lost` where it fits nothing."""
        raise NotImplementedError

    def picture_over(self) -> None:
        """The last byte of a picture went by."""

    def skim(self, data: bytes) -> Iterator[tuple[bool, bytes]]:
        """The same bytes in parts: (is a picture, part)."""
        at = 0
        while at < len(data):
            if self.left and not self.lost:
                part = data[at : at + self.left]
                self.left -= len(part)
                at += len(part)
                if not self.left:
                    self.picture_over()
                yield True, part
            elif self.lost:
                yield True, data[at:]
                return
            else:
                end = self._words(data, at)
                if end > at:
                    yield False, data[at:end]
                at = end

    def _words(self, data: bytes, at: int) -> int:
        """Up to where a picture begins; the byte that fits nothing may be a picture's as well."""
        while at < len(data) and not self.left:
            self.step(data[at : at + 1])
            if self.lost:
                return at
            at += 1
        return at
