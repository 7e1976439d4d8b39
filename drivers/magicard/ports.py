"""The port status byte of the printer class in plain words (usb-printer-class.md, magicard.md §7)."""

from __future__ import annotations

from drivers.contract import Condition, Reason, Status

PAPER_EMPTY, SELECTED, NOT_ERROR = 0x20, 0x10, 0x08
_KNOWN = PAPER_EMPTY | SELECTED | NOT_ERROR


def read_port(byte: int) -> Status:
    """What the byte says by itself; an error's name has to be asked for.

    Ready 18, busy 08. Without the not-error bit it is stopped, and so is what no sheet names. Paper
    empty *without* an error (38) is an idle printer with an empty hopper, as after its last card:
    ready, with the reason `media-empty`, whose row says that nothing may be fed.
    """
    raw = f"port {byte:02x}"
    if not is_known(byte):
        return Status(Condition.STOPPED, (Reason("other", raw),), raw)
    empty = (Reason("media-empty", raw),) if byte & PAPER_EMPTY else ()
    if not byte & NOT_ERROR:
        return Status(Condition.STOPPED, empty or (Reason("other", raw),), raw)
    return Status(Condition.READY if byte & SELECTED else Condition.BUSY, empty, raw)


def is_known(byte: int) -> bool:
    """Whether all its bits are the class's own; only then is an error worth asking for its name."""
    return not byte & ~_KNOWN
