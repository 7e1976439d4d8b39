"""What only the IPP family needs to know of a queue: the `[ipp]` table of a model file."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

CUPS_RASTER = "application/vnd.cups-raster"
PWG_RASTER = "image/pwg-raster"
#: Raster versions: 2 in lines of runs, 3 as plain pixels (the sheet, §8: both arrive untouched).
VERSIONS = (2, 3)
#: cups_cspace_t of the spaces that hold three bytes a dot, red first.
COLOUR_SPACES = MappingProxyType({"RGB": 1, "sRGB": 19, "AdobeRGB": 20})
TURNS = ("none", "left", "right")


@dataclass(frozen=True)
class IppFacts:
    """Data that drives `raster.py`, `check.py` and `driver.py`; section numbers are of the sheet `ipp.md`.

    `format`, `version`, `colour_space`, `page_name`: the document and its page header, as a calibration
    print of that queue has them (§8). `turn_front`, `turn_back`: which way the upright landscape picture
    is turned to become the queue's page. `least_s`: how long the shortest run that can print a card lasts;
    a run that ends sooner proves nothing (§9.5). `user`: the requesting user, always the same, since a
    job's owner is known by nothing else (§4).
    """

    format: str
    version: int
    colour_space: str
    page_name: str
    turn_front: str
    turn_back: str
    least_s: float
    user: str = "printstation"

    def __post_init__(self) -> None:
        """Refuse what the sheet does not have."""
        if self.format not in (CUPS_RASTER, PWG_RASTER):
            raise ValueError(f"format is {CUPS_RASTER} or {PWG_RASTER}, not {self.format!r}")
        if self.version not in VERSIONS:
            raise ValueError(f"version is 2 or 3, not {self.version}")
        if self.format == PWG_RASTER and (self.version, self.colour_space) != (2, "sRGB"):
            raise ValueError("image/pwg-raster is version 2 and sRGB (PWG 5102.4)")
        if self.colour_space not in COLOUR_SPACES:
            raise ValueError(f"colour_space is one of {', '.join(COLOUR_SPACES)}")
        if self.turn_front not in TURNS or self.turn_back not in TURNS:
            raise ValueError(f"a turn is one of {', '.join(TURNS)}")
        if not 0 < len(self.page_name.encode()) < 64 or not 0 < len(self.user.encode()) < 255:
            raise ValueError("page_name has 1 to 63 bytes and user 1 to 254")
        if self.least_s <= 0:
            raise ValueError("least_s must be positive: a run of no length prints nothing")

    @property
    def prints_later(self) -> bool:
        """A queue keeps its jobs over any restart and prints them by itself (§1): no unit is otherwise."""
        return True

    @property
    def counter_query(self) -> str | None:
        """None: job-impressions-completed is what a program claims (§6)."""
        return None

    @property
    def path_query(self) -> str | None:
        """None: a queue knows of no card inside."""
        return None

    @property
    def brings_out(self) -> frozenset[str]:
        """None: a queue has no such request."""
        return frozenset()
