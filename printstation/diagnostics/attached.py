"""What is attached, beside what is configured: which printer a device is, or the lines that would add it.

Pure: `drivers` lists, this compares. A unit is the same one by its serial number, wherever it is plugged in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

import drivers
from drivers import Attached


@dataclass(frozen=True)
class Known:
    """A configured printer and the unit that was last seen there."""

    name: str
    model: str
    uri: str
    serial: str | None = None


class Place(StrEnum):
    """How a device and the configuration meet."""

    HERE = "configured"
    MOVED = "on-another-port"
    NEW = "new"


@dataclass(frozen=True)
class Met:
    """One device: the printer that it is, if any; what is odd about that, and lines that would configure it."""

    device: Attached
    place: Place
    printer: str | None
    remark: str
    models: tuple[str, ...]
    because: str
    lines: str


def is_configured(device: Attached, known: Iterable[Known]) -> bool:
    """Whether some printer's address means this device: then its worker may hold it, and nobody else asks."""
    return any(_means(printer.uri, device) for printer in known)


def _means(uri: str, device: Attached) -> bool:
    """Whether an address of the configuration leads to this device."""
    if uri.partition("?")[0] == device.uri.partition("?")[0]:
        return True
    if device.kind == "serial":
        path = urlsplit(uri).path
        return uri.startswith("serial:") and path == f"/dev/{device.node}"
    if device.kind != "usb" or not uri.startswith("usb://"):
        return False
    ids, _, serial = uri.removeprefix("usb://").partition("/")
    vendor, _, product = ids.partition(":")
    try:
        same = (int(vendor, 16), int(product, 16)) == device.usb_ids
    except ValueError:
        return False
    return same and (not serial or unquote(serial) == device.serial or not device.serial)


def meet(devices: Sequence[Attached], known: Sequence[Known]) -> tuple[Met, ...]:
    """Every device with the printer that it is, or with the lines that would make it one."""
    taken = {printer.name for printer in known}
    return tuple(_meet(device, known, taken) for device in devices)


def _meet(device: Attached, known: Sequence[Known], taken: set[str]) -> Met:
    proposed = drivers.proposals(device)
    fitting = tuple(proposal.model.name for proposal in proposed)
    because = proposed[0].because if proposed else "no model file has its ids"
    here = [printer for printer in known if _means(printer.uri, device)]
    moved = [p for p in known if device.serial and p.serial == device.serial and p not in here]
    if here:
        remark = _remark(device, here, moved, fitting)
        return Met(device, Place.HERE, here[0].name, remark, fitting, because, "")
    if moved:
        old = moved[0]
        remark = f"this is the unit of printer {old.name}, which is configured at {old.uri}"
        lines = _lines(old.name, old.model, device.uri, ())
        return Met(device, Place.MOVED, old.name, remark, fitting, because, lines)
    name = _name(fitting[0] if fitting else "printer", taken)
    lines = _lines(name, fitting[0], device.uri, fitting[1:]) if fitting else ""
    return Met(device, Place.NEW, None, "", fitting, because, lines)


def _remark(
    device: Attached, here: Sequence[Known], moved: Sequence[Known], fitting: Sequence[str]
) -> str:
    printer = here[0]
    if moved:
        return f"but the unit there is that of printer {moved[0].name}: two cables are swapped"
    if printer.serial and device.serial and printer.serial != device.serial:
        return f"another unit than the last one there, which was {printer.serial}"
    if device.kind != "serial" and fitting and printer.model not in fitting:
        return f"configured as {printer.model}, but it looks like {' or '.join(fitting)}"
    if printer.serial and not device.serial:
        return f"the last unit there was {printer.serial}"
    return ""


def _name(model: str, taken: set[str]) -> str:
    """A free name for a printer; it is taken then."""
    name, number = model, 1
    while name in taken:
        number += 1
        name = f"{model}-{number}"
    taken.add(name)
    return name


def _lines(name: str, model: str, uri: str, others: Sequence[str]) -> str:
    """Lines for the configuration, as they are."""
    other = f"    # or {', '.join(others)}" if others else ""
    return (
        f"[[printers]]\nname = {toml_text(name)}\nmodel = {toml_text(model)}{other}\n"
        f"uri = {toml_text(uri)}\n"
    )


def toml_text(value: str) -> str:
    """A TOML basic string."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def readable(text: str) -> str:
    """A device's own words for a terminal: no sign of them may steer it."""
    return re.sub(r"[^\S ]|[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", "�", text)
