"""`[[receipt_printers]]` of the office file into printers.

Keys: `name`; `kind` usb (default), tcp or serial; `device`, a file of `devices/receipts` (tm-80);
`serial`, the USB serial number; `port` of a TCP printer (0: any); `paper_mm` on the roll.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.devicefile import DeviceFileError
from simulator.receipt.body import DOTS_PER_MM
from simulator.receipt.printer import KINDS, ReceiptPrinter
from simulator.receipt.spec import load_receipt

_TYPES: dict[str, type] = {
    "name": str,
    "kind": str,
    "device": str,
    "serial": str,
    "port": int,
    "paper_mm": int,
}
DEFAULT_DEVICE = "tm-80"
# A roll of this length is a mistake of the file; so is a higher port.
MAX_NUMBER = 1_000_000
MAX_PORT = 65535


def build(rows: Sequence[Mapping[str, Any]]) -> dict[str, ReceiptPrinter]:
    """Printers by name, on bus 2 of the cable. ValueError of one line for what is no such row."""
    if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError("receipt_printers must be [[receipt_printers]]")
    printers: dict[str, ReceiptPrinter] = {}
    for number, row in enumerate(rows, 1):
        printer = _printer(number, row)
        if printer.name in printers:
            raise ValueError(f"receipt printer {printer.name} stands in the office file twice")
        printers[printer.name] = printer
    return printers


def _printer(number: int, row: Mapping[str, Any]) -> ReceiptPrinter:
    for key, value in row.items():
        kind = _TYPES.get(key)
        if kind is None:
            known = ", ".join(_TYPES)
            raise ValueError(f"receipt printer {number}: unknown key {key}; known are {known}")
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ValueError(f"receipt printer {number}: {key} must be {kind.__name__}")
        if isinstance(value, int) and not 0 <= value <= (MAX_PORT if key == "port" else MAX_NUMBER):
            raise ValueError(f"receipt printer {number}: {key} is too large or negative")
    if not row.get("name"):
        raise ValueError(f"receipt printer {number}: name is missing")
    kind_word = row.get("kind", "usb")
    if kind_word not in KINDS:
        raise ValueError(f"receipt printer {row['name']}: kind is one of {', '.join(KINDS)}")
    try:
        spec = load_receipt(row.get("device", DEFAULT_DEVICE))
    except DeviceFileError as error:
        raise ValueError(f"receipt printer {row['name']}: {error}") from error
    serial = row.get("serial") or f"RCP{number:05d}"
    printer = ReceiptPrinter(row["name"], kind_word, f"2-{number}", serial, spec)
    printer.port = row.get("port", 0)
    if "paper_mm" in row:
        printer.body.roll_dots = row["paper_mm"] * DOTS_PER_MM
    return printer
