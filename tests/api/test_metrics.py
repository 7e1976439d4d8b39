"""`/metrics`: true numbers, a bounded number of series whatever the rows hold, and nobody's data."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

import drivers
from printstation.api.app import create_app
from printstation.clock import rfc3339
from printstation.config import Config
from printstation.diagnostics.metrics import AGES, COUNTED, OLDEST, OUTCOMES
from printstation.diagnostics.supply_kinds import SUPPLIES
from printstation.lifecycle.answers import QuestionReason
from printstation.lifecycle.card import CARD_TABLE, CardState
from printstation.lifecycle.job import JobState
from printstation.lifecycle.request_reasons import request_reasons
from printstation.lifecycle.steps import STEPS
from printstation.spool.view import PrinterState
from printstation.station import Station, open_station
from printstation.store.tables import SupplyKind, SupplyState, job
from tests.api.conftest import CONFIG
from tests.api.office import Office

Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]

#: Whatever a label may say: names of the configuration, words of closed lists, bounds of buckets.
WORDS = {
    *("tango", "enduro", "ktp-el-wni", "ktp-el-wna", "kia", "specimen", "staff", "other", "none"),
    *(name for name, _ in AGES),
    OLDEST,
    *COUNTED.values(),
    *SUPPLIES,
    *map(str, (*JobState, *CardState, *QuestionReason, *PrinterState, *SupplyKind, *SupplyState)),
    *(reason.name for reason in request_reasons().values()),
    *drivers.reasons(),
}


def scrape(office: Office) -> Series:
    answer = office.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found: Series = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, "a series stands twice"
            found[key] = sample.value
    return found


def value(series: Series, name: str, **labels: str) -> float:
    return series.get((f"printstation_{name}", tuple(sorted(labels.items()))), 0.0)


def odd_labels(series: Series) -> set[str]:
    said = {text for _, labels in series for name, text in labels if name != "le"}
    return said - WORDS


def test_the_page_lies_beside_the_api_and_is_described(office: Office) -> None:
    assert "/metrics" in office.client.get("/openapi.json").json()["paths"]
    assert office.client.get("/v1/metrics").status_code == 404


def test_the_queue_by_type_class_state_and_age(office: Office, station: Station) -> None:
    first = office.job(reason="Rusak")
    office.job(reason="because")
    office.job(hold=True)
    old = rfc3339(datetime.now(UTC) - timedelta(days=8))
    with station.store.write() as tx:
        tx.conn.execute(job.update().where(job.c.id == first).values(created_at=old))
    series = scrape(office)
    kind = {"card_type": "ktp-el-wni"}

    def waiting(why: str, state: str, age: str) -> float:
        return value(series, "queue_jobs", **kind, **{"class": why}, state=state, age=age)

    assert waiting("rusak", "pending", "over-7d") == 1
    assert waiting("other", "pending", "under-1h") == 1
    assert waiting("none", "pending-held", "under-1h") == 1
    assert value(series, "queue_oldest_seconds", **kind) == pytest.approx(8 * 86400, abs=60)
    assert value(series, "queue_oldest_seconds", card_type="kia") == 0
    assert value(series, "open_jobs", state="pending") == 2


def test_cards_by_outcome_are_counted_from_the_start_of_the_process_on(office: Office) -> None:
    """Not from the first look on: whoever looks for the first time at noon sees the morning's cards."""
    office.stocked(5)
    office.printed(office.job())
    before = scrape(office)
    assert value(before, "cards_total", printer="tango", outcome="printed") == 1
    assert value(before, "cards_total", printer="tango", outcome="missing") == 0
    office.printed(office.job())
    office.printed(office.job())
    after = scrape(office)
    assert value(after, "cards_total", printer="tango", outcome="printed") == 3
    assert value(after, "cards_total", printer="tango", outcome="fed") == 3
    assert value(scrape(office), "cards_total", printer="tango", outcome="printed") == 3
    assert value(after, "stock_cards", card_type="ktp-el-wni", state="printed") == 3
    assert value(after, "stock_cards", card_type="ktp-el-wni", state="loaded") == 2


def test_the_next_process_counts_its_own_cards_alone(tmp_path: Path) -> None:
    config = Config.model_validate({"data_dir": tmp_path, "min_free_mb": 0, **CONFIG})
    for cards in (2, 0):
        station = open_station(config)
        with TestClient(create_app(station)) as client:
            office = Office(station, client)
            if cards:
                office.stocked(cards)
            for _ in range(cards):
                office.printed(office.job())
            series = scrape(office)
        station.stop(now=True)
        assert value(series, "cards_total", printer="tango", outcome="printed") == cards


def test_every_end_of_a_fed_card_has_an_outcome() -> None:
    ends = {event for state, event in CARD_TABLE if state is CardState.FED}
    steps = {str(s) for s, m in STEPS.items() if m.card in ends and m.job is not None}
    assert steps <= OUTCOMES.keys()
    assert set(OUTCOMES.values()) == {"printed", "untouched", "spoiled", "missing", "test"}


def test_printers_questions_supplies_and_slips(office: Office, station: Station) -> None:
    office.see("tango", PrinterState.STOPPED, "cover-open", "never-heard-of")
    series = scrape(office)
    states = {
        s: value(series, "printer_state", printer="tango", state=str(s)) for s in PrinterState
    }
    assert states == {PrinterState.STOPPED: 1, PrinterState.IDLE: 0, PrinterState.PROCESSING: 0}
    assert value(series, "printer_reason", printer="tango", reason="cover-open") == 1
    assert value(series, "printer_reason", printer="tango", reason="other") == 1
    assert value(series, "open_questions", reason="card-fate") == 0
    assert value(series, "slips_waiting") == 0
    ribbon = {"kind": "ribbon", "serial": "R1", "by": "ani"}
    assert office.act("/supplies", ribbon).status_code == 201
    assert value(scrape(office), "supply_items", kind="ribbon", state="stored") == 1


def test_times_are_histograms(office: Office, station: Station) -> None:
    times = station.timings["tango"]
    moment = iter((0.0, 30.0, 30.008, 60.0))
    times.now = lambda: next(moment)
    times.fed()
    times.out()
    times.fed()
    times.idle()
    series = scrape(office)
    assert value(series, "idle_gap_seconds_bucket", printer="tango", le="0.005") == 0
    assert value(series, "idle_gap_seconds_bucket", printer="tango", le="0.01") == 1
    assert value(series, "idle_gap_seconds_bucket", printer="tango", le="+Inf") == 1
    assert value(series, "idle_gap_seconds_sum", printer="tango") == pytest.approx(0.008)
    assert value(series, "feed_to_out_seconds_bucket", printer="tango", le="30.0") == 1
    commits = value(series, "commit_seconds_count")
    office.job()
    assert value(scrape(office), "commit_seconds_count") == commits + 1


# ------------------------------------------------------------------------------- bounds
@pytest.fixture
def crowded(station: Station, office: Office) -> Office:
    """10,000 jobs of as many types and reasons, as no configuration of today has them."""
    at = rfc3339(datetime.now(UTC))
    rows = [
        {
            "id": f"J{number}",
            "state": "pending" if number % 2 else "pending-held",
            "card_type": f'odd "{number}"\n{{x}}',
            "layout": "specimen-resident",
            "layout_version": "1",
            "reference": f"R{number}",
            "priority": 50,
            "requested_on": "2026-11-24",
            "reason": f"Siti Rahayu {1771990101900000 + number}",
            "one_per_resident": 0,
            "body": b"x",
            "created_at": at,
        }
        for number in range(10_000)
    ]
    with station.store.write() as tx:
        tx.conn.execute(job.insert(), rows)
    return office


def test_ten_thousand_odd_jobs_make_no_more_series(office: Office, crowded: Office) -> None:
    series = scrape(crowded)
    assert len(series) < 250
    assert odd_labels(series) == set()
    kind = {"card_type": "other", "class": "other", "age": "under-1h"}
    assert value(series, "queue_jobs", state="pending", **kind) == 5000


def test_no_name_and_no_nik_of_a_resident_is_shown(office: Office) -> None:
    bodies = [office.body(reason="hilang") for _ in range(3)]
    for body in bodies:
        assert office.post(body).status_code == 201
    office.stocked(2)
    office.printed(office.job())
    text = office.client.get("/metrics").text
    assert re.search(r"\d{16}", re.sub(r"_sum\S* \S+", "", text)) is None
    for body in bodies:
        for said in body["values"].values():
            assert not isinstance(said, str) or len(said) < 4 or said not in text
    assert odd_labels(scrape(office)) == set()


def test_a_supply_with_a_name_of_its_own_is_other(tmp_path: Path) -> None:
    """An IPP queue says what it likes of its markers."""
    config = Config.model_validate({"data_dir": tmp_path, "min_free_mb": 0, **CONFIG})
    station = open_station(config)
    with TestClient(create_app(station)) as client:
        office = Office(station, client)
        (worker, _) = station.workers
        told = (("YMCKO Ribbon 7", 40, 100), ("ribbon K", 12, None), ("Siti's <ink>", 3, 9))
        worker.view = replace(worker.view, supplies=told)
        series = scrape(office)
    station.stop(now=True)
    assert value(series, "supply_remaining", printer="tango", supply="ribbon") == 12
    assert value(series, "supply_remaining", printer="tango", supply="other") == 3
    assert odd_labels(series) == set()
