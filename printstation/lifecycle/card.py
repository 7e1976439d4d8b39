"""The life of a card, from the blank in the store to the card in a hand or in the fire.

Each card is in exactly one state; the states are the words of the daily report, too.
"""

from __future__ import annotations

from enum import StrEnum


class CardState(StrEnum):
    """Where a card is and what is on it."""

    STORED = "stored"
    LOADED = "loaded"
    ENCODED = "encoded"
    RESERVED = "reserved"
    FED = "fed"
    PRINTED = "printed"
    ACCEPTED = "accepted"
    HANDED_OVER = "handed-over"
    SPOILED = "spoiled"
    DESTROYED = "destroyed"
    MISSING = "missing"
    LENT = "lent"
    RETURNED = "returned"


class CardEvent(StrEnum):
    """What can happen to a card."""

    LOAD = "load"
    UNLOAD = "unload"
    ENCODE = "encode"
    RESERVE = "reserve"
    RELEASE = "release"
    FEED = "feed"
    PRINT = "print"
    TEST = "test"
    UNTOUCHED = "untouched"
    UNTOUCHED_ENCODED = "untouched-encoded"
    SPOIL = "spoil"
    LOSE = "lose"
    FIND_SPOILED = "find-spoiled"
    FIND_PRINTED = "find-printed"
    ACCEPT = "accept"
    HAND_OVER = "hand-over"
    SURRENDER = "surrender"
    DESTROY = "destroy"
    LEND = "lend"
    COME_HOME = "come-home"
    RETURN = "return"


class Cause(StrEnum):
    """Why a card is spoiled or missing: the columns of the monthly recap (`domain.md` §3.5)."""

    PRINT_FAILED = "print-failed"
    ENCODE_FAILED = "encode-failed"
    DAMAGED = "damaged"
    DATA_CHANGED = "data-changed"
    MOVED = "moved"
    PHOTO_CHANGED = "photo-changed"
    EXPIRED = "expired"
    WRONG_CARD = "wrong-card"
    TEST = "test"
    UNEXPLAINED = "unexplained"
    SURPLUS = "surplus"
    COUNT = "count"
    LOST = "lost"
    OTHER = "other"


class Origin(StrEnum):
    """How a card came into this station: the left side of the conservation sum (`architecture.md` §5)."""

    RECEIVED = "received"
    BORROWED = "borrowed"
    SURRENDERED = "surrendered"
    SURPLUS = "surplus"


S, E = CardState, CardEvent

CARD_TABLE: dict[tuple[CardState, CardEvent], CardState] = {
    (S.STORED, E.LOAD): S.LOADED,
    (S.LOADED, E.UNLOAD): S.STORED,
    (S.STORED, E.ENCODE): S.ENCODED,
    (S.LOADED, E.RESERVE): S.RESERVED,
    (S.RESERVED, E.RELEASE): S.LOADED,
    (S.RESERVED, E.FEED): S.FED,
    (S.ENCODED, E.FEED): S.FED,
    (S.FED, E.PRINT): S.PRINTED,
    (S.FED, E.TEST): S.SPOILED,
    (S.FED, E.UNTOUCHED): S.LOADED,
    # An encoded card belongs to its resident for ever: never back to stock (§9).
    (S.FED, E.UNTOUCHED_ENCODED): S.ENCODED,
    (S.PRINTED, E.ACCEPT): S.ACCEPTED,
    (S.ACCEPTED, E.HAND_OVER): S.HANDED_OVER,
    (S.HANDED_OVER, E.SURRENDER): S.SPOILED,
    (S.SPOILED, E.DESTROY): S.DESTROYED,
    (S.STORED, E.LEND): S.LENT,
    (S.LENT, E.COME_HOME): S.STORED,
    (S.STORED, E.RETURN): S.RETURNED,
    # A missing card that is found is spoiled, or the printed card of its job; never a blank again (§7).
    (S.MISSING, E.FIND_SPOILED): S.SPOILED,
    (S.MISSING, E.FIND_PRINTED): S.PRINTED,
    (S.SPOILED, E.FIND_PRINTED): S.PRINTED,
    **{
        (state, E.SPOIL): S.SPOILED
        for state in (S.STORED, S.LOADED, S.ENCODED, S.FED, S.PRINTED, S.ACCEPTED)
    },
    **{
        (state, E.LOSE): S.MISSING
        # A lent blank that the other office lost, a spoiled card that is not in its box.
        for state in (
            S.STORED,
            S.LOADED,
            S.ENCODED,
            S.FED,
            S.PRINTED,
            S.ACCEPTED,
            S.LENT,
            S.SPOILED,
        )
    },
}

#: A job has at most one of these, and it is the card that its resident has or is about to have.
OF_A_JOB = frozenset({S.RESERVED, S.FED, S.PRINTED, S.ACCEPTED, S.HANDED_OVER})
#: What lies in a hopper for the purpose of a count (`interfaces.md` §3).
IN_HOPPER = frozenset({S.LOADED, S.RESERVED})
