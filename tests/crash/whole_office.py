"""A history in which an office also does what it does rarely: people, machines and judge of `profile.WHOLE_OFFICE`.

Corrections, borrowed blanks, slips, encoded cards and the printer outside are a file each; this one puts them
together, and judges them.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections import Counter as Bag
from collections.abc import Iterator, Mapping
from functools import partial

from printstation.config import Config
from simulator.world import Card
from tests.crash import encoder, outside_printer, slip_printer
from tests.crash.corrections import Corrections
from tests.crash.cuts import Planned
from tests.crash.director import Director
from tests.crash.encoder import Encoder, EncodingOperator
from tests.crash.judge import OUT, Bench
from tests.crash.neighbours import Neighbours
from tests.crash.office import Counter, Posted
from tests.crash.operator import Operator
from tests.crash.outside_printer import OfficeOperator, Outside, OutsideMachine
from tests.crash.profile import Profile
from tests.crash.sim import Sim
from tests.crash.slip_printer import SlipDesk, Slips

CORRECTIONS = "SELECT entry FROM journal WHERE entry LIKE '%\"correction\":true%' ORDER BY seq"
UNCHECKED = "SELECT id FROM card WHERE state = 'printed' AND bound_to IS NOT NULL ORDER BY seq"
#: Rows of blanks: nothing was ever on them.
BLANK = ("stored", "loaded", "reserved", "encoded", "lent", "returned")


class OfficeSim(Sim):
    """The station with a receipt printer beside its printers, and one that others drive."""

    def __init__(
        self,
        kinds: Mapping[str, str],
        rng: random.Random,
        plan: list[Planned] | None = None,
        *,
        trace: bool = False,
    ) -> None:
        super().__init__(kinds, rng, plan, trace=trace)
        self.slip_desk = SlipDesk(self, answers=rng.random() < 0.8)
        self.machine = OutsideMachine(self)

    def furnish(self, config: Config) -> Config:
        by_hand = {"card_types": encoder.TYPES}
        printers = [
            each.model_copy(update=by_hand) if each.name == encoder.PRINTER else each
            for each in config.printers
        ]
        first = {"encode_first": True}
        types = [
            each.model_copy(update=first) if each.name == encoder.CARD_TYPE else each
            for each in config.card_types
        ]
        told = {"printers": (*printers, outside_printer.CONFIG), "card_types": tuple(types)}
        return config.model_copy(update=told)

    def open(self) -> None:
        super().open()
        assert self.station is not None
        worker = self.station.slips = self.slip_desk.worker(self.station)
        self.turns.spawn("slips", worker.run, inside=True)


class Staff(Encoder, Corrections, Neighbours, Slips, Outside, Director):
    """Everybody; acts are named in `profile.OFFICE_ACTS`."""

    def __init__(self, counter: Counter, operator: Operator, profile: Profile) -> None:
        super().__init__(counter, operator, profile)
        assert isinstance(self.sim, OfficeSim) and isinstance(operator, OfficeOperator)
        self.slip_desk = self.sim.slip_desk
        self.machine = operator.machine = self.sim.machine
        self.corrected, self.mended = {}, 0
        self.borrowed, self.returned = {}, {}
        self.bodies, self.holds = {}, None
        self._slips_are_due = False

    def run(self) -> None:
        self._receive()
        self.load_outside()
        self.sim.spawn("encoder", self.encode_all_day)
        super().run()

    def new_order(self, resident: str | None = None, *, two_sided: bool | None = None) -> Posted:
        return self.sort_of(super().new_order(resident, two_sided=two_sided))

    def last_things(self) -> None:
        """No card waited for a slip; now the slips come out, too. Whatever bears a number is looked at once more."""
        self.mend_slips()
        for row in self.sim.rows(UNCHECKED):
            self.counter.in_background("desk", partial(self._check, row["id"]))
        self._slips_are_due = True

    def unrest(self) -> list[str]:
        waiting = "SELECT id, tries FROM slip WHERE state = 'waiting'"
        found = self.sim.rows(waiting) if self._slips_are_due else []
        return [f"slip {row['id']} waits after {row['tries']} tries" for row in found]


class Eyes(EncodingOperator, OfficeOperator):
    """Whoever answers questions."""


class OfficeBench(Bench):
    """Also reads what was corrected, lent to us, and put on paper."""

    def __init__(self, sim: Sim, director: Director) -> None:
        super().__init__(sim, director)
        assert isinstance(director, Staff)
        self.staff = director
        self.entries = [json.loads(row["entry"]) for row in sim.rows(CORRECTIONS)]
        last = sim.rows("SELECT card, max(id) AS feed FROM feed GROUP BY card")
        self.last_feed = {row["card"]: row["feed"] for row in last}

    def fate_of(self, feed: sqlite3.Row) -> str:
        """What two persons said later stands above the answer of one."""
        said = self.staff.corrected.get(feed["card"])
        if said is not None and self.last_feed[feed["card"]] == feed["id"]:
            return said
        return super().fate_of(feed)

    def is_good(self, card: Card, feed: sqlite3.Row) -> bool:
        if card.printer == outside_printer.NAME:
            torn = card.id in self.sim.truth.rejected
            return card.id in self.staff.machine.good and not torn
        return super().is_good(card, feed)

    def ended_as(self, feed: sqlite3.Row) -> str:
        """A good card that was lost, found again and torn up had ended its job all the same."""
        said = self.fate_of(feed)
        return said if said == "printed" else super().fate_of(feed)

    def the_rest(self) -> Iterator[str]:
        yield from self._corrections()
        yield from self._loans()
        yield from self._slips()
        yield from self._outside()
        yield from self._encoded()

    def _corrections(self) -> Iterator[str]:
        """Each is on record once, by two persons with a reason, and no card became a blank by it."""
        if len(self.entries) != self.staff.mended:
            yield f"{self.staff.mended} corrections were accepted, {len(self.entries)} are on record"
        for entry in self.entries:
            if entry["by"] == entry["data"]["supervisor"] or not entry["data"]["why"]:
                yield f"the correction of {entry['card']} lacks a person or a reason"
        for identity, fate in self.staff.corrected.items():
            state = self.cards[identity]["state"]
            if state in BLANK:
                yield f"card {identity} was corrected to {fate} and is {state}"
            if fate == "printed" and not self._shown(identity):
                yield f"card {identity} was corrected to printed, and no such card is good"

    def _loans(self) -> Iterator[str]:
        """Borrowed blanks are there as often as they came; the neighbour has what the rows say he has."""
        for loan in self.sim.rows("SELECT * FROM loan"):
            states = Bag(row["state"] for row in self.cards.values() if row["loan"] == loan["id"])
            if loan["direction"] == "lent":
                if loan["settled_at"] and states["lent"]:
                    yield f"loan {loan['id']} is settled, and {states['lent']} blanks are lent"
                continue
            came = [row for row in self.cards.values() if row["delivery"] == loan["id"]]
            there = self.staff.returned.get(loan["id"], 0)
            if not len(came) == loan["count"] == self.staff.borrowed.get(loan["id"]):
                yield f"loan {loan['id']} brought {loan['count']} blanks, {len(came)} have a row"
            if states["returned"] != there or there > loan["count"]:
                yield f"loan {loan['id']}: {states['returned']} rows went back, the office has {there}"

    def _encoded(self) -> Iterator[str]:
        """A body that was encoded for somebody goes to nobody else, and is no blank once it has moved."""
        origins = self.sim.truth.origins
        for identity, row in self.cards.items():
            if row["bound_to"] is None:
                continue
            if row["state"] == "encoded":
                ours = [
                    f
                    for f in origins.get(self.staff.bodies[row["number"]].id, ())
                    if f in self.feeds
                ]
                if any(
                    self.feeds[feed]["card"] == identity for feed in ours if isinstance(feed, int)
                ):
                    yield f"card {identity} is encoded, and its body has moved"
            elif row["state"] in ("accepted", "handed-over"):
                if self.staff.number_of(identity) != row["number"]:
                    yield f"card {identity} is {row['state']}, and another body bears its data"
                if self.jobs[row["job"]]["resident"] != row["bound_to"]:
                    yield f"card {identity} was encoded for another resident than its job's"

    def _outside(self) -> Iterator[str]:
        """Where nobody lies and nothing is cut in half, rows and cards agree exactly."""
        name, machine = outside_printer.NAME, self.staff.machine
        rows = Bag(row["state"] for row in self.cards.values() if row["printer"] == name)
        if rows["loaded"] != machine.hopper:
            yield f"{rows['loaded']} rows are loaded outside, {machine.hopper} cards lie there"
        made = len(self.sim.truth.drawn_at(name))
        out = sum(rows[state] for state in OUT)
        if not out <= made <= out + rows["missing"]:
            yield f"{made} cards were made outside, the rows know {out} and {rows['missing']} missing"

    def _slips(self) -> Iterator[str]:
        """A slip that is out lies there; every paper beyond the first of each says that it is a copy."""
        papers = Bag[tuple[str, str, bool]]()
        whole = Bag[tuple[str, str]]()
        for kind, text, cut in self.staff.slip_desk.pieces():
            for card in [card for card in self.cards if card in text]:
                papers[kind, card, slip_printer.COPY in text] += 1
                whole[kind, card] += cut
        rows = Bag((row["kind"], row["card"]) for row in self.sim.rows("SELECT * FROM slip"))
        for (kind, card, copy), number in papers.items():
            if not copy and number > rows[kind, card]:
                yield f"{number} {kind} slips of card {card} say that they are the first"
        sure = "SELECT entry FROM journal WHERE kind = 'slip-printed'"
        done = [json.loads(row["entry"]) for row in self.sim.rows(sure)]
        kinds = {row["id"]: row["kind"] for row in self.sim.rows("SELECT id, kind FROM slip")}
        for key, number in Bag(
            (kinds[entry["data"]["slip"]], entry["card"]) for entry in done if entry["data"]["sure"]
        ).items():
            if self.staff.slip_desk.answers and whole[key] < number:
                yield f"{number} slips {key} count as printed, {whole[key]} papers lie there"
