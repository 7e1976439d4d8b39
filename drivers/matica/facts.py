"""What only the Matica language needs to know of a model: the `[matica]` table of its file."""

from __future__ import annotations

import re
from dataclasses import dataclass

TURNS = (0, 180)
#: The two places where versions of the sheet's source read the serial number (matica-xid.md, op 12).
SERIAL_PLACES = (24, 32)
POSITIONS = ("print", "contact", "contactless", "magnetic", "reject", "eject")


@dataclass(frozen=True)
class MaticaFacts:
    """Data that drives `staging.py` and `card.py`; "op" is a command of the sheet `matica-xid.md`.

    `type_text` is a regular expression for the whole type of op 12, `serial_at` where its serial number
    begins. `turn`: degrees that the upright picture is turned before it is sent. `back_buffer` is the
    image buffer of a second side (op 2A). `load_s`, `print_side_s`, `transfer_s` bound one movement.
    `empty_s`: so long "no cards" is heard of a still device without a card before it counts as "drew
    none". `after_error_s`: rest between clearing a fatal code and resetting the device. `total_counter`:
    whether op 4D answers. `position`: whether op 34 does.
    """

    type_text: str
    serial_at: int
    turn: int
    load_s: float
    print_side_s: float
    transfer_s: float
    empty_s: float
    after_error_s: float
    back_buffer: int = 1
    total_counter: bool = True
    position: bool = True

    def __post_init__(self) -> None:
        """Refuse what the sheet does not have."""
        re.compile(self.type_text)
        if self.serial_at not in SERIAL_PLACES:
            raise ValueError(f"serial_at is one of {SERIAL_PLACES}, not {self.serial_at}")
        if self.turn not in TURNS:
            raise ValueError(f"turn is 0 or 180, not {self.turn}")
        if self.back_buffer not in (0, 1):
            raise ValueError("back_buffer is 0 or 1")
        if min(self.load_s, self.print_side_s, self.transfer_s) <= 0:
            raise ValueError("every movement needs a time")
        if not self.position:
            # Without it neither a loaded card nor an empty path could be told from its opposite.
            raise ValueError(
                "position must be true: this driver knows a card's place by op 34 alone"
            )

    @property
    def counter_query(self) -> str | None:
        """Op 4D, the lifetime count of cards."""
        return "4D" if self.total_counter else None

    @property
    def path_query(self) -> str | None:
        """Op 34: whether a card is inside."""
        return "34" if self.position else None

    @property
    def brings_out(self) -> frozenset[str]:
        """The movements that bring a card out without printing it."""
        return frozenset({"eject", "reject"})
