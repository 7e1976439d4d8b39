"""A real station on a real database, without workers' threads: the tests move cards themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import layouts
from printstation.api.app import create_app
from printstation.config import Config
from printstation.station import Station, open_station
from tests.api.commands import cable, command
from tests.api.daybook import Calendar
from tests.api.office import Office

__all__ = ["cable", "command"]

CONFIG = {
    "printers": [
        {"name": "tango", "model": "tango2e", "uri": "usbip://127.0.0.1:1/1-1", "counter": "pick"},
        {
            "name": "enduro",
            "model": "enduro",
            "uri": "usbip://127.0.0.1:1/1-2",
            "card_types": ["kia", "specimen"],
        },
    ],
    "card_types": [{"name": "staff", "one_per_resident": False}],
}


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    config = Config.model_validate({"data_dir": tmp_path / "data", "min_free_mb": 0, **CONFIG})
    # `staff` is a type that no printer takes.
    printers = tuple(
        printer.model_copy(
            update={"card_types": tuple(t for t in printer.card_types if t != "staff")}
        )
        for printer in config.printers
    )
    station = open_station(config.model_copy(update={"printers": printers}))
    yield station
    station.stop(now=True)


@pytest.fixture
def client(station: Station) -> Iterator[TestClient]:
    with TestClient(create_app(station), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def office(station: Station, client: TestClient) -> Office:
    """What people and workers do, in short words."""
    return Office(station, client)


@pytest.fixture(scope="session")
def sample() -> dict[str, Any]:
    """The emptiest valid job."""
    return dict(layouts.load("specimen-resident").sample("emptiest"))


@pytest.fixture
def calendar(station: Station, monkeypatch: pytest.MonkeyPatch) -> Calendar:
    calendar = Calendar()
    monkeypatch.setattr(station, "clock", calendar)
    monkeypatch.setattr(station.store, "clock", calendar)
    return calendar
