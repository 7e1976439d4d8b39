"""The office: which printers stand in it, and the doors by which people and tests reach them.

Office file: interfaces.md §4. Everything that can be refused is refused as an OfficeError of one line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from simulator import faults, hands
from simulator.devicefile import DeviceFileError, load_device
from simulator.faults import FaultError
from simulator.lines import ATTACHED
from simulator.printer import CardPrinter
from simulator.receipt import rows as receipt_rows
from simulator.world import World

FAULTS = faults.TABLE
DEFAULT: tuple[dict[str, Any], ...] = (
    {"name": "tango", "device": "tango2e"},
    {"name": "enduro", "device": "enduro"},
)
DEFAULT_CAPACITY = 100
_KINDS: dict[str, type] = {
    "name": str,
    "device": str,
    "serial": str,
    "hopper": int,
    "capacity": int,
    "attach": str,
    "ribbon": int,
}
# Acts at the cable or the mains; the others are in `hands.ACTS`.
_OUTER_ACTS: dict[str, Callable[[CardPrinter], None]] = {
    "unplug": CardPrinter.unplug,
    "replug": CardPrinter.replug,
    "power-off": CardPrinter.power_off,
    "power-on": CardPrinter.power_on,
    "swap-unit": CardPrinter.swap_unit,
}
ACTS = (*dict.fromkeys((*_OUTER_ACTS, *hands.ACTS, "hand-feed")),)
# A hopper or a ribbon of this size is a mistake of the file.
MAX_COUNT = 100_000


_SAID = {str: "a text in quotes", int: "a whole number"}
#: As the station's configuration takes it; it stands in the addresses of the control API.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


class OfficeError(ValueError):
    """A wish that cannot be fulfilled; one line. `status` is 404 where the thing named does not exist."""

    def __init__(self, message: str, missing: bool = False) -> None:
        super().__init__(message)
        self.status = 404 if missing else 422


class Office:
    """Printers by name, in the order of their ports, and the world they print in."""

    FAULTS = FAULTS
    ACTS = ACTS

    def __init__(
        self,
        rows: Sequence[Mapping[str, Any]],
        wall: Callable[[], datetime],
        receipts: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.world = World(wall)
        try:
            self.receipts = receipt_rows.build(receipts)
        except ValueError as error:
            raise OfficeError(str(error)) from error
        self.printers: dict[str, CardPrinter] = {}
        for number, row in enumerate(rows, 1):
            printer = self._printer(number, row)
            if printer.name in self.printers or printer.name in self.receipts:
                raise OfficeError(f"printer {printer.name} stands in the office file twice")
            self.printers[printer.name] = printer
            self._load(printer, row.get("hopper", 0))

    @classmethod
    def from_file(cls, path: Path | None, wall: Callable[[], datetime]) -> Office:
        """Read an office file, or build the default office: `tango` and `enduro`, hoppers empty."""
        if path is None:
            return cls(DEFAULT, wall)
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise OfficeError(f"office file {path}: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise OfficeError(f"office file {path}: {error}") from error
        for key in raw.keys() - {"printers", "receipt_printers"}:
            raise OfficeError(f"office file {path}: unknown key {key}")
        rows = raw.get("printers", [])
        if not rows or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise OfficeError(f"office file {path}: it needs at least one [[printers]]")
        return cls(rows, wall, raw.get("receipt_printers", []))

    def _printer(self, number: int, row: Mapping[str, Any]) -> CardPrinter:
        for key, value in row.items():
            kind = _KINDS.get(key)
            if kind is None:
                raise OfficeError(
                    f"printer {number}: unknown key {key}; known are {', '.join(_KINDS)}"
                )
            if not isinstance(value, kind) or isinstance(value, bool):
                raise OfficeError(f"printer {number}: {key} must be {_SAID[kind]}")
            if isinstance(value, int) and not 0 <= value <= MAX_COUNT:
                raise OfficeError(f"printer {number}: {key} is not within 0 and {MAX_COUNT}")
        for key in ("name", "device"):
            if not row.get(key):
                raise OfficeError(f"printer {number}: {key} is missing")
        if not _NAME.fullmatch(row["name"]):
            raise OfficeError(f"printer {number}: name is 1 to 64 of A-Z a-z 0-9 . _ -")
        try:
            spec = load_device(row["device"])
        except DeviceFileError as error:
            raise OfficeError(f"printer {row['name']}: {error}") from error
        serial = row.get("serial") or f"SIM{number:05d}"
        printer = CardPrinter(row["name"], f"1-{number}", serial, spec, self.world)
        printer.capacity = row.get("capacity", DEFAULT_CAPACITY)
        printer.attach = row.get("attach", "usbip")
        if printer.attach not in ATTACHED:
            raise OfficeError(f"printer {row['name']}: attach is one of {', '.join(ATTACHED)}")
        printer.body.ribbon = row.get("ribbon", spec.habits.ribbon_prints)
        return printer

    def _load(self, printer: CardPrinter, cards: int) -> None:
        if isinstance(cards, bool) or not isinstance(cards, int) or cards < 0:
            raise OfficeError("cards is a whole number, 0 or more")
        there = len(printer.body.hopper)
        if there + cards > printer.capacity:
            raise OfficeError(
                f"the hopper of {printer.name} takes {printer.capacity} cards: "
                f"{there} are in it, {cards} more do not fit"
            )
        hands.load(printer.body, cards)

    def printer(self, name: str) -> CardPrinter:
        """The printer of that name."""
        found = self.printers.get(name)
        if found is None:
            raise OfficeError(
                f"there is no printer {name}; known are {', '.join(self.printers)}", missing=True
            )
        return found

    # ------------------------------------------------------------------ time
    @property
    def revision(self) -> int:
        """Grows with each change that a snapshot would show."""
        return self.world.revision

    def advance(self, now: float) -> None:
        """Let every printer catch up."""
        for printer in self.printers.values():
            printer.advance(now)

    def next_due(self, now: float) -> float | None:
        """When the first printer next changes by itself."""
        dues = [printer.next_due(now) for printer in self.printers.values()]
        return min((due for due in dues if due is not None), default=None)

    # ------------------------------------------------------------------ what people do
    def load(self, name: str, cards: int, now: float) -> None:
        """Put new blanks into a hopper; above its capacity nothing is added and OfficeError raised."""
        printer = self.printer(name)
        printer.advance(now)
        self._load(printer, cards)

    def act(self, name: str, act: str, card: str | None, now: float) -> None:
        """Do one act of `ACTS`; `card` only with hand-feed. An act that changes nothing is fine."""
        printer = self.printer(name)
        if act not in ACTS:
            raise OfficeError(f"there is no act {act}; known are {', '.join(ACTS)}")
        if card is not None and act != "hand-feed":
            raise OfficeError(f"{act} takes no card")
        printer.advance(now)
        if act == "hand-feed":
            fed = None if card is None else self.world.cards.get(card)
            if card is not None and fed is None:
                raise OfficeError(f"there is no card {card}", missing=True)
            hands.hand_feed(printer.body, fed)
        elif act in _OUTER_ACTS:
            _OUTER_ACTS[act](printer)
        else:
            hands.ACTS[act](printer.body)

    # ------------------------------------------------------------------ faults
    def arm(self, name: str, fault: Mapping[str, Any]) -> str:
        """Arm a fault and give its id. One for an idle printer strikes as soon as it is idle: maybe now."""
        printer = self.printer(name)
        try:
            fault_id = printer.faults.arm(fault)
        except FaultError as error:
            raise OfficeError(str(error)) from error
        self.world.touch()
        printer.body.go()
        return fault_id

    def disarm(self, name: str, fault_id: str | None) -> None:
        """Take one armed fault away, or all of the printer."""
        if not self.printer(name).faults.disarm(fault_id):
            raise OfficeError(f"no fault {fault_id} is armed at {name}", missing=True)
        self.world.touch()

    def armed(self, name: str) -> list[dict[str, Any]]:
        """What is armed at this printer."""
        return [armed.to_json() for armed in self.printer(name).faults.armed]

    # ------------------------------------------------------------------ what is seen
    def printer_json(self, name: str) -> dict[str, Any]:
        """Name, model, state and counters; where it is plugged is known outside."""
        return self.printer(name).to_json()

    def world_json(self) -> dict[str, Any]:
        """All cards, as interfaces.md §4 has them."""
        return {"cards": self.world.to_json()}

    def picture(self, card_id: str, side: str) -> bytes | None:
        """PNG of one side as it is now."""
        return self.world.picture(card_id, side)

    # ------------------------------------------------------------------ memory
    def snapshot(self) -> dict[str, Any]:
        """World, counters, ribbons, serials and armed faults; JSON values, and `bytes` for planes."""
        printers = {name: printer.snapshot() for name, printer in self.printers.items()}
        return {"world": self.world.snapshot(), "printers": printers}

    def restore(self, kept: Mapping[str, Any], now: float) -> None:
        """Put a snapshot back: a power cut of all printers, then the power-on of those that were on.

        The office file says which printers there are; hoppers, ribbons and serials come from the snapshot.
        A printer that the snapshot does not know starts with an empty hopper.
        """
        for name in kept["printers"].keys() - self.printers.keys():
            raise OfficeError(f"the kept state has a printer {name} that the office file has not")
        for printer in self.printers.values():
            printer.body.hopper.clear()
        self.world.restore(kept["world"])
        for name, state in kept["printers"].items():
            self.printers[name].restore(state, now)
