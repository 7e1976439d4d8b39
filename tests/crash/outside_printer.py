"""A printer of kind `outside` in a history: the ministry's application prints, a person records it and tells what
came out, mostly with a scan (`acts/outside.py`). The machine here is a hopper and a die.
"""

from __future__ import annotations

import json
import random
import sqlite3

from printstation.acts import outside, stock
from printstation.acts.questions import Answer
from printstation.acts.request import Done
from printstation.config import PrinterConfig
from printstation.lifecycle.answers import CardFate, JobFuture
from simulator.world import Card
from tests.crash import house
from tests.crash.desk import RINA, Desk
from tests.crash.office import Counter
from tests.crash.operator import Operator
from tests.crash.profile import Profile
from tests.crash.sim import Sim

NAME = "outside"
CONFIG = PrinterConfig.model_construct(name=NAME, kind="outside", card_types=(house.CARD_TYPE,))
#: What comes of a card there.
OUTCOMES = {"printed": 7, "spoiled": 2, "untouched": 1}
#: How often a person scans a card, and how often he is mistaken in which one he scans.
SCANS, MISREADS = 0.7, 0.1


class OutsideMachine:
    """What lies there, and what it did for which feed: people see it, the station does not."""

    def __init__(self, sim: Sim) -> None:
        self._sim = sim
        self.hopper = 0
        self.good: set[str] = set()
        #: Feeds that it is through with.
        self.through: set[int] = set()
        self.numbers: dict[str, str] = {}

    def print(self, feed: int, outcome: str, number: str) -> None:
        """Somebody presses the button there."""
        self.through.add(feed)
        if outcome == "untouched" or not self.hopper:
            self._sim.note(NAME, f"does nothing for feed {feed}")
            return
        self.hopper -= 1
        card = self._sim.truth.new_card(NAME, "output")
        self._sim.truth.origins[card.id] = [feed]
        self.numbers[card.id] = number
        if outcome == "printed":
            self.good.add(card.id)
        self._sim.note(NAME, f"makes card {card.id} ({number}) for feed {feed}: {outcome}")


class Outside(Desk):
    """Acts at that machine."""

    machine: OutsideMachine

    def load_outside(self) -> None:
        """Blanks into both its hopper and its rows."""
        count = self.rng.randint(1, 4)

        def rows() -> None:
            done = self._ask(
                "load outside",
                lambda s, r: stock.load(
                    s.store,
                    r,
                    printer=NAME,
                    card_type=house.CARD_TYPE,
                    batch=house.BATCH,
                    count=count,
                    by=RINA,
                ),
            )
            self.machine.hopper += count if isinstance(done, Done) else 0

        if self.sim.up:
            self.counter.in_background("outside", rows)

    def print_outside(self) -> None:
        """One of the waiting jobs goes there, whatever the printers here are about to do with it."""
        found = self.sim.rows("SELECT id FROM job WHERE state = 'pending' ORDER BY seq")
        if self.sim.up and found:
            job = self.rng.choice(found)["id"]
            self.counter.in_background("outside", lambda: self._print_outside(job))

    def _print_outside(self, job: str) -> None:
        number = f"N{self.counter.key()}"
        scanned = number if self.rng.random() < SCANS else None
        outcome = self.rng.choices(list(OUTCOMES), list(OUTCOMES.values()))[0]
        done = self._ask(
            f"outside {job}",
            lambda s, r: outside.record(
                s.store,
                r,
                printer=NAME,
                card_types=CONFIG.card_types,
                encode_first=frozenset(),
                job=job,
                number=scanned,
                by=RINA,
            ),
        )
        if isinstance(done, Done):
            asked = self.sim.rows("SELECT feed FROM question WHERE id = ?", done.answer["question"])
            self.machine.print(asked[0]["feed"], outcome, number)

    def _is_good(self, made: Card, layout: str, reference: str) -> bool:
        if made.printer == NAME:
            return made.id in self.machine.good
        return super()._is_good(made, layout, reference)


class OfficeOperator(Operator):
    """Knows the machine outside, too."""

    machine: OutsideMachine

    def __init__(self, counter: Counter, profile: Profile) -> None:
        super().__init__(counter, profile)
        self._rng: random.Random = self.sim.rng

    def _card_fate(self, question: sqlite3.Row) -> None:
        if question["printer"] != NAME:
            super()._card_fate(question)
        elif question["feed"] in self.machine.through:
            self._outside(question)

    def _outside(self, question: sqlite3.Row) -> None:
        """What came out there, with the number that is read from it."""
        made = self.sim.truth.made_by(question["feed"])
        honest = "untouched"
        if made:
            honest = "printed" if made[0].id in self.machine.good else "spoiled"
        offers = [tuple(pair) for pair in json.loads(question["offers"])]
        if honest not in {fate for fate, _ in offers}:
            self.findings.append(f"question {question['id']}: {honest} is not offered ({offers})")
            return
        future = self._rng.choice([future for fate, future in offers if fate == honest])
        number = self._read(made[0]) if made and self._rng.random() < SCANS else None
        said = Answer(
            by=RINA,
            card=CardFate(honest),
            job=JobFuture(future) if future else None,
            cause="print-failed" if honest == "spoiled" else None,
            number=number,
        )
        if not self.in_earnest and self._rng.random() < self.profile.late:
            self.sim.turns.sleep(self._rng.uniform(1, 12))
        answer = self._answer(question["id"], said)
        if isinstance(answer, Done):
            self.declared.update(card.id for card in made)
        elif answer.code not in ("question-closed", "wrong-card", "number-used"):
            self.findings.append(
                f"question {question['id']}: the honest answer {honest} is refused: {answer.refusal}"
            )

    def _read(self, card: Card) -> str:
        """The card's number; now and then that of another one is scanned."""
        if not self.in_earnest and self._rng.random() < MISREADS:
            return self._rng.choice(sorted(self.machine.numbers.values()))
        return self.machine.numbers[card.id]
