"""Which bytes of an Evolis stream are a picture: the data of a download (evolis.md §3, §4)."""

from __future__ import annotations

from drivers.evolis.wire import CR, ESC, NUL
from drivers.models import Model
from drivers.transports.skimming import Skimming

#: Bits of a dot by levels (§4).
_BITS = {b"2": 1, b"32": 5, b"64": 6, b"128": 7}
#: The longest command of the sheet is far below this.
_MOST_COMMAND = 128


class EvolisSkimmer(Skimming):
    """Follows ESC, name and parameters, CR; after `Db;panel;levels;` and `Dbc;panel;levels;size;` comes data."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self._dots = model.width_px * model.height_px
        self.reset()

    def reset(self) -> None:
        super().reset()
        self._command: bytearray | None = None

    def step(self, byte: bytes) -> None:
        if self._command is None:
            if byte == ESC:
                self._command = bytearray()
            else:
                # Padding, and the CR behind a panel.
                self.lost = byte not in (NUL, CR)
        elif byte == CR:
            self._command = None
        else:
            self._in_command(byte, self._command)

    def _in_command(self, byte: bytes, command: bytearray) -> None:
        command += byte
        self.lost = len(command) > _MOST_COMMAND
        if byte == b";":
            self.left = self._data(bytes(command).split(b";")[:-1])
            if self.left:
                self._command = None

    def _data(self, words: list[bytes]) -> int:
        """How many bytes of data follow these words."""
        if words[:1] == [b"Db"] and len(words) == 3 and words[2] in _BITS:
            return self._dots * _BITS[words[2]] // 8
        if words[:1] == [b"Dbc"] and len(words) == 4 and words[3].isdigit():
            return int(words[3])
        return 0
