"""From a session's rows to the paper that is signed: the one place where names leave their seals."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from printstation.config import Office as OfficeConfig
from printstation.documents import minutes
from printstation.documents.office import Office, Onlooker, Signer
from printstation.documents.photos import Photo
from printstation.seal import Seal
from printstation.store import destructions, holders
from printstation.store.destructions import Contents, Session
from printstation.store.holders import Holder
from printstation.store.tables import SessionState

#: In the place of a name that was erased when its session was closed.
ERASED = Holder("(nama dihapus setelah berita acara ditandatangani)", "", "")


def office_of(config: OfficeConfig) -> Office:
    """The office of the configuration as letters name it."""
    return Office(
        name=config.name,
        regency=config.city,
        province=config.province,
        address=config.address,
        seat=config.city.removeprefix("Kota ").removeprefix("Kabupaten "),
    )


def assemble(
    conn: Connection, seal: Seal, office: Office, session: Session, *, signed: bool
) -> tuple[minutes.Minutes, Contents]:
    """The minutes of a session and the rows that they were made of, as of this transaction.

    A closed session has no names any more; its paper says so.
    """
    held = destructions.contents(conn, session)
    closed = session.state is SessionState.CLOSED
    # The data of a card that was never printed again is still sealed for that; it is no name of this paper's.
    names = {} if closed else holders.of_session(conn, seal, session.id)
    return (
        minutes.Minutes(
            office=office,
            number=session.number,
            day=date.fromisoformat(session.held_on),
            place=session.place,
            method=session.method,
            signers=tuple(Signer(p.name, p.title, p.nip) for p in session.signers),
            witnesses=tuple(Onlooker(p.name, p.agency, p.nip, p.title) for p in session.witnesses),
            cards=tuple(_card(card, names, closed) for card in held.cards),
            supplies=tuple(
                minutes.DestroyedSupply(item.kind, item.serial or item.lot or item.id)
                for item in held.supplies
            ),
            photos=tuple(
                Photo(destructions.photo_bytes(conn, photo.id), photo.caption)
                for photo in held.photos
            ),
            signed=signed,
        ),
        held,
    )


def _card(
    card: destructions.Doomed, names: dict[str, Holder], closed: bool
) -> minutes.DestroyedCard:
    who = names.get(card.id, ERASED if closed and card.personal else Holder("", "", ""))
    return minutes.DestroyedCard(
        card=card.number or card.id,
        card_type=card.card_type,
        cause=card.cause,
        name=who.name,
        nik=who.nik,
        address=who.address,
    )
