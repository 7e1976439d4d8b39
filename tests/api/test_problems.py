"""Errors that belong to no noun: addresses, methods, sizes, and our own mistakes."""

from __future__ import annotations

import logging
import sqlite3

import pytest

from printstation.refusals import CODES
from printstation.station import Station
from tests.api.office import Office, problem
from tests.house.tree import ROOT


def test_an_address_that_is_none(office: Office) -> None:
    problem(office.client.get("/v1/nothing"), 404, "not-found")
    problem(office.client.get("/v1/jobs/"), 404, "not-found")


def test_a_method_that_is_none(office: Office) -> None:
    answer = office.client.delete("/v1/jobs")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, POST"
    answer = office.client.post("/healthz")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("path", "size"),
    [("/v1/jobs", 8 * 1024 * 1024), ("/v1/stock/receipts", 64 * 1024)],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_are_bounded(office: Office, path: str, size: int, chunked: bool) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    body = b'{"x": "' + b"x" * (size - 9) + b'"}'
    content = iter([body[:1000], body[1000:]]) if chunked else body
    assert office.client.post(path, content=content, headers=headers).status_code == 422
    content = iter([body[:1000], body[1000:], b" "]) if chunked else body + b" "
    problem(office.client.post(path, content=content, headers=headers), 413, "body-too-large")


def test_our_own_mistake_tells_nothing(
    office: Office,
    station: Station,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_job: str) -> None:
        raise KeyError("1771990101900001")

    monkeypatch.setattr(station, "faces", broken)
    with caplog.at_level(logging.ERROR):
        answer = office.client.get(f"/v1/jobs/{office.job()}/preview/front.png")
    problem(answer, 500, "internal")
    assert "1771990101900001" not in answer.text + caplog.text
    assert "KeyError" not in answer.text
    assert "KeyError" in caplog.text and "preview_job" in caplog.text


def test_a_held_database_is_a_refusal(office: Office, station: Station) -> None:
    engine = station.store.engine
    other = sqlite3.connect(station.config.data_dir / "printstation.db", isolation_level=None)
    job = office.job()
    with engine.connect() as conn:
        assert conn.connection.dbapi_connection is not None
        conn.connection.dbapi_connection.execute("PRAGMA busy_timeout=0")
        conn.rollback()
    other.execute("BEGIN IMMEDIATE")
    answer = office.act(f"/jobs/{job}/cancel")
    other.execute("ROLLBACK")
    other.close()
    problem(answer, 503, "database-busy")
    assert office.get(f"/jobs/{job}")["state"] == "pending"


def test_every_refusal_has_a_test() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests/api").glob("*.py"))
    assert [code for code in CODES if f'"{code}"' not in texts] == []
