"""What became of a fed card: the table of `exactly-once.md` §3, row by row.

Pure: observations in, verdict out. When the table may be read at all is part of the facts: the caller
says whether `discard` succeeded and whether busy-then-ready was seen; `readable` answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What became of a card that was fed."""

    PRINTED = "printed"
    UNTOUCHED = "untouched"
    SPOILED = "spoiled"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Facts:
    """Everything the table looks at. `counter` is `none | pick | eject` (§2); readings may be None."""

    counter: str
    path_sensor: bool
    holds_job: bool
    serial_before: str | None
    serial_now: str | None
    counter_before: int | None
    counter_now: int | None
    path_now: bool | None
    same_session: bool
    sent: bool
    nothing_offered: bool
    busy_then_ready: bool
    errors: tuple[str, ...] = ()
    rejected: bool = False
    drew_no_card: bool = False
    discarded: bool = False

    @property
    def delta(self) -> int | None:
        """How far the counter moved since *feed*; None without a counter or without a reading."""
        if self.counter == "none" or self.counter_before is None or self.counter_now is None:
            return None
        return self.counter_now - self.counter_before

    @property
    def path_clear(self) -> bool:
        """Path empty, or a model without sensor."""
        return not self.path_sensor or self.path_now is False

    def first_error_is(self, *keywords: str) -> bool:
        """Whether no other error came before one of these; True when there was no error at all."""
        return not self.errors or self.errors[0] in keywords


#: The keywords of `reasons.toml` under which a device reports the two ends that are not trouble.
REJECTED = "card-rejected"
DREW_NO_CARD = "media-empty"


@dataclass(frozen=True)
class Verdict:
    """A fate and the number of the row that gave it (shown as `evidence.rule`)."""

    fate: Fate
    rule: int


def _witness_broken(f: Facts) -> bool:
    if f.serial_now is None or f.serial_before is None or f.serial_now != f.serial_before:
        return True
    return f.counter != "none" and f.delta not in (0, 1)


def _seen_to_the_end(f: Facts) -> bool:
    return (
        f.same_session
        and f.sent
        and f.busy_then_ready
        and not f.errors
        and (f.counter == "none" or f.delta == 1)
        and f.path_clear
    )


def _rejected(f: Facts) -> bool:
    # Only if we watched from *feed* on. A cover opened and closed while the station was down, and the device
    # repeats by itself: what it rejects then is the second card, and the first may be a good one.
    return f.same_session and f.rejected and not f.holds_job and f.first_error_is(REJECTED)


def _drew_no_card(f: Facts) -> bool:
    # A counter that moved contradicts the device's word: one lying witness ends in *unknown*.
    return (
        f.same_session
        and f.drew_no_card
        and not f.rejected
        and f.first_error_is(DREW_NO_CARD)
        and f.path_clear
        and f.delta in (None, 0)
    )


#: (row, matches, fate, may be read before `discard`). Order is law: the first row that matches decides.
TABLE: tuple[tuple[int, Callable[[Facts], bool], Fate, bool], ...] = (
    (1, _witness_broken, Fate.UNKNOWN, False),
    (2, _rejected, Fate.SPOILED, False),
    (3, _seen_to_the_end, Fate.PRINTED, True),
    (4, lambda f: f.same_session and f.nothing_offered, Fate.UNTOUCHED, True),
    (5, lambda f: f.counter == "pick" and f.delta == 0, Fate.UNTOUCHED, False),
    (
        6,
        lambda f: (
            f.same_session and f.sent and f.counter == "eject" and f.delta == 1 and not f.errors
        ),
        Fate.PRINTED,
        False,
    ),
    (7, _drew_no_card, Fate.UNTOUCHED, False),
    (8, lambda _: True, Fate.UNKNOWN, False),
)


def judge(facts: Facts) -> Verdict | None:
    """The verdict of the first row that matches, or None while that row may not be read yet.

    None means: call `discard` first and ask again (§3, "the table is read only when the device can no
    longer move the card").
    """
    for row, matches, fate, before_discard in TABLE:
        if matches(facts):
            return Verdict(fate, row) if before_discard or facts.discarded else None
    raise AssertionError("row 8 matches everything")
