"""What is attached to this machine, and which models it may be: for `printer find` and `doctor`.

A listing reads files (sysfs, pyserial's list of lines) or a USB/IP server's list and opens no device: whoever
drives one is not disturbed. `ask_attached` does open; whom it may ask is the caller's to decide.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from drivers.contract import DeviceGone, TransportError
from drivers.families import LINE_FAMILIES
from drivers.models import Model, models
from drivers.sysfs import SYS, UsbDevice, usb_devices
from drivers.transports.address import USBIP_FORM, UsbipAddress, parse_address
from drivers.transports.device_id import model_of, serial_of

_PRINTER_CLASS = 7
DEV = Path("/dev")
#: After these there is nothing more to ask.
FATAL = (errno.EACCES, errno.EBUSY, errno.ENODEV, errno.ESHUTDOWN)


@dataclass(frozen=True)
class Attached:
    """One device at a cable. Texts are empty where none is known; `uri` is what a configuration would say.

    `node` and `lp` are its files below `/dev`, `bound` the kernel's own driver of it. `note` says why it
    could not be asked.
    """

    kind: str
    uri: str
    usb_ids: tuple[int, int] = (0, 0)
    manufacturer: str = ""
    product: str = ""
    serial: str = ""
    device_id: str = ""
    node: str = ""
    lp: str = ""
    bound: str = ""
    port: str = ""
    note: str = ""

    @property
    def mdl(self) -> str:
        """The model that its 1284 text tells."""
        return model_of(self.device_id)


@dataclass(frozen=True)
class Proposal:
    """A model that fits, and why."""

    model: Model
    because: str


# ------------------------------------------------------------------------------- listing
def attached_usb(sys: Path = SYS) -> tuple[Attached, ...]:
    """The printers at this machine's USB: of the printer class, or with the ids of a known model."""
    found = [_attached(device) for device in usb_devices(sys) if _is_printer(device)]
    return tuple(found)


def _is_printer(device: UsbDevice) -> bool:
    if any(interface.kind[0] == _PRINTER_CLASS for interface in device.interfaces):
        return True
    return any(device.ids in model.usb_ids for model in models().values())


def _attached(device: UsbDevice) -> Attached:
    texts = [interface.device_id for interface in device.interfaces if interface.device_id]
    serial = device.serial or next(filter(None, map(serial_of, texts)), "") or ""
    return Attached(
        kind="usb",
        uri=usb_uri(device.ids, serial),
        usb_ids=device.ids,
        manufacturer=device.manufacturer,
        product=device.product,
        serial=serial,
        device_id=next(iter(texts), ""),
        node=device.node,
        lp=next((interface.lp for interface in device.interfaces if interface.lp), ""),
        bound=next((interface.driver for interface in device.interfaces if interface.driver), ""),
        port=device.name,
    )


def usb_uri(ids: tuple[int, int], serial: str) -> str:
    """The address of a USB device; whatever signs its serial number has."""
    plain = f"usb://{ids[0]:04x}:{ids[1]:04x}"
    return f"{plain}/{quote(serial, safe='')}" if serial else plain


def attached_exports(host: str, port: int) -> tuple[Attached, ...]:
    """What a USB/IP server exports; imports nothing. `DeviceGone` when it does not answer."""
    import usb.core

    from drivers.transports.usbip_link import list_devices

    try:
        listed = list_devices(host, port)
    except usb.core.USBError as error:
        raise DeviceGone(str(error.strerror)) from error
    at = f"[{host}]" if ":" in host else host
    return tuple(
        Attached(
            kind="usbip",
            uri=f"usbip://{at}:{port}/{device.busid}",
            usb_ids=(device.vendor_id, device.product_id),
            port=device.busid,
        )
        for device in listed
    )


def attached_lines(
    lines: Callable[[], Iterable[Any]] | None = None, dev: Path = DEV
) -> tuple[Attached, ...]:
    """The serial lines with some device at their end; opens none."""
    if lines is None:
        from serial.tools.list_ports import comports

        lines = comports
    names = {link.resolve(): link for link in sorted((dev / "serial/by-id").glob("*"))}
    found = []
    for line in lines():
        if line.hwid in (None, "n/a"):
            continue  # a port of the mainboard that may not even have a socket
        # The name by id stays the same at another port, if the adapter has a serial number.
        path = names.get(Path(line.device).resolve(), Path(line.device))
        found.append(
            Attached(
                kind="serial",
                uri=f"serial://{path}?baud=9600",
                usb_ids=(line.vid or 0, line.pid or 0),
                manufacturer=line.manufacturer or "",
                product=line.product or line.description or "",
                serial=line.serial_number or "",
                node=line.device.removeprefix("/dev/"),
                port=line.location or "",
            )
        )
    return tuple(sorted(found, key=lambda each: each.uri))


# ------------------------------------------------------------------------------- asking
def ask_attached(found: Attached, backend: Any = None) -> Attached:
    """The same with what only the device itself tells (texts of a USB/IP device, the 1284 text), by control
    requests alone; given back at once. Somebody else's device is left alone and says so in `note`."""
    if found.kind not in ("usb", "usbip") or found.bound:
        return found
    import usb.core

    from drivers.transports.finding import libusb
    from drivers.transports.usb import translate
    from drivers.transports.usbip import UsbipBackend

    try:
        if found.kind == "usbip":
            address = parse_address(found.uri)
            assert isinstance(address, UsbipAddress)
            backend = UsbipBackend(address.host, address.port, address.busid)
            device = usb.core.find(backend=backend)
        else:
            bus, number = (int(part) for part in found.node.split("/")[-2:])
            backend = backend or libusb()
            device = usb.core.find(
                backend=backend, custom_match=lambda d: (d.bus, d.address) == (bus, number)
            )
        if device is None:
            return replace(found, note="it went away while it was looked at")
        return _told(device, found)
    except usb.core.USBError as error:
        return replace(found, note=str(translate(error, "ask")))
    except (TransportError, UnicodeError) as error:
        return replace(found, note=str(error))


def _told(device: Any, found: Attached) -> Attached:
    import usb.util

    from drivers.transports.usb import open_device

    try:
        texts = [
            _string(device, index)
            for index in (device.iManufacturer, device.iProduct, device.iSerialNumber)
        ]
        port = open_device(device, found.uri)
        try:
            text = port.device_id()
        finally:
            port.close()
    finally:
        usb.util.dispose_resources(device)
    serial = texts[2] or serial_of(text) or found.serial
    return replace(
        found,
        manufacturer=texts[0] or found.manufacturer,
        product=texts[1] or found.product,
        serial=serial,
        device_id=text,
        uri=usb_uri(found.usb_ids, serial) if found.kind == "usb" else found.uri,
    )


def _string(device: Any, index: int) -> str:
    """A text of the device; empty when it has none, refuses the request or garbles it."""
    import usb.core
    import usb.util

    if not index:
        return ""
    try:
        langids = usb.util.get_langids(device)
        text = usb.util.get_string(device, index, langids[0]) if langids else ""
    except UnicodeError:
        return ""
    except usb.core.USBError as error:
        if error.errno in FATAL:
            raise
        return ""
    return (text or "").strip("\0 ")


# ------------------------------------------------------------------------------- proposing
def proposals(found: Attached) -> tuple[Proposal, ...]:
    """The models that it may be, the surest first: what its 1284 text says, then its USB ids.

    Of models with the same ids those that its name fits, if any does; of these the one with the most panels first.
    """
    # Files that differ in their ribbon alone: most units have the one for colour.
    known = sorted(models().values(), key=lambda model: -len(model.panels))
    if found.kind == "serial":
        on_a_line = [m for m in known if m.family in LINE_FAMILIES]
        return tuple(Proposal(m, "it speaks over a line; ids say nothing there") for m in on_a_line)
    sure, named, likely = [], [], []
    for model in known:
        if found.mdl and model.mdl and model.accepts(found.usb_ids, found.mdl):
            sure.append(Proposal(model, f"its 1284 id says {found.mdl}"))
        elif not (why := _by_ids(model, found)):
            continue
        elif _is_named(model, found):
            named.append(Proposal(model, f"its name is {found.mdl or found.product}"))
        else:
            likely.append(Proposal(model, why))
    return (*sure, *(named or likely))


def _by_ids(model: Model, found: Attached) -> str:
    """Why its USB ids are those of the model; empty where they are not."""
    if model.accepts(found.usb_ids, found.mdl):
        return "its USB ids are those of the model"
    vendors = {vendor for vendor, _ in model.usb_ids}
    if getattr(model.facts, "any_product", False) and found.usb_ids[0] in vendors:
        return "its USB vendor is that of the model"
    return ""


def _is_named(model: Model, found: Attached) -> bool:
    """Whether what it is called by USB would do as the name that the model answers with; a hint, no proof."""
    text = getattr(model.facts, "type_text", "")
    return bool(text) and re.fullmatch(text, found.mdl or found.product) is not None


def usbip_server(text: str) -> tuple[str, int]:
    """HOST:PORT of a USB/IP server. `ValueError` in one line."""
    try:
        address = parse_address(f"usbip://{text}/1-1")
    except ValueError:
        raise ValueError(f"{text!r} is no USB/IP server; write HOST:PORT ({USBIP_FORM})") from None
    assert isinstance(address, UsbipAddress)
    return address.host, address.port


def usb_library() -> str:
    """Name of the libusb in use; `TransportError` says how to install it."""
    from drivers.transports.finding import libusb

    return str(libusb().lib._name)
