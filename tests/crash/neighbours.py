"""Blanks borrowed from a neighbouring office, drawn as acts of a history: they come, they go back, and what stays
out is settled by two persons. Beside the rows stands what the neighbour would say that he has.
"""

from __future__ import annotations

from printstation.acts import loans
from printstation.acts.request import Done
from printstation.store.tables import LoanDirection
from tests.crash import house
from tests.crash.desk import BUDI, LENT, RINA, Desk

#: Borrowed at a time; of the batch that lies in the hoppers, or of one that only the neighbour has.
BORROWED, BATCHES = 3, (house.BATCH, "T2")
OPEN = "SELECT id, direction FROM loan WHERE settled_at IS NULL ORDER BY seq"


class Neighbours(Desk):
    """`borrowed` and `returned`: how many blanks of each loan came, and how many the neighbour has back."""

    borrowed: dict[str, int]
    returned: dict[str, int]

    def borrow(self) -> None:
        """A neighbour helps out."""
        document, batch = f"BA-{self.counter.key()}", self.rng.choice(BATCHES)
        count = self.rng.randint(1, BORROWED)
        terms = loans.Terms(
            LoanDirection.BORROWED,
            "Seluma",
            house.CARD_TYPE,
            "1",
            count,
            document,
            "2026-12-01",
            batch=batch,
        )
        if self.sim.up:
            self.counter.in_background("neighbour", lambda: self._borrow(terms))

    def _borrow(self, terms: loans.Terms) -> None:
        done = self._ask("borrow", lambda s, r: loans.open_loan(s.store, r, terms, RINA))
        if isinstance(done, Done):
            self.borrowed[str(done.answer["id"])] = terms.count

    def come_home(self) -> None:
        """Blanks go back to where they belong, lent ones and borrowed ones."""
        found = self.sim.rows(OPEN) if self.sim.up else []
        if found:
            loan, count = self.rng.choice(found), self.rng.randint(1, LENT)
            self.counter.in_background(
                "neighbour", lambda: self._give_back(loan["id"], loan["direction"], count)
            )

    def _give_back(self, loan: str, direction: str, count: int) -> None:
        done = self._ask(
            f"give back {loan}",
            lambda s, r: loans.give_back(s.store, r, loan, count=count, document=None, by=RINA),
        )
        if isinstance(done, Done) and direction == LoanDirection.BORROWED:
            self.returned[loan] = self.returned.get(loan, 0) + len(done.answer["cards"])

    def settle_loan(self) -> None:
        """Two persons end a loan, whatever is still out."""
        found = self.sim.rows(OPEN) if self.sim.up else []
        if found:
            loan = self.rng.choice(found)["id"]
            self._background(
                f"settle {loan}",
                lambda s, r: loans.settle(
                    s.store, r, loan, reason="dihapus", by=RINA, supervisor=BUDI
                ),
            )
