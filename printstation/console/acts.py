"""What can be done from the page besides answering: a table, one row a form.

A row says where the form goes, what is typed into it, and which route of the API does it; a new form is a new row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from fastapi import Response

from printstation.api import desk, diagnostics, encoding, jobs, printers, stock, upkeep
from printstation.api.needs import Station
from printstation.api.repeat import Posted
from printstation.config import PrinterConfig
from printstation.lifecycle.card import Cause

#: Who pauses a printer until there are logins.
BY = "console"
#: A hopper takes 200 cards; longer figures are left to the refusal of the field.
MAX_DIGITS = 9
#: Causes that a person may give; the others are the station's own.
CAUSES = (
    Cause.PRINT_FAILED,
    Cause.DAMAGED,
    Cause.ENCODE_FAILED,
    Cause.DATA_CHANGED,
    Cause.LOST,
    Cause.OTHER,
)


class Kind(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    NUMBER = "number"
    SELECT = "select"
    RADIO = "radio"


@dataclass(frozen=True)
class Choice:
    """One of the values of a field: shown by its keyword of `words.toml` with its places, else as it stands. `opens`
    is the family of fields that belong to it and to no other choice."""

    value: str
    word: str = ""
    places: Mapping[str, object] = field(default_factory=dict)
    text: str = ""
    opens: str = ""


CAUSE_CHOICES = tuple(Choice(cause, f"cause-{cause}") for cause in CAUSES)


@dataclass(frozen=True)
class Entry:
    """One field: its name is that of the API's field, `label` and `hint` are keywords of `words.toml`.

    Choices that the table does not name are read while the form is open (`offers.py`).
    """

    name: str
    kind: Kind
    label: str
    hint: str = ""
    required: bool = True
    longest: int = 64
    lowest: int = 0
    choices: tuple[Choice, ...] = ()
    #: Shown, and sent on, only with a choice that opens it.
    opened_by: str = ""


@dataclass(frozen=True)
class Act:
    """One form. `path` stands under `/console`; `{what}` is a printer or a card."""

    name: str
    path: str
    title: str
    save: str
    entries: tuple[Entry, ...]
    #: Does what the route does; refuses as it does.
    call: Callable[[Station, str, Posted], object]
    #: Whether a printer has this form at all.
    offered: Callable[[Station, PrinterConfig], bool] = lambda _station, _printer: True
    #: Fields that nobody types.
    fixed: Callable[[str], Mapping[str, Any]] = lambda _what: {}
    #: What it is about.
    of: Literal["printer", "card", "job"] = "printer"

    def form(self, what: str) -> str:
        """The name of this form about this printer or card, as `?form=` has it."""
        return f"{self.name}-{what}" if what else self.name

    def to(self, what: str) -> str:
        """Where it is sent."""
        return self.path.format(what=what)


@dataclass(frozen=True)
class Opened:
    """A form that is open, and the printer or card that it is about; without one it is the list of them."""

    act: Act
    what: str

    @property
    def name(self) -> str:
        """As `?form=` has it."""
        return self.act.form(self.what)


WHO = Entry("by", Kind.TEXT, "by")
NUMBER = Entry("number", Kind.TEXT, "number", "number-hint")


def hopper_types(station: Station, printer: PrinterConfig) -> list[str]:
    """The card types that are loaded into this printer's hopper."""
    return [kind for kind in printer.card_types if kind not in station.config.encode_first]


def encoded_types(station: Station, printer: PrinterConfig) -> list[str]:
    """The card types of which this printer takes single cards that were encoded before."""
    return [kind for kind in printer.card_types if kind in station.config.encode_first]


_ROWS = (
    Act(
        "outside",
        "/printers/{what}/outside",
        "outside",
        "save-outside",
        (
            Entry("job", Kind.SELECT, "outside-job", "outside-job-hint"),
            Entry("number", Kind.TEXT, "number", "outside-number-hint", required=False),
            WHO,
        ),
        lambda station, what, posted: encoding.print_outside(what, station, posted),
        lambda _station, printer: printer.outside,
    ),
    Act(
        "scan",
        "/printers/{what}/scan",
        "scan",
        "save-scan",
        # A scanner ends with Enter, which sends the form: so the name comes first.
        (WHO, NUMBER),
        lambda station, what, posted: encoding.scan_card(what, station, posted),
        lambda station, printer: not printer.outside and bool(encoded_types(station, printer)),
    ),
    Act(
        "load",
        "/printers/{what}/loads",
        "load",
        "save-load",
        (
            Entry("card_type", Kind.SELECT, "card-type"),
            Entry("count", Kind.NUMBER, "load-count", lowest=1),
            Entry("batch", Kind.TEXT, "load-batch", "load-batch-hint", required=False),
            WHO,
        ),
        lambda station, _what, posted: stock.load(posted, station),
        lambda station, printer: bool(hopper_types(station, printer)),
        fixed=lambda what: {"printer": what},
    ),
    Act(
        "count",
        "/printers/{what}/hopper-count",
        "count-hopper",
        "save-count",
        (
            Entry("counted", Kind.NUMBER, "counted"),
            Entry(
                "reason",
                Kind.TEXT,
                "surplus-reason",
                "surplus-reason-hint",
                required=False,
                longest=200,
            ),
            WHO,
        ),
        lambda station, what, posted: printers.count_hopper(what, posted, station),
    ),
    Act(
        "temperature",
        "/printers/{what}/temperature",
        "temperature-enter",
        "save-temperature",
        (Entry("celsius", Kind.NUMBER, "celsius", "celsius-hint", lowest=1), WHO),
        lambda station, what, posted: upkeep.enter_temperature(what, posted, station),
        lambda station, printer: station.duty_of(printer).temperature is not None,
    ),
    Act(
        "clean",
        "/printers/{what}/cleanings",
        "clean",
        "save-clean",
        (WHO,),
        lambda station, what, posted: upkeep.clean_printer(what, posted, station),
    ),
    Act(
        "run",
        "/printers/{what}/clean",
        "run",
        "save-run",
        (WHO,),
        lambda station, what, posted: diagnostics.clean(what, posted, station),
        lambda station, printer: upkeep.why_no_run(station, printer) is None,
    ),
    Act(
        "pause",
        "/printers/{what}/pause",
        "pause",
        "pause",
        (),
        lambda station, what, posted: printers.pause_printer(what, posted, station),
        fixed=lambda _what: {"by": BY},
    ),
    Act(
        "resume",
        "/printers/{what}/resume",
        "resume",
        "resume",
        (),
        lambda station, what, posted: printers.resume_printer(what, posted, station),
        fixed=lambda _what: {"by": BY},
    ),
    Act(
        "check",
        "/cards/{what}/check",
        "check",
        "save-check",
        (
            Entry(
                "result",
                Kind.RADIO,
                "check-result",
                choices=(
                    Choice("accepted", "check-accepted", opens="shelf"),
                    Choice("spoiled", "check-spoiled", opens="cause"),
                ),
            ),
            Entry(
                "cause",
                Kind.SELECT,
                "cause",
                required=False,
                # What lies in somebody's hand is not lost.
                choices=tuple(each for each in CAUSE_CHOICES if each.value != Cause.LOST),
                opened_by="cause",
            ),
            Entry("number", Kind.TEXT, "number", "check-number-hint", required=False),
            Entry(
                "shelf",
                Kind.TEXT,
                "shelf",
                "shelf-hint",
                required=False,
                longest=24,
                opened_by="shelf",
            ),
            WHO,
        ),
        lambda station, what, posted: desk.check_card(what, station, posted),
        of="card",
    ),
    Act(
        "reprint",
        "/jobs/{what}/reprint",
        "reprint",
        "reprint",
        (WHO,),
        lambda station, what, posted: jobs.reprint_job(what, posted, station, Response()),
        of="job",
    ),
)
ACTS: Mapping[str, Act] = {row.name: row for row in _ROWS}
CHECK, REPRINT = ACTS["check"], ACTS["reprint"]


def of_printer(station: Station, printer: PrinterConfig) -> tuple[Act, ...]:
    """The forms of a printer that open by a link, in the order in which they stand there."""
    rows = (row for row in _ROWS if row.of == "printer" and row.entries)
    return tuple(row for row in rows if row.offered(station, printer))


def opened(station: Station, text: str) -> Opened | None:
    """The form that an address names; None where this printer has no such form."""
    name, _, what = text.partition("-")
    row, printer = ACTS.get(name), station.config.printer(what)
    if row is not None and row.of != "printer":
        return Opened(row, what)
    if row is None or printer is None or row not in of_printer(station, printer):
        return None
    return Opened(row, what)


def fields(row: Act, what: str, values: Mapping[str, str]) -> dict[str, Any]:
    """A form as the fields of its route. What the page hides for the choice that was made is left out, though it
    was typed before; a text that must be there is sent on empty, so that the route refuses it."""
    opened = {
        choice.opens
        for entry in row.entries
        for choice in entry.choices
        if values.get(entry.name) == choice.value
    }
    found: dict[str, Any] = dict(row.fixed(what))
    for entry in row.entries:
        text = values.get(entry.name, "")
        if entry.opened_by and entry.opened_by not in opened:
            continue
        if text or (entry.required and entry.kind is Kind.TEXT):
            found[entry.name] = number(text) if entry.kind is Kind.NUMBER else text
    return found


def number(text: str) -> int | str:
    """A number; what is none stays a text, and its field is refused."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else text
