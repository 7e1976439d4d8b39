"""What a technician asks of a printer over the API: a real worker on a simulated device, on a cable in memory."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from starlette.testclient import TestClient

import drivers
from drivers import Condition, Driver, Model, RecordingPort, Status, attach
from printstation.api import diagnostics as api
from printstation.api.app import create_app
from printstation.config import Config
from printstation.diagnostics import settings as rules
from printstation.station import Station, open_station
from printstation.store import jobs, units
from printstation.store.settings import UnitSettings, put
from tests.api.office import Office, problem
from tests.contract.conformance_bench import Bench
from tests.contract.conformance_units import unit

T = TypeVar("T")
PATIENCE_S = 20.0
#: A worker's second is 5 ms.
SPEED = 200.0
PRINTERS = [
    {"name": "primacy", "model": "primacy", "uri": "usbip://127.0.0.1:1/1-1"},
    {"name": "tango", "model": "tango2e", "uri": "usbip://127.0.0.1:1/1-2", "card_types": ["kia"]},
    {"name": "queue", "model": "ipp-card", "uri": "ipp://127.0.0.1:1/printers/cards"},
    {"name": "fargo", "kind": "outside", "card_types": ["ktp-el-wni"]},
]


class Desk:
    """A station whose printer `primacy` is on a bench; the others are not there."""

    def __init__(self, station: Station, client: TestClient) -> None:
        self.station = station
        self.office = Office(station, client)
        self.client = client
        self.bench = Bench(unit(drivers.model("primacy")), "usb")
        station.rebuild(self._open)

    def _open(self, uri: str, model: Model, busy_wait_s: float) -> Driver:
        if not uri.endswith("1-1"):
            raise drivers.DeviceGone("nothing there")
        bench, tap = self.bench, self.station.tap_of("primacy")
        assert tap is not None
        port = RecordingPort(bench.cable.plug(), tap)
        try:
            return attach(port, bench.model, bench.clock, busy_wait_s)
        except BaseException:
            bench.cable.drop()
            raise

    def run(self) -> None:
        self.station.start()
        self.until(lambda: self.told()["status"] is not None, "it is held")

    def told(self, printer: str = "primacy") -> dict[str, Any]:
        found: dict[str, Any] = self.office.get(f"/printers/{printer}/diagnostics")
        return found

    def reasons(self) -> set[str]:
        return {r["keyword"] for r in self.office.get("/printers/primacy")["reasons"]}

    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.office.get("/events", limit=500)["items"]]

    def until(self, look: Callable[[], T], what: str) -> T:
        end = time.monotonic() + PATIENCE_S
        while not (found := look()):
            assert time.monotonic() < end, f"not in time: {what}"
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    config = Config.model_validate(
        {
            "data_dir": tmp_path / "data",
            "min_free_mb": 0,
            "clock_speed": SPEED,
            "printers": PRINTERS,
        }
    )
    station = open_station(config)
    try:
        with TestClient(create_app(station), raise_server_exceptions=False) as client:
            yield Desk(station, client)
    finally:
        station.stop(now=True)


# ------------------------------------------------------------------------------- looking
def test_raw_status_identity_counters_and_settings_are_told(desk: Desk) -> None:
    desk.run()
    told = desk.until(lambda: (t := desk.told())["settings"] and t, "settings are told")
    assert told["family"] == "evolis"
    assert told["identity"]["serial"] == "SIM-7"
    assert told["status"]["condition"] == "ready"
    bits = [piece["raw"] for piece in told["status"]["meaning"]]
    assert bits == ["bit 5 = 0", "bit 4 = 1", "bit 3 = 1"]
    assert {piece["keyword"] for piece in told["status"]["meaning"]} == {None}
    assert told["counters"]["cleanings"] == 0
    assert [supply["name"] for supply in told["supplies"]] == ["ribbon"]
    assert told["settings"]["values"]["error mode"] == "2,2"
    assert told["settings"]["fingerprint"] == told["settings"]["accepted_fingerprint"]
    assert told["settings"]["changes"] == []
    assert told["acts"] == ["test", "clean", "eject", "reject"]


def test_an_error_is_told_with_its_row(desk: Desk) -> None:
    desk.run()
    desk.bench.act("open-cover")
    told = desk.until(
        lambda: (t := desk.told()["status"]) and t["condition"] == "stopped" and t, "it stopped"
    )
    piece = next(piece for piece in told["meaning"] if piece["keyword"] == "cover-open")
    assert (piece["severity"], piece["stops"], piece["who"]) == ("error", True, "operator")
    assert piece["sentence"]["id"] and piece["sentence"]["en"]


def test_what_only_the_driver_concludes_is_told_too(desk: Desk) -> None:
    seen = Status(Condition.STOPPED, (drivers.Reason("path-not-empty", "Rlr;p"),), "card inside")
    desk.station.sight_of("primacy").saw(seen, "2026-11-25T00:00:00.000Z")
    (piece,) = desk.told()["status"]["meaning"]
    assert (piece["keyword"], piece["says"]) == ("path-not-empty", "by the driver")


def test_a_printer_that_was_never_met_tells_nothing(desk: Desk) -> None:
    told = desk.told("tango")
    assert (told["identity"], told["status"], told["settings"]) == (None, None, None)
    problem(desk.client.get("/v1/printers/fargo/diagnostics"), 409, "wrong-printer")
    problem(desk.client.get("/v1/printers/none/diagnostics"), 404, "not-found")


# ------------------------------------------------------------------------------- settings
def test_settings_that_change_by_themselves_are_an_alarm_until_they_are_accepted(
    desk: Desk,
) -> None:
    desk.run()
    desk.until(lambda: desk.told()["settings"], "settings are told")
    dialogue: Any = desk.bench.device.dialogue
    dialogue._spec = replace(dialogue._spec, firmware="9.9")
    desk.bench.act("unplug")
    desk.until(lambda: desk.told()["status"] is None, "it is gone")
    desk.bench.act("replug")
    desk.until(lambda: "settings-changed" in desk.reasons(), "the alarm")
    told = desk.told()["settings"]
    (change,) = told["changes"]
    assert (change["setting"], change["now"]) == ("firmware", "9.9")
    assert told["changed_at"] and told["fingerprint"] != told["accepted_fingerprint"]
    assert desk.office.get("/printers/primacy")["state"] == "idle", "an alarm stops nothing"
    body = {"accept": True, "by": "tini"}
    first = desk.office.act("/printers/primacy/settings", body, "k")
    assert first.json()["settings"]["changes"] == []
    again = desk.office.act("/printers/primacy/settings", body, "k")
    assert again.status_code == 200
    desk.until(lambda: "settings-changed" not in desk.reasons(), "no alarm")
    kinds = desk.kinds()
    assert kinds.count("settings-changed") == kinds.count("settings-accepted") == 1


def test_settings_that_come_back_by_themselves_stay_an_alarm(desk: Desk) -> None:
    store = desk.station.store
    known = {"a": "1", "b": "2"}
    with store.write() as tx:
        units.meet(tx, "S", "primacy", False)
        units.set_printer(tx, "primacy", serial="S")
        rules.note(tx, "primacy", "S", known)
        rules.note(tx, "primacy", "S", {"b": "3"})
        rules.note(tx, "primacy", "S", {"b": "2"})
        assert rules.changed(tx.conn, "S") == "changed and changed back"
    assert desk.kinds().count("settings-changed") == 2
    desk.office.act("/printers/primacy/settings", {"accept": True, "by": "tini"})
    with store.read() as conn:
        assert rules.changed(conn, "S") is None


def test_an_answer_that_was_lost_is_no_change(desk: Desk) -> None:
    with desk.station.store.write() as tx:
        rules.note(tx, "primacy", "S", {"a": "1", "b": "2"})
        rules.note(tx, "primacy", "S", {"a": "1"})
        assert rules.changed(tx.conn, "S") is None
        put(tx, "S", UnitSettings({"a": "1"}, {"a": "2"}, tx.at, tx.at))
        assert rules.changed(tx.conn, "S") == "a"


def test_settings_that_nobody_knows_cannot_be_accepted(desk: Desk) -> None:
    refused = desk.office.act("/printers/tango/settings", {"accept": True, "by": "tini"})
    problem(refused, 409, "wrong-printer")
    problem(
        desk.office.act("/printers/tango/settings", {"accept": False, "by": "t"}), 422, "invalid"
    )


def test_a_fingerprint_is_of_the_settings_and_not_of_their_order() -> None:
    assert rules.fingerprint({"a": "1", "b": "2"}) == rules.fingerprint({"b": "2", "a": "1"})
    assert rules.fingerprint({"a": "1"}) != rules.fingerprint({"a": "2"})


# ------------------------------------------------------------------------------- a test card
def test_a_test_job_is_an_ordinary_job_for_this_printer_alone(desk: Desk) -> None:
    answer = desk.office.act("/printers/primacy/test", {"by": "tini"}, "k")
    assert answer.status_code == 201, answer.text
    job = answer.json()
    assert (job["card_type"], job["layout"]) == ("specimen", "specimen-resident")
    assert (job["only_printer"], job["state"]) == ("primacy", "pending")
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    with desk.station.store.read() as conn:
        row = jobs.get(conn, job["id"])
        assert row is not None and (row.test, row.reason) == (True, "test")
        assert jobs.queue_head(conn, ["specimen"], printers=("tango",)) == []
        assert [j.id for j in jobs.queue_head(conn, ["specimen"], printers=("primacy",))] == [
            row.id
        ]
    again = desk.office.act("/printers/primacy/test", {"by": "tini"}, "k")
    assert (again.status_code, again.json()["id"]) == (200, job["id"])
    other = desk.office.act("/printers/primacy/test").json()
    assert other["reference"] != job["reference"]


def test_a_test_card_needs_a_printer_that_takes_specimens(desk: Desk) -> None:
    problem(desk.office.act("/printers/tango/test"), 422, "card-type-refused")


def test_a_job_can_be_asked_for_at_a_printer_that_takes_its_type_only(desk: Desk) -> None:
    office = desk.office
    for name in ("tango", "nobody"):
        refused = office.post(office.body(card_type="specimen", only_printer=name))
        assert problem(refused, 422, "invalid")["errors"][0]["pointer"] == "/only_printer"
    job = office.job(card_type="specimen", only_printer="primacy")
    shown = office.get(f"/jobs/{job}")
    assert (shown["only_printer"], shown["printer"]) == ("primacy", None)


# ------------------------------------------------------------------------------- movements
def _card_inside(desk: Desk) -> None:
    """Another program drew a card and left it."""
    bench = desk.bench
    bench.device.bulk_out(1, b"\x1bSs\r\x1bSr\r", bench.clock.now)
    bench.settle()
    assert bench.inside == 1


@pytest.mark.parametrize(
    ("act", "kind", "place"),
    [("eject", "card-ejected", "output"), ("reject", "card-rejected", "reject")],
)
def test_a_card_of_nobody_is_brought_out_by_the_worker(
    desk: Desk, act: str, kind: str, place: str
) -> None:
    _card_inside(desk)
    desk.run()
    body = {"by": "tini", "supervisor": "sari"}
    done = desk.office.act(f"/printers/primacy/{act}", body, "k")
    assert done.status_code == 200, done.text
    assert done.json() == {"printer": "primacy", "act": act, "state": "done"}
    assert (desk.bench.inside, len(desk.bench.cards(place))) == (0, 1)
    assert desk.office.act(f"/printers/primacy/{act}", body, "k").json() == done.json()
    assert desk.kinds().count(kind) == 1


def test_what_a_printer_cannot_do_is_refused_before_it_is_asked(desk: Desk) -> None:
    for printer, act in (("tango", "reject"), ("queue", "eject"), ("fargo", "eject")):
        refused = desk.office.act(f"/printers/{printer}/{act}", {"by": "tini"})
        problem(refused, 409, "wrong-printer")
    problem(desk.office.act("/printers/queue/clean", {"by": "tini"}), 409, "wrong-printer")
    unreachable = desk.office.act("/printers/tango/eject", {"by": "tini"})
    problem(unreachable, 409, "wrong-printer" if not _ejects("tango2e") else "printer-stopped")


def _ejects(model: str) -> bool:
    return "eject" in drivers.model(model).facts.brings_out


def test_nothing_is_brought_out_beside_a_moving_card(desk: Desk) -> None:
    worker = next(w for w in desk.station.workers if w.view.name == "primacy")
    worker.view = replace(worker.view, job="some-job")
    refused = desk.office.act("/printers/primacy/eject", {"by": "tini"})
    problem(refused, 409, "printer-busy")


def test_a_device_that_does_not_do_it_says_why(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.run()
    desk.bench.act("open-cover")
    desk.until(lambda: "cover-open" in desk.reasons(), "it says so")
    refused = desk.office.act("/printers/primacy/eject", {"by": "tini"})
    problem(refused, 409, "not-carried-out")
    assert "eject-failed" in desk.kinds()
    assert desk.told()["status"] is not None, "the printer is still held"


def test_an_act_that_takes_longer_is_told_by_the_events(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "WAIT_S", 0.0)
    desk.run()
    answer = desk.office.act("/printers/primacy/eject", {"by": "tini"})
    assert answer.json()["state"] in ("waiting", "done")
    desk.until(lambda: "card-ejected" in desk.kinds(), "it is done")


def test_a_cleaning_run_is_started_and_recorded(desk: Desk) -> None:
    desk.run()
    assert desk.office.act("/printers/primacy/clean", {"by": "tini"}).status_code == 200
    desk.until(lambda: "printer-cleaned" in desk.kinds(), "it was cleaned")


# ------------------------------------------------------------------------------- the wire
def test_a_trace_is_started_fetched_and_forgotten(desk: Desk) -> None:
    desk.run()
    path = "/printers/primacy/trace"
    started = desk.office.act(path, {"by": "tini", "seconds": 3600}).json()
    assert (started["running"], started["images"], started["full"]) == (True, False, False)
    problem(desk.office.act(path, {"by": "tini"}), 409, "trace-runs")
    desk.until(lambda: desk.office.get(path)["events"] > 3, "something is heard")
    ended = desk.client.post(f"/v1{path}/end").json()
    assert ended["running"] is False
    fetched = desk.client.get(f"/v1{path}/record")
    assert fetched.headers["cache-control"] == "no-store"
    head, *events = map(json.loads, fetched.text.splitlines())
    assert (head["printer"], head["model"]) == ("primacy", "primacy")
    assert len(events) == ended["events"]
    assert desk.client.delete(f"/v1{path}").status_code == 204
    problem(desk.client.get(f"/v1{path}"), 404, "not-found")
    assert desk.kinds().count("trace-started") == 1


def test_a_queue_and_a_printer_outside_have_no_wire(desk: Desk) -> None:
    for printer in ("queue", "fargo"):
        refused = desk.office.act(f"/printers/{printer}/trace", {"by": "tini"})
        problem(refused, 409, "wrong-printer")
