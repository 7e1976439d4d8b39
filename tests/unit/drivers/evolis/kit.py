"""A scripted Evolis printer: a `Port` that answers by a table and writes down all that it hears."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from drivers import DeviceGone, Model, TransferStalled, TransferTimeout, model
from tests.unit.drivers.memory_port import Time

__all__ = ["Printer", "Time", "small"]

Answer = bytes | Callable[[], bytes]
#: A healthy printer, idle, with cards and in the host's error mode.
HEALTHY: dict[str, Answer] = {
    "Rsn": b"SIM-7\0", "Rtp": b"Zenius\0", "Rfv": b"1.0\0", "Rem": b"2,2\0", "Rlr": b"OK\0", "Rlr;p": b"OK\0",
    "Rlr;c": b"OK\0", "Rlr;r": b"OK\0", "Rse;o": b"5,00 Volts\0", "Rse;f": b"5,00 Volts\0",
    "Rse;b": b"0,21 Volts\0", "Rco;c": b"41\0", "Rco;p": b"205\0", "Rco;n": b"2\0", "Rrt;count": b"150\0",
    "Rrt;qty": b"200\0",
}  # fmt: skip


def small(name: str = "zenius", **changes: object) -> Model:
    """A model whose card is 16 lines long, so that a test costs nothing."""
    return dataclasses.replace(model(name), width_px=16, chunk_bytes=1024, **changes)  # type: ignore[arg-type]


class Printer:
    """`answers` by command text; any other command is answered `OK`. `log` has ("status",), ("reset",) and
    ("heard", text) in order. On a `line` there are no class requests."""

    def __init__(self, clock: Time, line: bool = False, **answers: Answer) -> None:
        self.clock = clock
        self.line = line
        self.answers = dict(HEALTHY)
        self.status: int | Callable[[], int] = 0x18
        self.ids = (0x0F49, 0x0A00)
        self.log: list[tuple[str, ...]] = []
        self.replies: list[tuple[float, bytes]] = []
        self.hang: Callable[[str], bool] = lambda text: False
        self.delay_s = 0.01
        self.gone = False
        self.chatters = False
        self._head = b""
        self._data_left = 0

    # ------------------------------------------------------------------ the port
    @property
    def usb_ids(self) -> tuple[int, int]:
        return (0, 0) if self.line else self.ids

    def usb_serial(self) -> str | None:
        return None

    def device_id(self) -> str:
        return ""

    def port_status(self) -> int:
        self._alive(classy=True)
        self.log.append(("status",))
        return self.status() if callable(self.status) else self.status

    def soft_reset(self) -> None:
        self._alive(classy=True)
        self.log.append(("reset",))
        self.replies.clear()
        self._head, self._data_left = b"", 0

    def write(self, data: bytes, timeout_s: float) -> int:
        self._alive()
        assert timeout_s > 0
        for byte in data:
            self._hear(byte)
        return len(data)

    def read(self, size: int, timeout_s: float) -> bytes:
        self._alive()
        end = self.clock.now + timeout_s
        if self.chatters:
            return b"x" * size
        if not self.replies or self.replies[0][0] > end:
            self.clock.now = end
            raise TransferTimeout("nothing")
        due, reply = self.replies.pop(0)
        self.clock.now = max(self.clock.now, due)
        if reply[size:]:
            self.replies.insert(0, (due, reply[size:]))
        return reply[:size]

    def close(self) -> None:
        self.log.append(("close",))

    def _alive(self, classy: bool = False) -> None:
        if self.gone:
            raise DeviceGone("gone")
        if classy and self.line:
            raise TransferStalled("a line has none")

    # ------------------------------------------------------------------ the language, as far as a test needs it
    def _hear(self, byte: int) -> None:
        if self._data_left:
            self._data_left -= 1
            return
        if not self._head and byte != 0x1B:
            return
        if byte == 0x0D:
            text, self._head = self._head[1:].decode("latin-1"), b""
            self._answer(text)
            return
        self._head += bytes((byte,))
        fields = self._head[1:].split(b";")
        if self._head.startswith(b"\x1bDbc;") and len(fields) == 5:
            self._data_left = int(fields[3])
        elif self._head.startswith(b"\x1bDb;") and len(fields) == 4:
            self._data_left = 16 * 648 * {b"2": 1, b"32": 5, b"64": 6, b"128": 7}[fields[2]] // 8

    def _answer(self, text: str) -> None:
        self.log.append(("heard", text))
        if self.hang(text):
            return
        answer = self.answers.get(text, b"OK\0")
        if callable(answer):
            answer = answer()
        if answer:
            self.replies.append((self.clock.now + self.delay_s, answer))

    @property
    def heard(self) -> list[str]:
        """Commands in order, downloads without their data."""
        return [entry[1] for entry in self.log if entry[0] == "heard"]
