"""Each act of a technician at each family over the API: done, or refused in words that say what to do by hand.

Real drivers on simulated devices and on a queue in memory, each held by its own worker.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import drivers
from drivers import Driver, Model
from printstation.api.app import create_app
from printstation.config import Config
from printstation.station import open_station
from tests.api.office import Office, problem
from tests.contract.conformance_bench import CABLES, Bench
from tests.contract.conformance_queue import QueueBench
from tests.contract.conformance_units import unit

PATIENCE_S = 20.0
#: A worker's second is 5 ms.
SPEED = 200.0
BY = {"by": "tini"}
ACTS = ("test", "clean", "eject", "reject")
#: What no source of a family has is refused before its printer is asked; `outside` has nothing to ask.
DONE = {
    "enduro": {"test", "clean", "eject"},
    "alto": {"test", "clean"},
    "primacy": {"test", "clean", "eject", "reject"},
    "zenius": {"test", "clean", "eject"},
    "xid580i": {"test", "eject", "reject"},
    "ipp-card": {"test"},
    # The job waits until a person records at the machine that its card goes in.
    "outside": {"test"},
}
#: What the events say once it is done.
TOLD = {"clean": "printer-cleaned", "eject": "card-ejected", "reject": "card-rejected"}


def bench_of(name: str) -> Bench:
    model = drivers.model(name)
    if model.family == "ipp":
        return QueueBench(model)
    return Bench(unit(model), CABLES[model.family][0])


@pytest.fixture(autouse=True)
def any_page_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card of few dots fits no queue; sizes are tried in tests/unit/drivers/ipp/test_check.py."""
    monkeypatch.setattr("drivers.ipp.check._page", lambda printer, model: iter(()))


@pytest.fixture(params=DONE)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """One printer of that model, `p`, ready; `office.model` is its name here."""
    name: str = request.param
    printer: dict[str, Any] = {"name": "p", "kind": "outside"}
    if name != "outside":
        scheme = "ipp://127.0.0.1:1/printers/p" if name == "ipp-card" else "usbip://127.0.0.1:1/1-1"
        printer = {"name": "p", "model": name, "uri": scheme}
    config = Config.model_validate(
        {
            "data_dir": tmp_path / "data",
            "min_free_mb": 0,
            "clock_speed": SPEED,
            "printers": [printer],
        }
    )
    station = open_station(config)
    try:
        with TestClient(create_app(station), raise_server_exceptions=False) as client:
            office = Office(station, client)
            if name != "outside":
                bench = bench_of(name)

                def opened(uri: str, model: Model, busy_wait_s: float) -> Driver:
                    return bench.connect(None, busy_wait_s)

                station.rebuild(opened)
                station.start()
                until(lambda: state(office) == "idle", "it is ready")
            yield office
    finally:
        station.stop(now=True)


def until(look: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not look():
        assert time.monotonic() < end, f"not in time: {what}"


def state(office: Office) -> str:
    return str(office.get("/printers/p")["state"])


def kinds(office: Office) -> list[str]:
    return [event["kind"] for event in office.get("/events", limit=500)["items"]]


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_done_or_refused_with_what_to_do_by_hand(
    office: Office, act: str, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.params["office"]
    answer = office.act(f"/printers/p/{act}", BY)
    if act not in DONE[name]:
        detail = problem(answer, 409, "wrong-printer")["detail"]
        assert "by hand" in detail or "at the printer" in detail or "at the machine" in detail
        if act == "clean":
            assert "then record it: printstation printer clean p" in detail
    elif act == "test":
        assert answer.status_code == 201, answer.text
        assert (answer.json()["only_printer"], answer.json()["state"]) == ("p", "pending")
    else:
        assert answer.status_code == 200, answer.text
        until(lambda: TOLD[act] in kinds(office), f"{act} is told")
    assert not any(kind.endswith("-failed") for kind in kinds(office))
    assert state(office) == "idle", "the printer is held as before"


def test_a_cleaning_by_hand_is_recorded_at_every_family(office: Office) -> None:
    assert office.act("/printers/p/cleanings", BY).status_code == 200
    (row,) = office.get("/printers/p/upkeep")["items"]
    assert (row["kind"], row["by"]) == ("cleaning", "tini")
    assert kinds(office).count("printer-cleaned") == 1


@pytest.mark.parametrize("name", [name for name in DONE if name != "outside"])
def test_a_driver_refuses_what_its_model_has_no_command_for(name: str) -> None:
    bench = bench_of(name)
    driver = bench.driver
    for act in ACTS[1:]:
        if act not in DONE[name]:
            with pytest.raises(drivers.DriverError, match=f"{name}: .*") as refused:
                getattr(driver, act)()
            assert not isinstance(refused.value, drivers.TransportError)
    assert bench.drawn == 0 and driver.status().condition is drivers.Condition.READY


def test_every_family_has_its_row() -> None:
    assert {drivers.model(n).family for n in DONE if n != "outside"} == set(drivers.FAMILIES)
