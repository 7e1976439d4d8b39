"""Why a job is not moving on, as rows of `waits.toml` and one pure function."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from printstation.lifecycle.job import OPEN_STATES, JobState


@dataclass(frozen=True)
class Wait:
    """One keyword: what the job waits for, and what people read."""

    keyword: str
    waits_for: str
    id: str
    en: str


@functools.cache
def waits() -> Mapping[str, Wait]:
    """The whole table by keyword, in the order of importance. Reads the file once."""
    text = Path(__file__).with_name("waits.toml").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            keyword: Wait(keyword, row["for"], row["id"], row["en"])
            for keyword, row in tomllib.loads(text).items()
        }
    )


@dataclass(frozen=True)
class Place:
    """One printer that could make the job's card: whether it is stopped, and has a recorded blank.

    `outside`: it is not driven from here, and a person records what is printed.
    """

    stopped: bool
    has_blank: bool
    outside: bool = False


def reasons(
    state: JobState,
    *,
    because: str | None = None,
    question_open: bool = False,
    cancel_requested: bool = False,
    places: tuple[Place, ...] = (),
    card_due: str | None = None,
) -> tuple[str, ...]:
    """The keywords that hold, the most important first.

    `because` is what was written down when the job was held or set aside. For a pending job `places` are
    the printers that take its card type, for a job at a printer that one alone. `card_due` is the keyword
    of a pending job whose card is encoded first: what is to be done with that card.
    """
    found: set[str] = set()
    if question_open:
        found.add("question-open")
    if cancel_requested and state in OPEN_STATES:
        found.add("cancel-requested")
    if because and state in (JobState.PENDING, JobState.HELD):
        found.add(because)
    if state is JobState.HELD and not because:
        found.add("held")
    elif state is JobState.PENDING:
        found |= _queued(places, card_due) if not because else set()
    elif state is JobState.PROCESSING and places and all(place.stopped for place in places):
        found.add("printer-stopped")
    elif state is JobState.STOPPED and not question_open:
        found.add("outcome-open")
    order = list(waits())
    return tuple(sorted(found, key=lambda word: order.index(word) if word in order else len(order)))


def _queued(places: tuple[Place, ...], card_due: str | None) -> set[str]:
    if not places:
        return {"no-printer"}
    found = {card_due} if card_due else set()
    if all(place.stopped for place in places):
        found.add("printer-stopped")
    if not any(place.has_blank for place in places):
        found.add("no-blank")
    if not found and all(place.outside for place in places):
        return {"print-outside"}
    return found or {"waiting-for-printer"}


def waits_for(keywords: tuple[str, ...]) -> str | None:
    """What a job with these reasons waits for: of the first one; None when it waits for nothing."""
    row = waits().get(keywords[0]) if keywords else None
    return row.waits_for if row is not None and row.waits_for != "nothing" else None
