"""Cards that are encoded before they are printed: the result of the encoding, and the scan that calls one (§9).

Encoding is done outside, in another device; the station records what came of it. From then on the card belongs
to its resident: it is printed for him, or spoiled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from printstation.acts.request import Done, Request, once
from printstation.lifecycle.card import CardState, Cause
from printstation.lifecycle.job import JobState
from printstation.lifecycle.steps import Step
from printstation.refusals import FieldError, Refusal
from printstation.seal import Seal
from printstation.store import cards, holders, jobs, journal, scans
from printstation.store.cards import Card
from printstation.store.engine import Store, Tx
from printstation.store.jobs import Job
from printstation.store.steps import take

#: A card that is, or is about to be, this resident's one.
_HAS_ONE = (CardState.ENCODED, CardState.FED, CardState.PRINTED, CardState.ACCEPTED)
_WAITING = frozenset({JobState.PENDING, JobState.HELD})


@dataclass(frozen=True)
class Encoded:
    """What the encoder said. `resident` is the keyed hash of his NIK; a job names him, too."""

    card_type: str
    succeeded: bool
    by: str
    number: str | None = None
    batch: str | None = None
    job: str | None = None
    resident: bytes | None = None


def encode(store: Store, seal: Seal, said: Encoded, request: Request) -> Done:
    """Bind a stored blank to a resident (*berhasil*), or spoil it without a print (*gagal encode*).

    Refuses a number that is on another card, and a second encoded card for one resident. The blank is the
    oldest that is stored, of the batch if one is named.
    """

    def act(tx: Tx) -> dict[str, Any]:
        resident = _whose(tx, said)
        if not said.succeeded:
            return {"id": _failed(tx, seal, said, resident)}
        if said.number is None:
            raise _wrong("/number", "missing", "scan the number of the encoded card")
        number = scans.unused(tx.conn, said.card_type, said.number)
        _one_each(tx, resident, said.card_type)
        blank = _blank(tx, said)
        bound = {"number": number, "bound_to": resident}
        take(tx, Step.ENCODE, card=blank, by=said.by, set_card=bound)
        return {"id": blank}

    return once(store, request, act)


def _wrong(pointer: str, code: str, detail: str) -> Refusal:
    return Refusal("invalid", detail, (FieldError(pointer, code, detail),))


def _whose(tx: Tx, said: Encoded) -> bytes:
    """The resident's hash, by his job if one is named; refuses a job that waits for no such card."""
    if said.job is None:
        if said.resident is None:
            raise _wrong("/job", "missing", "name the job or the resident")
        return said.resident
    job = jobs.get(tx.conn, said.job)
    if job is None:
        raise Refusal("not-found", "there is no job with this id")
    if job.state not in _WAITING:
        raise Refusal("job-state", f"job {job.id} is {job.state}; it waits for no encoded card")
    if job.card_type != said.card_type:
        detail = f"job {job.id} makes a {job.card_type}, not a {said.card_type}"
        raise Refusal("wrong-card", detail, (FieldError("/card_type", "other-type", detail),))
    resident: bytes | None = jobs.secret_columns(tx.conn, job.id)["resident"]
    if resident is None or said.resident not in (None, resident):
        raise Refusal(
            "wrong-card",
            f"job {job.id} is not of this resident; a card is encoded for its job's own resident",
            (FieldError("/resident", "other-resident", "this is another resident's job"),),
        )
    return resident


def _one_each(tx: Tx, resident: bytes, card_type: str) -> None:
    other = scans.of_resident(tx.conn, resident, _HAS_ONE, card_type)
    if other is not None:
        raise Refusal(
            "resident-has-card",
            f"card {other.id} is {other.state} for this resident; spoil that one first",
            extra={"card": other.id},
        )


def _blank(tx: Tx, said: Encoded) -> str:
    found = cards.pick(tx.conn, CardState.STORED, 1, card_type=said.card_type, batch=said.batch)
    if not found:
        of = f" of batch {said.batch}" if said.batch else ""
        raise Refusal(
            "not-enough-blanks", f"no {said.card_type} blank{of} is stored; receive or unload some"
        )
    return found[0][1]


def _failed(tx: Tx, seal: Seal, said: Encoded, resident: bytes) -> str:
    """The body is spoiled: the encoded card with this number if it is one of his, else a stored blank."""
    values: dict[str, Any] = {"cause": Cause.ENCODE_FAILED}
    known = scans.numbered(tx.conn, said.number, (said.card_type,)) if said.number else []
    ours = known and known[0].state is CardState.ENCODED and known[0].job is None
    if ours and scans.bound_to(tx.conn, known[0].id) == resident:
        card = known[0].id
    else:
        if said.number is not None:
            values["number"] = scans.unused(tx.conn, said.card_type, said.number)
        card = _blank(tx, said)
    who = holders.of_job(tx.conn, seal, said.job) if said.job else None
    if who is not None:
        holders.keep(tx, seal, card, who)
    take(tx, Step.SPOIL, card=card, by=said.by, set_card=values)
    return card


@dataclass(frozen=True)
class Place:
    """A printer as far as a scan is concerned. `by_hand`: it takes a card that is pushed in; another one draws
    from its hopper, which must hold nothing but this card then."""

    name: str
    card_types: Sequence[str]
    by_hand: bool
    most_sides: Mapping[str, int]
    versions: Sequence[str] | None = None


def scan(
    store: Store,
    place: Place,
    encoded_types: Sequence[str],
    all_types: Sequence[str],
    request: Request,
    *,
    number: str,
    job: str | None,
    by: str,
) -> Done:
    """Call the encoded card with this number to a printer: it is the next one there.

    Refuses, and nothing moves: an unknown number, a card of a type that is not taken here or is not encoded
    first, one that is not encoded (any more), one whose resident has no job that waits, or not the named one.
    """

    def act(tx: Tx) -> dict[str, Any]:
        card = _scanned(tx, place, encoded_types, all_types, number)
        if place.versions is not None and card.version not in place.versions:
            raise Refusal(
                "version-refused",
                f"card {card.id} is of version {card.version}; printer {place.name} is set for "
                f"{', '.join(place.versions)}",
            )
        wanted = _waiting_job(tx, card, job)
        if wanted.sides > place.most_sides.get(card.card_type, wanted.sides):
            raise _refused(f"printer {place.name} prints one side, job {wanted.id} has two")
        if not place.by_hand and cards.in_hopper(tx.conn, place.name):
            raise Refusal(
                "hopper-loaded",
                f"printer {place.name} draws from its hopper, where other blanks lie; unload them, lay this "
                "card alone into it, and scan it again",
            )
        scans.put(tx, place.name, card.id, wanted.id, by)
        journal.append(tx, "card-scanned", job=wanted.id, card=card.id, printer=place.name, by=by)
        return {"printer": place.name, "card": card.id, "job": wanted.id, "number": number}

    return once(store, request, act)


def _refused(detail: str) -> Refusal:
    return Refusal("card-type-refused", detail, (FieldError("/number", "refused", detail),))


def _scanned(
    tx: Tx, place: Place, encoded_types: Sequence[str], all_types: Sequence[str], number: str
) -> Card:
    found = scans.numbered(tx.conn, number, all_types)
    taken = [card for card in found if card.card_type in place.card_types]
    if not found:
        raise Refusal(
            "not-found", "no card of this station bears this number; record its encoding first"
        )
    if not taken:
        kinds = ", ".join(place.card_types) or "nothing"
        raise _refused(
            f"card {found[0].id} is a {found[0].card_type}; printer {place.name} takes {kinds}"
        )
    card = next((each for each in taken if each.state is CardState.ENCODED), taken[0])
    if card.state is not CardState.ENCODED or card.job is not None:
        state = f"called for job {card.job}" if card.job and card.bound else card.state
        raise Refusal(
            "card-state", f"card {card.id} is {state}; only an encoded card is called by a scan"
        )
    if card.card_type not in encoded_types:
        raise _refused(
            f"{card.card_type} is not set to be encoded first; it is fed from the hopper"
        )
    return card


def _waiting_job(tx: Tx, card: Card, named: str | None) -> Job:
    """The pending job of the resident whom this card was encoded for; refuses `wrong-card` in words."""
    resident = scans.bound_to(tx.conn, card.id)
    assert resident is not None
    if named is not None and jobs.get(tx.conn, named) is None:
        raise Refusal("not-found", "there is no job with this id")
    if named is not None and jobs.secret_columns(tx.conn, named)["resident"] != resident:
        raise _another(
            card, f"card {card.id} was encoded for another resident than that of job {named}"
        )
    job = jobs.get(tx.conn, named) if named else jobs.of_resident(tx.conn, resident)
    if job is None:
        raise _another(card, f"no job waits for card {card.id}; post its resident's job first")
    if job.card_type != card.card_type:
        raise _another(
            card, f"job {job.id} makes a {job.card_type}, card {card.id} is a {card.card_type}"
        )
    if job.state is not JobState.PENDING:
        raise _another(card, f"job {job.id} of card {card.id} is {job.state}; it takes no card now")
    return job


def _another(card: Card, detail: str) -> Refusal:
    error = FieldError("/number", "other-card", detail)
    return Refusal("wrong-card", detail, (error,), extra={"card": card.id})
