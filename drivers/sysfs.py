"""USB devices as Linux lists them in sysfs: reading files opens no device and disturbs nobody who holds one.

Layout: Linux Documentation/ABI/stable/sysfs-bus-usb; `ieee1284_id` and `usbmisc/lpN` are those of usblp.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SYS = Path("/sys")
#: An attribute is one page at most.
MOST_BYTES = 4096


@dataclass(frozen=True)
class UsbInterface:
    """One interface of a device: its class, who in the kernel is bound to it, what usblp tells of it."""

    name: str
    kind: tuple[int, int]
    driver: str
    device_id: str
    lp: str


@dataclass(frozen=True)
class UsbDevice:
    """One device of this machine; texts are empty where it tells none."""

    name: str
    ids: tuple[int, int]
    bus: int
    address: int
    manufacturer: str
    product: str
    serial: str
    interfaces: tuple[UsbInterface, ...]

    @property
    def node(self) -> str:
        """Its file below `/dev`, which whoever drives it must be able to write."""
        return f"bus/usb/{self.bus:03d}/{self.address:03d}"


def usb_devices(sys: Path = SYS) -> tuple[UsbDevice, ...]:
    """Every USB device of this machine, hubs included; empty where there is no USB, or no sysfs."""
    folder = sys / "bus/usb/devices"
    if not folder.is_dir():
        return ()
    places = sorted(place for place in folder.iterdir() if ":" not in place.name)
    return tuple(device for place in places if (device := _device(folder, place)) is not None)


def _device(folder: Path, place: Path) -> UsbDevice | None:
    try:
        ids = _number(place / "idVendor", 16), _number(place / "idProduct", 16)
        bus, address = _number(place / "busnum"), _number(place / "devnum")
    except ValueError:
        return None  # it was unplugged while we looked
    parts = sorted(part for part in folder.iterdir() if part.name.startswith(f"{place.name}:"))
    return UsbDevice(
        name=place.name,
        ids=ids,
        bus=bus,
        address=address,
        manufacturer=_text(place / "manufacturer"),
        product=_text(place / "product"),
        serial=_text(place / "serial"),
        interfaces=tuple(_interface(part) for part in parts),
    )


def _interface(part: Path) -> UsbInterface:
    misc = part / "usbmisc"
    try:
        kind = _number(part / "bInterfaceClass", 16), _number(part / "bInterfaceSubClass", 16)
    except ValueError:
        kind = (0, 0)
    driver = part / "driver"
    return UsbInterface(
        name=part.name,
        kind=kind,
        driver=driver.readlink().name if driver.is_symlink() else "",
        device_id=_text(part / "ieee1284_id"),
        lp=next((f"usb/{lp.name}" for lp in sorted(misc.iterdir())), "") if misc.is_dir() else "",
    )


def _text(path: Path) -> str:
    """An attribute as text, whatever its bytes are; empty when it is not there."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES)
    except OSError:
        return ""
    try:
        return raw.decode().strip("\0 \n")
    except UnicodeDecodeError:
        return raw.decode("latin-1").strip("\0 \n")


def _number(path: Path, base: int = 10) -> int:
    """`ValueError` where there is no such attribute, or no number in it."""
    return int(_text(path) or "none", base)
