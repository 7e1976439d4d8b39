"""A card printer on a plain line instead of USB: bytes in, answers out, no descriptors and no class requests.

The lines themselves (TCP port, pseudo-terminal) are those of `line_ports.py`; this is what they hold.
"""

from __future__ import annotations

from simulator import usbclass
from simulator.device import Unplugged
from simulator.heartbeat import Heartbeat
from simulator.printer import CardPrinter

# How a printer may be attached, by the word of the office file, and the line that it then hangs on.
ATTACHED = {"usbip": "usb", "serial": "serial", "tcp": "tcp"}


class CardLine:
    """One card printer's line. What was received survives every host, as on USB."""

    def __init__(self, printer: CardPrinter, heartbeat: Heartbeat) -> None:
        self.name = printer.name
        self.kind = ATTACHED[printer.attach]
        self._printer = printer
        self._heartbeat = heartbeat

    @property
    def uri(self) -> str:
        """Where a host finds it."""
        return self._printer.uri

    @uri.setter
    def uri(self, uri: str) -> None:
        self._printer.uri = uri

    @property
    def plugged(self) -> bool:
        return self._printer.plugged

    @property
    def connection(self) -> int:
        return self._printer.connection

    def new_host(self) -> None:
        """Answers to somebody who has gone are not for the next one."""
        self._printer.dialogue.clear()

    def next_due(self, now: float) -> float | None:
        return self._printer.next_due(now)

    def advance(self, now: float) -> None:
        self._printer.advance(now)

    def hear(self, data: bytes, now: float) -> int:
        """How many bytes were taken: none while it would NAK."""
        try:
            return self._printer.bulk_out(usbclass.EP_OUT, data, now) or 0
        except Unplugged:
            return 0

    def say(self, size: int, now: float) -> bytes:
        """All that it has to tell now, up to `size` bytes; the world is saved before it leaves."""
        told = b""
        try:
            while len(told) < size:
                part = self._printer.bulk_in(usbclass.EP_IN, size - len(told), now)
                if part is None:
                    break
                told += part
        except Unplugged:
            return b""
        if told:
            self._heartbeat.save()
        return told
