"""Cables: how bytes reach a printer. Families take a `Port`; `open_port` makes one from an address.

Knows USB and its printer class, no printer's language.
"""

from __future__ import annotations

from drivers.transports.address import (
    SerialAddress,
    TcpAddress,
    UsbAddress,
    UsbipAddress,
    parse_address,
)
from drivers.transports.port import Port

__all__ = ["Port", "UsbAddress", "UsbipAddress", "open_port", "parse_address"]


def open_port(uri: str) -> Port:
    """Open the printer at an address; sends nothing on its bulk pipes.

    `ValueError` (one line, with the right form) for an address that is none, `DeviceGone` when no
    such printer answers, `DeviceBusy` when somebody else holds it.
    """
    address = parse_address(uri)
    if isinstance(address, SerialAddress):
        from drivers.transports.serial import open_serial

        return open_serial(address, uri)
    if isinstance(address, TcpAddress):
        from drivers.transports.tcp import open_tcp

        return open_tcp(address, uri)
    # pyusb takes 16 ms to import, which a program that only reads addresses need not pay.
    from drivers.transports.finding import find_usb, find_usbip

    if isinstance(address, UsbipAddress):
        return find_usbip(address, uri)
    return find_usb(address, uri)
