"""Addresses of printers: each form read, each mistake refused in one line that shows the right form."""

from __future__ import annotations

import pytest

from drivers.transports import UsbAddress, UsbipAddress, open_port, parse_address
from drivers.transports.address import USB_FORM, USBIP_FORM


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("usb://0c1f:1800", UsbAddress(0x0C1F, 0x1800)),
        ("usb://C1F:4/46A-00 7", UsbAddress(0xC1F, 4, "46A-00 7")),
        ("usb://0c1f:1800/a%2Fb", UsbAddress(0x0C1F, 0x1800, "a/b")),
        ("usbip://127.0.0.1:3240/1-1", UsbipAddress("127.0.0.1", 3240, "1-1")),
        ("usbip://sim.office.example:1/tango", UsbipAddress("sim.office.example", 1, "tango")),
        ("usbip://[::1]:65535/3-1.4:1.0", UsbipAddress("::1", 65535, "3-1.4:1.0")),
    ],
)
def test_read(uri: str, address: UsbAddress | UsbipAddress) -> None:
    assert parse_address(uri) == address


@pytest.mark.parametrize(
    ("uri", "form"),
    [
        ("usb://0c1f", USB_FORM),
        ("usb://0c1f:18000", USB_FORM),
        ("usb://xyz:1", USB_FORM),
        ("usb://0c1f:1800/", USB_FORM),
        ("usb://0c1f:1800/a/b", USB_FORM),
        ("usbip://127.0.0.1/1-1", USBIP_FORM),
        ("usbip://127.0.0.1:0/1-1", USBIP_FORM),
        ("usbip://127.0.0.1:65536/1-1", USBIP_FORM),
        ("usbip://127.0.0.1:3240", USBIP_FORM),
        ("usbip://127.0.0.1:3240/" + 32 * "x", USBIP_FORM),
        ("usbip://:3240/1-1", USBIP_FORM),
        ("0c1f:1800", USB_FORM),
        ("http://127.0.0.1", USBIP_FORM),
        ("", USBIP_FORM),
    ],
)
def test_refused(uri: str, form: str) -> None:
    with pytest.raises(ValueError) as refusal:
        open_port(uri)
    text = str(refusal.value)
    assert repr(uri) in text and form in text and "\n" not in text
