"""Which bytes of a Matica stream are a picture: the data stage behind a frame (matica-xid.md, "Transport")."""

from __future__ import annotations

from drivers.matica.wire import FRAME_BYTES
from drivers.transports.skimming import Skimming

_SIZE, _FLAGS = slice(8, 12), 12
_SIGNATURE = b"USBC"
_INTO_HOST = 0x80


class MaticaSkimmer(Skimming):
    """Follows frames of 31 bytes. The driver sends no other data than panels; any other would be left out too."""

    def __init__(self) -> None:
        super().__init__()
        self.reset()

    def reset(self) -> None:
        super().reset()
        self._frame = b""

    def step(self, byte: bytes) -> None:
        self._frame += byte
        self.lost = not self._frame.startswith(_SIGNATURE[: len(self._frame)])
        if len(self._frame) == FRAME_BYTES:
            frame, self._frame = self._frame, b""
            into_host = bool(frame[_FLAGS] & _INTO_HOST)
            self.left = 0 if into_host else int.from_bytes(frame[_SIZE], "little")
