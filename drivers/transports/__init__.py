"""Cables: how bytes reach a printer. Families take a `Port`; `open_port` makes one from an address.

Knows USB and its printer class, no printer's language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import WrongDevice
from drivers.transports.address import (
    IppAddress,
    SerialAddress,
    TcpAddress,
    UsbAddress,
    UsbipAddress,
    parse_address,
)
from drivers.transports.port import Port

if TYPE_CHECKING:
    from drivers.transports.http import HttpPort

__all__ = [
    "IppAddress",
    "Port",
    "UsbAddress",
    "UsbipAddress",
    "open_port",
    "open_queue",
    "parse_address",
]


def open_port(uri: str) -> Port:
    """Open the printer at an address; sends nothing on its bulk pipes.

    `ValueError` (one line, with the right form) for an address that is none, `DeviceGone` when no
    such printer answers, `DeviceBusy` when somebody else holds it.
    """
    address = parse_address(uri)
    if isinstance(address, IppAddress):
        raise WrongDevice(f"{uri} is a print queue, which needs a model of the family ipp")
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


def open_queue(uri: str) -> HttpPort:
    """Open the queue at an address; sends nothing. `ValueError`, `DeviceGone` as `open_port`, and
    `WrongDevice` for an address of a cable."""
    address = parse_address(uri)
    if not isinstance(address, IppAddress):
        raise WrongDevice(f"{uri} is no print queue, which a model of the family ipp needs")
    from drivers.transports.http import HttpPort

    port = HttpPort(address.host, address.port, address.path)
    port.reopen()
    return port
