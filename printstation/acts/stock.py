"""Acts on blanks: receive, load, unload, count a hopper. Loads are compared with no device (§10)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from printstation.acts.closing import close_question
from printstation.acts.request import Done, Request, once
from printstation.lifecycle.answers import QuestionReason
from printstation.lifecycle.card import CardState, Cause, Origin
from printstation.lifecycle.steps import Step
from printstation.refusals import FieldError, Refusal
from printstation.store import cards, feeds, journal, questions, units
from printstation.store.engine import Store, Tx
from printstation.store.steps import take, take_many
from printstation.store.tables import Source

#: An allocation is 500 to 10,000 blanks (`domain.md` §3.4); ten of the largest is a typing error.
MAX_RECEIPT = 100_000


def receive(
    store: Store,
    request: Request,
    *,
    delivery: str,
    card_type: str,
    version: str,
    batch: str,
    count: int,
    by: str,
    source: Source = Source.CENTRE,
    expected: int | None = None,
    reason: str | None = None,
) -> Done:
    """Enter a delivery: one row a blank that was counted, stored. A delivery number counts once.

    Refuses `delivery-counted`, a batch that was received as another type or version, and a letter that
    says another number than was counted (`expected`) without a reason.
    """
    kind = {"card_type": card_type, "version": version, "batch": batch}

    def act(tx: Tx) -> dict[str, Any]:
        _counts_once(tx, delivery)
        same_batch(tx, batch, card_type, version)
        if expected is not None and expected != count and not reason:
            raise Refusal(
                "difference-unexplained",
                f"the letter of delivery {delivery} says {expected} blanks, {count} were counted; say why",
                (FieldError("/reason", "missing", "a difference needs a reason"),),
            )
        letter = {"delivery": delivery, **kind, "count": count}
        told = {"source": source, "expected": expected}
        cards.add_receipt(tx, {**letter, **told, "reason": reason, "by": by})
        ids = cards.add_batch(tx, count, card_type, version, batch, delivery=delivery)
        born = {"card": [None, CardState.STORED], "cards": ids}
        journal.append(tx, "blanks-received", by=by, data={**letter, **told, **born})
        ends = {"first": ids[0], "last": ids[-1], "at": tx.at}
        return {**letter, **told, "reason": reason, **ends}

    return once(store, request, act)


def _counts_once(tx: Tx, delivery: str) -> None:
    earlier = cards.receipt_of(tx.conn, delivery)
    if earlier is not None:
        raise Refusal(
            "delivery-counted",
            f"delivery {delivery} was counted at {earlier['at']} with "
            f"{earlier['count']} blanks; a delivery number counts once",
        )


def same_batch(tx: Tx, batch: str, card_type: str, version: str | None) -> None:
    """Refuses a batch that is known as another type or version; an unknown one may be any."""
    known = cards.known_batch(tx.conn, batch)
    if known is not None and (known[0] != card_type or version not in (None, known[1])):
        raise Refusal(
            "invalid",
            f"batch {batch} holds {known[0]} version {known[1]}",
            (FieldError("/batch", "other-batch", "this batch is of another type or version"),),
        )


@dataclass(frozen=True)
class Blanks:
    """Which blanks are meant: so many of a type, of one batch or the oldest first, or these very cards."""

    card_type: str
    count: int
    batch: str | None = None
    cards: tuple[str, ...] = ()


def load(
    store: Store,
    request: Request,
    *,
    printer: str,
    card_type: str,
    batch: str | None,
    count: int,
    by: str,
    named: Sequence[str] = (),
    versions: Sequence[str] | None = None,
) -> Done:
    """Move blanks from the store to a printer's hopper, as rows; refuses more than are stored.

    `named` are the very cards, else the oldest go. `versions` are those that the printer is set for:
    blanks of another one are refused before they move.
    """
    wanted = Blanks(card_type, count, batch, tuple(named))

    def act(tx: Tx) -> dict[str, Any]:
        found = _stored(tx, wanted, versions)
        take_many(
            tx,
            Step.LOAD,
            found,
            CardState.STORED,
            printer=printer,
            by=by,
            set_card={"printer": printer},
        )
        return _moved(printer, card_type, batch, found)

    return once(store, request, act)


def _stored(tx: Tx, wanted: Blanks, versions: Sequence[str] | None) -> list[tuple[int, str]]:
    """The stored blanks that are meant; refuses what the printer is not set for."""
    if wanted.batch is not None:
        same_batch(tx, wanted.batch, wanted.card_type, None)
        known = cards.known_batch(tx.conn, wanted.batch)
        if known is not None:
            _of_version(known[1], versions, f"batch {wanted.batch}")
    if wanted.cards:
        return named_blanks(tx, wanted, "loaded", versions)
    kind, batch = wanted.card_type, wanted.batch
    found = cards.pick(
        tx.conn, CardState.STORED, wanted.count, card_type=kind, batch=batch, versions=versions
    )
    if not found:
        others = cards.pick(tx.conn, CardState.STORED, 1, card_type=kind, batch=batch)
        if others:
            _of_version(cards.named(tx.conn, [others[0][1]])[0].version, versions, "what is stored")
    what = f"{wanted.card_type} blanks{_of(wanted.batch)} are stored"
    _enough(found, wanted.count, what, "receive more first")
    return found


def _of_version(version: str, versions: Sequence[str] | None, what: str) -> None:
    if versions is not None and version not in versions:
        raise Refusal(
            "version-refused",
            f"{what} is of version {version}; this printer is set for {', '.join(versions)}",
        )


def named_blanks(
    tx: Tx, wanted: Blanks, wish: str, versions: Sequence[str] | None = None
) -> list[tuple[int, str]]:
    """These very cards, each stored and of the type and batch that is meant; else refused in words."""
    found = cards.named(tx.conn, wanted.cards)
    missing = sorted(set(wanted.cards) - {card.id for card in found})
    if missing:
        raise Refusal("not-found", f"there is no card {missing[0]}")
    for card in found:
        if card.state is not CardState.STORED:
            raise Refusal("card-state", f"card {card.id} is {card.state}; it cannot be {wish}")
        if card.card_type != wanted.card_type or wanted.batch not in (None, card.batch):
            raise Refusal(
                "invalid",
                f"card {card.id} is a {card.card_type} of batch {card.batch}",
                (FieldError("/cards", "other-batch", "a card is of another type or batch"),),
            )
        _of_version(card.version, versions, f"card {card.id}")
    return [(card.seq, card.id) for card in found]


def unload(
    store: Store,
    request: Request,
    *,
    printer: str,
    card_type: str,
    batch: str | None,
    count: int,
    by: str,
) -> Done:
    """Move blanks from a printer's hopper back to the store; refuses more than are loaded."""

    def act(tx: Tx) -> dict[str, Any]:
        found = cards.pick(
            tx.conn,
            CardState.LOADED,
            count,
            printer=printer,
            card_type=card_type,
            batch=batch,
            last_first=True,
        )
        what = f"{card_type} blanks{_of(batch)} are loaded in printer {printer}"
        _enough(found, count, what, "count the hopper")
        take_many(tx, Step.UNLOAD, found, CardState.LOADED, printer=printer, by=by)
        return _moved(printer, card_type, batch, found)

    return once(store, request, act)


def _of(batch: str | None) -> str:
    return f" of batch {batch}" if batch else ""


def _enough(found: list[tuple[int, str]], count: int, what: str, mend: str) -> None:
    if len(found) < count:
        raise Refusal("not-enough-blanks", f"only {len(found)} {what}, not {count}; {mend}")


def _moved(
    printer: str, card_type: str, batch: str | None, found: list[tuple[int, str]]
) -> dict[str, Any]:
    return {
        "printer": printer,
        "card_type": card_type,
        "batch": batch,
        "count": len(found),
        "cards": [identity for _, identity in found],
    }


def hopper_count(
    store: Store,
    request: Request,
    *,
    printer: str,
    counted: int,
    reason: str | None,
    by: str,
    types: Collection[str] = (),
) -> Done:
    """Make the rows of a hopper agree with what a person counted in it.

    Too few: the rest is *missing*. Too many: taken from the stored ones of the same batch, else received
    with the reason given. In a hopper that never had a row, the batch is the only one that is stored of
    the `types` it takes. Refuses while a card fed at this printer has no fate yet.
    """

    def act(tx: Tx) -> dict[str, Any]:
        answer = settle_hopper(
            tx, printer, counted=counted, spoiled=0, reason=reason, by=by, types=types
        )
        for question in questions.open_ones(
            tx.conn, printer=printer, reason=QuestionReason.HOPPER_COUNT
        ):
            close_question(tx, question, {"counted": counted, "by": by}, by)
        return answer

    return once(store, request, act)


def settle_hopper(
    tx: Tx,
    printer: str,
    *,
    counted: int,
    spoiled: int,
    reason: str | None,
    by: str,
    types: Collection[str] = (),
    lost: Sequence[str] = (),
) -> dict[str, Any]:
    """Book a count: `counted` lie in the hopper now, `spoiled` were found outside it, unclaimed.

    `lost` are missing cards that may be those that were found: they are spoiled before any other row is.
    """
    if feeds.unsettled(tx.conn, printer=printer):
        raise Refusal(
            "question-open",
            f"a card fed at printer {printer} has no fate yet; answer that question first",
        )
    expected = cards.in_hopper(tx.conn, printer)
    reserved = len(cards.pick(tx.conn, CardState.RESERVED, 1, printer=printer))
    surplus = counted + spoiled - expected
    found = lost[: min(spoiled, max(0, surplus))]
    for card in found:
        cause = {"cause": Cause.UNEXPLAINED}
        take(tx, Step.FIND_SPOILED, card=card, printer=printer, by=by, set_card=cause)
    spoiled, surplus = spoiled - len(found), surplus - len(found)
    loaded = 0
    if surplus > 0:
        kind = _kind_in(tx, printer, surplus, types)
        loaded = _bring(tx, printer, kind, surplus, reason, by)
    rows = cards.pick(
        tx.conn, CardState.LOADED, expected + loaded, printer=printer, last_first=True
    )
    spoil = rows[:spoiled]
    lose = rows[spoiled:][: max(0, len(rows) - spoiled - max(0, counted - reserved))]
    _leave(tx, Step.SPOIL, spoil, printer, by, Cause.UNEXPLAINED)
    _leave(tx, Step.LOSE, lose, printer, by, Cause.COUNT)
    units.set_printer(tx, printer, count_due=0)
    answer = {
        "printer": printer,
        "expected": expected,
        "counted": counted,
        "missing": len(lose),
        "loaded": loaded,
    }
    journal.append(tx, "hopper-counted", printer=printer, by=by, data={**answer, "reason": reason})
    return answer


def _leave(
    tx: Tx, step: Step, rows: list[tuple[int, str]], printer: str, by: str, cause: Cause
) -> None:
    take_many(tx, step, rows, CardState.LOADED, printer=printer, by=by, set_card={"cause": cause})


def _kind_in(tx: Tx, printer: str, surplus: int, types: Collection[str]) -> tuple[str, str]:
    """(card type, batch) of the blanks in this hopper: its rows', else its last card's, else the store's only one."""
    batches = cards.hopper_batches(tx.conn, printer)
    if batches:
        return batches[0][:2]
    if last := cards.last_batch_at(tx.conn, printer):
        return last
    stored = cards.stored_batches(tx.conn, types)
    if len(stored) == 1:
        return stored[0]
    raise Refusal(
        "surplus-unexplained",
        f"{surplus} blanks lie in printer {printer}, and nothing tells of which batch; receive and load them, "
        "then count again",
    )


def _bring(
    tx: Tx, printer: str, kind: tuple[str, str], surplus: int, reason: str | None, by: str
) -> int:
    """Rows for blanks that lie in the hopper beyond its rows: from the store, or newly received."""
    card_type, batch = kind
    stored = cards.pick(tx.conn, CardState.STORED, surplus, card_type=card_type, batch=batch)
    if len(stored) < surplus:
        if not reason:
            raise _unexplained(printer, surplus)
        version = cards.known_batch(tx.conn, batch)
        assert version is not None
        new = surplus - len(stored)
        ids = cards.add_batch(tx, new, card_type, version[1], batch, origin=Origin.SURPLUS)
        data = {"card_type": card_type, "batch": batch, "reason": reason, "cards": ids}
        journal.append(
            tx, "surplus-received", printer=printer, by=by, data={**data, "card": [None, "stored"]}
        )
        stored = cards.pick(tx.conn, CardState.STORED, surplus, card_type=card_type, batch=batch)
    take_many(
        tx,
        Step.LOAD,
        stored,
        CardState.STORED,
        printer=printer,
        by=by,
        set_card={"printer": printer},
    )
    return len(stored)


def _unexplained(printer: str, surplus: int) -> Refusal:
    return Refusal(
        "surplus-unexplained",
        f"{surplus} more blanks lie in printer {printer} than are recorded; receive them, or say why",
        (FieldError("/reason", "missing", "a surplus needs a reason"),),
    )
