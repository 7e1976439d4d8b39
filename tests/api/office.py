"""Short words for what people, applications and workers do, over the real acts and the real API."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

import layouts
from printstation.acts import fates
from printstation.lifecycle.card import CardState
from printstation.lifecycle.evidence import Facts, judge
from printstation.lifecycle.steps import Step
from printstation.spool.view import PrinterState, SeenReason
from printstation.station import Station
from printstation.store import cards, feeds, jobs, units
from printstation.store.steps import take

SERIAL = "T2E-0001"
#: Of a YMCKO ribbon, for one side.
PANELS = 5


class Office:
    """One station with its API. Residents are invented, all of region 177199."""

    def __init__(self, station: Station, client: TestClient) -> None:
        self.station = station
        self.client = client
        self._numbers = itertools.count(1)
        self._plain = layouts.load("specimen-resident").sample("emptiest")

    # ------------------------------------------------------------------ applications
    def body(self, **changes: Any) -> dict[str, Any]:
        """A valid job of a resident of its own."""
        number = next(self._numbers)
        resident = f"17719901019{number:05d}"
        values = dict(self._plain["values"])  # type: ignore[call-overload]
        values["nik"] = resident
        fresh = {"resident": resident, "reference": f"R-{number:05d}", "values": values}
        return {**self._plain, **fresh, **changes}

    def post(self, body: Any = None, key: str | None = None, **headers: str) -> Response:
        """Post a job under a key of its own, unless one is given."""
        key = key or f"k-{next(self._numbers)}"
        return self.client.post(
            "/v1/jobs",
            json=self.body() if body is None else body,
            headers={"Idempotency-Key": key, **headers},
        )

    def job(self, **changes: Any) -> str:
        """A posted job's id."""
        answer = self.post(self.body(**changes))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def get(self, path: str, **params: Any) -> Any:
        """A GET that must succeed."""
        answer = self.client.get(f"/v1{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def act(self, path: str, body: Any = None, key: str | None = None) -> Response:
        """A POST."""
        headers = {} if key is None else {"Idempotency-Key": key}
        if body is None:
            return self.client.post(f"/v1{path}", headers=headers)
        return self.client.post(f"/v1{path}", json=body, headers=headers)

    # ------------------------------------------------------------------ people
    def stocked(
        self, count: int = 10, printer: str = "tango", card_type: str = "ktp-el-wni"
    ) -> None:
        """Receive blanks and load them."""
        delivery = {"delivery": f"D-{next(self._numbers)}", "version": "1", "batch": "B1"}
        received = {**delivery, "card_type": card_type, "count": count}
        assert self.act("/stock/receipts", received).status_code == 201
        loaded = {"printer": printer, "card_type": card_type, "batch": "B1", "count": count}
        assert self.act("/stock/loads", loaded).status_code == 200

    # ------------------------------------------------------------------ workers
    def see(self, printer: str, state: PrinterState, *reasons: str) -> None:
        """What the worker of this printer saw last."""
        worker = next(w for w in self.station.workers if w.view.name == printer)
        seen = tuple(SeenReason(word, "01:23") for word in reasons)
        worker.view = replace(worker.view, state=state, reasons=seen, serial=SERIAL)

    def reserve(self, job: str, printer: str = "tango") -> str:
        """Step *start*."""
        with self.station.store.write() as tx:
            blank = cards.pick(tx.conn, CardState.LOADED, 1, printer=printer)[0][1]
            take(
                tx,
                Step.START,
                job=job,
                card=blank,
                printer=printer,
                set_job={"printer": printer},
                set_card={"job": job},
            )
        return blank

    def feed(self, job: str, printer: str = "tango", *, holds_job: bool = False) -> int:
        """Steps *start*, *feed* and *sent*."""
        blank = self.reserve(job, printer)
        with self.station.store.write() as tx:
            units.meet(tx, SERIAL, "tango2e", holds_job)
            units.set_printer(tx, printer, serial=SERIAL)
            moving = jobs.get(tx.conn, job)
            assert moving is not None
            witness = fates.Witness(SERIAL, "session-1", "pick", 100, None, PANELS)
            feed = fates.feed(tx, moving, blank, printer, witness)
            fates.sent(tx, feeds.get(tx.conn, feed))
        return feed

    def stop(self, feed: int, *, discarded: bool = True) -> str:
        """The cable was pulled; later the device was asked, and nothing is certain."""
        with self.station.store.write() as tx:
            fates.stop(tx, feeds.get(tx.conn, feed), "DeviceGone")
            if discarded:
                self._settle(tx, feed, same_session=False, discarded=True)
        return str(self.get("/questions", state="open")["items"][-1]["id"])

    def finish(self, feed: int) -> None:
        """The device was seen to print it to the end."""
        with self.station.store.write() as tx:
            self._settle(tx, feed, busy_then_ready=True)

    def _settle(self, tx: Any, feed: int, **seen: bool) -> None:
        moving = feeds.get(tx.conn, feed)
        facts = Facts(
            **{
                "counter": "pick",
                "path_sensor": False,
                "holds_job": False,
                "serial_before": SERIAL,
                "serial_now": SERIAL,
                "counter_before": 100,
                "counter_now": 101,
                "path_now": None,
                "same_session": True,
                "sent": True,
                "nothing_offered": False,
                "busy_then_ready": False,
                **seen,  # type: ignore[arg-type]
            }
        )
        verdict = judge(facts)
        assert verdict is not None
        fates.settle(tx, moving, facts, verdict)

    def printed(self, job: str, printer: str = "tango") -> str:
        """A whole walk; returns the card."""
        self.finish(self.feed(job, printer))
        return str(self.get(f"/jobs/{job}")["card"])

    def asked(self, job: str | None = None, *, discarded: bool = True) -> tuple[str, str]:
        """A job whose card nobody knows the fate of, and its question."""
        job = job or self.job()
        return job, self.stop(self.feed(job), discarded=discarded)


def problem(answer: Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal, checked for its form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["code"] == code, document
    assert document["type"] == f"/problems/{code}"
    assert document["status"] == status
    assert {"title", "detail", "errors"} <= document.keys()
    return document


def pointers(document: dict[str, Any]) -> dict[str, str]:
    """{pointer: code} of a problem document."""
    return {error["pointer"]: error["code"] for error in document["errors"]}
