"""Whose name a card bears: sealed, for the hand-over and for the minutes of its destruction, and then erased.

The data of a job is erased once its card is accepted; what this table keeps then (name, NIK, address) is
what a berita acara needs "by name, by address" (`domain.md` §3.5), and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, or_, select
from sqlalchemy.dialects.sqlite import insert

from printstation.lifecycle.card import CardState
from printstation.lifecycle.job import JobState
from printstation.seal import Seal
from printstation.store import filed
from printstation.store.engine import Tx
from printstation.store.tables import card, holder, job, payload

#: What stands where a record does not tell.
UNKNOWN = "-"
#: The values of a layout that make up an address, in the order in which it is written.
ADDRESS = ("address", "rt_rw", "village", "district")
#: A card in one of these will stand in minutes.
FOR_THE_FIRE = (CardState.SPOILED, CardState.MISSING)


@dataclass(frozen=True)
class Holder:
    """The person whose data a card bears."""

    name: str
    nik: str
    address: str


_ROW = select(holder.c.sealed).where(holder.c.card == bindparam("card"))
_OWNER = select(card.c.job, card.c.bound_to).where(card.c.id == bindparam("card"))
_PAYLOAD = select(payload.c.job, payload.c.sealed)
#: A job that makes no other card: canceled, aborted, replaced, or a test that came out. Any other one is printed
#: again from its sealed data, which is kept until then; so is a test whose first card was spoiled.
_ENDED = or_(
    job.c.replaced == 1,
    and_(job.c.test == 1, job.c.state == JobState.COMPLETED),
    job.c.state.in_([JobState.CANCELED, JobState.ABORTED]),
)


def _bound(card_id: str) -> str:
    """What a holder's seal is bound to: no job's id looks like it."""
    return f"holder of {card_id}"


def keep(tx: Tx, seal: Seal, card_id: str, who: Holder) -> None:
    """Seal this person's name for this card, over what was kept before. The next entry vouches for it, as
    it says what was erased here."""
    text = json.dumps(asdict(who), ensure_ascii=False).encode()
    values = {"key_id": seal.key_id, "sealed": seal.close(text, _bound(card_id))}
    tx.conn.execute(
        insert(holder)
        .values(card=card_id, **values)
        .on_conflict_do_update(index_elements=["card"], set_=values)
    )
    filed.note(tx, "holder", card_id)


def kept(conn: Connection, seal: Seal, card_id: str) -> Holder | None:
    """What `keep` sealed for this card."""
    sealed = conn.execute(_ROW, {"card": card_id}).scalar_one_or_none()
    return None if sealed is None else Holder(**json.loads(seal.open(sealed, _bound(card_id))))


def of_card(conn: Connection, seal: Seal, card_id: str) -> Holder | None:
    """Whose data this card bears: as kept, else from its job's sealed data, else from that of a job of the
    resident whom it was encoded for. None for a blank, and once it is erased."""
    found = kept(conn, seal, card_id)
    owner = conn.execute(_OWNER, {"card": card_id}).one_or_none()
    if found is not None or owner is None:
        return found
    if owner.job is not None and (told := of_job(conn, seal, owner.job)) is not None:
        return told
    if owner.bound_to is None:
        return None
    row = conn.execute(
        _PAYLOAD.join(job, job.c.id == payload.c.job)
        .where(job.c.resident == owner.bound_to)
        .order_by(job.c.seq.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _of_payload(json.loads(seal.open(row.sealed, row.job)))


def of_job(conn: Connection, seal: Seal, job_id: str) -> Holder | None:
    """The person of a job, from its sealed data; None once that is erased."""
    row = conn.execute(_PAYLOAD.where(payload.c.job == job_id)).one_or_none()
    return None if row is None else _of_payload(json.loads(seal.open(row.sealed, row.job)))


def _of_payload(body: Mapping[str, Any]) -> Holder:
    values = body.get("values") or {}

    def told(name: str) -> str:
        return str(values.get(name) or "").strip()

    address = ", ".join(part for part in map(told, ADDRESS) if part)
    nik = told("nik") or str(body.get("resident") or "")
    return Holder(told("name") or UNKNOWN, nik or UNKNOWN, address or UNKNOWN)


def erase(tx: Tx, card_id: str) -> None:
    """Forget what was kept for this card."""
    _erase(tx, holder.c.card == card_id)


def _erase(tx: Tx, which: ColumnElement[bool]) -> None:
    erased = tx.conn.execute(delete(holder).where(which).returning(holder.c.card)).all()
    filed.gone(tx, "holder", [row.card for row in erased])


def erase_payload(tx: Tx, seal: Seal, job_id: str) -> None:
    """Erase all data of a job; the names of its spoiled and missing cards are kept for their minutes.

    Nothing is left half-way: it is one transaction with whatever made the data unneeded.
    """
    who = of_job(tx.conn, seal, job_id)
    if who is None:
        return
    resident = select(job.c.resident).where(job.c.id == job_id).scalar_subquery()
    # A query each, and the state looked at here: SQLite would walk all spoiled cards otherwise.
    for his in (card.c.job == job_id, card.c.bound_to == resident):
        for card_id, state in tx.conn.execute(select(card.c.id, card.c.state).where(his)).all():
            if state in FOR_THE_FIRE and kept(tx.conn, seal, card_id) is None:
                keep(tx, seal, card_id, who)
    tx.conn.execute(delete(payload).where(payload.c.job == job_id))
    filed.gone(tx, "payload", [job_id])


def forget(tx: Tx, seal: Seal, card_id: str) -> None:
    """The card is destroyed and its minutes are signed: its name is erased, with the data of its job if that
    one will not make another card."""
    erase(tx, card_id)
    ended = select(job.c.id).join(card, card.c.job == job.c.id).where(card.c.id == card_id, _ENDED)
    for (job_id,) in tx.conn.execute(ended).all():
        erase_payload(tx, seal, job_id)


def of_session(conn: Connection, seal: Seal, session: str) -> dict[str, Holder]:
    """card -> the person of every card of a session that is known, in two queries: minutes have thousands."""
    inside = card.c.destruction == session
    found: dict[str, Holder] = {}
    rows = conn.execute(
        select(card.c.id, payload.c.job, payload.c.sealed)
        .join(payload, payload.c.job == card.c.job)
        .where(inside)
    )
    for row in rows:
        found[row.id] = _of_payload(json.loads(seal.open(row.sealed, row.job)))
    kept_rows = select(holder.c.card, holder.c.sealed).join(card, card.c.id == holder.c.card)
    for own in conn.execute(kept_rows.where(inside)):
        found[own.card] = Holder(**json.loads(seal.open(own.sealed, _bound(own.card))))
    # What was encoded for a resident and spoiled before it was printed has no job of its own.
    bound = conn.execute(select(card.c.id).where(inside, card.c.bound_to.is_not(None)))
    for (card_id,) in bound.all():
        if card_id not in found and (who := of_card(conn, seal, card_id)) is not None:
            found[card_id] = who
    return found


def forget_session(tx: Tx, seal: Seal, session: str) -> None:
    """The minutes are signed and the cards destroyed: `forget` for every card of the session."""
    destroyed = select(card.c.id, card.c.job).where(card.c.destruction == session)
    ids = select(destroyed.subquery().c.id)
    _erase(tx, holder.c.card.in_(ids))
    rows = tx.conn.execute(
        select(job.c.id)
        .join(payload, payload.c.job == job.c.id)
        .where(job.c.id.in_(select(destroyed.subquery().c.job)), _ENDED)
    )
    for (job_id,) in rows.all():
        erase_payload(tx, seal, job_id)
