"""What a person may answer, and what the answer does (`exactly-once.md` §7).

There is no bare *retry*: every answer about a card names the card's fate, and then the job's future.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from printstation.lifecycle.evidence import Facts, Fate, Verdict


class QuestionReason(StrEnum):
    """Why a person is asked."""

    CARD_FATE = "card-fate"
    UNEXPLAINED = "unexplained-cards"
    HOPPER_COUNT = "hopper-count"
    HAND_OVER = "hand-over"
    OTHER_CARD = "other-card"


class CardFate(StrEnum):
    """What a person may say of a card."""

    PRINTED = "printed"
    SPOILED = "spoiled"
    UNTOUCHED = "untouched"
    MISSING = "missing"


class JobFuture(StrEnum):
    """What a person may want of the job; none with a printed card."""

    AGAIN = "again"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Pair:
    """One offered answer."""

    card: CardFate
    job: JobFuture | None


ORDER = (CardFate.PRINTED, CardFate.SPOILED, CardFate.UNTOUCHED, CardFate.MISSING)
NEEDS_CAUSE = frozenset({CardFate.SPOILED, CardFate.MISSING})
HAND_OVER_PAIRS = (Pair(CardFate.PRINTED, None), Pair(CardFate.SPOILED, None))
#: The encoded card that should have been printed; another one was, and it is good for nobody now (§9).
OTHER_CARD_PAIRS = (Pair(CardFate.SPOILED, None), Pair(CardFate.MISSING, None))
SPOILED_PAIRS = (
    Pair(CardFate.SPOILED, JobFuture.AGAIN),
    Pair(CardFate.SPOILED, JobFuture.CANCEL),
)


def pairs_for(fates: frozenset[CardFate]) -> tuple[Pair, ...]:
    """Every (fate, future) that these fates allow, in the order in which the console shows them."""
    pairs: list[Pair] = []
    for fate in ORDER:
        if fate not in fates:
            continue
        if fate is CardFate.PRINTED:
            pairs.append(Pair(fate, None))
        else:
            pairs.extend(Pair(fate, future) for future in JobFuture)
    return tuple(pairs)


def offered(facts: Facts | None, verdict: Verdict | None) -> tuple[Pair, ...]:
    """The answers for a card-fate question.

    Before the table could be read (`verdict` None) everything is on offer. Only one fact takes an
    answer away: `pick` +0 after `discard` excludes printed and spoiled. *missing* is always offered.
    A card in the path excludes nothing: `discard` brought ours out, and the one that lies there may be
    a self-test's that began in between.
    """
    if verdict is not None and verdict.fate is Fate.SPOILED:
        return SPOILED_PAIRS
    fates = set(ORDER)
    if facts is not None and facts.discarded and facts.counter == "pick" and facts.delta == 0:
        fates -= {CardFate.PRINTED, CardFate.SPOILED}
    return pairs_for(frozenset(fates))


def needs_supervisor(pair: Pair) -> bool:
    """`again` after *missing* prints a card for a resident whose first one may turn up."""
    return pair.card is CardFate.MISSING and pair.job is JobFuture.AGAIN


def explained(delta: int | None, fate: CardFate | Fate, extra: int = 0) -> int:
    """How much of a counter's movement since *feed* this feed accounts for (§6).

    At most one for the fed card (none if it never left the hopper) and one for each further card that a
    person names; never more than the counter moved.
    """
    if delta is None or delta <= 0:
        return 0
    own = 0 if fate in (CardFate.UNTOUCHED, Fate.UNTOUCHED) else 1
    return min(delta, own + extra)
