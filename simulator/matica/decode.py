"""`printstation-sim decode` of a Matica recording: what was written to the OUT pipe, frames and image data.

Answers are not in such a recording: every command is taken as carried out, but an action that comes again
with nothing but queries between, which was refused the first time (no card needs one twice in a row).
Cards that are complete before a damage are written.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

from simulator.bulkonly import Frames, Nonsense, Request
from simulator.card_files import DAMAGED, CardFiles, Shown
from simulator.devicefile import DeviceSpec
from simulator.matica.commands import DYES, EJECT, LETTERS, REJECT, RESIN
from simulator.world import Layer


class Damaged(Exception):
    """`offset N: what is wrong`."""


@dataclass(eq=False)
class _Card:
    tokens: dict[str, list[str]] = field(default_factory=lambda: {"front": [], "back": []})
    layers: dict[str, list[Layer]] = field(default_factory=lambda: {"front": [], "back": []})
    side: str = "front"

    def say(self, word: str) -> None:
        self.tokens[self.side].append(word)

    def turn(self) -> None:
        self.say("flip")
        self.side = "back" if self.side == "front" else "front"


def decode(spec: DeviceSpec, data: bytes, out: Path) -> int:
    """As `simulator.decode.decode`: 0, or 2 after a damage, which is told on stderr."""
    reader = _Reader(spec, out)
    try:
        for event in reader.frames.feed(data):
            reader.take(event)
        reader.end()
    except Damaged as damage:
        print(str(damage), file=sys.stderr)
        return DAMAGED
    return 0


class _Reader:
    def __init__(self, spec: DeviceSpec, out: Path) -> None:
        self.frames = Frames()
        self._spec = spec
        self._files = CardFiles(spec.geometry, out)
        self._buffers: dict[tuple[int, str], bytes] = {}
        self._film: list[Layer] = []
        self._card: _Card | None = None
        self._last = b""

    def take(self, event: Request | Nonsense) -> None:
        """One command."""
        if isinstance(event, Nonsense):
            raise Damaged(f"offset {event.offset}: {event.message}")
        block, offset = event.frame.block, event.frame.offset
        again = block[0] == 0x31 and block == self._last
        self._last = block if block[0] in (0x31, 0x2A) else self._last
        if again:
            return
        if block[0] == 0x2A:
            self._fill(block, event.data, offset)
        elif block[0] == 0x31 and block[1] == 0x01:
            if self._card is not None:
                raise Damaged(f"offset {offset}: a new card before the last one is out")
            self._card = _Card()
            self._card.say("load")
            self._wind_on(block)
        elif block[0] == 0x31:
            self._act(block, offset)

    def end(self) -> None:
        """What a stream that ends here lacks."""
        offset = self.frames.offset
        if self.frames.want:
            raise Damaged(f"offset {offset}: the stream ends inside {self.frames.want}")
        if self._card is not None:
            raise Damaged(f"offset {offset}: the stream ends before the card is out")

    def _fill(self, block: bytes, data: bytes, offset: int) -> None:
        geometry = self._spec.geometry
        buffer, number = divmod(block[2], 8)
        wanted = geometry.lines * geometry.dots
        if number not in LETTERS or buffer > 1:
            raise Damaged(f"offset {offset}: there is no panel {block[2]}")
        if len(data) != wanted:
            raise Damaged(
                f"offset {offset}: panel {LETTERS[number]} has {len(data)} bytes where "
                f"{self._spec.name} needs {wanted}"
            )
        self._buffers[buffer, LETTERS[number]] = data

    def _act(self, block: bytes, offset: int) -> None:
        card, action = self._card, block[1]
        if card is None:
            return  # a stray card is moved out
        if action == 0x08:
            self._print(card, block, offset)
        if action in (0x09, 0x0A, 0x0D):
            card.say("transfer")
            card.layers[card.side] += self._film
            self._film = []
        if action == 0x0A or (action == 0x0B and block[4] & 2):
            card.turn()
        if action == 0x0B:
            self._wind_on(block)
        if action == 0x09 or (action == 0x0B and block[7] in (REJECT, EJECT)):
            card.say("reject" if block[7] == REJECT else "eject")
            self._close(card)

    def _wind_on(self, block: bytes) -> None:
        if block[4] & 4 and self._card is not None:
            self._card.say("film-init")
            self._film = []

    def _print(self, card: _Card, block: bytes, offset: int) -> None:
        letters = (*(DYES if block[2] & 2 else ()), *((RESIN,) if block[2] & 4 else ()))
        for letter in letters:
            plane = self._buffers.get((block[4], letter))
            if plane is None:
                raise Damaged(f"offset {offset}: panel {letter} is printed and was never sent")
            lines = self._spec.geometry.lines
            self._film.append(Layer(letter, plane, lines, self._spec.name, lines=lines))
        card.say(f"print {''.join(letters)} buffer {block[4]}")

    def _close(self, card: _Card) -> None:
        self._card = None
        sides = [side for side in ("front", "back") if card.layers[side]]
        if not sides:
            return
        self._files.write(
            [
                Shown(
                    side,
                    card.layers[side],
                    card.tokens[side],
                    {layer.letter: len(layer.plane) for layer in card.layers[side]},
                )
                for side in sides
            ]
        )
