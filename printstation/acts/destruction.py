"""Destroying cards: nothing without a session, and no session changes once its minutes are signed.

*open* takes spoiled and surrendered cards, spent supplies and photos. *sign* fixes the list and the hash of the
minutes. *close* destroys what the list names and erases the sealed names: from then on only the signed paper
has them (`domain.md` §3.5).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from printstation.acts.persons import supervised
from printstation.acts.request import Done, Request, once
from printstation.lifecycle.card import CardState
from printstation.lifecycle.steps import Step
from printstation.refusals import FieldError, Refusal
from printstation.seal import Seal
from printstation.store import destructions, filed, holders, journal
from printstation.store.destructions import Contents, Person, Session
from printstation.store.engine import Store, Tx
from printstation.store.steps import take_many, vouched
from printstation.store.tables import SessionState, SupplyState

#: Photos in one session; the minutes show each on a part of a page.
MOST_PHOTOS = 24
#: Cards in one session: what one paper takes.
MOST_CARDS = 20_000


@dataclass(frozen=True)
class Opening:
    """What is known when a session is planned. `held_on` is a day of the office, YYYY-MM-DD."""

    number: str
    method: str
    place: str
    held_on: str
    signers: tuple[Person, ...]
    witnesses: tuple[Person, ...]


def open_session(store: Store, request: Request, said: Opening, by: str) -> Done:
    """Open a session; its letter number is used once."""

    def act(tx: Tx) -> dict[str, Any]:
        other = destructions.by_number(tx.conn, said.number)
        if other is not None:
            raise Refusal(
                "document-used",
                f"letter number {said.number} is that of session {other}; give this one its own",
                (FieldError("/number", "used", f"session {other} has it"),),
            )
        identity = filed.next_id(tx, "destruction", "D")
        shown = {
            "number": said.number,
            "method": said.method,
            "place": said.place,
            "held_on": said.held_on,
        }
        row = {
            "id": identity,
            **shown,
            "state": SessionState.OPEN,
            "signers": destructions.people(said.signers),
            "witnesses": destructions.people(said.witnesses),
            "opened_at": tx.at,
            "by": by,
        }
        filed.add(tx, "destruction", row)
        journal.append(tx, "destruction-opened", by=by, data={"session": identity, **shown})
        return {"id": identity}

    return once(store, request, act)


def _changing(
    store: Store, request: Request, identity: str, act: Callable[[Tx, Session], None]
) -> Done:
    """Change an open session; refuses `session-closed` for one that is signed or closed."""

    def change(tx: Tx) -> dict[str, Any]:
        session = known(tx, identity)
        if session.state is not SessionState.OPEN:
            raise Refusal(
                "session-closed", f"session {identity} is {session.state}; it cannot be changed"
            )
        act(tx, session)
        return {"id": identity}

    return once(store, request, change)


def known(tx: Tx, identity: str) -> Session:
    """The session with this id; refuses `not-found`."""
    session = destructions.get(tx.conn, identity)
    if session is None:
        raise Refusal("not-found", f"there is no destruction {identity}")
    return session


def add_cards(
    store: Store, request: Request, identity: str, cards: Sequence[str] | None, by: str
) -> Done:
    """Put spoiled cards into the session; None takes all that lie in no session yet.

    Refuses, and adds nothing, if one is not spoiled or lies in another session: all or none.
    """

    def act(tx: Tx, session: Session) -> None:
        chosen = list(dict.fromkeys(cards)) if cards is not None else None
        if chosen is None:
            chosen = [card for card, _ in destructions.unassigned(tx.conn)]
        else:
            _refuse_others(tx, session, chosen)
        if len(chosen) + len(destructions.cards_of(tx.conn, session.id)) > MOST_CARDS:
            raise Refusal(
                "invalid",
                f"one session takes {MOST_CARDS} cards; part it into two",
                (FieldError("/cards", "out-of-range", f"{MOST_CARDS} at most"),),
            )
        _assign(tx, "destruction-cards-added", session.id, chosen, session.id, by)

    return _changing(store, request, identity, act)


def _refuse_others(tx: Tx, session: Session, cards: Sequence[str]) -> None:
    there = destructions.found(tx.conn, cards)
    for place, card in enumerate(cards):
        state, other = there.get(card, (None, None))
        if state is None:
            raise Refusal(
                "invalid",
                f"there is no card {card}",
                (FieldError(f"/cards/{place}", "unknown", "there is no such card"),),
            )
        if state != CardState.SPOILED:
            raise Refusal(
                "card-state", f"card {card} is {state}; only a spoiled card can be destroyed"
            )
        if other not in (None, session.id):
            raise Refusal(
                "in-another-session",
                f"card {card} lies in session {other}; take it out there first",
            )


def _assign(
    tx: Tx, kind: str, session: str, cards: Sequence[str], into: str | None, by: str
) -> None:
    if not cards:
        return
    destructions.assign(tx, cards, into)
    data = {"session": session, "cards": list(cards), "set": vouched({"destruction": into})}
    journal.append(tx, kind, by=by, data=data)


def remove_cards(
    store: Store, request: Request, identity: str, cards: Sequence[str], by: str
) -> Done:
    """Take cards out of an open session; those that are not in it change nothing."""

    def act(tx: Tx, session: Session) -> None:
        there = destructions.found(tx.conn, cards)
        ours = [
            card for card in dict.fromkeys(cards) if there.get(card, ("", None))[1] == session.id
        ]
        _assign(tx, "destruction-cards-removed", session.id, ours, None, by)

    return _changing(store, request, identity, act)


def add_supplies(
    store: Store, request: Request, identity: str, supplies: Sequence[str], by: str
) -> Done:
    """Put spent ribbons and films into the session: readable portraits are on them."""

    def act(tx: Tx, session: Session) -> None:
        there = destructions.spent(tx.conn, supplies)
        for place, supply in enumerate(supplies):
            state, other = there.get(supply, (None, None))
            if state is None:
                raise Refusal(
                    "invalid",
                    f"there is no supply {supply}",
                    (FieldError(f"/supplies/{place}", "unknown", "there is no such supply"),),
                )
            if state != SupplyState.SPENT:
                raise Refusal(
                    "supply-state", f"supply {supply} is {state}; only a spent one can be destroyed"
                )
            if other not in (None, session.id):
                raise Refusal("in-another-session", f"supply {supply} lies in session {other}")
            destructions.assign_supply(tx, supply, session.id)
        data = {"session": session.id, "supplies": list(supplies)}
        journal.append(tx, "destruction-supplies-added", by=by, data=data)

    return _changing(store, request, identity, act)


def add_photo(
    store: Store, request: Request, identity: str, caption: str, content: bytes, by: str
) -> Done:
    """Attach a photo; its hash goes into the journal, so that another picture cannot take its place."""

    def act(tx: Tx, session: Session) -> None:
        if len(destructions.photos_of(tx.conn, session.id)) >= MOST_PHOTOS:
            raise Refusal("invalid", f"a session takes {MOST_PHOTOS} photos")
        digest = hashlib.sha256(content).hexdigest()
        row = {
            "id": filed.next_id(tx, "photo", "F"),
            "destruction": session.id,
            "caption": caption,
            "sha256": digest,
            "content": content,
            "at": tx.at,
            "by": by,
        }
        filed.add(tx, "photo", row)
        data = {"session": session.id, "photo": row["id"], "sha256": digest}
        journal.append(tx, "destruction-photo-added", by=by, data=data)

    return _changing(store, request, identity, act)


def sign(
    store: Store,
    request: Request,
    identity: str,
    *,
    supervisor: str,
    witness: str,
    by: str,
    seen: Contents,
    pdf_sha256: str,
) -> Done:
    """The supervisor and a witness have signed: the list is final, and so is the hash of the minutes.

    `seen` is what the paper of that hash shows; the paper of a large session takes seconds, in which no
    writer may wait. Refuses `session-changed` if it holds something else by now, a session without cards and
    supplies, one person in two parts, and a witness whom the session does not name.
    """

    def act(tx: Tx, session: Session) -> None:
        _refuse_signing(tx, session, supervisor, witness, by, seen)
        values = {
            "state": SessionState.SIGNED,
            "supervisor": supervisor,
            "witness": witness,
            "signed_at": tx.at,
            "pdf_sha256": pdf_sha256,
        }
        filed.change(tx, "destruction", identity, values)
        data = {
            "session": identity,
            "supervisor": supervisor,
            "witness": witness,
            "pdf_sha256": pdf_sha256,
        }
        journal.append(tx, "destruction-signed", by=by, data=data)

    return _changing(store, request, identity, act)


def _refuse_signing(
    tx: Tx, session: Session, supervisor: str, witness: str, by: str, seen: Contents
) -> None:
    supervised(by, supervisor, "signing the minutes")
    if witness not in {person.name for person in session.witnesses}:
        raise Refusal(
            "witness-needed",
            f"session {session.id} names no such witness; a named one has to sign",
            (FieldError("/witness", "unknown", "not among the witnesses of this session"),),
        )
    if witness.casefold() in (by.casefold(), supervisor.casefold()):
        raise Refusal("witness-needed", "a witness is neither who burns nor who supervises")
    if destructions.contents(tx.conn, session) != seen:
        raise Refusal(
            "session-changed",
            f"session {session.id} was changed meanwhile; look at it, sign again",
        )
    if not (seen.cards or seen.supplies):
        raise Refusal("session-empty", f"session {session.id} has nothing to destroy; add cards")


def close(
    store: Store, seal: Seal, request: Request, identity: str, *, supervisor: str | None, by: str
) -> Done:
    """What the signed list names is destroyed; the sealed names are erased.

    One transaction: a power cut leaves the session signed and everything in it, or closed and nothing left.
    """

    def act(tx: Tx) -> dict[str, Any]:
        supervised(by, supervisor, "closing a destruction")
        session = known(tx, identity)
        if session.state is SessionState.OPEN:
            raise Refusal(
                "witness-needed",
                f"session {identity} is not signed; the supervisor and a witness sign first",
            )
        if session.state is SessionState.CLOSED:
            raise Refusal("session-closed", f"session {identity} was closed already")
        doomed = destructions.cards_of(tx.conn, identity)
        pairs = [(card.seq, card.id) for card in doomed]
        take_many(
            tx,
            Step.DESTROY,
            pairs,
            CardState.SPOILED,
            by=by,
            data={"session": identity, "supervisor": supervisor},
        )
        supplies = destructions.supplies_of(tx.conn, identity)
        for supply in supplies:
            destructions.destroy_supply(tx, supply.id)
        filed.change(
            tx, "destruction", identity, {"state": SessionState.CLOSED, "closed_at": tx.at}
        )
        holders.forget_session(tx, seal, identity)
        data = {"session": identity, "cards": len(pairs), "supplies": len(supplies)}
        journal.append(tx, "destruction-closed", by=by, data={**data, "supervisor": supervisor})
        return {"id": identity, "destroyed": len(pairs)}

    return once(store, request, act)
