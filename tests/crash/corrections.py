"""Corrections by two persons, drawn as acts of a history: lost cards are found, shelved ones lost or ruined, and a
scratch turns out to be dust (`exactly-once.md` §7).

People are honest here, too: what they say is what the world shows, or what has just been done to it.
"""

from __future__ import annotations

import sqlite3

from printstation.acts import corrections
from printstation.acts.request import Done
from printstation.lifecycle.answers import CardFate
from tests.crash.desk import BUDI, RINA, Desk
from tests.crash.office import Refused

#: Cards that a correction may be about. One that no feed ever moved cannot be looked for.
CORRECTED = """
    SELECT c.id, c.state, (SELECT max(f.id) FROM feed f WHERE f.card = c.id) AS feed
    FROM card c WHERE c.state = ? AND c.job IS NOT NULL ORDER BY c.seq
"""
#: How often each state is looked into. Lost cards are looked for most.
STATES = {"missing": 5, "spoiled": 2, "printed": 1, "accepted": 1}
#: Of the cards that are taken off the shelf, how many are in shreds; the others are nowhere.
TORN = 0.5


class Corrections(Desk):
    """`corrected` holds what was said last of each card, `mended` how many corrections were accepted."""

    corrected: dict[str, str]
    mended: int

    def correct(self) -> None:
        """Somebody notices that a card is not what its row says."""
        if not self.sim.up:
            return
        state = self.rng.choices(list(STATES), list(STATES.values()))[0]
        found = [row for row in self.sim.rows(CORRECTED, state) if row["feed"] is not None]
        if found:
            row = self.rng.choice(found)
            act = {"missing": self._find, "spoiled": self._dust}.get(state, self._leaves_shelf)
            self.counter.in_background("correction", lambda: act(row))

    def _find(self, row: sqlite3.Row) -> None:
        """A missing card turns up: its job's, if that one still wants it; else it is torn up, never a blank."""
        made = self.sim.truth.made_by(row["feed"])
        if not made:
            return
        if self._shows(row["id"]) and isinstance(self._say(row["id"], CardFate.PRINTED), Done):
            return
        self._tear(row)

    def _dust(self, row: sqlite3.Row) -> None:
        """What was taken for a scratch wipes off."""
        if self._shows(row["id"]):
            self._say(row["id"], CardFate.PRINTED)

    def _leaves_shelf(self, row: sqlite3.Row) -> None:
        """A card that is in the house is ruined, or not found where it should be."""
        if not self._shows(row["id"]):
            return
        if self.rng.random() < TORN:
            self._tear(row)
        else:
            self._say(row["id"], CardFate.MISSING)

    def _tear(self, row: sqlite3.Row) -> None:
        if isinstance(self._say(row["id"], CardFate.SPOILED), Done):
            for card in self.sim.truth.made_by(row["feed"]):
                self.sim.truth.rejected.add(card.id)
                self.sim.note("world", f"card {card.id} is torn up")

    def _say(self, card: str, fate: CardFate) -> Done | Refused:
        cause = None if fate is CardFate.PRINTED else "other"
        answer = self._ask(
            f"correct {card} {fate}",
            lambda s, r: corrections.correct(
                s.store,
                card,
                r,
                card=fate,
                cause=cause,
                by=RINA,
                supervisor=BUDI,
                reason="dilihat sendiri",
            ),
        )
        if isinstance(answer, Done):
            self.corrected[card] = fate
            self.mended += 1
        return answer
