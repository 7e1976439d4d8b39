"""What only the Magicard language needs to know of a model: the `[magicard]` table of its file."""

from __future__ import annotations

from dataclasses import dataclass

PACKINGS = ("P1", "P2", "P3")
TURNS = ("left", "right")


@dataclass(frozen=True)
class MagicardFacts:
    """Data that drives `wire.py` and `driver.py`; section numbers are of the sheet `magicard.md`.

    `header` are the job header's tokens in order (§3), with `{duplex} {side} {back} {overcoat}
    {width} {height}` filled in; a token whose value does not apply to this page is left out. The
    SZx tokens follow by themselves. `turn_front`, `turn_back`: which way the upright landscape
    picture is turned to become lines, left being counter-clockwise (§4). `queries` are the old
    single-value ones that it answers (§6). `eject`: whether EJT is known to work. `tells_rejection`:
    whether a rejection code of `codes.toml` is this device's own word; no source has one, so for every
    real model it is only a stop, and the card's fate a question. The picture's dot 0
    lies under element `first_dot` of the head's `head_dots` (§4); P2 and P3 are for 672 of them.
    """

    packing: str
    head_dots: int
    first_dot: int
    turn_front: str
    turn_back: str
    header: tuple[str, ...]
    back_panels: str = ""
    queries: tuple[str, ...] = ()
    eject: bool = False
    tells_rejection: bool = False

    def __post_init__(self) -> None:
        """Refuse what the sheet does not have."""
        if self.packing not in PACKINGS:
            raise ValueError(f"packing is one of {', '.join(PACKINGS)}, not {self.packing!r}")
        if self.head_dots % 8 or not 0 <= self.first_dot < self.head_dots:
            raise ValueError("head_dots is a multiple of 8 and first_dot lies within")
        if self.packing != "P1" and self.head_dots != 672:
            raise ValueError(f"{self.packing} is laid out for 672 head_dots")
        if self.turn_front not in TURNS or self.turn_back not in TURNS:
            raise ValueError(f"a turn is one of {', '.join(TURNS)}")
        if not self.header or self.header[0] != "NOC1":
            # §3: NOC must be the first token; one feed is one card (exactly-once.md), so 1.
            raise ValueError("header must begin with NOC1")

    @property
    def counter_query(self) -> str | None:
        """The query that tells how many cards it ever made, if it answers one."""
        return "TCQ" if "TCQ" in self.queries else None

    @property
    def path_query(self) -> str | None:
        """No source has one."""
        return None

    @property
    def brings_out(self) -> frozenset[str]:
        """The movements that bring a card out without printing it."""
        return frozenset({"eject"} if self.eject else ())
