"""The named steps: the only ways in which a job and a card move, and the name of their journal entry.

A step moves the job, the card, or both; `store/steps.py` takes it in one transaction with its entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from printstation.lifecycle.card import CardEvent as C
from printstation.lifecycle.job import JobEvent as J


class Step(StrEnum):
    """Every step; the value is the journal's `kind`."""

    HOLD = "job-held"
    RELEASE = "job-released"
    EXPIRE = "job-expired"
    CANCEL = "job-canceled"
    CANCEL_RESERVED = "job-canceled-before-feed"
    START = "card-reserved"
    START_ENCODED = "card-called"
    GIVE_BACK = "card-given-back"
    GIVE_BACK_ENCODED = "card-sent-back"
    SET_ASIDE = "job-set-aside"
    FEED = "card-fed"
    STOP = "job-stopped"
    FINISH = "card-printed"
    FINISH_TEST = "test-card-out"
    UNTOUCHED = "card-untouched"
    UNTOUCHED_ENCODED = "encoded-card-untouched"
    UNTOUCHED_CANCEL = "card-untouched-job-canceled"
    UNTOUCHED_ENCODED_CANCEL = "encoded-card-untouched-job-canceled"
    SPOILED_STOP = "card-rejected-by-device"
    SPOILED = "card-spoiled-at-device"
    SPOILED_AGAIN = "card-spoiled-job-again"
    SPOILED_CANCEL = "card-spoiled-job-canceled"
    MISSING_AGAIN = "card-missing-job-again"
    MISSING_CANCEL = "card-missing-job-canceled"
    AGAIN = "job-again"
    END = "job-ended"
    LOAD = "card-loaded"
    UNLOAD = "card-unloaded"
    ENCODE = "card-encoded"
    SPOIL = "card-spoiled"
    LOSE = "card-missing"
    FIND_SPOILED = "card-found-spoiled"
    FIND_PRINTED = "card-found-printed"
    ACCEPT = "card-accepted"
    HAND_OVER = "card-handed-over"
    SURRENDER = "card-surrendered"
    DESTROY = "card-destroyed"
    LEND = "card-lent"
    COME_HOME = "card-came-home"
    RETURN = "card-returned"
    DISOWN_SPOILED = "card-disowned-spoiled"
    DISOWN_MISSING = "card-disowned-missing"
    RECLAIM = "card-reclaimed"


@dataclass(frozen=True)
class Move:
    """The two events of a step; None leaves that row alone."""

    job: J | None
    card: C | None


STEPS: dict[Step, Move] = {
    Step.HOLD: Move(J.HOLD, None),
    Step.RELEASE: Move(J.RELEASE, None),
    Step.EXPIRE: Move(J.EXPIRE, None),
    Step.CANCEL: Move(J.CANCEL, None),
    Step.CANCEL_RESERVED: Move(J.CANCEL, C.RELEASE),
    Step.START: Move(J.START, C.RESERVE),
    Step.START_ENCODED: Move(J.START, None),
    Step.GIVE_BACK: Move(J.GIVE_BACK, C.RELEASE),
    Step.GIVE_BACK_ENCODED: Move(J.GIVE_BACK, None),
    Step.SET_ASIDE: Move(J.SET_ASIDE, C.RELEASE),
    Step.FEED: Move(None, C.FEED),
    Step.STOP: Move(J.STOP, None),
    Step.FINISH: Move(J.FINISH, C.PRINT),
    Step.FINISH_TEST: Move(J.FINISH, C.TEST),
    Step.UNTOUCHED: Move(J.AGAIN, C.UNTOUCHED),
    Step.UNTOUCHED_ENCODED: Move(J.AGAIN, C.UNTOUCHED_ENCODED),
    Step.UNTOUCHED_CANCEL: Move(J.CANCEL, C.UNTOUCHED),
    Step.UNTOUCHED_ENCODED_CANCEL: Move(J.CANCEL, C.UNTOUCHED_ENCODED),
    # The device's own word (row 2). The job waits for a person: nothing is reprinted alone.
    Step.SPOILED_STOP: Move(J.STOP, C.SPOIL),
    Step.SPOILED: Move(None, C.SPOIL),
    Step.SPOILED_AGAIN: Move(J.AGAIN, C.SPOIL),
    Step.SPOILED_CANCEL: Move(J.CANCEL, C.SPOIL),
    Step.MISSING_AGAIN: Move(J.AGAIN, C.LOSE),
    Step.MISSING_CANCEL: Move(J.CANCEL, C.LOSE),
    Step.AGAIN: Move(J.AGAIN, None),
    Step.END: Move(J.CANCEL, None),
    Step.LOAD: Move(None, C.LOAD),
    Step.UNLOAD: Move(None, C.UNLOAD),
    Step.ENCODE: Move(None, C.ENCODE),
    Step.SPOIL: Move(None, C.SPOIL),
    Step.LOSE: Move(None, C.LOSE),
    Step.FIND_SPOILED: Move(None, C.FIND_SPOILED),
    Step.FIND_PRINTED: Move(None, C.FIND_PRINTED),
    Step.ACCEPT: Move(None, C.ACCEPT),
    Step.HAND_OVER: Move(None, C.HAND_OVER),
    Step.SURRENDER: Move(None, C.SURRENDER),
    Step.DESTROY: Move(None, C.DESTROY),
    Step.LEND: Move(None, C.LEND),
    Step.COME_HOME: Move(None, C.COME_HOME),
    Step.RETURN: Move(None, C.RETURN),
    Step.DISOWN_SPOILED: Move(J.DISOWN, C.SPOIL),
    Step.DISOWN_MISSING: Move(J.DISOWN, C.LOSE),
    Step.RECLAIM: Move(J.FINISH, C.FIND_PRINTED),
}

#: What an answer (fate, future) about a *fed* card does.
ANSWER_STEPS: dict[tuple[str, str | None], Step] = {
    ("printed", None): Step.FINISH,
    ("spoiled", "again"): Step.SPOILED_AGAIN,
    ("spoiled", "cancel"): Step.SPOILED_CANCEL,
    ("untouched", "again"): Step.UNTOUCHED,
    ("untouched", "cancel"): Step.UNTOUCHED_CANCEL,
    ("missing", "again"): Step.MISSING_AGAIN,
    ("missing", "cancel"): Step.MISSING_CANCEL,
}
#: The same steps for a card that is bound to a resident.
ENCODED_STEPS: dict[Step, Step] = {
    Step.UNTOUCHED: Step.UNTOUCHED_ENCODED,
    Step.UNTOUCHED_CANCEL: Step.UNTOUCHED_ENCODED_CANCEL,
    Step.GIVE_BACK: Step.GIVE_BACK_ENCODED,
}
