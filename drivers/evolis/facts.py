"""What only the Evolis language needs to know of a model: the `[evolis]` table of its file."""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = (32, 64, 128)
TURNS = ("left", "right")
PANELS = ("Y", "M", "C", "K", "O")


@dataclass(frozen=True)
class EvolisFacts:
    """Data that drives `staging.py` and `driver.py`; section numbers are of the sheet `evolis.md`.

    `type_text` is a regular expression for the whole answer to Rtp; `any_product`: no source tells
    its USB product id, so the vendor id and the printer class decide and Rtp must agree. `setup` are
    commands without effect on a card, with `{ribbon}` filled in; `start`, `flip`, `end` are the
    sequence around the panels (§5). `back_panels` are those of the second side, `levels` the steps of a dye (§3, Db),
    `compressed` the panels that are sent as Dbc. `card_counter`: whether Rco;c is a lifetime count of
    cards. `error_mode` is set with Pem and read back with Rem; `saves_error_mode`: the read-back shows
    it kept over power-off as well, so that the printer never prints by itself (exactly-once.md §5).
    `move_reply_s`: how long the answer to a movement or a panel may take (§5; others have `reply_s`).
    `rejects`: whether it has a reject tray that Ser brings a card to.
    """

    type_text: str
    ribbon: str
    setup: tuple[str, ...]
    start: tuple[str, ...]
    end: tuple[str, ...]
    levels: int
    turn_front: str
    turn_back: str
    flip: tuple[str, ...] = ()
    back_panels: tuple[str, ...] = ()
    compressed: tuple[str, ...] = ()
    any_product: bool = False
    card_counter: bool = False
    path: bool = False
    move_reply_s: float = 30.0
    error_mode: int = 2
    saves_error_mode: bool = True
    rejects: bool = False

    def __post_init__(self) -> None:
        """Refuse what the sheet does not have."""
        if self.levels not in LEVELS:
            raise ValueError(f"levels is one of {', '.join(map(str, LEVELS))}, not {self.levels}")
        if self.turn_front not in TURNS or self.turn_back not in TURNS:
            raise ValueError(f"a turn is one of {', '.join(TURNS)}")
        for panel in (*self.back_panels, *self.compressed):
            if panel not in PANELS:
                raise ValueError(f"a panel is one of {' '.join(PANELS)}, not {panel!r}")
        if not self.start or not self.end:
            raise ValueError("start and end are needed: they move the card")
        if self.error_mode != 2:
            # §7: with any other mode the printer may print a card again by itself, or answers in signs.
            raise ValueError("error_mode is 2: the host decides what happens after an error")

    @property
    def prints_later(self) -> bool:
        """With an error mode that power-on takes back it may print a card again by itself (§7)."""
        return not self.saves_error_mode

    @property
    def counter_query(self) -> str | None:
        """Rco;c, where it is known to count cards."""
        return "Rco;c" if self.card_counter else None

    @property
    def path_query(self) -> str | None:
        """Rlr;p: whether a card is in the printer."""
        return "Rlr;p" if self.path else None

    @property
    def brings_out(self) -> frozenset[str]:
        """The movements that bring a card out without printing it."""
        return frozenset({"eject", "reject"} if self.rejects else {"eject"})
