"""An honest operator: he looks at the world before he answers, and says what he sees."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.process.office import ENDED, PATIENCE_S, Office

#: The world moved on between the look and the answer: look again later.
LATER = ("may-still-move", "question-open", "question-closed")
#: States of rows that stand for a card outside its hopper.
OUTSIDE = ("printed", "spoiled", "missing", "fed")


class Operator:
    """Answers what can be answered now; the rest stays open."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.answered: list[str] = []

    def tend(self) -> None:
        """One round through the open questions. A station that is away is not waited for."""
        try:
            for question in self._office.questions():
                if question["reason"] == "card-fate":
                    self._card_fate(question)
                elif question["reason"] == "hand-over":
                    self._say(question, {"card": "printed", "job": None})
                else:
                    self._count(question)
        except httpx2.TransportError:
            return

    def see_through(
        self, *jobs: dict[str, Any], within_s: float = PATIENCE_S
    ) -> list[dict[str, Any]]:
        """Answer until each of these jobs has ended; returns them as they are then."""

        def ended() -> list[dict[str, Any]]:
            self.tend()
            shown = [self._office.show(job) for job in jobs]
            return shown if all(job["state"] in ENDED for job in shown) else []

        return self._office.until(ended, "every job has ended", within_s)

    def close_all(self) -> None:
        """Answer until nothing is asked any more."""

        def closed() -> bool:
            self.tend()
            return not self._office.questions()

        self._office.until(closed, "every question is answered")

    def fate(self, question: dict[str, Any]) -> dict[str, Any] | None:
        """The true answer to a card-fate question; None while nobody can know."""
        if question["evidence"]["may_still_move"]:
            return None
        # Its printer is fed no other card while this is open, so every later card there is of this feed.
        found = [
            card
            for card in self._office.made()
            if card.printer == question["printer"]
            and (card.fed_at or "") >= question["evidence"]["fed_at"]
        ]
        if any(card.place == "path" for card in found):
            return None
        job = self._office.get(f"/jobs/{question['job']}")
        for card in found:
            assert card.reference in (None, job["reference"]), f"{card} was fed for another"
        future = "cancel" if job["cancel_requested"] else "again"
        if not found:
            return {"card": "untouched", "job": future}
        extra = len(found) - 1
        if any(card.good for card in found):
            return {"card": "printed", "job": None, "extra": extra}
        return {"card": "spoiled", "job": future, "cause": "print-failed", "extra": extra}

    def _card_fate(self, question: dict[str, Any]) -> None:
        said = self.fate(question)
        if said is None:
            return
        pair = {"card": said["card"], "job": said["job"]}
        assert pair in question["answers"], (
            f"the truth {pair} is not on offer\n{self._office.story()}"
        )
        self._say(question, said)

    def _count(self, question: dict[str, Any]) -> None:
        """Nobody counts a hopper that is being drawn from: pause, count, answer, go on."""
        office, printer = self._office, question["printer"]
        office.act(f"/printers/{printer}/pause")
        try:
            if office.printer(printer)["job"] or office.device(printer)["moving"]:
                return
            cards = [card for card in office.world() if card.printer == printer]
            counted = sum(card.place == "hopper" for card in cards)
            rows = office.get("/cards", limit=500)
            claimed = sum(r["printer"] == printer and r["state"] in OUTSIDE for r in rows)
            outside = len(cards) - counted
            self._say(question, {"counted": counted, "spoiled": max(0, outside - claimed)})
        finally:
            office.act(f"/printers/{printer}/resume")

    def _say(self, question: dict[str, Any], said: dict[str, Any]) -> None:
        body = {**said, "by": "operator", "reason": "counted twice"}
        answer = self._office.post(
            f"/questions/{question['id']}/answer", body, key=f"answer-{question['id']}"
        )
        if answer.is_success:
            self.answered.append(f"{question['reason']}: {said.get('card', 'counted')}")
        elif answer.json()["code"] not in LATER:
            raise AssertionError(f"{said} was refused: {answer.text}\n{self._office.story()}")
