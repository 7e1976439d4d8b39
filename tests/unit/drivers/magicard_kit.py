"""Faces, a clock and a scripted printer for the tests of the Magicard driver."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from PIL import Image

from drivers import DeviceGone, Face, Model, TransferTimeout, model

OK = b"\x01STAPrinterstatus OK.\n00:00\n(c0300)\x03"


def error(code: str) -> bytes:
    return f"\x01STADruckerfehler um 12:30 Uhr.\nFehlercode - {code}\n(c0201)\x03".encode("latin-1")


def tiny(name: str = "tango2e", **changes: object) -> Model:
    """A model whose card is 16 lines long, so that a test costs nothing."""
    return dataclasses.replace(model(name), width_px=16, chunk_bytes=1024, **changes)  # type: ignore[arg-type]


def blank(size: tuple[int, int]) -> Face:
    return Face(Image.new("RGB", size, "white"), Image.new("L", size, 0))


class Time:
    """A clock that only moves when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


class Printer:
    """A `Port` with a printer behind it that does as it is told and writes down all that it hears.

    `status` is the port status, a number or a function of the time. `on_err` answers REQ,ERR. `log`
    holds ("status",), ("reset",), ("write", bytes) in order. `nak` says how many bytes it takes of a
    chunk (None: all). The parser swallows a query while it waits for a card's bytes, as a real one.
    """

    usb_ids = (0x0C1F, 0x1800)

    def __init__(self, clock: Time, name: str = "RioTango2D") -> None:
        self.clock = clock
        self.name = name
        self.log: list[tuple[object, ...]] = []
        self.status: int | Callable[[], int] = 0x18
        self.on_err: Callable[[], bytes] = lambda: OK
        self.values = {
            "MSR": "SIM-7",
            "VRS": "1.0",
            "TCQ": "41",
            "TCP": "9",
            "TCN": "2",
            "DFR": "250",
        }
        self.nak: Callable[[bytes], int | None] = lambda chunk: None
        self.on_write: Callable[[bytes], None] = lambda chunk: None
        self.on_cancel: Callable[[], None] = lambda: None
        #: Queries that it does not know: nothing comes back.
        self.mute: set[str] = set()
        self.replies: list[bytes] = []
        self.gone = False
        self.in_card = False
        self.reset_works = True

    def _alive(self) -> None:
        if self.gone:
            raise DeviceGone("gone")

    def device_id(self) -> str:
        self._alive()
        return f"MFG:Magicard ; CMD:PCL,MPL;MDL:{self.name}"

    def usb_serial(self) -> str | None:
        self._alive()
        return "USB-1"

    def port_status(self) -> int:
        self._alive()
        self.log.append(("status",))
        return self.status() if callable(self.status) else self.status

    def soft_reset(self) -> None:
        self._alive()
        self.log.append(("reset",))
        self.replies.clear()
        if self.reset_works:
            self.in_card = False

    def write(self, data: bytes, timeout_s: float) -> int:
        self._alive()
        assert timeout_s > 0
        taken = self.nak(data)
        if taken is not None and taken < len(data):
            self.clock.now += timeout_s
            self._hear(data[:taken])
            raise TransferTimeout("NAK", accepted=taken)
        self._hear(data)
        return len(data)

    def _hear(self, data: bytes) -> None:
        if not data:
            return
        self.log.append(("write", data))
        self.on_write(data)
        if b"NOC1" in data:
            self.in_card = True
        if self.in_card:
            return
        if b"REQ,ERR" in data:
            self.replies.append(self.on_err())
        elif b"REQ,CAN" in data:
            self.on_cancel()
        elif b"REQ,STA," in data:
            key = data[data.index(b"STA,") + 4 :][:3].decode()
            if key in self.mute:
                return
            self.replies.append(f"\x01STA,{key}{self.values[key]},\x03".encode())

    def read(self, size: int, timeout_s: float) -> bytes:
        self._alive()
        if not self.replies:
            self.clock.now += timeout_s
            raise TransferTimeout("nothing")
        part, rest = self.replies[0][:size], self.replies[0][size:]
        self.replies[:1] = [rest] if rest else []
        return part

    def close(self) -> None:
        self.log.append(("close",))

    @property
    def writes(self) -> list[bytes]:
        return [entry[1] for entry in self.log if isinstance(entry[-1], bytes)]  # type: ignore[misc]

    @property
    def heard(self) -> bytes:
        return b"".join(self.writes)
