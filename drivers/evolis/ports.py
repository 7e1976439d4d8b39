"""The port status byte of an Evolis printer (evolis.md §6: inferred from what its parallel port shows)."""

from __future__ import annotations

from drivers.contract import Condition, Reason, Status

PAPER_EMPTY, SELECTED, NOT_ERROR = 0x20, 0x10, 0x08
_KNOWN = PAPER_EMPTY | SELECTED | NOT_ERROR


def read_port(byte: int) -> Status:
    """What the byte says by itself; an error's name has to be asked for.

    Ready 18, busy 08. Paper empty and busy (28) is a media error, without the not-error bit (00, 10) a
    mechanical one; so is what no sheet names. Paper empty while selected (38) may be an idle printer
    with an empty feeder: ready, with the reason `media-empty`, whose row says that nothing may be fed.
    """
    raw = f"port {byte:02x}"
    if not is_known(byte) or not byte & NOT_ERROR:
        return Status(Condition.STOPPED, (Reason("other", raw),), raw)
    if byte & PAPER_EMPTY:
        idle = Condition.READY if byte & SELECTED else Condition.STOPPED
        return Status(idle, (Reason("media-empty", raw),), raw)
    return Status(Condition.READY if byte & SELECTED else Condition.BUSY, (), raw)


def is_known(byte: int) -> bool:
    """Whether all its bits are the class's own; only then is an error worth asking for its name."""
    return not byte & ~_KNOWN
