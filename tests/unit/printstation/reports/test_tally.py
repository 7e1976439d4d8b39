"""The sums of a day: every move that a card can make leaves the row adding up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from printstation.lifecycle.card import CARD_TABLE, CardState, Origin
from printstation.lifecycle.places import PlaceKind, parse, place_of
from printstation.lifecycle.steps import STEPS, Step
from printstation.reports.tally import BLANK, CAME, WENT, Tally, plain
from printstation.store.movements import BIRTHS, Moved

START = datetime(2026, 11, 25, 1, tzinfo=UTC)


def moved(kind: str, source: str | None, target: str, **more: object) -> Moved:
    facts: dict[str, object] = {
        "seq": 1,
        "at": "2026-11-25T01:00:00.000Z",
        "by": "ani",
        "cards": 3,
        "card_type": "kia",
        "origin": Origin.RECEIVED,
        "cause": "damaged",
        "printer": "tango",
        "came_from": None,
        "went_to": None,
    }
    return Moved(kind=kind, source=source, target=target, **{**facts, **more})  # type: ignore[arg-type]


def net(tally: Tally) -> int:
    row = tally.blanks["kia"]
    return sum(row[column] for column in CAME) - sum(row[column] for column in WENT)


@pytest.mark.parametrize(("source", "event"), CARD_TABLE, ids=lambda word: str(word))
def test_every_move_adds_up(source: CardState, event: object) -> None:
    target = CARD_TABLE[source, event]  # type: ignore[index]
    step = next(step for step, move in STEPS.items() if move.card is event)
    tally = Tally()
    tally.card(moved(step, source, target))
    assert net(tally) == 3 * ((target in BLANK) - (source in BLANK))


@pytest.mark.parametrize("kind", [kind for kind in BIRTHS if kind != "card-brought-in"])
def test_what_is_born_is_a_blank(kind: str) -> None:
    tally = Tally()
    tally.card(moved(kind, None, CardState.STORED, origin=BIRTHS[kind]))
    assert net(tally) == 3


def test_a_withdrawn_card_is_recorded_and_was_never_a_blank() -> None:
    tally = Tally()
    withdrawn = {"origin": Origin.SURRENDERED, "cause": "data-changed"}
    tally.card(moved("card-brought-in", None, CardState.SPOILED, **withdrawn))
    tally.card(moved(Step.DESTROY, CardState.SPOILED, CardState.DESTROYED, **withdrawn))
    # A card of this office that comes back was used long ago.
    tally.card(moved(Step.SURRENDER, CardState.HANDED_OVER, CardState.SPOILED, cause="moved"))
    assert plain(tally.blanks) == {}
    assert plain(tally.recorded) == {"kia": {"data-changed": 3, "moved": 3}}
    assert plain(tally.destroyed) == {"kia": {"data-changed": 3}}


def test_a_card_that_came_back_untouched_was_not_fed() -> None:
    tally = Tally()
    tally.card(moved(Step.FEED, CardState.RESERVED, CardState.FED, cards=1))
    tally.card(moved(Step.FEED, CardState.RESERVED, CardState.FED, cards=1))
    tally.card(moved(Step.UNTOUCHED, CardState.FED, CardState.LOADED, cards=1))
    assert tally.fed["tango"] == 1
    assert plain(tally.blanks) == {"kia": {"used": 1}}


def test_a_stop_is_no_shorter_than_nothing() -> None:
    tally = Tally()
    tally.stop("tango", ["media-jam"], START)
    tally.stop("tango", [], START - timedelta(hours=1))
    tally.stop("tango", ["media-jam"], START)
    tally.end(START + timedelta(minutes=2))
    stop = tally.stops["tango", "media-jam"]
    assert (stop.count, stop.seconds) == (2, 120.0)


# ------------------------------------------------------------------------------- places
@pytest.mark.parametrize("text", ["store", "hopper:tango", "encoded", "shelf", "spoiled"])
def test_a_place_is_written_as_it_is_read(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize("text", ["", "hopper", "hopper:", "store:tango", "attic", "Store"])
def test_no_place(text: str) -> None:
    assert parse(text) is None


def test_every_state_lies_in_one_place_or_in_none() -> None:
    places = {state: place_of(state, "tango") for state in CardState}
    nowhere = {state for state, place in places.items() if place is None}
    assert nowhere == {
        CardState.FED,
        CardState.HANDED_OVER,
        CardState.DESTROYED,
        CardState.MISSING,
        CardState.LENT,
        CardState.RETURNED,
    }
    assert {place.kind for place in places.values() if place} == set(PlaceKind)
