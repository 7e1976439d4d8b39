"""The Evolis escape language as pure bytes: commands and downloads out, answers in (sheet evolis.md §2-§6).

No I/O, no clock and no model names: what differs between models comes in as data.
"""

from __future__ import annotations

import re

from drivers.contract import NotUnderstood

ESC, CR, NUL = b"\x1b", b"\r", b"\0"
ACK, NACK = 0x06, 0x15
#: A receiver must ignore NULs between commands; the Windows driver pads with them to 64 bytes (§2).
PADDING = NUL * 64
OK = "OK"
#: Longest answer that is waited for. The longest in the sheet has 19 characters; a model text may be longer.
MAX_ANSWER_BYTES = 1024

_MOVING = (b"\x1bS", b"\x1bD")
_VOLTS = re.compile(r"(\d{1,2}),(\d{1,2}) ?Volts", re.IGNORECASE)
_MODES = re.compile(r"\s*(\d{1,3})\s*[,;/ ]\s*(\d{1,3})\s*")


# ------------------------------------------------------------------------------------------ out
def command(text: str) -> bytes:
    """`ESC name;param;... CR` from its readable form, as "Pr;ymcko"."""
    return ESC + text.encode("ascii") + CR


def download(panel: str, levels: int, data: bytes, compressed: bool) -> bytes:
    """A whole panel: Db, or Dbc in the short form that the Windows driver sends (§4)."""
    head = f"Dbc;{panel};{levels};{len(data)};" if compressed else f"Db;{panel};{levels};"
    return ESC + head.encode("ascii") + data + CR


def moves(message: bytes) -> bool:
    """Whether this message may move or mark a card: the S and D commands (§3)."""
    return message.startswith(_MOVING)


def is_download(message: bytes) -> bool:
    """Whether this message carries a panel."""
    return message.startswith(b"\x1bD")


# ------------------------------------------------------------------------------------------- in
def take_answer(buffer: bytes) -> tuple[str | None, bytes]:
    """The first complete answer in `buffer`, and what is left for the next one; None while incomplete.

    Text up to NUL. The signs of error mode 4 (§6) count as answers too: a printer that was left in that
    mode answers so until it is told otherwise. Empty texts (padding) are skipped.
    """
    buffer = buffer.lstrip(NUL)
    if not buffer:
        return None, b""
    if buffer[0] == ACK:
        return OK, buffer[1:]
    if buffer[0] == NACK:
        return (f"NACK {chr(buffer[1])}", buffer[2:]) if len(buffer) > 1 else (None, buffer)
    end = buffer.find(NUL)
    if end < 0:
        return None, buffer
    text = buffer[:end].decode("latin-1").strip()
    return text, buffer[end + 1 :]


def count(text: str) -> int:
    """A counter's value; anything but digits is NotUnderstood."""
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise NotUnderstood(f"no number: {text[:40]!r}")
    return int(text)


def volts(text: str) -> float:
    """A sensor's value: `0,00 Volts`, with the comma that the device writes (§3)."""
    match = _VOLTS.fullmatch(text)
    if match is None:
        raise NotUnderstood(f"no sensor value: {text[:40]!r}")
    return float(f"{match[1]}.{match[2]}")


def error_modes(text: str) -> tuple[int, int]:
    """Rem: the mode now and the saved one (§3). What stands between the two numbers is inferred."""
    match = _MODES.fullmatch(text)
    if match is None:
        raise NotUnderstood(f"no error modes: {text[:40]!r}")
    return int(match[1]), int(match[2])


def is_error_text(text: str) -> bool:
    """The vendor's rule for texts that no table has: anything with ERR in it (§6)."""
    return "ERR" in text.upper()
