"""A receipt printer as its cable sees it: USB printer class, or a plain line (TCP, serial).

Implements `device.UsbDevice`; `hear` and `say` are the line of the other two kinds. Language and status:
escpos.md. Slips are kept in memory only, the newest first to go when there are too many.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator import usbclass
from simulator.device import Setup, Stalled, Unplugged
from simulator.receipt.body import ReceiptBody
from simulator.receipt.spec import ReceiptSpec

KINDS = ("usb", "tcp", "serial")


class ReceiptPrinter:
    """One receipt printer. `connection` grows whenever a host's session ends (cable, power)."""

    def __init__(self, name: str, kind: str, busid: str, serial: str, spec: ReceiptSpec) -> None:
        self.name = name
        self.kind = kind
        self.busid = busid
        self.serial = serial
        self.spec = spec
        self.vendor_id = spec.usb.vendor_id
        self.product_id = spec.usb.product_id
        self.connection = 0
        self.cable = True
        # Where a host finds it; set as soon as its line is open.
        self.uri = ""
        self.port = 0  # of a TCP printer; 0 lets the system choose
        self.body = ReceiptBody(spec, self.unplug)
        self._armed = 0

    # ------------------------------------------------------------------ the seam
    @property
    def plugged(self) -> bool:
        return self.cable and self.body.power

    def device_descriptor(self) -> bytes:
        return usbclass.device_descriptor(self.spec)

    def configuration_descriptor(self) -> bytes:
        return usbclass.configuration_descriptor(self.spec)

    def next_due(self, now: float) -> float | None:
        return self.body.next_due(now)

    def advance(self, now: float) -> None:
        powered = self.body.power
        self.body.advance(now)
        if powered and not self.body.power:
            self.connection += 1

    def control(self, setup: Setup, data: bytes, now: float) -> bytes:
        self._enter(now)
        if not usbclass.is_class_request(setup):
            return usbclass.standard(self.spec, self.serial, setup)
        reads = setup.request_type == usbclass.CLASS_IN
        resets = setup.request_type in usbclass.SOFT_RESET_TYPES
        if reads and setup.request == usbclass.GET_DEVICE_ID:
            return usbclass.device_id(self.spec.usb.device_id)[: setup.length]
        if reads and setup.request == usbclass.GET_PORT_STATUS:
            return bytes((self._port_status(),))[: setup.length]
        if resets and setup.request == usbclass.SOFT_RESET:
            self.body.forget()
            return b""
        raise Stalled

    def bulk_out(self, endpoint: int, data: bytes, now: float) -> int | None:
        self._enter(now)
        if endpoint & 0x8F != usbclass.EP_OUT:
            raise Stalled
        taken = self.hear(data, now)
        if not self.plugged:
            raise Unplugged
        return None if data and not taken else taken

    def bulk_in(self, endpoint: int, size: int, now: float) -> bytes | None:
        self._enter(now)
        if endpoint | 0x80 != usbclass.EP_IN:
            raise Stalled
        return self.body.give(size) or None

    def _enter(self, now: float) -> None:
        self.advance(now)
        if not self.plugged:
            raise Unplugged

    def _port_status(self) -> int:
        if self.body.paper_out:
            return usbclass.MEDIA_OUT & ~usbclass.BUSY
        return usbclass.ERROR if self.body.offline else usbclass.READY

    # ------------------------------------------------------------------ the plain line
    def hear(self, data: bytes, now: float) -> int:
        """How many bytes were taken; those after a loss of cable or power are not."""
        powered = self.body.power
        taken = self.body.take(data, now)
        if powered and not self.body.power:
            self.connection += 1
        return taken

    def new_host(self) -> None:
        """Another host begins on the line."""
        self.body.replies.clear()

    def say(self, size: int, now: float) -> bytes:
        """What it has to tell now, nothing without power."""
        self.advance(now)
        return self.body.give(size) if self.plugged else b""

    # ------------------------------------------------------------------ hands
    def unplug(self) -> None:
        """The cable comes out; the printer goes on with what it has."""
        if self.cable:
            self.cable = False
            self.connection += 1
            self.body.replies.clear()

    def replug(self) -> None:
        self.cable = True

    def power_off(self) -> None:
        """Everything received is forgotten; the paper hangs where it is."""
        if self.body.power:
            self.body.power_off()
            self.connection += 1

    def act(self, act: str) -> None:
        """One of `receipt.spec.ACTS`; KeyError for any other. Some change nothing."""
        _ACTS[act](self)

    def arm_id(self) -> str:
        """A name for the next fault."""
        self._armed += 1
        return f"r{self._armed}"

    # ------------------------------------------------------------------ showing
    def to_json(self) -> dict[str, Any]:
        """As the control API shows it."""
        body = self.body
        state = {
            "plugged": self.cable,
            "power": body.power,
            "cover_open": body.cover_open,
            "paper": "end" if body.paper_out else "near-end" if body.near_end else "ok",
            "error": body.in_error,
            "offline": body.offline,
            "busy": body.busy,
        }
        return {
            "name": self.name,
            "model": self.spec.model,
            "kind": self.kind,
            "uri": self.uri,
            "columns": self.spec.columns,
            "state": state,
            "slips": len(body.slips),
        }


def _take_paper(printer: ReceiptPrinter) -> None:
    printer.body.roll_dots = 0


def _cover(printer: ReceiptPrinter, is_open: bool) -> None:
    printer.body.cover_open = is_open


def _clear_cutter(printer: ReceiptPrinter) -> None:
    printer.body.cutter_stuck = False


_ACTS: dict[str, Callable[[ReceiptPrinter], None]] = {
    "unplug": ReceiptPrinter.unplug,
    "replug": ReceiptPrinter.replug,
    "power-off": ReceiptPrinter.power_off,
    "power-on": lambda printer: printer.body.power_on(),
    "open-cover": lambda printer: _cover(printer, True),
    "close-cover": lambda printer: _cover(printer, False),
    "take-paper": _take_paper,
    "new-paper": lambda printer: printer.body.new_paper(),
    "low-paper": lambda printer: printer.body.low_paper(),
    "clear-cutter": _clear_cutter,
    "tear-off": lambda printer: printer.body.tear_off(),
}
