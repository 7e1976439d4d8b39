"""An encoded card on its walk: called by a scan, pushed in by hand, and its resident's whatever happens (§9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers import Condition, DeviceGone
from printstation.acts import encoding, jobs, stock
from printstation.refusals import Refusal
from printstation.store import cards
from tests.unit.printstation.acts.kit import ANEW, KTP, SEAL, TANGO
from tests.unit.printstation.spool.rig import Rig
from tests.unit.printstation.spool.scripted import BUSY, OUT, Look, Story, stands
from tests.unit.printstation.store.kit import journal_of

#: What the device says when nobody pushed a card in.
NOBODY = Story(looks=(BUSY, stands("media-empty")))


class HandRig(Rig):
    """A printer whose cards are encoded first. `by_hand`: it takes a card that is pushed in."""

    def __init__(self, folder: Path, *, by_hand: bool = True) -> None:
        super().__init__(folder, blanks=0, hand_feed_s=60.0 if by_hand else 0.0)
        self.desk = replace(self.desk, encode_first=frozenset({KTP}))
        self.store.on_change.append(self.desk.wake.set)
        self.office.receive(5)

    def encoded(self, number: str = "04A1") -> tuple[str, str]:
        job = self.office.submit()
        said = encoding.Encoded(KTP, True, "ani", number, job=job)
        return job, str(encoding.encode(self.store, SEAL, said, ANEW).answer["id"])

    def scan(self, number: str = "04A1") -> None:
        by_hand = self.model.hand_feed_s > 0
        place = encoding.Place(TANGO, (KTP,), by_hand, {})
        encoding.scan(self.store, place, (KTP,), (KTP,), ANEW, number=number, job=None, by="ani")

    def called(self) -> tuple[str, str]:
        found = self.encoded()
        self.scan()
        return found


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[HandRig]:
    rig = HandRig(tmp_path)
    yield rig
    rig.office.check()
    rig.store.engine.dispose()


def test_only_the_called_card_is_fed(hand: HandRig) -> None:
    waiting, other = hand.encoded("04B2")
    hand.run(waits=5)
    assert hand.device.fed == 0
    assert hand.reasons() == []
    job, card = hand.called()
    hand.run(hand.ended(job))
    assert hand.office.states(job) == ("completed", "printed")
    assert hand.office.job(job).card == card
    assert hand.device.streams == [(b"card by hand",)]
    assert (hand.office.job(waiting).state, hand.office.card(other).state) == ("pending", "encoded")
    kinds = journal_of(hand.store)
    assert kinds.index("card-scanned") < kinds.index("card-called") < kinds.index("card-fed")


def test_a_scan_wakes_the_printer_at_once(hand: HandRig) -> None:
    job, _ = hand.encoded()
    hand.when(hand.after(3), hand.scan)
    hand.run(hand.ended(job), waits=20)
    assert hand.office.states(job) == ("completed", "printed")


def test_an_empty_hopper_is_no_hindrance(hand: HandRig) -> None:
    hand.device.idle = Look(Condition.READY, ("media-empty",))
    job, _ = hand.called()
    hand.run(hand.ended(job), waits=20)
    assert hand.device.fed == 1


def test_a_card_that_nobody_pushed_in_is_called_again(hand: HandRig) -> None:
    hand.device.stories.append(NOBODY)
    job, card = hand.called()
    hand.run(waits=30)
    assert hand.device.fed == 1
    assert (hand.office.job(job).state, hand.office.card(card).state) == ("pending", "encoded")
    assert hand.office.card(card).job is None
    # Nobody is asked to count a hopper that had no part in it.
    assert hand.office.asked() == []
    hand.scan()
    hand.run(hand.ended(job))
    assert hand.office.states(job) == ("completed", "printed")


def test_the_wait_for_the_hand_is_added_to_the_print_time(hand: HandRig) -> None:
    slow = int(hand.model.print_s / hand.model.status_interval_s) + 20
    hand.device.stories.append(Story(looks=(*[BUSY] * slow, OUT)))
    job, _ = hand.called()
    hand.run(hand.ended(job), waits=200)
    assert hand.office.states(job) == ("completed", "printed")


def test_a_cancel_while_the_card_is_drawn_gives_it_back(hand: HandRig) -> None:
    job, card = hand.called()
    hand.while_drawn[job] = lambda: jobs.cancel(hand.store, job, ANEW, "ani")
    hand.run(waits=5)
    assert hand.device.fed == 0
    assert (hand.office.job(job).state, hand.office.card(card).state) == ("canceled", "encoded")


def test_a_job_that_cannot_be_drawn_keeps_its_card_encoded(hand: HandRig) -> None:
    job, card = hand.called()
    hand.undrawable[job] = Refusal("payload-erased", "gone")
    hand.run(waits=5)
    found = hand.office.job(job)
    assert (found.state, found.waits_because) == ("pending-held", "cannot-be-drawn")
    assert (hand.office.card(card).state, hand.office.card(card).job) == ("encoded", None)


def test_a_station_that_stops_gives_the_called_card_back(hand: HandRig) -> None:
    job, card = hand.called()
    hand.while_drawn[job] = lambda: setattr(hand, "stopping", True)
    hand.run(waits=5)
    assert (hand.office.job(job).state, hand.office.card(card).state) == ("pending", "encoded")


@pytest.mark.parametrize(
    ("answer", "future", "states"),
    [
        ("untouched", "again", ("pending", "encoded")),
        ("untouched", "cancel", ("canceled", "encoded")),
        ("printed", None, ("completed", "printed")),
        ("missing", "cancel", ("canceled", "missing")),
    ],
)
def test_a_cable_that_is_pulled_asks_as_ever(
    hand: HandRig, answer: str, future: str | None, states: tuple[str, str]
) -> None:
    hand.device.stories.append(Story(broken=DeviceGone("pulled")))
    job, card = hand.called()
    hand.when(hand.after(4), lambda: setattr(hand.device, "gone", False))
    hand.run(waits=20)
    hand.office.answer(answer, future, "lost" if answer == "missing" else None)
    assert (hand.office.job(job).state, hand.office.card(card).state) == states


def test_without_a_slot_the_card_lies_alone_in_the_hopper(tmp_path: Path) -> None:
    rig = HandRig(tmp_path, by_hand=False)
    job, _ = rig.encoded()
    kind = "specimen"
    stock.receive(
        rig.store,
        ANEW,
        delivery="SJ-9",
        card_type=kind,
        version="V1",
        batch="B9",
        count=1,
        by="ani",
    )
    stock.load(rig.store, ANEW, printer=TANGO, card_type=kind, batch=None, count=1, by="ani")
    with pytest.raises(Refusal, match="draws from its hopper") as refused:
        rig.scan()
    assert refused.value.code == "hopper-loaded"
    stock.unload(rig.store, ANEW, printer=TANGO, card_type=kind, batch=None, count=1, by="ani")
    rig.scan()
    # Somebody loads a blank after the scan: the printer would draw that one.
    stock.load(rig.store, ANEW, printer=TANGO, card_type=kind, batch=None, count=1, by="ani")
    rig.run(waits=5)
    assert rig.device.fed == 0
    stock.unload(rig.store, ANEW, printer=TANGO, card_type=kind, batch=None, count=1, by="ani")
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "printed")
    assert rig.device.streams == [(b"card",)]
    with rig.store.read() as conn:
        assert cards.balance(conn)[KTP] == {"stored": 4, "printed": 1}
    rig.office.check()
