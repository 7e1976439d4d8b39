"""What a raw status says, piece by piece: each bit, code or text of a device beside the row that it maps to.

For a technician who looks at a printer; the driver's own reading is made elsewhere and from the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

#: Bits of the printer class's status byte (USB printer class 1.1, §4.2.3), as (bit, name, word if 1, word if 0).
_BITS = (
    (5, "paper empty", "yes", "no"),
    (4, "selected", "yes", "no"),
    (3, "not error", "no error", "error"),
)
_KNOWN = 0x38


@dataclass(frozen=True)
class Meaning:
    """`raw` as the device gave it, `says` in words; `keyword` is a row of reasons.toml, None where it is no
    reason for anything."""

    raw: str
    says: str
    keyword: str | None = None


#: From `Status.raw` and the keywords of its reasons to its pieces.
Explain = Callable[[str], tuple[Meaning, ...]]


def port_bits(byte: int) -> Iterator[Meaning]:
    """The printer class's status byte, bit by bit."""
    for bit, name, one, zero in _BITS:
        is_set = bool(byte >> bit & 1)
        keyword = {5: "media-empty" if is_set else None, 3: None if is_set else "other"}.get(bit)
        yield Meaning(f"bit {bit} = {int(is_set)}", f"{name}: {one if is_set else zero}", keyword)
    if byte & ~_KNOWN:
        yield Meaning(f"bits {byte & ~_KNOWN:02x}", "not of the printer class", "other")
