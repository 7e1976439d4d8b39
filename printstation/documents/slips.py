"""Slips for a receipt printer: pick-up slip and hand-over receipt, as ESC/POS bytes.

They lie on counters and in bins, so they carry a ticket and initials, never a name or a NIK: no field
takes one. python-escpos writes the bytes (its `Dummy` printer); sending them is the driver's.
The same data gives the same bytes.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import re
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from printstation.documents import words

#: Characters a line of 80 mm and of 58 mm paper, in font A.
COLUMNS = (48, 32)
#: Dots of one module: 37 modules (64 characters) are 296 of 576 dots, and 222 of 384.
_QR_SIZE: Mapping[int, int] = MappingProxyType({48: 8, 32: 6})
_QR_LEVEL_M = 1
#: Any text of a slip; the longest official office name known has 88 characters.
MAX_TEXT = 160
#: A QR code of 64 characters still has modules that a phone reads.
MAX_CODE = 64

_ZONES: Mapping[timedelta, str] = MappingProxyType(
    {timedelta(hours=7): "WIB", timedelta(hours=8): "WITA", timedelta(hours=9): "WIT"}
)
_INITIALS = re.compile(r"[^\W\d_](\.[^\W\d_]){0,3}\.?")
_CODE = re.compile(r"[A-Za-z0-9._-]+")
# Whoever puts a NIK into a ticket or a reference is stopped here: 16 digits in a row are one.
_NIK = re.compile(r"(?<!\d)\d{16}(?!\d)")
# Signs of text processors that cheap printers lack.
_PLAIN = str.maketrans({"–": "-", "—": "-", "−": "-", "’": "'", "‘": "'", "“": '"', "”": '"'})
_OLD_CARD: Mapping[str, str] = MappingProxyType(
    {"none": "-", "surrendered": "diserahkan", "police-letter": "surat kehilangan polisi"}
)
_RECEIVER: Mapping[str, str] = MappingProxyType({"holder": "pemilik", "proxy": "kuasa"})


class SlipError(ValueError):
    """A slip may not say this; one line without the value."""


@dataclass(frozen=True)
class _Slip:
    """What both slips tell. `at` is in the office's zone; `code` is the card's id, as the QR code has it.

    `ticket` may be empty: the code then stands in its place. `copy` marks one that may be out already.
    """

    office: str
    ticket: str
    initials: str
    card_type: str
    code: str
    at: datetime
    hours: str = ""
    copy: bool = False
    columns: int = 48

    def __post_init__(self) -> None:
        """Refuse names and NIKs by their shape, and bytes that a printer would take for commands."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str):
                _check(field.name, value)
        if not _INITIALS.fullmatch(self.initials):
            raise SlipError("initials are one to four letters, as S.N.A.")
        if len(self.code) > MAX_CODE or not _CODE.fullmatch(self.code):
            raise SlipError(f"the code of a slip is 1 to {MAX_CODE} of A-Z a-z 0-9 . _ -")
        if self.columns not in COLUMNS:
            raise SlipError(f"a slip has {' or '.join(map(str, COLUMNS))} columns")
        if self.at.utcoffset() is None:
            raise SlipError("the time of a slip needs the office's zone")


@dataclass(frozen=True)
class PickupSlip(_Slip):
    """The card is ready and lies on `shelf`."""

    shelf: str = ""


@dataclass(frozen=True)
class HandoverReceipt(_Slip):
    """The card has left the office. Keywords as in the hand-over's row; `officer` is a login."""

    receiver: Literal["holder", "proxy"] = "holder"
    old_card: Literal["none", "surrendered", "police-letter"] = "none"
    officer: str = ""


def initials_of(name: str) -> str:
    """`Siti Nur Aminah` is `S.N.A.`; the first three words that begin with a letter, `X.` for none."""
    letters = [word[0].upper() for word in name.split() if word[0].isalpha()][:3]
    return "".join(f"{letter}." for letter in letters) or "X."


def pickup_slip(data: PickupSlip) -> bytes:
    """For the person who waits: what to show, where the card lies, when the office is open."""
    return _render(data, pickup_rows(data))


def handover_receipt(data: HandoverReceipt) -> bytes:
    """For the person who took the card, with a line to sign on the office's copy."""
    return _render(data, handover_rows(data))


# ----------------------------------------------------------------------------- what stands there
@dataclass(frozen=True)
class Row:
    """One piece of a slip from top to bottom: text, or a QR code of the text."""

    text: str
    align: Literal["left", "center"] = "left"
    bold: bool = False
    big: bool = False
    qr: bool = False


def pickup_rows(data: PickupSlip) -> list[Row]:
    """The pick-up slip in words."""
    values = [("Jenis kartu", words.word("card_type", data.card_type)), ("Rak", data.shelf or "-")]
    return [
        *_head(data, "BUKTI PENGAMBILAN KARTU"),
        *_pairs(data, [*values, ("Siap diambil", _day(data)), ("Pukul", _time(data))]),
        *_code(data),
        *_paragraph(
            data, "Bawa slip ini dan bukti diri asli. Kartu lama diserahkan saat mengambil."
        ),
        *_foot(data),
    ]


def handover_rows(data: HandoverReceipt) -> list[Row]:
    """The hand-over receipt in words."""
    values = [
        ("Jenis kartu", words.word("card_type", data.card_type)),
        ("Diserahkan", _day(data)),
        ("Pukul", _time(data)),
        ("Penerima", _RECEIVER[data.receiver]),
        ("Kartu lama", _OLD_CARD[data.old_card]),
    ]
    if data.officer:
        values.append(("Petugas", data.officer))
    return [
        *_head(data, "TANDA TERIMA KARTU"),
        *_pairs(data, values),
        *_code(data),
        Row(""),
        Row("Tanda tangan penerima:"),
        Row(""),
        Row(""),
        Row("_" * (data.columns // 2)),
        *_foot(data),
    ]


def _head(data: _Slip, title: str) -> list[Row]:
    rows = [Row(line, "center", bold=True) for line in _wrap(data.office, data.columns)]
    rows += [Row("-" * data.columns), Row(title, "center", bold=True)]
    if data.copy:
        rows.append(Row("SALINAN", "center", bold=True, big=True))
    rows.append(Row(""))
    if data.ticket:
        rows.append(Row("Nomor", "center"))
        rows += [
            Row(w, "center", bold=True, big=True) for w in _wrap(data.ticket, data.columns // 2)
        ]
    rows += [Row(f"Inisial {data.initials}", "center"), Row("")]
    return rows


def _pairs(data: _Slip, values: list[tuple[str, str]]) -> list[Row]:
    """Name and value in two columns; a long value goes on below itself."""
    width = max(len(name) for name, _ in values)
    rows = []
    for name, value in values:
        first, *others = _wrap(value, data.columns - width - 2) or [""]
        rows.append(Row(f"{name:<{width}}: {first}"))
        rows += [Row(f"{'':<{width}}  {line}") for line in others]
    return rows


def _code(data: _Slip) -> list[Row]:
    lines = _wrap(data.code, data.columns)
    return [Row(""), Row(data.code, "center", qr=True), *(Row(line, "center") for line in lines)]


def _foot(data: _Slip) -> list[Row]:
    if not data.hours:
        return []
    lines = _wrap(f"Jam layanan: {data.hours}", data.columns)
    return [Row("-" * data.columns), *(Row(line) for line in lines)]


def _paragraph(data: _Slip, text: str) -> list[Row]:
    return [Row(""), *(Row(line) for line in _wrap(text, data.columns))]


def _day(data: _Slip) -> str:
    narrow = data.columns < COLUMNS[0]
    date = words.short_date(data.at) if narrow else words.long_date(data.at)
    return f"{words.day_name(data.at)}, {date}"


def _time(data: _Slip) -> str:
    offset = data.at.utcoffset() or timedelta()
    return words.clock_time(data.at, _ZONES.get(offset, data.at.strftime("UTC%z")))


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text.translate(_PLAIN), width, break_on_hyphens=False)


def _check(name: str, value: str) -> None:
    if len(value) > MAX_TEXT:
        raise SlipError(f"{name} has at most {MAX_TEXT} characters")
    if not value.isprintable():
        raise SlipError(f"{name} has signs that cannot be printed")
    if _NIK.search(value):
        raise SlipError(f"{name} looks like a NIK; a slip carries none")


# ----------------------------------------------------------------------------- bytes
def _render(data: _Slip, rows: list[Row]) -> bytes:
    printer = _dummy()
    style = None
    for row in rows:
        if style != (style := (row.align, row.bold, row.big)):
            printer.set(
                align=row.align,
                bold=row.bold,
                normal_textsize=not row.big,
                double_width=row.big,
                double_height=row.big,
            )
        if row.qr:
            printer.qr(row.text, ec=_QR_LEVEL_M, size=_QR_SIZE[data.columns], native=True)
        printer.textln("" if row.qr else row.text)
    printer.cut()
    output: bytes = printer.output
    return output


def _dummy() -> Any:
    # 0.2 s to import, which a station without a receipt printer need not pay.
    with _IMPORT:
        if "escpos.printer.dummy" not in sys.modules:
            with _quiet_import():
                importlib.import_module("escpos.printer.dummy")
    return sys.modules["escpos.printer.dummy"].Dummy()


@contextlib.contextmanager
def _quiet_import() -> Iterator[None]:
    """python-escpos 3.1 at its import sets the root logger up, reads 40 profiles and leaves a pickle of
    them in the temporary folder: it is given one profile and a folder that goes away (an empty one that
    it makes besides stays), and logger and environment are put back."""
    handlers = list(logging.root.handlers)
    kept = {name: os.environ.get(name) for name in _ESCPOS_SETTINGS}
    with tempfile.TemporaryDirectory(prefix="printstation-") as folder:
        profile = Path(__file__).with_name("slips-printer.json")
        os.environ.update(zip(_ESCPOS_SETTINGS, (str(profile), folder), strict=True))
        try:
            yield
        finally:
            logging.root.handlers[:] = handlers
            for name, value in kept.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


_IMPORT = threading.Lock()
_ESCPOS_SETTINGS = ("ESCPOS_CAPABILITIES_FILE", "ESCPOS_CAPABILITIES_PICKLE_DIR")
