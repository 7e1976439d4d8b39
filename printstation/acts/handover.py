"""The card leaves the house: to whom, against which paper, and what came back for it.

What a request demands of its old card is a table (`lifecycle/request_reasons.toml`). A surrendered card goes to
the cards that will be destroyed, whether this station printed it or another office did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from printstation.acts import slips
from printstation.acts.quality import known, refuse_withheld
from printstation.acts.request import Done, Request, once
from printstation.lifecycle.card import CardState, Cause
from printstation.lifecycle.request_reasons import RequestReason, request_reason
from printstation.lifecycle.steps import Step
from printstation.refusals import FieldError, Refusal
from printstation.seal import Seal
from printstation.store import handovers, holders, jobs, scans
from printstation.store.cards import Card
from printstation.store.engine import Store, Tx
from printstation.store.holders import Holder
from printstation.store.jobs import Job
from printstation.store.steps import take
from printstation.store.tables import OldCard, Receiver, SlipKind

#: An old card whose row says one of these never was in its resident's hands.
_NEVER_LEFT = frozenset({CardState.SPOILED, CardState.MISSING, CardState.DESTROYED})
#: What each paper is called in a sentence.
_CALLED = {OldCard.SURRENDERED: "the old card", OldCard.POLICE_LETTER: "a police letter"}


@dataclass(frozen=True)
class Surrendered:
    """The old card as it lies on the desk. Of a card of another office its own words are all we have."""

    card: str | None = None
    number: str | None = None
    card_type: str | None = None
    holder: Holder | None = None


@dataclass(frozen=True)
class HandOver:
    """What happened at the desk."""

    by: str
    receiver: Receiver
    old_card: OldCard
    proxy_letter: str | None = None
    police_letter: str | None = None
    surrendered: Surrendered | None = None
    #: Whether a receipt is to be printed: the name is erased here, so its initials are taken here, too.
    slip: bool = False


def hand_over(store: Store, seal: Seal, identity: str, said: HandOver, request: Request) -> Done:
    """Give an accepted card to its holder or a proxy; its sealed name is erased with that.

    Refuses a card that is not accepted or is withheld, a proxy without a letter, and `old-card-needed` while
    what the request's reason demands is missing. Nothing has moved then.
    """

    def act(tx: Tx) -> dict[str, Any]:
        card = known(tx, identity)
        if card.state is not CardState.ACCEPTED:
            raise Refusal(
                "card-state",
                f"card {identity} is {card.state}; only an accepted card is handed over",
            )
        refuse_withheld(tx, identity)
        assert card.job is not None
        job = jobs.get(tx.conn, card.job)
        assert job is not None
        _papers(said)
        reason = request_reason(job.reason)
        old = handovers.old_card(tx.conn, job.id)
        _demand(tx, job, reason, old, said)
        surrendered = None
        if said.old_card is OldCard.SURRENDERED:
            surrendered = _take_back(tx, seal, card, job, reason, old, said)
        initials = slips.initials_for(tx, seal, card.id) if said.slip else None
        done = _give(tx, card, said, surrendered)
        if initials is not None:
            slips.queue(tx, SlipKind.HAND_OVER, card.id, initials, said.by)
        return done

    return once(store, request, act)


def _papers(said: HandOver) -> None:
    """Every letter that is needed, and none that is not: a paper nobody asked for is a slip of the pen."""
    for pointer, given, needed in (
        ("/proxy_letter", said.proxy_letter, said.receiver is Receiver.PROXY),
        ("/police_letter", said.police_letter, said.old_card is OldCard.POLICE_LETTER),
        ("/surrendered", said.surrendered, said.old_card is OldCard.SURRENDERED),
    ):
        if needed and given is None and pointer != "/surrendered":
            raise _wrong(pointer, "missing", "give the number of the letter")
        if given is not None and not needed:
            raise _wrong(pointer, "refused", "this does not go with what was said of the card")


def _wrong(pointer: str, code: str, detail: str) -> Refusal:
    return Refusal("invalid", detail, (FieldError(pointer, code, detail),))


def _demand(tx: Tx, job: Job, reason: RequestReason, old: Card | None, said: HandOver) -> None:
    if not reason.accepts or said.old_card in reason.accepts:
        return
    if old is not None and old.state in _NEVER_LEFT and not handovers.left(tx.conn, old.id):
        return
    wanted = " or ".join(_CALLED[OldCard(word)] for word in reason.accepts)
    raise Refusal(
        "old-card-needed",
        f"job {job.id} was asked for because of '{reason.name}': the card is handed over against {wanted}",
        (FieldError("/old_card", "refused", f"needed is {' or '.join(reason.accepts)}"),),
    )


def _take_back(
    tx: Tx,
    seal: Seal,
    card: Card,
    job: Job,
    reason: RequestReason,
    old: Card | None,
    said: HandOver,
) -> str:
    """The old card is spoiled now, its name sealed for the minutes; returns its id."""
    given = said.surrendered or Surrendered()
    ours = _ours(tx, job, old, given)
    # A lost card that turned up is not lost.
    cause = Cause.OTHER if reason.cause is Cause.LOST else reason.cause
    if ours is not None:
        take(tx, Step.SURRENDER, job=ours.job, card=ours.id, by=said.by, set_card={"cause": cause})
        identity = ours.id
    else:
        kind = given.card_type or card.card_type
        identity = handovers.bring_in(tx, kind, given.number, cause, said.by)
    who = given.holder or holders.of_card(tx.conn, seal, card.id)
    if who is not None:
        holders.keep(tx, seal, identity, who)
    return identity


def _ours(tx: Tx, job: Job, old: Card | None, given: Surrendered) -> Card | None:
    """The row of the surrendered card, if this station printed it."""
    if given.card is not None:
        found: Card | None = known(tx, given.card)
        pointer = "/surrendered/card"
    elif given.number is not None:
        kinds = (given.card_type or job.card_type,)
        found = next(iter(scans.numbered(tx.conn, given.number, kinds)), None)
        pointer = "/surrendered/number"
    else:
        return old if old is not None and old.state is CardState.HANDED_OVER else None
    if found is None:
        return None
    if found.state is not CardState.HANDED_OVER:
        raise Refusal(
            "card-state",
            f"card {found.id} is {found.state}; only a card that was handed over is surrendered",
            (FieldError(pointer, "refused", f"card {found.id} is {found.state}"),),
        )
    if _resident(tx, found.job) != _resident(tx, job.id):
        raise Refusal(
            "wrong-card",
            f"card {found.id} was made for another resident; look at the surrendered card again",
            (FieldError(pointer, "other-resident", "it is another resident's"),),
            extra={"card": found.id},
        )
    return found


def _resident(tx: Tx, job: str | None) -> bytes | None:
    found: bytes | None = jobs.secret_columns(tx.conn, job)["resident"] if job else None
    return found


def _give(tx: Tx, card: Card, said: HandOver, surrendered: str | None) -> dict[str, Any]:
    identity = handovers.add(
        tx,
        {
            "card": card.id,
            "job": card.job,
            "receiver": said.receiver,
            "proxy_letter": said.proxy_letter,
            "old_card": said.old_card,
            "surrendered": surrendered,
            "police_letter": said.police_letter,
            "by": said.by,
        },
    )
    told = {"receiver": said.receiver, "old_card": said.old_card}
    holders.erase(tx, card.id)
    take(
        tx,
        Step.HAND_OVER,
        job=card.job,
        card=card.id,
        by=said.by,
        data={"handover": identity, **told, "surrendered": surrendered},
        set_card={"shelf": None},
    )
    return {"id": card.id, "handover": identity, "surrendered": surrendered}
