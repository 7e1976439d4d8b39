"""The operator: answers questions by looking at the world. Honest, but sometimes late, sometimes twice,
and sometimes unable to find a card.
"""

from __future__ import annotations

import json
import sqlite3

from printstation.acts import questions, stock
from printstation.acts.questions import Answer
from printstation.acts.request import Done, Request
from printstation.lifecycle.answers import CardFate, JobFuture
from simulator import hands
from simulator.world import Card
from tests.crash import house
from tests.crash.limits import ERROR_LASTS_S
from tests.crash.office import Counter, Refused, told
from tests.crash.picture import is_good
from tests.crash.profile import Profile
from tests.crash.world import SimPrinter

OPEN = "SELECT * FROM question WHERE closed_at IS NULL ORDER BY seq"
#: How long a person waits for a device to be cleared before he pulls its plug and looks himself.
PATIENCE_S = 14.0


#: Refusals of a true count that pass, or that say that somebody was quicker.
EXPECTED = frozenset({"question-open", "database-busy", "question-closed", "disk-low"})


class Operator:
    """One person with eyes. `findings` are what the station did wrong at the counter."""

    def __init__(self, counter: Counter, profile: Profile) -> None:
        self.counter = counter
        self.sim = counter.sim
        self.profile = profile
        self.findings: list[str] = []
        #: Cards that some row already stands for.
        self.declared: set[str] = set()
        #: Printers that nobody may switch on or plug in until an answer is in.
        self.hands_off: set[str] = set()
        #: Everything is being put in order: nobody dawdles.
        self.in_earnest = False
        self._since: dict[str, float] = {}

    # ------------------------------------------------------------------ a round
    def round(self) -> None:
        """Look at every open question once."""
        if not self.sim.up:
            return
        for question in self.sim.rows(OPEN):
            if not self.in_earnest and self.sim.rng.random() < 0.4:
                continue
            self._since.setdefault(question["id"], self.sim.turns.now)
            if question["reason"] == "card-fate":
                self._card_fate(question)
            elif question["reason"] == "hand-over":
                self._hand_over(question)
            else:
                self._printer(question)

    # ------------------------------------------------------------------ a card's fate
    def _card_fate(self, question: sqlite3.Row) -> None:
        moving = self.sim.rows("SELECT * FROM feed WHERE id = ?", question["feed"])[0]
        printer = self.sim.printers[moving["printer"]]
        printer.advance(self.sim.turns.now)
        stated = None
        if moving["discarded"] and printer.moves_unseen:
            return  # a queue's `discard` says nothing of the card: who looks waits until the device stands still
        if not moving["discarded"]:
            if not self._may_state(question, moving, printer):
                return
            stated = moving["serial"]
            self.hands_off.add(printer.name)
        try:
            self._look_and_answer(question, moving, printer, stated)
        finally:
            self.hands_off.discard(printer.name)

    def _may_state(self, question: sqlite3.Row, moving: sqlite3.Row, printer: SimPrinter) -> bool:
        """Whether the unit is off or gone, so that a person may say so; an impatient one pulls the plug."""
        if printer.kind.holds_job:
            return bool(
                self.sim.rows(
                    "SELECT 1 FROM unit WHERE serial = ? AND written_off", moving["serial"]
                )
            )
        if printer.serial != moving["serial"] or not printer.body.power:
            return True
        waited = self.sim.turns.now - self._since[question["id"]]
        if waited < (PATIENCE_S if not self.in_earnest else PATIENCE_S / 2):
            return False
        self.sim.note("operator", f"switches {printer.name} off to look into it")
        printer.power_off()
        return True

    def _look_and_answer(
        self, question: sqlite3.Row, moving: sqlite3.Row, printer: SimPrinter, stated: str | None
    ) -> None:
        made = self.sim.truth.made_by(moving["id"])
        # With a fate already, this question does not keep the printer from its next card.
        here = printer.serial == moving["serial"] and moving["settled_at"] is None
        if here and printer.body.path and (stated or not printer.kind.path_sensor):
            hands.clear_jam(printer.body)  # the answer states that the path is empty
        honest = self.fate_of(made, moving)
        offers = [tuple(pair) for pair in json.loads(question["offers"])]
        if honest not in {fate for fate, _ in offers}:
            self.findings.append(
                f"question {question['id']}: {honest} is the truth and is not offered ({offers})"
            )
            return
        said = self._choose(honest, made, offers, stated)
        if not self.in_earnest and self.sim.rng.random() < self.profile.late:
            self.sim.turns.sleep(self.sim.rng.uniform(1, 12))
        spoiled = self._spoiled(printer.name)
        answer = self._answer(question["id"], said)
        if isinstance(answer, Done):
            self.declared.update(card.id for card in made)
            if self._spoiled(printer.name) < spoiled + said.extra:
                self.findings.append(
                    f"question {question['id']}: {said.extra} further cards, and no row is spoiled"
                )
        elif answer.code == "invalid" and said.extra:
            self._load_rows(printer.name, said.extra)
        elif said.card == honest and answer.code not in ("question-closed", "may-still-move"):
            self.findings.append(
                f"question {question['id']}: the honest answer {honest} is refused: {answer.refusal}"
            )

    def _spoiled(self, printer: str) -> int:
        query = (
            "SELECT count(*) AS n FROM card WHERE state IN ('spoiled', 'destroyed') AND printer = ?"
        )
        return int(self.sim.rows(query, printer)[0]["n"])

    def fate_of(self, made: list[Card], moving: sqlite3.Row) -> str:
        """What became of this feed's card, seen with the eyes."""
        if not made:
            return "untouched"
        return "printed" if any(self._good(card, moving) for card in made) else "spoiled"

    def _good(self, card: Card, moving: sqlite3.Row) -> bool:
        row = self.sim.rows("SELECT layout, reference FROM job WHERE id = ?", moving["job"])[0]
        rejected = card.id in self.sim.truth.rejected
        kind = self.sim.kinds[card.printer]
        return not rejected and is_good(card, kind, row["layout"], row["reference"])

    def _choose(
        self,
        honest: str,
        made: list[Card],
        offers: list[tuple[str, str | None]],
        stated: str | None,
    ) -> Answer:
        fate = honest
        # *Missing* said of a card that was made twice is a limit (§12).
        may_miss = ("missing", "again") in offers and len(made) <= 1 and not self.in_earnest
        if may_miss and self.sim.rng.random() < self.profile.missing:
            fate = "missing"
        futures = [future for card, future in offers if card == fate]
        future = self.sim.rng.choice(futures)
        return Answer(
            by="Rina",
            card=CardFate(fate),
            job=JobFuture(future) if future else None,
            cause="print-failed" if fate in ("spoiled", "missing") else None,
            extra=max(0, len(made) - 1) if fate != "missing" else 0,
            device_serial=stated,
            supervisor="Budi" if fate == "missing" else None,
        )

    def _answer(self, identity: str, said: Answer) -> Done | Refused:
        request = Request(self.counter.key(), f"POST /v1/questions/{identity}/answer", b"1")
        answer = self.counter.insist(
            lambda station: questions.answer(station.store, identity, said, request)
        )
        extra = f" and {said.extra} more" if said.extra else ""
        words = f"{said.card}/{said.job}{extra}" if said.card else f"{said.counted}+{said.spoiled}"
        self.sim.note("operator", f"answers {identity}: {words}: {told(answer)}")
        if isinstance(answer, Done) and self.sim.rng.random() < self.profile.twice:
            self._again(identity, said, request)
        return answer

    def _again(self, identity: str, said: Answer, request: Request) -> None:
        """The same click once more, and the same words once more."""
        again = self.counter.insist(
            lambda station: questions.answer(station.store, identity, said, request)
        )
        if not (isinstance(again, Done) and again.replayed):
            self.findings.append(f"question {identity}: a repeated answer is {told(again)}")
        fresh = Request(self.counter.key(), request.scope, b"1")
        more = self.counter.insist(
            lambda station: questions.answer(station.store, identity, said, fresh)
        )
        if not (isinstance(more, Refused) and more.code == "question-closed"):
            self.findings.append(f"question {identity} was answered twice: {told(more)}")

    # ------------------------------------------------------------------ other questions
    def _hand_over(self, question: sqlite3.Row) -> None:
        fate = self.sim.rng.choice(("printed", "spoiled"))
        cause = "other" if fate == "spoiled" else None
        self._answer(question["id"], Answer(by="Rina", card=CardFate(fate), cause=cause))

    def _printer(self, question: sqlite3.Row) -> None:
        """Count what lies in the hopper now, and the cards outside that no row stands for."""
        printer = self.sim.printers[question["printer"]]
        printer.advance(self.sim.turns.now)
        body = printer.body
        fresh = body.now - printer.error_since < ERROR_LASTS_S
        if body.moving or (printer.has_work and (body.error is None or fresh)):
            return  # nobody reaches into a machine at work; an error cleared within a poll is a limit
        hands.clear_jam(printer.body)  # who counts looks into the machine, too
        found = self.unclaimed(printer)
        counted = len(printer.body.hopper)
        said = Answer(by="Rina", counted=counted, spoiled=len(found), reason="counted")
        request = Request(None, f"POST /v1/questions/{question['id']}/answer", b"1")
        # Counting and saying so are one moment here: a person would pause the printer.
        with self.sim.in_one_moment():
            answer = self.counter.ask(
                lambda station: questions.answer(station.store, question["id"], said, request)
            )
        self.sim.note(
            "operator", f"answers {question['id']}: {counted}+{len(found)}: {told(answer)}"
        )
        closed = self.sim.rows(
            "SELECT 1 FROM question WHERE id = ? AND closed_at IS NOT NULL", question["id"]
        )
        if isinstance(answer, Done) or (answer is None and closed):
            self.declared.update(card.id for card in found)
        elif isinstance(answer, Refused) and answer.code == "surplus-unexplained":
            self._first_blank(printer.name)
        elif isinstance(answer, Refused) and answer.code not in EXPECTED:
            self.findings.append(f"a true count of {printer.name} is refused: {answer.code}")

    def _first_blank(self, printer: str) -> None:
        """A hopper without any row tells no batch: one is loaded, and the count is given again."""
        if self.sim.rows("SELECT 1 FROM card WHERE printer = ?", printer):
            self.findings.append(f"a true count of {printer} is refused: surplus-unexplained")
        else:
            self._load_rows(printer, 1)

    def unclaimed(self, printer: SimPrinter) -> list[Card]:
        """Cards outside the hopper that no row stands for."""
        found = []
        for card in self.sim.truth.drawn_at(printer.name):
            if card.id in self.declared or card.place == "hopper":
                continue
            feeds = [o for o in self.sim.truth.origins[card.id] if isinstance(o, int)]
            if not feeds or self.sim.truth.made_by(feeds[0])[0] is not card:
                found.append(card)
        return found

    def count_hopper(self, printer: SimPrinter) -> Done | Refused | None:
        """The count at the shift's end, of its own accord."""
        printer.advance(self.sim.turns.now)
        counted = len(printer.body.hopper)
        request = Request(None, f"POST /v1/printers/{printer.name}/hopper-count", b"1")
        with self.sim.in_one_moment():
            answer = self.counter.ask(
                lambda station: stock.hopper_count(
                    station.store,
                    request,
                    printer=printer.name,
                    counted=counted,
                    reason="counted",
                    by="Rina",
                )
            )
        self.sim.note("operator", f"counts {counted} in {printer.name}: {told(answer)}")
        return answer

    def _load_rows(self, printer: str, count: int) -> None:
        request = Request(self.counter.key(), "POST /v1/stock/loads", b"extra")
        self.counter.insist(
            lambda station: stock.load(
                station.store,
                request,
                printer=printer,
                card_type=house.CARD_TYPE,
                batch=house.BATCH,
                count=count,
                by="Rina",
            )
        )
