"""The narrow door between a printer family and its cable: bytes only.

A family knows a `Port` and nothing behind it; `UsbPort` (libusb and USB/IP) and the in-memory cable of
the tests are the implementations. Errors are those of `drivers/contract.py`: after a loss every call
raises `DeviceGone`, whatever happens to the cable later; a new port has to be opened.
"""

from __future__ import annotations

from typing import Protocol

#: What a line (serial, TCP) shows as its ids. It has no class requests: `port_status` and `soft_reset`
#: raise `TransferStalled`, there is no 1284 text and no serial number but what the printer's language tells.
NO_USB = (0, 0)


class Port(Protocol):
    """One open printer interface, held by one thread.

    Every call but `close` may raise `DeviceGone`. A loss says nothing of the bytes of the transfer
    that it hit: they are in doubt.
    """

    @property
    def usb_ids(self) -> tuple[int, int]:
        """Vendor id and product id; `NO_USB` on a line, which has bytes and nothing else."""

    def usb_serial(self) -> str | None:
        """The serial number of the USB string descriptor; None when the device has none."""

    def device_id(self) -> str:
        """The IEEE 1284 text (`MFG:…;MDL:…;`) without its length prefix, as the device wrote it.

        A wrong length and bytes outside ASCII are tolerated; an empty answer is an empty text.
        """

    def port_status(self) -> int:
        """The status byte of the printer class. `NotUnderstood` when the answer came empty."""

    def soft_reset(self) -> None:
        """The class request SOFT_RESET, of mass storage its reset recovery: the device drops what its
        buffers hold, and the pipes are clear."""

    def write(self, data: bytes, timeout_s: float) -> int:
        """One bulk OUT transfer; returns the bytes that the device acknowledged.

        Fewer than `len(data)` means that the device ended the transfer early: go on with the rest.
        `TransferTimeout` when the deadline came first, with the acknowledged bytes in `accepted` (0 or
        a part): the rest may be written again. Never repeats anything by itself.
        `TransferStalled` when the pipe was halted; the halt is cleared already.
        """

    def read(self, size: int, timeout_s: float) -> bytes:
        """One bulk IN transfer of at most `size` bytes; `b""` only for a real empty transfer.

        `TransferTimeout` when nothing came until the deadline, `TransferStalled` as for `write`.
        """

    def close(self) -> None:
        """Let go of the device. Never raises, may be repeated, sends nothing on the bulk pipes."""


def is_usb(port: Port) -> bool:
    """Whether the port has the printer class's requests beside its bytes."""
    return port.usb_ids != NO_USB
