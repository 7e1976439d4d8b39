"""Cards that are encoded first, in a history: the encoder's result, the scan that calls a card, the hand that pushes
it in, and the check that reads its number once more (`exactly-once.md` §9).

One person does all of it and holds one card at a time. Now and then he takes the wrong one, as people do.
"""

from __future__ import annotations

import sqlite3

from printstation.acts import encoding, quality, stock
from printstation.acts.questions import Answer
from printstation.acts.request import Done
from printstation.lifecycle.answers import CardFate
from simulator import hands
from simulator.world import Card
from tests.crash import house
from tests.crash.desk import RINA, SARI, Desk, void
from tests.crash.office import Posted, Refused
from tests.crash.operator import Operator
from tests.crash.world import KINDS

CARD_TYPE, BATCH = "ktp-el-wna", "W1"
TYPES = (house.CARD_TYPE, CARD_TYPE)
#: The printer that takes them, and what it may be.
PRINTER, KINDS_BY_HAND = "p1", tuple(name for name, row in KINDS.items() if row.by_hand)
#: Blanks in a delivery of theirs.
DELIVERED = 12
#: Of the orders, how many are for such a card; of encodings, how many fail; how often the wrong card is pushed in,
#: and how often the printer is left waiting.
ORDERED, FAILS, MIXED_UP, DAWDLES = 0.3, 0.15, 0.35, 0.1
WAITING = "SELECT id, resident FROM job WHERE card_type = ? AND state = 'pending' ORDER BY seq"
ENCODED = """
    SELECT c.id, c.number, s.printer AS called FROM card c LEFT JOIN scan s ON s.card = c.id
    WHERE c.bound_to = ? AND c.state = 'encoded' AND c.job IS NULL
"""
BOUND = "SELECT id, number, bound_to FROM card WHERE id = ?"


class Encoder(Desk):
    """`bodies` are the encoded cards by the number that a scanner reads from them."""

    bodies: dict[str, Card]
    holds: str | None
    operator: Operator

    # ------------------------------------------------------------------ orders and blanks
    def sort_of(self, posted: Posted) -> Posted:
        """Some orders are for a card that is encoded first."""
        if self.rng.random() < ORDERED:
            posted.card_type = CARD_TYPE
        return posted

    def _receive(self) -> None:
        delivery = f"D-{self.counter.key()}"
        self._ask(
            "blanks to encode",
            lambda s, r: stock.receive(
                s.store,
                r,
                delivery=delivery,
                card_type=CARD_TYPE,
                version="1",
                batch=BATCH,
                count=DELIVERED,
                by=RINA,
            ),
        )

    # ------------------------------------------------------------------ one person's round
    def encode_all_day(self) -> None:
        """For ever: see to one job that waits for such a card, and to the printer that asks for it."""
        while True:
            self.sim.turns.sleep(self.rng.uniform(0.4, 1.5))
            self._push()
            waiting = self.sim.rows(WAITING, CARD_TYPE) if self.sim.up else []
            if waiting and not self._asks():
                self._see_to(waiting[0] if self._in_earnest() else self.rng.choice(waiting))

    def _in_earnest(self) -> bool:
        return self.operator.in_earnest

    def _see_to(self, job: sqlite3.Row) -> None:
        found = self.sim.rows(ENCODED, job["resident"])
        if not found:
            self._encode(job["id"])
        elif self._used(found[0]["number"]):
            self._give_up(found[0])
        elif found[0]["called"] is None or self.holds != found[0]["number"]:
            self._scan(found[0])

    def _used(self, number: str) -> bool:
        body = self.bodies[number]
        return not body.blank or body.id in self.sim.truth.origins

    def _encode(self, job: str) -> None:
        number = f"W{self.counter.key()}"
        good = self._in_earnest() or self.rng.random() >= FAILS
        said = encoding.Encoded(CARD_TYPE, good, SARI, number, job=job)
        done = self._ask(
            f"encode {number} {good}", lambda s, r: encoding.encode(s.store, s.seal, said, r)
        )
        if isinstance(done, Done) and good:
            self.bodies[number] = self.sim.truth.new_card("encoder", "hand")
        elif isinstance(done, Refused) and done.code == "not-enough-blanks":
            self._receive()

    def _give_up(self, card: sqlite3.Row) -> None:
        """This body was printed in another's stead, or moved otherwise: whoever's data it bears is seen to first."""
        for feed in self.sim.truth.origins.get(self.bodies[card["number"]].id, ()):
            bore = self.sim.rows(
                "SELECT c.id, c.state FROM feed f JOIN card c ON c.id = f.card WHERE f.id = ?", feed
            )
            if bore and bore[0]["state"] in ("fed", "printed"):
                if bore[0]["state"] == "printed":
                    self._check(bore[0]["id"])
                return
        said = encoding.Encoded(
            CARD_TYPE, False, SARI, card["number"], resident=self._resident(card["id"])
        )
        void(
            self._ask(
                f"encode {card['number']}: used",
                lambda s, r: encoding.encode(s.store, s.seal, said, r),
            )
        )

    def _resident(self, card: str) -> bytes:
        return bytes(self.sim.rows(BOUND, card)[0]["bound_to"])

    def _scan(self, card: sqlite3.Row) -> None:
        body = self.bodies[card["number"]]
        if body.place in ("output", "reject"):
            self.sim.truth.put(body, "hand")
        place = encoding.Place(PRINTER, TYPES, True, {})
        done = self._ask(
            f"scan {card['number']}",
            lambda s, r: encoding.scan(
                s.store,
                place,
                (CARD_TYPE,),
                TYPES,
                r,
                number=str(card["number"]),
                job=None,
                by=SARI,
            ),
        )
        if isinstance(done, Done):
            self.holds = card["number"]

    # ------------------------------------------------------------------ at the printer
    def _asks(self) -> bool:
        """Whether the printer waits for a card to be pushed in."""
        printer = self.sim.printers[PRINTER]
        printer.advance(self.sim.turns.now)
        body = printer.body
        waits = bool(body.jobs) and body.jobs[0].hand_feed and body.phase is not None
        return waits and body.phase is not None and body.phase.name == "pick" and not body.path

    def _push(self) -> None:
        if self.holds is None or not self._asks() or PRINTER in self.operator.hands_off:
            return
        number = self.holds
        if not self._in_earnest():
            if self.rng.random() < DAWDLES:
                return
            others = [n for n in self.bodies if n != number and self._may_be_pushed(n)]
            if others and self.rng.random() < MIXED_UP:
                number = self.rng.choice(others)
        if self._may_be_pushed(number):
            self.sim.note("encoder", f"pushes {number} into {PRINTER}, called was {self.holds}")
            hands.hand_feed(self.sim.printers[PRINTER].body, self.bodies[number])
            self.holds = None

    def _may_be_pushed(self, number: str) -> bool:
        return self.bodies[number].place == "hand" and not self._used(number)

    # ------------------------------------------------------------------ the check by eye
    def number_of(self, card: str) -> str | None:
        """What a scanner reads from the card that was printed last for this row."""
        feeds = self.sim.rows("SELECT max(id) AS id FROM feed WHERE card = ?", card)
        made = self.sim.truth.made_by(feeds[0]["id"]) if feeds[0]["id"] is not None else []
        return next((n for n, body in self.bodies.items() if body in made), None)

    def _shows(self, card: str) -> bool:
        row = self.sim.rows(BOUND, card)[0]
        mixed_up = row["bound_to"] is not None and self.number_of(card) != row["number"]
        return super()._shows(card) and not mixed_up

    def _check(self, card: str) -> None:
        number = self.number_of(card)
        if self.sim.rows(BOUND, card)[0]["bound_to"] is None or number is None:
            super()._check(card)
            return
        good = self._shows(card) and self.rng.random() < 0.85
        said = quality.Checked(RINA, good, None if good else "damaged", number, shelf="A-1")
        self._ask(
            f"check {card} {good} {number}",
            lambda s, r: quality.check(s.store, s.seal, TYPES, card, said, r),
        )


class EncodingOperator(Operator):
    """Also says where the card is that should have been printed."""

    def _printer(self, question: sqlite3.Row) -> None:
        if question["reason"] != "other-card":
            super()._printer(question)
            return
        fate = self.sim.rng.choice((CardFate.SPOILED, CardFate.MISSING))
        answer = self._answer(question["id"], Answer(by="Rina", card=fate, cause="other"))
        if isinstance(answer, Refused) and answer.code != "question-closed":
            self.findings.append(
                f"question {question['id']}: {fate} of the other card is refused: {answer.refusal}"
            )
