"""What people do after printing and in the store, drawn as acts of a history: check, shelf, hand-over, loans,
burnings, blind counts and the day's close. Each request may be cut in the middle and is repeated.

People are honest here, too: a card is accepted by what the world shows of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from printstation.acts import counts, destruction, handover, loans, quality, shifts
from printstation.acts.request import Done, Request
from printstation.lifecycle.places import parse
from printstation.reports.gather import Office
from printstation.station import Station
from printstation.store import destructions
from printstation.store.destructions import Person
from printstation.store.holders import Holder
from printstation.store.tables import LoanDirection, OldCard, Receiver
from simulator.world import Card
from tests.crash import house, picture
from tests.crash.office import Counter, Refused, told
from tests.crash.sim import Sim

#: Blanks that one loan takes, and what the store keeps for the rest of the history.
LENT, KEPT = 2, 30
RINA, BUDI, SARI = "Rina", "Budi", "Sari"
STORED = "SELECT count(*) AS n FROM card WHERE state = 'stored' AND card_type = ?"
TYPES = (house.CARD_TYPE,)


class Desk:
    """Acts of a director, by their names in `profile.DESK_ACTS`."""

    counter: Counter
    sim: Sim
    rng: random.Random

    def _ask(self, scope: str, act: Callable[[Station, Request], Done]) -> Done | Refused:
        request = Request(self.counter.key(), scope, b"")
        answer = self.counter.insist(lambda station: act(station, request))
        self.sim.note("desk", f"{scope}: {told(answer)}")
        return answer

    def _on_a_card(self, state: str, act: Callable[[str], object]) -> None:
        if not self.sim.up:
            return
        found = self.sim.rows("SELECT id FROM card WHERE state = ? ORDER BY seq", state)
        if found:
            card = self.rng.choice(found)["id"]
            self.counter.in_background("desk", lambda: void(act(card)))

    # ------------------------------------------------------------------ one card
    def check(self) -> None:
        """Look at a printed card: accepted if it is good, and now and then a scratch is found."""
        self._on_a_card("printed", self._check)

    def _check(self, card: str) -> None:
        good = self._shows(card) and self.rng.random() < 0.85
        said = quality.Checked(RINA, good, None if good else "damaged", shelf="A-1")
        self._ask(
            f"check {card} {good}",
            lambda s, r: quality.check(s.store, s.seal, TYPES, card, said, r),
        )

    def _shows(self, card: str) -> bool:
        """Whether a good card of this row's job lies in the world."""
        rows = self.sim.rows(
            "SELECT f.id, j.layout, j.reference FROM feed f JOIN job j ON j.id = f.job"
            " WHERE f.card = ? ORDER BY f.id DESC LIMIT 1",
            card,
        )
        return bool(rows) and any(
            made.id not in self.sim.truth.rejected
            and self._is_good(made, rows[0]["layout"], rows[0]["reference"])
            for made in self.sim.truth.made_by(rows[0]["id"])
        )

    def _is_good(self, made: Card, layout: str, reference: str) -> bool:
        return picture.is_good(made, self.sim.kinds[made.printer], layout, reference)

    def shelve(self) -> None:
        """An accepted card is put somewhere else."""
        self._on_a_card(
            "accepted",
            lambda card: self._ask(
                f"shelf {card}", lambda s, r: quality.shelve(s.store, card, "B-2", RINA, r)
            ),
        )

    def hand_over(self) -> None:
        """Somebody fetches a card; some bring the old one, of another office."""
        self._on_a_card("accepted", self._hand_over)

    def _hand_over(self, card: str) -> None:
        said = handover.HandOver(RINA, Receiver.HOLDER, OldCard.NONE)
        if self.rng.random() < 0.4:
            who = Holder("WARGA CONTOH", "1771990101900001", "JALAN CONTOH")
            old = handover.Surrendered(card_type=house.CARD_TYPE, holder=who)
            said = handover.HandOver(RINA, Receiver.HOLDER, OldCard.SURRENDERED, surrendered=old)
        self._ask(
            f"hand-over {card}", lambda s, r: handover.hand_over(s.store, s.seal, card, said, r)
        )

    # ------------------------------------------------------------------ the store
    def lend(self) -> None:
        """A few blanks go to a neighbour, while there are plenty."""
        stored = self.sim.rows(STORED, house.CARD_TYPE)
        if not self.sim.up or stored[0]["n"] < KEPT:
            return
        document = f"BA-{self.counter.key()}"
        terms = loans.Terms(
            LoanDirection.LENT, "Kaur", house.CARD_TYPE, "1", LENT, document, "2026-12-01"
        )
        self._background("lend", lambda s, r: loans.open_loan(s.store, r, terms, RINA))

    def come_home(self) -> None:
        """Lent blanks come back, all that are out or one of them."""
        found = self.sim.rows("SELECT id FROM loan WHERE settled_at IS NULL ORDER BY seq")
        if self.sim.up and found:
            loan, count = self.rng.choice(found)["id"], self.rng.randint(1, LENT)
            self._background(
                f"home {loan}",
                lambda s, r: loans.give_back(s.store, r, loan, count=count, document=None, by=RINA),
            )

    def _background(self, scope: str, act: Callable[[Station, Request], Done]) -> None:
        self.counter.in_background("desk", lambda: void(self._ask(scope, act)))

    # ------------------------------------------------------------------ the fire
    def burn(self) -> None:
        """A session from its plan to the ashes; a cut in between is made good by the same requests."""
        if self.sim.up and self.sim.rows("SELECT 1 FROM card WHERE state = 'spoiled' LIMIT 1"):
            self.counter.in_background("fire", self._burn)

    def _burn(self) -> None:
        number = f"470/{self.counter.key()}"
        signers, witnesses = (Person("Budi", "Kasi"),), (Person(SARI, agency="Satpol PP"),)
        plan = destruction.Opening(number, "burned", "Halaman", "2026-11-02", signers, witnesses)
        opened = self._ask("open", lambda s, r: destruction.open_session(s.store, r, plan, RINA))
        assert isinstance(opened, Done)
        session = str(opened.answer["id"])
        self._ask(
            f"add {session}", lambda s, r: destruction.add_cards(s.store, r, session, None, RINA)
        )
        if isinstance(self._ask(f"sign {session}", self._signing(session)), Done):
            self._ask(
                f"close {session}",
                lambda s, r: destruction.close(
                    s.store, s.seal, r, session, supervisor=BUDI, by=RINA
                ),
            )

    def _signing(self, session: str) -> Callable[[Station, Request], Done]:
        def sign(station: Station, request: Request) -> Done:
            with station.store.read() as conn:
                found = destructions.get(conn, session)
                assert found is not None
                seen = destructions.contents(conn, found)
            return destruction.sign(
                station.store,
                request,
                session,
                supervisor=BUDI,
                witness=SARI,
                by=RINA,
                seen=seen,
                pdf_sha256="00",
            )

        return sign

    # ------------------------------------------------------------------ the evening
    def close_day(self) -> None:
        """Everybody counts what lies there; a difference is said to be known, and the day is closed."""
        if self.sim.up:
            self.counter.in_background("evening", self._close_day)

    def _close_day(self) -> None:
        places = {f"hopper:{name}": len(p.body.hopper) for name, p in self.sim.printers.items()}
        stored = self.sim.rows(STORED, house.CARD_TYPE)
        lines = []
        for text, counted in {**places, "store": stored[0]["n"]}.items():
            place = parse(text)
            assert place is not None
            lines.append(counts.Line(house.CARD_TYPE, place, counted))
        done = self._ask("count", lambda s, r: counts.count(s.store, r, lines, SARI))
        if isinstance(done, Done):
            for line in done.answer["ids"]:
                words = counts.Explanation(by=RINA, words="kartu sedang dicetak")
                self._ask(
                    f"explain {line}",
                    lambda s, r, i=line, w=words: counts.explain(s.store, r, i, w),  # type: ignore[misc]
                )
        self._ask(
            "close",
            lambda s, r: shifts.close(
                s.store, r, Office(s.config), day=None, by=RINA, supervisor=BUDI
            ),
        )


def void(_: object) -> None:
    """Throw an answer away."""
