"""The counter of the simulated office: orders, keys, and requests that are repeated until answered."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from printstation.acts import jobs
from printstation.acts.request import Done, Request
from printstation.refusals import Refusal
from printstation.station import Station
from tests.crash import house
from tests.crash.sim import Sim

#: A request that found no station, or died with it, is repeated after so long.
AGAIN_S = 1.5
#: Refusals that pass by themselves.
PASSING = frozenset({"database-busy", "disk-low"})


@dataclass(frozen=True)
class Refused:
    """The station said no."""

    code: str
    refusal: Refusal


@dataclass
class Posted:
    """One order as its application remembers it. `job` is what a 201 or 200 told."""

    reference: str
    resident: str
    key: str
    layout: str
    reason: str | None = None
    hold: bool = False
    job: str | None = None
    refused: str | None = None
    card_type: str = house.CARD_TYPE


@functools.lru_cache(maxsize=1024)
def payload(reference: str, twist: str = "") -> bytes:
    """The canonical body of an order, as far as it is needed."""
    picture = base64.b64encode(house.photo(reference)).decode()
    return json.dumps({"reference": reference, "photo": picture, "twist": twist}).encode()


class Counter:
    """Where applications come. Each request may be lost; it is repeated with the same key."""

    def __init__(self, sim: Sim) -> None:
        self.sim = sim
        self.orders: list[Posted] = []
        self.pending = 0
        self._keys = 0

    def key(self) -> str:
        """A key that nobody used."""
        self._keys += 1
        return f"K{self._keys}"

    def ask(self, act: Callable[[Station], Done]) -> Done | Refused | None:
        """One request; None when no answer came."""

        def guarded(station: Station) -> Done | Refused:
            try:
                return act(station)
            except Refusal as refusal:
                return Refused(refusal.code, refusal)

        return self.sim.call(guarded)

    def insist(self, act: Callable[[Station], Done]) -> Done | Refused:
        """Repeat a request until it is answered. `act` must carry a key, or be harmless twice."""
        while True:
            answer = self.ask(act)
            if answer is not None and not (isinstance(answer, Refused) and answer.code in PASSING):
                return answer
            self.sim.turns.sleep(AGAIN_S)

    def in_background(self, name: str, run: Callable[[], None]) -> None:
        """Let somebody do this meanwhile."""

        def counted() -> None:
            try:
                run()
            finally:
                self.pending -= 1

        self.pending += 1
        self.sim.spawn(name, counted)

    # ------------------------------------------------------------------ orders
    def order(self, posted: Posted, twist: str = "") -> tuple[jobs.Order, Request]:
        """What the API makes of a body."""
        body = payload(posted.reference, twist)
        order = jobs.Order(
            layout=posted.layout,
            layout_version="1",
            card_type=posted.card_type,
            one_per_resident=True,
            resident=posted.resident.encode(),
            reference=posted.reference,
            priority=50,
            payload=body,
            sides=2 if posted.layout == "tiny-two" else 1,
            hold=posted.hold,
            reason=posted.reason,
        )
        words = f"{posted.resident} {posted.layout} {posted.hold} {posted.reason}".encode()
        return order, Request(posted.key, "POST /v1/jobs", body + words)

    def post(self, posted: Posted, twist: str = "") -> Done | Refused:
        """Post and repeat until answered; the order remembers the job's id."""
        order, request = self.order(posted, twist)
        answer = self.insist(
            lambda station: jobs.submit(station.store, station.seal, order, request, "app")
        )
        if isinstance(answer, Done):
            posted.job = str(answer.answer["id"])
        else:
            posted.refused = answer.code
        self.sim.note("app", f"post {posted.reference} of {posted.resident}: {told(answer)}")
        return answer


def told(answer: Done | Refused | None) -> str:
    """An answer in a word."""
    if answer is None:
        return "no answer"
    if isinstance(answer, Refused):
        return answer.code
    return "replayed" if answer.replayed else "done"


def short(found: Any) -> str:
    """Ids differ from run to run; the last letters are enough for nobody, so leave them out."""
    return str(found)[:8]
