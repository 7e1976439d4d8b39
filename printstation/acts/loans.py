"""Lending and borrowing between offices: the paper of both sides, what comes back, and the settlement."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from printstation.acts.persons import supervised
from printstation.acts.request import Done, Request, once
from printstation.acts.stock import same_batch
from printstation.lifecycle.card import CardState, Cause, Origin
from printstation.lifecycle.steps import Step
from printstation.refusals import FieldError, Refusal
from printstation.store import cards, filed, journal, loans
from printstation.store.engine import Store, Tx
from printstation.store.loans import Loan
from printstation.store.steps import take_many
from printstation.store.tables import LoanDirection


@dataclass(frozen=True)
class Terms:
    """What two offices agreed on. `due` is a day of the office, `batch` is that of borrowed blanks.

    `version` may be left out where a batch that is known here tells it.
    """

    direction: LoanDirection
    office: str
    card_type: str
    version: str | None
    count: int
    document: str
    due: str
    batch: str | None = None
    their_document: str | None = None


def open_loan(store: Store, request: Request, terms: Terms, by: str) -> Done:
    """Blanks go to another office, or come from one; refuses a document that was used, and more than are stored.

    Borrowed blanks are rows of their own, under the batch that is written on them.
    """

    def act(tx: Tx) -> dict[str, Any]:
        used = loans.of_document(tx.conn, terms.document)
        if used is not None:
            raise Refusal("document-used", f"document {terms.document} is that of loan {used}")
        version = _version(tx, terms)
        if terms.batch is not None:
            same_batch(tx, terms.batch, terms.card_type, version)
        agreed = replace(terms, version=version)
        lend = _borrow if terms.direction is LoanDirection.BORROWED else _lend
        identity = _note(tx, agreed, by)
        found = lend(tx, identity, agreed, version, by)
        return {"id": identity, "cards": found}

    return once(store, request, act)


def _version(tx: Tx, terms: Terms) -> str:
    if terms.version is not None:
        return terms.version
    known = cards.known_batch(tx.conn, terms.batch) if terms.batch is not None else None
    if known is None:
        what = f"batch {terms.batch} is not known here" if terms.batch else "no batch is named"
        detail = f"{what}; say of which version the blanks are"
        raise Refusal("invalid", detail, (FieldError("/version", "missing", detail),))
    return known[1]


def _note(tx: Tx, terms: Terms, by: str) -> str:
    values = {
        name: getattr(terms, name)
        for name in ("direction", "office", "card_type", "version", "batch", "count")
    }
    papers = {"document": terms.document, "their_document": terms.their_document}
    return loans.add(tx, {**values, **papers, "due": terms.due, "by": by})


def _lend(tx: Tx, identity: str, terms: Terms, version: str, by: str) -> list[str]:
    found = cards.pick(
        tx.conn,
        CardState.STORED,
        terms.count,
        card_type=terms.card_type,
        batch=terms.batch,
        versions=(version,),
    )
    if len(found) < terms.count:
        of = f" of batch {terms.batch}" if terms.batch else ""
        raise Refusal(
            "not-enough-blanks",
            f"only {len(found)} {terms.card_type} blanks{of} of version {version} are stored, "
            f"not {terms.count}; lend fewer",
        )
    note = {"loan": identity, "document": terms.document}
    take_many(tx, Step.LEND, found, CardState.STORED, by=by, data=note, set_card={"loan": identity})
    return [card for _, card in found]


def _borrow(tx: Tx, identity: str, terms: Terms, version: str, by: str) -> list[str]:
    if terms.batch is None:
        raise Refusal(
            "invalid",
            "borrowed blanks have a batch: it is written on them or in the other office's letter",
            (FieldError("/batch", "missing", "the batch of the borrowed blanks is needed"),),
        )
    kind = {"card_type": terms.card_type, "version": version, "batch": terms.batch}
    ids = cards.add_batch(tx, terms.count, **kind, origin=Origin.BORROWED, delivery=identity)
    note = {"loan": identity, "document": terms.document}
    born = {"card": [None, CardState.STORED], "cards": ids}
    journal.append(
        tx, "blanks-borrowed", by=by, data={**kind, "count": terms.count, **note, **born}
    )
    return ids


def _open(tx: Tx, identity: str) -> Loan:
    found = loans.get(tx.conn, identity)
    if found is None:
        raise Refusal("not-found", f"there is no loan {identity}")
    if found.settled_at is not None:
        raise Refusal("loan-settled", f"loan {identity} was settled on {found.settled_at[:10]}")
    return found


def give_back(
    store: Store, request: Request, identity: str, *, count: int, document: str | None, by: str
) -> Done:
    """Lent blanks come home and are stored again; borrowed ones are given back, any of that type and version.

    Refuses more than are outstanding, and more than are stored.
    """

    def act(tx: Tx) -> dict[str, Any]:
        loan = _open(tx, identity)
        if count > loan.outstanding:
            raise Refusal(
                "not-enough-blanks",
                f"only {loan.outstanding} blanks of loan {identity} are outstanding, not {count}",
            )
        note = {"loan": identity, "document": document}
        if loan.direction is LoanDirection.LENT:
            found = cards.pick(tx.conn, CardState.LENT, count, loan=identity)
            home = {"loan": None}
            take_many(tx, Step.COME_HOME, found, CardState.LENT, by=by, data=note, set_card=home)
        else:
            found = _ours(tx, loan, count)
            gone = {"loan": identity}
            take_many(tx, Step.RETURN, found, CardState.STORED, by=by, data=note, set_card=gone)
        return {"id": identity, "cards": [card for _, card in found]}

    return once(store, request, act)


def _ours(tx: Tx, loan: Loan, count: int) -> list[tuple[int, str]]:
    """Stored blanks of the type and version that was borrowed; one is like another."""
    found = cards.pick(
        tx.conn,
        CardState.STORED,
        count,
        card_type=loan.card_type,
        versions=(loan.version,),
    )
    if len(found) < count:
        raise Refusal(
            "not-enough-blanks",
            f"only {len(found)} {loan.card_type} blanks of version {loan.version} are stored, "
            f"not {count}",
        )
    return found


def settle(
    store: Store,
    request: Request,
    identity: str,
    *,
    reason: str | None,
    by: str,
    supervisor: str | None,
) -> Done:
    """Close a loan. What is outstanding needs a reason and a supervisor; lent blanks become missing then."""

    def act(tx: Tx) -> dict[str, Any]:
        loan = _open(tx, identity)
        if loan.outstanding:
            _given_up(loan, reason)
            supervised(by, supervisor, "settling a loan that is not complete")
            lost = cards.pick(tx.conn, CardState.LENT, loan.outstanding, loan=identity)
            note = {"loan": identity, "supervisor": supervisor}
            cause = {"cause": Cause.LOST}
            take_many(tx, Step.LOSE, lost, CardState.LENT, by=by, data=note, set_card=cause)
        told = {"settled_at": tx.at, "settled_by": by, "reason": reason}
        filed.change(tx, "loan", identity, told)
        data = {"loan": identity, "outstanding": loan.outstanding, "supervisor": supervisor}
        journal.append(tx, "loan-settled", by=by, data=data)
        return {"id": identity}

    return once(store, request, act)


def _given_up(loan: Loan, reason: str | None) -> None:
    if not reason:
        raise Refusal(
            "loan-outstanding",
            f"{loan.outstanding} of {loan.count} blanks of loan {loan.id} are outstanding; record what "
            "came back, or give a reason and a supervisor",
        )
