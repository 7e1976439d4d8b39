"""Acts on slips: ask for one, ask for it again, give it up. Printing them is `spool/slips.py`'s."""

from __future__ import annotations

from typing import Any

from printstation.acts.quality import known
from printstation.acts.request import Done, Request, once
from printstation.documents.slips import initials_of
from printstation.lifecycle.card import CardState
from printstation.refusals import Refusal
from printstation.seal import Seal
from printstation.store import holders, journal, slips
from printstation.store.engine import Store, Tx
from printstation.store.slips import Slip
from printstation.store.tables import SlipKind, SlipState

#: A pick-up slip tells that the card waits; a receipt, that it was taken.
FITS: dict[SlipKind, frozenset[CardState]] = {
    SlipKind.PICK_UP: frozenset({CardState.PRINTED, CardState.ACCEPTED}),
    SlipKind.HAND_OVER: frozenset({CardState.HANDED_OVER}),
}


def ask(
    store: Store, seal: Seal, request: Request, identity: str, *, kind: SlipKind, by: str
) -> Done:
    """Ask for a slip of a card: `pick-up` while it waits. A hand-over asks for its receipt by itself
    (`queue`), since the name is erased with it; asked for later, it repeats the first one's initials."""

    def act(tx: Tx) -> dict[str, Any]:
        card = known(tx, identity)
        if card.state not in FITS[kind]:
            raise Refusal("card-state", f"card {identity} is {card.state}; it has no {kind} slip")
        earlier = slips.page(tx.conn, card_id=identity, limit=1)
        initials = earlier[0].initials if earlier else initials_for(tx, seal, identity)
        return {"id": queue(tx, kind, identity, initials, by)}

    return once(store, request, act)


def initials_for(tx: Tx, seal: Seal, card: str) -> str:
    """The initials of whoever's data this card bears, while its name is known."""
    who = holders.of_card(tx.conn, seal, card)
    return initials_of(who.name if who is not None else "")


def queue(tx: Tx, kind: SlipKind, card: str, initials: str, by: str) -> str:
    """Ask for a slip inside a transaction of the caller's."""
    identity = slips.add(tx, kind, card, initials, by)
    journal.append(tx, "slip-asked", card=card, by=by, data={"slip": identity, "slip_kind": kind})
    return identity


def again(store: Store, request: Request, identity: str, by: str) -> Done:
    """Print a slip once more; it says *salinan*."""

    def act(tx: Tx) -> dict[str, Any]:
        slip = _known(tx, identity)
        if slip.state is not SlipState.PRINTED:
            raise Refusal("slip-state", f"slip {identity} is {slip.state}; it is not out yet")
        # What came out before makes it a copy; it is no failed try of this one.
        fresh = {"state": SlipState.WAITING, "printed_at": None, "tries": 1}
        slips.set_columns(tx, identity, fresh)
        journal.append(tx, "slip-asked", card=slip.card, by=by, data={"slip": identity})
        return {"id": identity}

    return once(store, request, act)


def cancel(store: Store, request: Request, identity: str, by: str) -> Done:
    """Nobody needs a waiting slip any more."""

    def act(tx: Tx) -> dict[str, Any]:
        slip = _known(tx, identity)
        if slip.state is not SlipState.WAITING:
            raise Refusal("slip-state", f"slip {identity} is {slip.state}; only a waiting one ends")
        slips.set_columns(tx, identity, {"state": SlipState.CANCELED})
        journal.append(tx, "slip-canceled", card=slip.card, by=by, data={"slip": identity})
        return {"id": identity}

    return once(store, request, act)


def _known(tx: Tx, identity: str) -> Slip:
    slip = slips.get(tx.conn, identity)
    if slip is None:
        raise Refusal("not-found", f"there is no slip {identity}")
    return slip
