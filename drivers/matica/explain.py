"""A Matica status in pieces: the sense code and its class, and the card's place."""

from __future__ import annotations

import re

from drivers.matica.codes import codes, row_of
from drivers.matica.facts import POSITIONS
from drivers.meaning import Meaning

_CODE = re.compile(r"\b([0-9A-F]{6})\b")
_PLACE = re.compile(r"card at position (\d)")
#: First byte of a sense code (the sheet, "Sense codes").
_CLASSES = {
    "00": "nothing",
    "02": "waits, and clears itself",
    "03": "fatal for the card",
    "04": "hardware",
    "05": "refused command",
    "06": "said once after a change",
}


def explain(raw: str) -> tuple[Meaning, ...]:
    """Every code in it."""
    found: list[Meaning] = []
    for code in _CODE.findall(raw):
        row = row_of(code)
        known = "" if code in codes() or code == "000000" else "; no row has this very code"
        group = _CLASSES.get(code[:2], "of no known class")
        found.append(Meaning(code, f"{row.state}: {group}{known}", row.keyword or None))
    for place in _PLACE.findall(raw):
        at = int(place)
        where = POSITIONS[at] if at < len(POSITIONS) else "unknown"
        found.append(Meaning(f"position {at}", f"a card at {where}", "path-not-empty"))
    return tuple(found)
