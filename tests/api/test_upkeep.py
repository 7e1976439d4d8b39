"""Cleanings and the temperature of the day over the API, and what they let a printer do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from printstation.api.app import create_app
from printstation.config import Config
from printstation.station import Station, open_station
from printstation.store import audit, journal
from printstation.store.filed import FILED
from tests.api.commands import Command
from tests.api.conftest import CONFIG
from tests.api.office import Office, problem

OUTSIDE = {
    "name": "fargo",
    "kind": "outside",
    "card_types": ["ktp-el-wni"],
    "transfer_temperature": [160, 170],
    "rest_after_cards": 1,
    "rest_s": 600.0,
}


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """The usual printers, of which `tango` also has rules, and one that the ministry's application drives."""
    tango, enduro = cast(list[Any], CONFIG["printers"])
    rules = {"clean_every_cards": 2, "transfer_temperature": [160, 170]}
    config = Config.model_validate(
        {
            "data_dir": tmp_path / "data",
            "min_free_mb": 0,
            "printers": [{**tango, **rules}, enduro, OUTSIDE],
        }
    )
    station = open_station(config)
    yield station
    station.stop(now=True)


@pytest.fixture
def office(station: Station) -> Iterator[Office]:
    with TestClient(create_app(station), raise_server_exceptions=False) as client:
        yield Office(station, client)


def said(office: Office, name: str = "fargo") -> list[str]:
    return [reason["keyword"] for reason in office.get(f"/printers/{name}")["reasons"]]


def kinds(office: Office) -> list[str]:
    with office.station.store.read() as conn:
        return [entry.kind for entry in journal.after(conn, 0, 500)]


def warm(office: Office, celsius: int, name: str = "fargo", **more: Any) -> Any:
    return office.act(f"/printers/{name}/temperature", {"celsius": celsius, "by": "ani"}, **more)


def test_the_temperature_of_the_day_stops_a_printer_until_a_good_one_is_entered(
    office: Office,
) -> None:
    assert said(office) == ["transfer-temperature-due"]
    assert office.get("/printers/fargo")["state"] == "idle", "a reminder stops nothing"
    assert warm(office, 150).json()["state"] == "stopped"
    (reason,) = office.get("/printers/fargo")["reasons"]
    assert (reason["keyword"], reason["raw"]) == ("transfer-temperature", "150 °C, 160-170 °C")
    job = office.job()
    refused = office.act("/printers/fargo/outside", {"job": job, "number": "N1", "by": "ani"})
    problem(refused, 409, "printer-stopped")
    assert warm(office, 165).json()["reasons"] == []
    assert kinds(office).count("temperature-entered") == 2


def test_a_machine_that_others_drive_gets_its_rest(office: Office) -> None:
    warm(office, 165)
    office.stocked(3, "fargo")
    first, second = office.job(), office.job()
    for job, code in ((first, 200), (second, 409)):
        body = {"job": job, "number": f"N{code}", "by": "ani"}
        answer = office.act("/printers/fargo/outside", body, key=f"k{code}")
        assert answer.status_code == code, answer.text
    assert "resting until " in answer.json()["detail"]
    printer = office.get("/printers/fargo")
    assert printer["state"] == "stopped" and printer["resumes_at"] in answer.json()["detail"]
    assert office.get(f"/jobs/{second}")["state"] == "pending"
    replay = {"job": first, "number": "N200", "by": "ani"}
    assert office.act("/printers/fargo/outside", replay, key="k200").status_code == 200


def test_a_printer_without_such_a_rule_takes_no_temperature(office: Office) -> None:
    problem(warm(office, 165, "enduro"), 409, "wrong-printer")
    problem(warm(office, 165, "nobody"), 404, "not-found")
    for wrong in (0, 301, "165", 165.5):
        problem(warm(office, wrong), 422, "invalid")  # type: ignore[arg-type]


def test_a_temperature_sent_twice_is_entered_once(office: Office) -> None:
    for _ in range(2):
        assert warm(office, 165, key="t1").status_code == 200
    rows = office.get("/printers/fargo/upkeep")["items"]
    assert [(row["kind"], row["celsius"], row["by"]) for row in rows] == [
        ("temperature", 165, "ani")
    ]
    problem(warm(office, 166, key="t1"), 409, "idempotency-key-reused")


def test_a_cleaning_by_hand_is_recorded_and_vouched_for(office: Office) -> None:
    assert office.act("/printers/fargo/cleanings", {"by": "ani"}).status_code == 200
    assert office.act("/printers/enduro/cleanings", {"by": "budi"}).status_code == 200
    assert [row["by"] for row in office.get("/printers/enduro/upkeep")["items"]] == ["budi"]
    assert "upkeep" in FILED and kinds(office).count("printer-cleaned") == 2
    with office.station.store.read() as conn:
        assert audit.audit(conn) == []
    with office.station.store.write() as tx:
        tx.conn.exec_driver_sql("UPDATE upkeep SET by = 'eve' WHERE id = 'U-0001'")
    with office.station.store.read() as conn:
        assert [finding.row for finding in audit.audit(conn)] == ["upkeep U-0001"]


def test_a_run_is_started_only_where_a_command_starts_one(office: Office) -> None:
    run = {"by": "ani", "run": True}
    problem(office.act("/printers/fargo/cleanings", run), 409, "wrong-printer")
    refused = problem(office.act("/printers/tango/cleanings", run), 409, "wrong-printer")
    assert "counter" in refused["detail"], "a cleaning card would move it"
    assert office.act("/printers/enduro/cleanings", run, key="c1").status_code == 200
    assert office.get("/printers/enduro/upkeep")["items"] == [], "nothing is done yet"
    assert office.act("/printers/enduro/cleanings", run, key="c1").status_code == 200
    problem(office.act("/printers/enduro/cleanings", run, key="c2"), 409, "printer-busy")


def test_upkeep_is_listed_page_by_page(office: Office) -> None:
    for day in range(3):
        warm(office, 160 + day)
    first = office.get("/printers/fargo/upkeep", limit=2)
    rest = office.get("/printers/fargo/upkeep", limit=2, cursor=first["next"])
    assert [row["celsius"] for row in first["items"] + rest["items"]] == [160, 161, 162]
    assert rest["next"] is None


def test_the_command_line_cleans_and_enters(command: Command, office: Office) -> None:
    code, out, err = command("printer", "clean", "fargo", "--by", "ani")
    assert (code, err) == (0, "") and "fargo is recorded as cleaned; it is idle" in out
    code, out, _ = command("printer", "temperature", "fargo", "150", "--by", "ani")
    assert code == 0 and "150 °C; it is stopped (transfer-temperature)" in out
    code, _, err = command("printer", "temperature", "enduro", "165", "--by", "ani")
    assert code == 1 and "transfer_temperature" in err
    code, out, _ = command("printer", "clean", "enduro", "--run", "--by", "ani")
    assert code == 0 and "starts its cleaning run" in out
    assert [row["kind"] for row in office.get("/printers/fargo/upkeep")["items"]] == [
        "cleaning",
        "temperature",
    ]


def test_the_page_says_when_the_next_card_comes(office: Office) -> None:
    warm(office, 165)
    office.stocked(1, "fargo")
    body = {"job": office.job(), "number": "N1", "by": "ani"}
    assert office.act("/printers/fargo/outside", body).status_code == 200
    until = datetime.fromisoformat(office.get("/printers/fargo")["resumes_at"])
    page = office.client.get("/?lang=en").text
    shown = until.astimezone(ZoneInfo("Asia/Jakarta"))
    assert re.search(rf"Next card</dt><dd><b>at about\s[^<]*{shown:%H[:.]%M}", page), page
    assert "The machine rests to cool down." in page
