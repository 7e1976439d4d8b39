"""What a history does not draw, each with the sentence of `exactly-once.md` §12 (or §6) that says why."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.faults import TABLE

AGREED_LIE = "A device whose every witness agrees on a lie is caught by the quality check or at the shift's count."
TWO_PICKED = "Two cards picked at once … As well [a limit]."
NO_COUNTER = "A self-test on a device without a counter: as well [a limit]."
SHORT_ERROR = "An error shorter than a poll: as well [a limit]."

BACKEND_KILLED = "A backend that was killed ends as *completed*; only `least_s` speaks against it (ipp.md §5, §9.5)."
BACKEND_GONE = "A queue's `discard` says nothing about the card (ipp.md §9.7), nor about what the device was given."

#: (fault, phase or "*", kind of counter or "*") -> why it is not drawn there.
EXCLUDED: Mapping[tuple[str, str, str], str] = {
    # The device says *printed* and a plane is not there: no witness can know.
    ("not-printed", "*", "*"): AGREED_LIE,
    # Counted, busy, ready again, and no card was drawn.
    ("phantom-card", "*", "*"): AGREED_LIE,
    ("double-pick", "*", "*"): TWO_PICKED,
    # Without a counter nothing tells a second card from a long first one.
    ("repeat-job", "*", "none"): AGREED_LIE,
    # Row 5 hears one witness alone: a `pick` counter that says one less than there were.
    ("lying-reply", "counter", "pick"): AGREED_LIE,
}

#: "One lying witness at a time ends in *unknown*": a printer lies once in a history, no more. (A second reset
#: from 0 to 0 would not be seen at all.)
LIES = frozenset({"lying-reply", "repeat-job", "counter-reset"})
#: What `mischief.Mischief._unfair` keeps apart, since one makes a stated limit of the other:
APART: Mapping[str, str] = {
    # The device's word *rejected* is about the test card and is taken for ours; with an `eject` counter, too.
    "a test card that is rejected right behind one of ours": NO_COUNTER,
    # Its error (no card drawn, jam) would be our card's.
    "a test card at a device without a counter that the station holds": NO_COUNTER,
    "a test card before a counter's first reading": "what it should show is a running sum [begun then] (§6)",
}
#: What `queue_mischief.py` and `queue_printer.py` leave out of histories; each has its test in `test_queue.py`.
QUEUES: Mapping[str, str] = {
    "a backend that ends well or by a signal when its run is nearly as long as a card's": BACKEND_KILLED,
    "a device that goes on by itself, when its cover is closed, with what its backend left there": BACKEND_GONE,
    "a card of the queue that a person lets print again after it was settled": "A person who prints past the station.",
}
#: The latest such end that is drawn: a look may come a second later, and least_s is 3 s.
KILLED_BEFORE_S = 1.8
#: Seconds between two acts of the world at one printer, longer than the longest poll: see SHORT_ERROR.
ERROR_LASTS_S = 1.6


def drawable(counter: str) -> list[tuple[str, str]]:
    """Every (fault, phase) that a history may arm at a printer with this kind of counter."""
    return [
        (fault, phase)
        for fault, phases in TABLE.items()
        for phase in phases
        if phase != "receive" and not _excluded(fault, phase, counter)
    ]


def _excluded(fault: str, phase: str, counter: str) -> bool:
    return any((fault, p, c) in EXCLUDED for p in (phase, "*") for c in (counter, "*"))
