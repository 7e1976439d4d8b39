"""When a unit's counter moves and whether its path sensor tells the truth: the readings, and what they say.

Three cards: two whole ones, and one that is only drawn and then thrown out. Pure; `calibrating.py` makes the
readings. A witness is believed only if every reading fits one kind: an evidence capability that is wrong would
turn lost cards into printed ones (exactly-once.md §2, §3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

#: How many whole cards, and that one more is only drawn.
WHOLE = 2
CARDS = WHOLE + 1
#: `print_s` is three times the longest card seen: a head that cools down on the way doubles it.
PATIENCE = 3
#: No card printer is so quick that less would be patience.
LEAST_PRINT_S = 30


class Inconsistent(Exception):
    """The readings fit no honest witness: nothing is written down. One line."""


class NotDrawn(Exception):
    """Nobody saw a card inside in the third part: the readings prove nothing. One line."""


#: `holds_job` is no reading: it would take power off a printer with somebody's card in it, and a wrong *no* is the
#: one that makes a second card.
NOT_TRIED = (
    "holds_job is not tried: that would need a power cut in mid-card. It stays {value}, as {source} has it; if this "
    "printer was ever seen to print by itself when it was switched on, write holds_job = true"
)


@dataclass(frozen=True)
class Reading:
    """The witnesses at one moment at which nothing moved; None where the unit tells nothing."""

    counter: int | None
    path: bool | None


@dataclass(frozen=True)
class Readings:
    """`rest` before the first card and after each one that is out, `inside` with the third card inside.

    `drawn`: whether the third card was really inside, by the sensor or by a person's word. `seconds`: from
    *sent* to out, of the whole cards.
    """

    rest: tuple[Reading, ...]
    inside: Reading
    drawn: bool | None
    seconds: tuple[float, ...] = ()


@dataclass(frozen=True)
class Found:
    """The unit's evidence capabilities. `path_sensor` is None where its model has no query for one."""

    counter: str
    path_sensor: bool | None
    print_s: float | None
    words: tuple[str, ...] = field(default=())

    @property
    def keys(self) -> dict[str, str | bool | float]:
        """As they stand in the unit's `[[printers]]` table."""
        known = {
            "counter": self.counter,
            "path_sensor": self.path_sensor,
            "print_s": self.print_s,
        }
        return {key: value for key, value in known.items() if value is not None}


def conclude(found: Readings, *, has_counter: bool, has_path: bool, most_s: float) -> Found:
    """What the readings say. Raises `Inconsistent` or `NotDrawn`, never guesses.

    `has_counter`, `has_path`: whether the model has a query for it; `most_s`: the model's own `print_s`.
    """
    if len(found.rest) != CARDS + 1:
        raise Inconsistent(f"{len(found.rest) - 1} of {CARDS} cards were printed")
    path_sensor = _path_sensor(found) if has_path else None
    drawn = found.drawn or found.inside.path is True
    counter = _counter(found, drawn) if has_counter else "none"
    longest = max(found.seconds, default=0.0)
    print_s = float(max(LEAST_PRINT_S, 5 * math.ceil(PATIENCE * longest / 5)))
    words = _words(found, has_counter, has_path)
    return Found(counter, path_sensor, print_s if longest > 0 and print_s < most_s else None, words)


def _counter(found: Readings, drawn: bool) -> str:
    numbers = [reading.counter for reading in (*found.rest, found.inside)]
    if all(number is None for number in numbers):
        return "none"
    if any(number is None for number in numbers):
        raise Inconsistent(f"the counter answers now and then: {_told(numbers)}")
    rest = [reading.counter or 0 for reading in found.rest]
    whole = [after - before for before, after in pairwise(rest[: WHOLE + 1])]
    inside, last = (found.inside.counter or 0) - rest[WHOLE], rest[CARDS] - rest[WHOLE]
    if not any((*whole, inside, last)):
        return "none"
    if whole != [1] * WHOLE:
        raise Inconsistent(
            f"{WHOLE} whole cards moved the counter by {_told(whole)}: it counts something else (sides, panels), or "
            "other cards came out than were sent: look into the tray"
        )
    if not drawn:
        raise NotDrawn(
            "nobody saw the third card inside, so that no one knows when the counter moves"
        )
    if (inside, last) == (1, 1):
        return "pick"
    if inside == 0 and last in (0, 1):
        return "eject"
    raise Inconsistent(
        f"a card that was only drawn moved the counter by {inside}, and by {last} once it was out"
    )


def _path_sensor(found: Readings) -> bool:
    rest = [reading.path for reading in found.rest]
    told = (*rest, found.inside.path)
    if all(path is None for path in told):
        return False
    if any(path is not False for path in rest):
        raise Inconsistent(f"nothing was inside, and the path sensor said {_told(rest)}")
    if found.inside.path is True:
        return True
    if found.drawn:
        raise Inconsistent("a card was inside, and the path sensor said that the path is empty")
    raise NotDrawn("the path sensor saw no card inside, and nobody says that there was one")


def _words(found: Readings, has_counter: bool, has_path: bool) -> tuple[str, ...]:
    """A line for each reading."""
    places = ("before", *(f"card {n} out" for n in range(1, CARDS)), "card 3 thrown out")
    rows = [*zip(places, found.rest, strict=True)]
    rows.insert(CARDS, ("card 3 drawn", found.inside))
    return tuple(
        f"{place}: "
        + ", ".join(
            word
            for word in (
                f"counter {reading.counter}" if has_counter else "",
                f"path {_PATH[reading.path]}" if has_path else "",
            )
            if word
        )
        for place, reading in rows
        if has_counter or has_path
    )


_PATH = {True: "card inside", False: "empty", None: "not told"}


def _told(values: Sequence[object]) -> str:
    return ", ".join(str(value) for value in values)


# ------------------------------------------------------------------------------- the configuration
def with_keys(text: str, printer: str, keys: dict[str, str | bool | float]) -> str:
    """A configuration's text with these keys in the `[[printers]]` table of that name, all else as it was.

    `ValueError` when no table says that name on a line of its own.
    """
    lines = text.splitlines()
    start = _table_of(lines, printer)
    end = start
    while end < len(lines) and not lines[end].lstrip().startswith("["):
        end += 1
    body = [line for line in lines[start:end] if _key(line) not in keys]
    # Blank lines and comments at its end are taken to belong to what follows.
    blank = len(body)
    while blank and body[blank - 1].strip()[:1] in ("", "#"):
        blank -= 1
    new = [f"{key} = {_toml(value)}" for key, value in keys.items()]
    changed = [*lines[:start], *body[:blank], *new, *body[blank:], *lines[end:]]
    return "\n".join(changed) + "\n"


def _table_of(lines: list[str], printer: str) -> int:
    """The line behind the header of that printer's table."""
    start = None
    for number, line in enumerate(lines):
        if line.lstrip().startswith("["):
            header = line.partition("#")[0].replace(" ", "").replace("\t", "").strip()
            start = number + 1 if header == "[[printers]]" else None
        value = line.partition("=")[2].partition("#")[0].strip()
        if start is not None and _key(line) == "name" and value.strip("\"'") == printer:
            return start
    raise ValueError(f'no [[printers]] table says name = "{printer}" on a line of its own')


def _key(line: str) -> str:
    return line.partition("=")[0].strip() if "=" in line else ""


def _toml(value: str | bool | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else f"{value:.1f}"
