"""Slips: asked for, printed, asked for again, and a printer that is off while the cards' work goes on."""

from __future__ import annotations

from typing import Any

import pytest

from drivers import Condition, DeviceGone, Printout, Reason, ReceiptPrinter, SlipFate, Status
from printstation.config import ReceiptPrinter as ReceiptPrinterConfig
from printstation.spool.slips import MOST_TRIES, Paper, SlipWorker
from printstation.station import Station
from printstation.store import audit
from tests.api.office import Office, problem

ANI = {"by": "Ani"}
OUT = Printout(SlipFate.PRINTED, Status(Condition.READY))


class Told(ReceiptPrinter):
    """A receipt printer that ends each slip as it is told to, and keeps the bytes."""

    def __init__(self) -> None:
        self.ends: list[Printout] = []
        self.slips: list[bytes] = []
        self.gone = False

    def print(self, slip: bytes) -> Printout:
        self.slips.append(slip)
        return self.ends.pop(0) if self.ends else OUT

    def close(self) -> None:
        pass


@pytest.fixture
def printer(station: Station) -> Told:
    told = Told()

    def opened() -> ReceiptPrinter:
        if told.gone:
            raise DeviceGone("nothing answers")
        return told

    paper = Paper("Dinas Contoh", 48, station.config.zone)
    configured = {"receipt_printer": ReceiptPrinterConfig(uri="tcp://127.0.0.1:9")}
    station.config = station.config.model_copy(update=configured)
    station.slips = SlipWorker(
        station.store, station.clock, paper, opened, lambda: station.stopping
    )
    return told


def worker(station: Station) -> SlipWorker:
    assert station.slips is not None
    return station.slips


def accepted(office: Office, **job: Any) -> str:
    card = office.printed(office.job(**job))
    office.act(f"/cards/{card}/check", {"result": "accepted", "shelf": "A-3", **ANI})
    return card


def asked(office: Office, card: str) -> dict[str, Any]:
    answer = office.act(f"/cards/{card}/slips", ANI)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_pick_up_slip_names_a_ticket_and_initials_only(
    office: Office, station: Station, printer: Told
) -> None:
    office.stocked()
    body = office.body(ticket="A-0412")
    card = accepted(office, ticket="A-0412")
    slip = asked(office, card)
    assert (slip["state"], slip["kind"], slip["is_copy"]) == ("waiting", "pick-up", False)
    assert worker(station).one() and not worker(station).one()
    shown = office.get(f"/slips/{slip['id']}")
    assert (shown["state"], shown["is_copy"]) == ("printed", False)
    (printed,) = printer.slips
    assert b"A-0412" in printed and card.encode() in printed
    name = body["values"]["name"]
    for secret in (body["resident"], name, *name.split()):
        assert secret.encode() not in printed
    with station.store.read() as conn:
        assert audit.audit(conn) == []


def test_a_hand_over_asks_for_its_receipt_before_the_name_is_erased(
    office: Office, station: Station, printer: Told
) -> None:
    office.stocked()
    card = accepted(office)
    said = {"receiver": "holder", "old_card": "none", **ANI}
    assert office.act(f"/cards/{card}/hand-over", said).status_code == 200
    (slip,) = office.get("/slips", card=card)["items"]
    assert slip["kind"] == "hand-over"
    worker(station).one()
    initials = office.body()["values"]["name"][0] + "."
    assert initials.encode() in printer.slips[0]
    problem(office.act(f"/cards/{card}/slips", ANI), 409, "card-state")
    again = office.act(f"/cards/{card}/slips", {"kind": "hand-over", **ANI}).json()
    worker(station).one()
    assert again["id"] != slip["id"] and initials.encode() in printer.slips[1]


def test_a_printer_that_is_off_holds_up_nothing_but_slips(
    office: Office, station: Station, printer: Told
) -> None:
    office.stocked()
    card = accepted(office)
    printer.gone = True
    slip = asked(office, card)
    assert not worker(station).one()
    shown = office.get(f"/slips/{slip['id']}")
    assert (shown["state"], shown["reasons"][0]["keyword"]) == ("waiting", "disconnected")
    said = {"receiver": "holder", "old_card": "none", **ANI}
    assert office.act(f"/cards/{card}/hand-over", said).status_code == 200
    printer.gone = False
    assert worker(station).one() and worker(station).one()
    assert {s["state"] for s in office.get("/slips")["items"]} == {"printed"}
    assert office.get(f"/slips/{slip['id']}")["reasons"] == []


def test_what_may_be_out_already_says_salinan(
    office: Office, station: Station, printer: Told
) -> None:
    office.stocked()
    empty = Status(Condition.STOPPED, (Reason("receipt-paper-empty"),))
    printer.ends = [Printout(SlipFate.UNSURE, empty, 100, "inside the slip")]
    slip = asked(office, accepted(office))
    assert not worker(station).one()
    waiting = office.get(f"/slips/{slip['id']}")
    assert [r["keyword"] for r in waiting["reasons"]] == ["receipt-paper-empty"]
    assert worker(station).one()
    assert b"SALINAN" not in printer.slips[0] and b"SALINAN" in printer.slips[1]
    assert office.get(f"/slips/{slip['id']}")["is_copy"] is True


def test_a_slip_that_never_began_is_no_copy(
    office: Office, station: Station, printer: Told
) -> None:
    office.stocked()
    open_cover = Status(Condition.STOPPED, (Reason("cover-open"),))
    printer.ends = [Printout(SlipFate.NOT_PRINTED, open_cover)]
    asked(office, accepted(office))
    assert not worker(station).one() and worker(station).one()
    assert not any(b"SALINAN" in slip for slip in printer.slips)


def test_paper_is_not_endless(office: Office, station: Station, printer: Told) -> None:
    office.stocked()
    printer.ends = [Printout(SlipFate.UNSURE, None, 9, "no end")] * 10
    slip = asked(office, accepted(office))
    done = [worker(station).one() for _ in range(MOST_TRIES)]
    assert done == [False] * (MOST_TRIES - 1) + [True]
    assert office.get(f"/slips/{slip['id']}")["state"] == "printed"


def test_once_more_is_a_copy_and_a_waiting_one_can_be_given_up(
    office: Office, station: Station, printer: Told
) -> None:
    office.stocked()
    slip = asked(office, accepted(office))
    problem(office.act(f"/slips/{slip['id']}/again", ANI), 409, "slip-state")
    worker(station).one()
    problem(office.act(f"/slips/{slip['id']}/cancel", ANI), 409, "slip-state")
    assert office.act(f"/slips/{slip['id']}/again", ANI).json()["state"] == "waiting"
    worker(station).one()
    assert b"SALINAN" in printer.slips[1]
    office.act(f"/slips/{slip['id']}/again", ANI)
    assert office.act(f"/slips/{slip['id']}/cancel", ANI).json()["state"] == "canceled"
    assert not worker(station).one()
    problem(office.client.get("/v1/slips/T-9999"), 404, "not-found")


def test_a_copy_that_was_cut_off_is_tried_again_however_often_it_came_out(
    office: Office, station: Station, printer: Told
) -> None:
    office.stocked()
    slip = asked(office, accepted(office))
    worker(station).one()
    for _ in range(MOST_TRIES):
        office.act(f"/slips/{slip['id']}/again", ANI)
        assert worker(station).one()
    office.act(f"/slips/{slip['id']}/again", ANI)
    empty = Status(Condition.STOPPED, (Reason("receipt-paper-empty"),))
    printer.ends = [Printout(SlipFate.UNSURE, empty, 100, "inside the slip")]
    assert not worker(station).one()
    assert office.get(f"/slips/{slip['id']}")["state"] == "waiting"


def test_an_office_without_a_receipt_printer_is_told_so(office: Office) -> None:
    office.stocked()
    card = accepted(office)
    problem(office.act(f"/cards/{card}/slips", ANI), 409, "no-receipt-printer")
    blank = "B-000009"
    assert office.get("/slips")["items"] == [] and office.get(f"/cards/{blank}")
