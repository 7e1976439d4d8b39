"""The port status byte of the printer class in plain words (usb-printer-class.md, magicard.md §7)."""

from __future__ import annotations

from drivers.contract import Condition, Reason, Status

PAPER_EMPTY, SELECTED, NOT_ERROR = 0x20, 0x10, 0x08
_KNOWN = PAPER_EMPTY | SELECTED | NOT_ERROR


def read_port(byte: int) -> Status:
    """What the byte says by itself; an error's name has to be asked for.

    Ready 18, busy 08. Any other combination stops the printer: an error bit (10) and what no sheet
    names as `other`, paper empty as `media-empty`.
    """
    raw = f"port {byte:02x}"
    if byte == SELECTED | NOT_ERROR:
        return Status(Condition.READY, (), raw)
    if byte == NOT_ERROR:
        return Status(Condition.BUSY, (), raw)
    keyword = "media-empty" if is_known(byte) and byte & PAPER_EMPTY else "other"
    return Status(Condition.STOPPED, (Reason(keyword, raw),), raw)


def is_known(byte: int) -> bool:
    """Whether all its bits are the class's own; only then is an error worth asking for its name."""
    return not byte & ~_KNOWN


def only_paper_empty(byte: int) -> bool:
    """Paper empty, yet no error."""
    return is_known(byte) and bool(byte & PAPER_EMPTY) and bool(byte & NOT_ERROR)
