"""The cable of a bench: the in-memory port with a hand on it that spoils what passes, and a note of all of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers import DeviceBusy, TransferStalled, TransferTimeout
from simulator.device import Unplugged
from simulator.printer import CardPrinter
from tests.unit.drivers.memory_port import CONTROL_S, MemoryPort, Time

#: A port status that no sheet has.
NO_STATUS = 0xC7
#: An answer of another language: framed as one of ours may be, and readable as nothing.
GARBAGE = b"\x01\x7f\xff?!\x03\x00" * 32
#: Begins as an answer of any language may, and no end of one is in it.
MEBIBYTE = b"\x01" + b"O" * ((1 << 20) - 1)


@dataclass
class Bend:
    """What happens to what passes; nothing unless set.

    `portion`: bytes of a transfer, either way. `late_s`: an answer's delay. `doubled`, `cut` (bytes that an
    answer loses at its end), `garbled`: of answers. `silent`: nothing is answered and nothing is taken.
    `takes`: so many more bytes are taken, then it NAKs for ever. `huge`: so many answers come as a mebibyte.
    """

    portion: int | None = None
    late_s: float = 0.0
    doubled: bool = False
    cut: int = 0
    garbled: bool = False
    silent: bool = False
    takes: int | None = None
    huge: int = 0


@dataclass
class Cable:
    """One printer's cable. One host holds it at a time, as a claimed interface does."""

    device: CardPrinter
    clock: Time
    kind: str
    bend: Bend = field(default_factory=Bend)
    #: Everything that went to the device: "reset", or bytes of the bulk pipe.
    sent: list[bytes | str] = field(default_factory=list)
    holder: BentPort | None = None

    def plug(self) -> BentPort:
        """A host opens the device."""
        if self.holder is not None:
            raise DeviceBusy("another program holds it")
        self.holder = _KINDS[self.kind](self)
        return self.holder

    def drop(self) -> None:
        """The host's process is killed: the system closes what it held."""
        self.holder = None


class BentPort(MemoryPort):
    """A host's end of the cable, on USB's printer class."""

    out, into = 1, 0x82

    def __init__(self, cable: Cable) -> None:
        super().__init__(cable.device, cable.device.serial, cable.clock)
        self._cable = cable
        self._again: bytes | memoryview = b""

    def usb_serial(self) -> str | None:
        return self._cable.device.serial or None

    def port_status(self) -> int:
        self._silence()
        byte = super().port_status()
        return NO_STATUS if self._cable.bend.garbled else byte

    def device_id(self) -> str:
        self._silence()
        text = super().device_id()
        return "?" if self._cable.bend.garbled else text

    def soft_reset(self) -> None:
        self._silence()
        self._cable.sent.append("reset")
        self._again = b""
        super().soft_reset()

    def _alive(self) -> None:
        def look() -> None:
            if not self._cable.device.plugged:
                raise Unplugged

        self._guarded(look)

    def _silence(self) -> None:
        if self._cable.bend.silent:
            self._alive()
            self._clock.now += CONTROL_S
            raise TransferTimeout("silent")

    def write(self, data: bytes, timeout_s: float) -> int:
        bend = self._cable.bend
        if bend.silent or bend.takes == 0:
            self._alive()
            self._clock.now += timeout_s
            raise TransferTimeout("held back")
        data = data[: bend.portion] if bend.takes is None else data[: bend.takes]
        device, clock = self._cable.device, self._cable.clock
        taken = self._waited(lambda: device.bulk_out(self.out, data, clock.now), timeout_s)
        assert isinstance(taken, int)
        self._cable.sent.append(data[:taken])
        if bend.takes is not None:
            bend.takes -= taken
        return taken

    def read(self, size: int, timeout_s: float) -> bytes:
        bend = self._cable.bend
        if bend.silent:
            self._alive()
            self._clock.now += timeout_s
            raise TransferTimeout("silent")
        if self._again:
            part, self._again = self._again[:size], self._again[size:]
            return bytes(part)
        if bend.late_s:
            self._clock.now += min(bend.late_s, timeout_s)
            if bend.late_s >= timeout_s:
                raise TransferTimeout("late")
            timeout_s -= bend.late_s
        device, clock = self._cable.device, self._cable.clock
        most = min(size, bend.portion or size)
        data = self._waited(lambda: device.bulk_in(self.into, most, clock.now), timeout_s)
        assert isinstance(data, bytes)
        if bend.garbled:
            return GARBAGE[:size]
        if bend.huge:
            bend.huge -= 1
            self._again = memoryview(MEBIBYTE)[most:]
            return MEBIBYTE[:most]
        if bend.doubled:
            self._again = data
        return data[: len(data) - bend.cut] if bend.cut else data

    def close(self) -> None:
        super().close()
        if self._cable.holder is self:
            self._cable.holder = None


class BentStorage(BentPort):
    """The same on mass storage's pipes: its reset recovery, no 1284 text."""

    out, into = 2, 0x81

    def device_id(self) -> str:
        return ""

    def soft_reset(self) -> None:
        self._silence()
        self._cable.sent.append("reset")
        self._control(0x21, 0xFF, 0)

    def port_status(self) -> int:
        raise TransferStalled("no request of this class")


class BentLine(BentPort):
    """A bare line: bytes and nothing else."""

    @property
    def usb_ids(self) -> tuple[int, int]:
        return 0, 0

    def usb_serial(self) -> str | None:
        return None

    def device_id(self) -> str:
        return ""

    def port_status(self) -> int:
        raise TransferStalled("a line has no port status")

    def soft_reset(self) -> None:
        raise TransferStalled("a line has no soft reset")


_KINDS: dict[str, type[BentPort]] = {"usb": BentPort, "storage": BentStorage, "line": BentLine}
