"""The office of Kota Contoh for a month: two printers, people with eyes, and a paper ledger of their own.

The station and its printers are those of `tests/crash` (production code on a virtual clock, an in-memory
cable, tiny cards). What people count is the world's or their own ledger's, never the station's rows.
"""

from __future__ import annotations

import base64
import itertools
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from drivers import Model
from printstation.acts import (
    counts,
    handover,
    jobs,
    quality,
    shifts,
    stock,
    supplies,
)
from printstation.acts.request import Done, Request
from printstation.lifecycle.places import parse
from printstation.reports import days, papers
from printstation.reports.gather import Office as ReportOffice
from printstation.station import Station
from printstation.store.holders import Holder
from printstation.store.tables import OldCard, Receiver, Source, SupplyKind
from simulator import hands
from tests.crash import house
from tests.crash.clockwork import EPOCH
from tests.crash.sim import Sim
from tests.month.ledger import Ledger, Paper
from tests.month.occasions import ANI, BUDI, CITRA, Occasions

KINDS = {"tango": "eject", "enduro": "none"}
BLANKS, RECORDS = 6_000, 5_321
#: A printer rests after so many cards (Bengkulu, domain.md §4); here the day's work ends with it.
REST_AFTER, REST_S = 100, 3600.0
#: Surabaya: 13,383 of 770,185.
SPOILED = 0.017
#: Three days without a network; then people's requests wait.
OUTAGE = (9, 10, 11)
A_DAY_S = 24 * 3600.0
TYPES = (house.CARD_TYPE,)
OLD = ("rusak", "perubahan-data")


class Month(Occasions):
    """Plays day after day. Everything random comes from one generator."""

    def __init__(self, seed: int, patch: pytest.MonkeyPatch) -> None:
        tiny = house.tiny_model

        def resting(kind: str) -> Model:
            return replace(tiny(kind), rest_after_cards=REST_AFTER, rest_s=REST_S)

        patch.setattr(house, "tiny_model", resting)
        self.rng = random.Random(seed)
        self.sim = Sim(KINDS, self.rng)
        self.ledger = Ledger()
        self.binder: list[Paper] = []
        self.minutes: list[bytes] = []
        self.most_in_a_day = 0
        self.over = False
        self._keys = itertools.count(1)
        #: The ribbon in each printer, and the spent ones in the box.
        self.ribbons: dict[str, str] = {}
        self.spent: list[str] = []
        self._reasons: dict[str, str] = {}
        self._loan = ""

    # ------------------------------------------------------------------ asking the station
    def ask(self, act: Callable[[Station], Any]) -> Any:
        """One request; the station is up whenever somebody works."""
        assert self.sim.station is not None
        return self.sim.call(act)

    def request(self, scope: str) -> Request:
        return Request(f"M{next(self._keys)}", scope, b"")

    def act(self, scope: str, act: Callable[[Station, Request], Done]) -> dict[str, Any]:
        request = self.request(scope)
        done: Done = self.ask(lambda station: act(station, request))
        return done.answer

    # ------------------------------------------------------------------ the month
    def run(self) -> None:
        """Until the backlog is printed and everything was counted once more."""
        for number in itertools.count(1):
            today = (EPOCH + timedelta(seconds=self.sim.turns.now)).date()
            if today.weekday() < 5:
                self._day(number, today)
            if number > 1 and not self._open_jobs():
                break
            self.sim.turns.sleep(number * A_DAY_S - self.sim.turns.now)
        self.over = True

    def _open_jobs(self) -> int:
        query = "SELECT count(*) AS n FROM job WHERE state IN ('pending', 'pending-held')"
        return int(self.sim.rows(query)[0]["n"])

    def _day(self, number: int, today: date) -> None:
        self.sim.open()
        if number == 1:
            self._receive()
            for person in range(RECORDS):
                self._post(person, hold=False)
        if number in OUTAGE:
            for person in range(20):
                self._post(RECORDS + 100 * number + person, hold=True)
        else:
            self._release()
            for name in self.sim.printers if number == 1 else ():
                self._new_ribbon(name)
            self._load()
            self._print()
            self._check()
            self._hand_over()
        if number == 4:
            self._lend()
        if number == 22:
            self._comes_home()
        if number == 15:
            self._theft()
        if today.weekday() == 4:
            self._burn(number, today)
        self._close(today, last=not self._open_jobs())
        self.sim.kill()  # the PC is switched off for the night

    # ------------------------------------------------------------------ morning
    def _receive(self) -> None:
        said = {"card_type": house.CARD_TYPE, "version": "1", "batch": "BGK-2026"}
        self.act(
            "receipts",
            lambda s, r: stock.receive(
                s.store,
                r,
                delivery="471.13/2026",
                count=BLANKS,
                expected=BLANKS,
                source=Source.CENTRE,
                by=ANI,
                **said,
            ),
        )
        self.ledger.store += BLANKS

    def _post(self, person: int, *, hold: bool) -> None:
        reference = f"R{person:05d}"
        reason = ("baru", *OLD)[person % 3]
        nik = f"177199{1 + person % 28:02d}{1 + person // 28 % 12:02d}90{person % 10_000:04d}"
        self._reasons[reference] = reason
        values = {"name": f"WARGA CONTOH {person}", "nik": nik, "address": f"JALAN CONTOH {person}"}
        photo = base64.b64encode(house.photo(reference)).decode()
        body = {"reference": reference, "photo": photo, "resident": nik, "values": values}
        order = jobs.Order(
            layout="tiny-one",
            layout_version="1",
            card_type=house.CARD_TYPE,
            one_per_resident=True,
            resident=f"{person}".encode(),
            reference=reference,
            priority=50,
            payload=json.dumps(body).encode(),
            hold=hold,
            reason=reason,
            ticket=f"A-{person:04d}",
        )
        self.act("jobs", lambda s, r: jobs.submit(s.store, s.seal, order, r, "siak"))

    def _release(self) -> None:
        for row in self.sim.rows("SELECT id FROM job WHERE state = 'pending-held'"):
            self.act("release", lambda s, r, i=row["id"]: jobs.release(s.store, i, r, ANI))  # type: ignore[misc]

    def _load(self) -> None:
        for name, printer in self.sim.printers.items():
            count = min(REST_AFTER - len(printer.body.hopper), self.ledger.store)
            if count <= 0:
                continue
            said = {"printer": name, "card_type": house.CARD_TYPE, "batch": None, "count": count}
            self.act("loads", lambda s, r, v=said: stock.load(s.store, r, **v, by=ANI))  # type: ignore[misc]
            printer.load(count)
            self.ledger.store -= count

    # ------------------------------------------------------------------ the day's work
    def _print(self) -> None:
        """Until both printers rest, or nothing is left to print."""
        before = self._printed()
        while not self._done():
            self.sim.turns.sleep(20.0)
            for worker in self.sim.station.workers if self.sim.station else ():
                if "marker-supply-empty" in {reason.keyword for reason in worker.view.reasons}:
                    self._new_ribbon(worker.view.name)
        self.most_in_a_day = max(self.most_in_a_day, self._printed() - before)

    def _new_ribbon(self, printer: str) -> None:
        """The spent one carries readable portraits: it is kept until the next burning."""
        spent = self.ribbons.pop(printer, None)
        if spent is not None:
            self.act("out", lambda s, r: supplies.unload(s.store, r, spent, spent=True, by=ANI))
            self.spent.append(spent)
        came = supplies.Delivered(SupplyKind.RIBBON, None, "LOT-7", None, rated=300)
        fresh = self.act("came", lambda s, r: supplies.receive(s.store, r, came, ANI))["ids"][0]
        self.act("in", lambda s, r: supplies.load(s.store, r, fresh, printer=printer, by=ANI))
        self.ribbons[printer] = fresh
        hands.new_ribbon(self.sim.printers[printer].body)

    def _printed(self) -> int:
        return int(self.sim.rows("SELECT count(*) AS n FROM feed")[0]["n"])

    def _done(self) -> bool:
        assert self.sim.station is not None
        moving = self.sim.rows("SELECT 1 FROM job WHERE state = 'processing' LIMIT 1")
        pending = self.sim.rows("SELECT 1 FROM job WHERE state = 'pending' LIMIT 1")
        stand = all(
            {r.keyword for r in worker.view.reasons} & {"resting", "no-blanks"}
            for worker in self.sim.station.workers
        )
        return not moving and (not pending or stand)

    def _check(self) -> None:
        """Each card is looked at; a spoiled one is printed again on another day."""
        for row in self.sim.rows("SELECT id, job FROM card WHERE state = 'printed'"):
            good = self.rng.random() >= SPOILED
            said = quality.Checked(
                by=ANI,
                accepted=good,
                cause=None if good else "print-failed",
                shelf="A-1" if good else None,
            )
            card, job = row["id"], row["job"]
            self.act(
                "check",
                lambda s, r, c=card, v=said: quality.check(s.store, s.seal, TYPES, c, v, r),  # type: ignore[misc]
            )
            if good:
                self.ledger.shelf.append(card)
                continue
            self.ledger.box += 1
            self.ledger.spoiled["print-failed"] += 1
            self.act(
                "reprint",
                lambda s, r, j=job: jobs.reprint(  # type: ignore[misc]
                    s.store, s.seal, j, r, card="spoiled", cause="print-failed", by=ANI
                ),
            )

    def _hand_over(self) -> None:
        """Most people come on the same day, some never: a tenth of the shelf stays."""
        stay = len(self.ledger.shelf) // 10
        leaving, self.ledger.shelf = self.ledger.shelf[stay:], self.ledger.shelf[:stay]
        for card in leaving:
            reference = self.sim.rows(
                "SELECT j.reference FROM card c JOIN job j ON j.id = c.job WHERE c.id = ?", card
            )[0]["reference"]
            papers = self._papers(reference)
            self.act(
                "hand-over",
                lambda s, r, c=card, v=papers: handover.hand_over(s.store, s.seal, c, v, r),  # type: ignore[misc]
            )
            self.ledger.handed_over += 1

    def _papers(self, reference: str) -> handover.HandOver:
        if self._reasons[reference] not in OLD:
            return handover.HandOver(ANI, Receiver.HOLDER, OldCard.NONE)
        self.ledger.box += 1
        self.ledger.spoiled["surrendered"] += 1
        who = Holder(f"PEMILIK {reference}", "1771990101900001", "JALAN LAMA")
        old = handover.Surrendered(card_type=house.CARD_TYPE, holder=who)
        return handover.HandOver(ANI, Receiver.HOLDER, OldCard.SURRENDERED, surrendered=old)

    # ------------------------------------------------------------------ evening
    def _close(self, today: date, *, last: bool) -> None:
        there = {
            "store": self.ledger.store,
            "shelf": len(self.ledger.shelf),
            "spoiled": self.ledger.box,
            **{f"hopper:{n}": len(p.body.hopper) for n, p in self.sim.printers.items()},
        }
        lines = []
        for place, counted in there.items():
            where = parse(place)
            assert where is not None
            lines.append(counts.Line(house.CARD_TYPE, where, counted))
        ids = self.act("counts", lambda s, r: counts.count(s.store, r, lines, CITRA))["ids"]
        for identity in ids:
            self._explain(identity)
        self.act(
            "close",
            lambda s, r: shifts.close(
                s.store, r, ReportOffice(s.config), day=None, by=ANI, supervisor=BUDI
            ),
        )
        if last or today.weekday() in (0, 4):
            self._file(today)

    def _explain(self, identity: str) -> None:
        line = self.sim.rows('SELECT * FROM "count" WHERE id = ?', identity)[0]
        difference = line["counted"] - line["expected"]
        if difference == 0:
            return
        assert (line["place"], difference) == ("store", -2), "only the thief makes a difference"
        said = counts.Explanation(by=ANI, missing=2, supervisor=BUDI)
        self.act("explain", lambda s, r: counts.explain(s.store, r, identity, said))

    def _file(self, today: date) -> None:
        """Print the report, and put it into the binder."""

        def look(station: Station) -> Paper:
            office = ReportOffice(station.config)
            with station.store.read() as conn:
                day = days.look(conn, office, today.isoformat(), station.clock.now())
            (row,) = day.facts.types
            figures = (row.opening, row.received, row.used, row.spoiled, row.remaining)
            return Paper(day.facts.day, papers.daily(day), day.code, figures)

        self.binder.append(self.ask(look))
