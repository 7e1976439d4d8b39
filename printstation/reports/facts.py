"""A day as it is kept for ever: plain figures and words, as JSON in the row of its close.

A later version may add fields with a default; it never changes what a field means, since the reports of
all closed days are made from these.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

#: {card type: {cause: cards}}
ByCause = dict[str, dict[str, int]]


@dataclass(frozen=True)
class OfficeFacts:
    """The letterhead on that day."""

    name: str
    city: str
    province: str
    address: str


@dataclass(frozen=True)
class TypeFacts:
    """One card type's blanks: opening + received + borrowed + home + corrected = used + spoiled + lent +
    returned + missing + remaining.

    Figures are net: a card that was printed yesterday and spoiled today takes one from `used` and adds one
    to `spoiled`, so that days add up to months. `remaining` is counted from rows where it can be.
    """

    card_type: str
    opening: int
    received: int = 0
    borrowed: int = 0
    home: int = 0
    corrected: int = 0
    used: int = 0
    spoiled: int = 0
    lent: int = 0
    returned: int = 0
    missing: int = 0
    remaining: int = 0
    causes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CountFacts:
    """One counted line."""

    id: str
    card_type: str
    place: str
    expected: int
    counted: int
    at: str
    by: str
    explanation: str | None = None
    explained_by: str | None = None
    supervisor: str | None = None
    missing: int = 0
    #: A later line of the same type and place took its place.
    recounted: bool = False


@dataclass(frozen=True)
class JobFacts:
    """Jobs of one reason; `open` are all that wait or move at the end."""

    reason: str
    posted: int = 0
    completed: int = 0
    aborted: int = 0
    canceled: int = 0
    open: int = 0


@dataclass(frozen=True)
class StopFacts:
    """How often and how long one reason stopped one printer."""

    printer: str
    keyword: str
    sentence: str
    count: int
    seconds: float


@dataclass(frozen=True)
class WitnessFacts:
    """Three witnesses to the cards of one printer; null is a witness that it has not.

    `cards` left the hopper by the journal, with `sides` to print; the counter is that of the unit `serial`,
    `ribbon` is what the device said was left on its ribbon, `panels` what it used since the day before, as the
    device counts it.
    """

    printer: str
    cards: int
    serial: str | None = None
    sides: int = 0
    counter_before: int | None = None
    counter_after: int | None = None
    ribbon: int | None = None
    panels: int | None = None
    agree: bool = True
    explanation: str = ""


@dataclass(frozen=True)
class SupplyFacts:
    """A ribbon, film or kit that was in use; `yielded` is what a spent one gave."""

    kind: str
    serial: str
    printer: str
    rated: int | None
    used: int
    state: str
    yielded: int | None = None


@dataclass(frozen=True)
class QuestionFacts:
    """What still waits for an answer."""

    id: str
    printer: str
    sentence: str
    asked_at: str
    card: str = ""


@dataclass(frozen=True)
class Facts:
    """One day. Moments are UTC; `zone` is the office's, as its people call it.

    Its entries are `first_seq` to `last_seq`. `recorded` and `destroyed` are the day's invalid cards by
    cause, withdrawn ones included, `waiting` those that lie in the store at its end.
    """

    day: str
    zone: str
    as_of: str
    office: OfficeFacts
    first_seq: int
    last_seq: int
    by: str = ""
    supervisor: str = ""
    types: tuple[TypeFacts, ...] = ()
    recorded: ByCause = field(default_factory=dict)
    destroyed: ByCause = field(default_factory=dict)
    waiting: ByCause = field(default_factory=dict)
    counts: tuple[CountFacts, ...] = ()
    jobs: tuple[JobFacts, ...] = ()
    stops: tuple[StopFacts, ...] = ()
    #: {printer: what stops it at the end}, from which the next day goes on.
    standing: dict[str, list[str]] = field(default_factory=dict)
    witnesses: tuple[WitnessFacts, ...] = ()
    supplies: tuple[SupplyFacts, ...] = ()
    questions: tuple[QuestionFacts, ...] = ()


def dump(facts: Facts) -> str:
    """As it is stored."""
    return msgspec.json.encode(facts).decode()


def load(text: str) -> Facts:
    """As it was stored."""
    return msgspec.json.decode(text, type=Facts)
