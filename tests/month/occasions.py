"""What happens in some weeks only: a loan, a theft, the burning of Fridays."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

from printstation.acts import destruction, loans
from printstation.acts.request import Done, Request
from printstation.documents import minutes
from printstation.reports.minutes import assemble, office_of
from printstation.station import Station
from printstation.store import destructions
from printstation.store.destructions import Person
from printstation.store.tables import LoanDirection
from tests.crash import house
from tests.month.ledger import Ledger

ANI, BUDI, CITRA = "Ani", "Budi", "Citra"


class Occasions:
    """Acts of a `Month`, which has the station and the ledger."""

    ledger: Ledger
    minutes: list[bytes]
    spent: list[str]
    _loan: str

    def act(self, scope: str, act: Callable[[Station, Request], Done]) -> dict[str, Any]:
        raise NotImplementedError

    def _lend(self) -> None:
        terms = loans.Terms(
            LoanDirection.LENT,
            office="Kabupaten Kaur",
            card_type=house.CARD_TYPE,
            version="1",
            count=200,
            document="BA-PINJAM-1",
            due="2026-12-01",
        )
        self._loan = self.act("loans", lambda s, r: loans.open_loan(s.store, r, terms, ANI))["id"]
        self.ledger.store -= 200
        self.ledger.lent = 200

    def _comes_home(self) -> None:
        self.act(
            "returns",
            lambda s, r: loans.give_back(
                s.store, r, self._loan, count=200, document="BA-KEMBALI-1", by=ANI
            ),
        )
        self.act(
            "settle",
            lambda s, r: loans.settle(s.store, r, self._loan, reason=None, by=ANI, supervisor=None),
        )
        self.ledger.store += 200
        self.ledger.lent = 0

    def _theft(self) -> None:
        """Two blanks are gone from the store, and nobody says so."""
        self.ledger.store -= 2
        self.ledger.stolen += 2

    def _burn(self, number: int, today: date) -> None:
        opening = destruction.Opening(
            number=f"470/{number:03d}/BA",
            method="burned",
            place="Halaman kantor",
            held_on=today.isoformat(),
            signers=(Person("Budi Contoh", "Kepala Seksi"),),
            witnesses=(Person(CITRA, agency="Satpol PP"),),
        )
        session = self.act("open", lambda s, r: destruction.open_session(s.store, r, opening, ANI))
        identity = session["id"]
        self.act("add", lambda s, r: destruction.add_cards(s.store, r, identity, None, ANI))
        if self.spent:
            spent, self.spent = self.spent, []
            self.act(
                "spent", lambda s, r: destruction.add_supplies(s.store, r, identity, spent, ANI)
            )
        self._sign(identity)
        closed = self.act(
            "close",
            lambda s, r: destruction.close(s.store, s.seal, r, identity, supervisor=BUDI, by=ANI),
        )
        assert closed["destroyed"] == self.ledger.box
        self.ledger.destroyed += self.ledger.box
        self.ledger.box = 0

    def _sign(self, identity: str) -> None:
        def sign(station: Station, request: Request) -> Done:
            with station.store.read() as conn:
                session = destructions.get(conn, identity)
                assert session is not None
                office = office_of(station.config.office)
                paper, held = assemble(conn, station.seal, office, session, signed=True)
            assert all(card.name and card.nik for card in paper.cards), "a name is missing"
            pdf = minutes.render(paper)
            self.minutes.append(pdf)
            return destruction.sign(
                station.store,
                request,
                identity,
                supervisor=BUDI,
                witness=CITRA,
                by=ANI,
                seen=held,
                pdf_sha256=hashlib.sha256(pdf).hexdigest(),
            )

        self.act("sign", sign)
