"""A simulated receipt printer as data: `devices/receipts/*.toml`, and its faults and acts by name."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from simulator.devicefile import DeviceFileError, Usb

FILES = Path(__file__).parent.parent / "devices" / "receipts"

#: What may be armed. `line` is the line of the strip (from 0) before which it strikes; `cutter` waits for
#: the next cut, `no-reply` for the next status query.
FAULTS = (
    "paper-end",
    "paper-near-end",
    "cover-open",
    "power-loss",
    "unplug",
    "overheat",
    "unrecoverable",
    "cutter",
    "no-reply",
)
#: At the cable or the mains, then at the machine.
ACTS = (
    "unplug",
    "replug",
    "power-off",
    "power-on",
    "open-cover",
    "close-cover",
    "take-paper",
    "new-paper",
    "low-paper",
    "clear-cutter",
    "tear-off",
)


@dataclass(frozen=True)
class ReceiptSpec:
    """One file. `cool_s` is how long a hot head rests."""

    name: str
    model: str
    columns: int
    buffer_bytes: int
    dots_per_s: float
    roll_mm: int
    near_end_mm: int
    cool_s: float
    usb: Usb


def receipt_names() -> list[str]:
    """Every receipt printer there is a file of."""
    return sorted(path.stem for path in FILES.glob("*.toml"))


@cache
def load_receipt(name: str) -> ReceiptSpec:
    """Read `devices/receipts/NAME.toml`; what is unknown is a DeviceFileError of one line."""
    if name not in receipt_names():
        known = ", ".join(receipt_names())
        raise DeviceFileError(f"there is no receipt printer {name}; known are {known}")
    raw = tomllib.loads((FILES / f"{name}.toml").read_text(encoding="utf-8"))
    for key in raw.keys() - {field.name for field in fields(ReceiptSpec)}:
        raise DeviceFileError(f"receipt printer {name}: unknown key {key}")
    try:
        return ReceiptSpec(**{**raw, "name": name, "usb": Usb(**raw["usb"])})
    except (KeyError, TypeError) as error:
        raise DeviceFileError(f"receipt printer {name}: {error}") from error


@dataclass
class ArmedFault:
    """One fault that waits for its moment; gone after `times` strikes."""

    id: str
    fault: str
    line: int = 0
    times: int = 1

    def to_json(self) -> dict[str, str | int]:
        """As the control API shows it."""
        return {"id": self.id, "fault": self.fault, "line": self.line, "times": self.times}
