"""The judge: compares the world with the station when everything is over (exactly-once.md §13).

Takes nothing from the station's own judgement: what lies on cards comes from the simulator's planes, what
went over the cable from the transcript.
"""

from __future__ import annotations

import sqlite3
from collections import Counter as Bag
from collections.abc import Iterator
from datetime import datetime

from printstation.store.audit import audit
from simulator.world import Card
from tests.crash import house, picture
from tests.crash.director import Director
from tests.crash.sentence import wrong
from tests.crash.sim import Sim
from tests.crash.world import SimPrinter

#: Rows of cards that left a hopper and bear witness of a card in the world.
OUT = ("printed", "accepted", "handed-over", "spoiled", "destroyed")


def judge(
    sim: Sim, director: Director, ended: bool, bench_of: type[Bench] | None = None
) -> list[str]:
    """Everything that is wrong; empty when the history is as it should be."""
    bench, operator = (bench_of or Bench)(sim, director), director.operator
    found = [f"the station's own mistake: {line}" for line in sim.trouble.lines]
    found += operator.findings
    if not ended:
        found.append("dead-lock: it never came to rest")
    found += bench.each_feed()
    found += bench.each_card()
    found += bench.each_order()
    found += bench.the_desk()
    if ended:
        found += bench.each_hopper()
        found += bench.the_rest()
    with house.files().engine.connect() as conn:
        found += [f"audit: {finding}" for finding in audit(conn)]
    return list(dict.fromkeys(found))


class Bench:
    """The station's rows on one side, the world's cards on the other."""

    def __init__(self, sim: Sim, director: Director) -> None:
        self.sim = sim
        self.counter = director.counter
        self.operator = director.operator
        self.unrecorded = director.unrecorded
        self.doubted = director.doubted
        self.jobs = {row["id"]: row for row in sim.rows("SELECT * FROM job")}
        self.cards = {row["id"]: row for row in sim.rows("SELECT * FROM card")}
        self.feeds = {row["id"]: row for row in sim.rows("SELECT * FROM feed")}
        self.answers = {
            row["feed"]: row
            for row in sim.rows(
                "SELECT feed, json_extract(answer, '$.card') AS card, json_extract(answer, '$.by')"
                " AS by, json_extract(answer, '$.extra') AS extra FROM question"
                " WHERE feed IS NOT NULL AND closed_at IS NOT NULL"
            )
        }

    def fate_of(self, feed: sqlite3.Row) -> str:
        """What the station says of a feed: the answer of a person, else the table's verdict."""
        answer = self.answers.get(feed["id"])
        if answer is not None and answer["by"] != "station" and feed["verdict"] != "spoiled":
            return str(answer["card"])
        return str(feed["verdict"])

    def ended_as(self, feed: sqlite3.Row) -> str:
        """The fate that its job went by, whatever became of the card afterwards."""
        return self.fate_of(feed)

    def is_good(self, card: Card, feed: sqlite3.Row) -> bool:
        """Whether this card is what the feed's job wanted."""
        job = self.jobs[feed["job"]]
        rejected = card.id in self.sim.truth.rejected
        kind = self.sim.kinds[card.printer]
        return not rejected and picture.is_good(card, kind, job["layout"], job["reference"])

    # ------------------------------------------------------------------ feeds
    def each_feed(self) -> Iterator[str]:
        """Each feed's fate is what the world shows."""
        for feed in self.feeds.values():
            if feed["verdict"] is not None:
                yield from self._sentence(feed)
            before = self.sim.clears_before.get(feed["id"])
            if (
                feed["discarded"]
                and before is not None
                and self.sim.clears[feed["serial"]] <= before
            ):
                yield f"feed {feed['id']} counts as discarded, and its unit was never cleared"
            if feed["settled_at"] is None:
                continue
            made = self.sim.truth.made_by(feed["id"])
            good = [card for card in made if self.is_good(card, feed)]
            fate = self.fate_of(feed)
            where = f"feed {feed['id']} of {self.jobs[feed['job']]['reference']}"
            told = f"{where} is {fate} (rule {feed['rule']})"
            if fate == "printed" and not good:
                yield f"{told}, but no such card exists"
            if fate == "untouched" and made:
                yield f"{told}, but it moved {[card.id for card in made]}"
            if fate == "spoiled" and (not made or good):
                yield f"{told}, but the world has {len(made)} cards of it, {len(good)} good"
            answer = self.answers.get(feed["id"])
            extra = (answer["extra"] or 0) if answer is not None else 0
            declared = all(card.id in self.operator.declared for card in made)
            if len(made) > 1 + extra and fate != "missing" and not declared:
                yield f"{told}, but it made {len(made)} cards"
            if fate == "printed" and len(good) > 1 + extra:
                yield f"{told}, but its resident has {len(good)} good cards"

    def _sentence(self, feed: sqlite3.Row) -> Iterator[str]:
        """The verdict is the one of the table, read from the cable."""
        sensor = self.sim.printers[feed["printer"]].kind.path_sensor
        doubted = feed["printer"] in self.doubted
        record = self.sim.transcript.feeds.get(feed["id"])
        if why := wrong(feed, record, sensor, doubted):
            yield f"feed {feed['id']} of {self.jobs[feed['job']]['reference']} is {why}"

    # ------------------------------------------------------------------ cards
    def each_card(self) -> Iterator[str]:
        """No two residents on one card; nothing printed without a job that knows of it."""
        kinds = {picture.alike(kind) for kind in self.sim.kinds.values()}
        for job in self.jobs.values():
            for kind in kinds:
                picture.planes(kind, job["layout"], job["reference"])
        for identity, origins in self.sim.truth.origins.items():
            card = self.sim.truth.cards[identity]
            on_it = picture.references_on(card)
            if len(on_it) > 1 or None in on_it:
                yield f"card {identity} bears data of {sorted(map(str, on_it))} (feeds {origins})"
            fed = [origin for origin in origins if isinstance(origin, int)]
            if on_it and not fed:
                yield f"card {identity} bears {sorted(map(str, on_it))} and no feed is on record"
            for origin in fed:
                job = self.jobs[self.feeds[origin]["job"]]
                if on_it - {job["reference"]}:
                    yield f"card {identity} of {job['reference']} bears {sorted(map(str, on_it))}"
        yield from self._residents()

    def _residents(self) -> Iterator[str]:
        """No resident has two cards that count: printed rows, and good cards nobody spoiled or lost."""
        bag: Bag[bytes] = Bag()
        for row in self.cards.values():
            job = self.jobs.get(row["job"] or "")
            if row["state"] in ("printed", "accepted", "handed-over") and job is not None:
                bag[job["resident"]] += 1
        for resident, number in bag.items():
            if number > 1:
                yield f"{resident.decode()} has {number} good cards"

    # ------------------------------------------------------------------ jobs
    def each_order(self) -> Iterator[str]:
        """Every order that was accepted is there once; every completed job has its card."""
        for posted in self.counter.orders:
            rows = [j for j in self.jobs.values() if j["reference"] == posted.reference]
            made = [j for j in rows if not j["by_reprint"]]
            if posted.job is not None and [j["id"] for j in made] != [posted.job]:
                yield f"order {posted.reference} was accepted, and {len(made)} jobs know it"
        for job in self.jobs.values():
            if job["state"] == "completed":
                yield from self._completed(job)

    def _completed(self, job: sqlite3.Row) -> Iterator[str]:
        fates = [self.ended_as(f) for f in self.feeds.values() if f["job"] == job["id"]]
        if fates.count("printed") != 1:
            yield f"job {job['reference']} is completed with {fates.count('printed')} cards"
        row = self.cards[job["card"]]
        if row["state"] not in (*OUT, "missing"):
            yield f"job {job['reference']} is completed and its card is {row['state']}"
        if job["test"] and row["state"] not in ("spoiled", "destroyed"):
            yield f"test job {job['reference']} left its card {row['state']}"

    # ------------------------------------------------------------------ the desk
    def the_desk(self) -> Iterator[str]:
        """Nothing is accepted that the world does not show, burned without a closed session, or given twice;
        and no name outlives the card that it was kept for."""
        given = Bag(row["card"] for row in self.sim.rows("SELECT card FROM handover"))
        sessions = {row["id"]: row["state"] for row in self.sim.rows("SELECT * FROM destruction")}
        for identity, row in self.cards.items():
            state = row["state"]
            if state in ("accepted", "handed-over") and not self._shown(identity):
                yield f"card {identity} is {state}, and no such card is good"
            if (state == "handed-over") != (given[identity] == 1) and given[identity] != 0:
                yield f"card {identity} is {state} and was handed over {given[identity]} times"
            if state == "handed-over" and given[identity] == 0:
                yield f"card {identity} is handed over, and nobody took it"
            if (state == "destroyed") != (sessions.get(row["destruction"]) == "closed"):
                yield f"card {identity} is {state} in session {row['destruction']}"
        kept = "SELECT h.card, c.state FROM holder h JOIN card c ON c.id = h.card"
        for row in self.sim.rows(kept):
            if row["state"] in ("handed-over", "destroyed"):
                yield f"the name of card {row['card']} is kept, though it is {row['state']}"

    def _shown(self, identity: str) -> bool:
        fed = [feed for feed in self.feeds.values() if feed["card"] == identity]
        return any(self.is_good(card, f) for f in fed for card in self.sim.truth.made_by(f["id"]))

    def the_rest(self) -> Iterator[str]:
        """What only some histories have; looked at when everything came to rest."""
        yield from ()

    # ------------------------------------------------------------------ hoppers
    def each_hopper(self) -> Iterator[str]:
        """Each card is in one place, the same on both sides (all hoppers were counted just now)."""
        for name, printer in self.sim.printers.items():
            rows = Bag(row["state"] for row in self.cards.values() if row["printer"] == name)
            there = len(printer.body.hopper)
            if rows["loaded"] != there:
                yield f"{rows['loaded']} rows are loaded at {name}, {there} cards lie there"
            for state in ("reserved", "fed"):
                if rows[state]:
                    yield f"{rows[state]} rows are still {state} at {name}"
            yield from self._self_tests(name, printer)
            outside = len(self.sim.truth.drawn_at(name))
            out = sum(rows[state] for state in OUT)
            # Called missing here, and then in another card's place: it left once, and two rows say so (§9).
            twice = sum(
                row["printer"] == name and row["cause"] == "wrong-card"
                for row in self.cards.values()
            )
            # A test card and an unrecorded blank look like nothing at all to a count (§12).
            if not out - twice <= outside <= out + rows["missing"] + self.unrecorded[name]:
                yield (
                    f"{outside} cards left {name}, its rows know {out} and {rows['missing']} missing"
                )

    def _self_tests(self, name: str, printer: SimPrinter) -> Iterator[str]:
        """A card that a counted printer made by itself is asked for (§6).

        Left out are printers where a witness may be missing, and where an answer (*missing*, further
        cards) took the movement upon itself.
        """
        asked = self.sim.rows(
            "SELECT 1 FROM question WHERE printer = ? AND (reason = 'unexplained-cards' OR"
            " json_extract(answer, '$.card') = 'missing' OR json_extract(answer, '$.extra') > 0)",
            name,
        )
        if asked or name in self.doubted or printer.kind.counter != "pick":
            return
        # Before its first reading a counter's sum has not begun (§6).
        tests = [
            identity
            for identity, origins in self.sim.truth.origins.items()
            if "test" in origins and self._after_first_feed(name, self.sim.truth.cards[identity])
        ]
        if tests:
            yield f"{name} printed {tests} by itself, and nobody was asked"

    def _after_first_feed(self, printer: str, card: Card) -> bool:
        first = self.sim.first_fed.get(printer)
        if card.printer != printer or first is None or card.fed_at is None:
            return False
        return datetime.fromisoformat(card.fed_at) > first
