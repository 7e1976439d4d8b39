"""Errors that belong to no noun: addresses, methods, sizes, and our own mistakes."""

from __future__ import annotations

import logging
import sqlite3

import pytest

from printstation.api.problems import METHODS
from printstation.refusals import CODES
from printstation.station import Station
from tests.api.office import Office, pointers, problem
from tests.house.tree import ROOT

NIK = "1771990101900001"


def test_an_address_that_is_none(office: Office) -> None:
    problem(office.client.get("/v1/nothing"), 404, "not-found")
    problem(office.client.get("/v1/jobs/"), 404, "not-found")


def test_a_method_that_is_none(office: Office) -> None:
    answer = office.client.delete("/v1/jobs")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, POST, HEAD"
    answer = office.client.post("/healthz")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD"


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


@pytest.mark.parametrize("field", ["cause", "reason"])
def test_no_word_of_an_answer_may_look_like_a_nik(office: Office, field: str) -> None:
    """Answers are journalled word for word."""
    office.stocked()
    job, question = office.asked()
    said = {"card": "spoiled", "job": "again", "cause": "damaged", "by": "Ani", field: NIK}
    document = problem(office.act(f"/questions/{question}/answer", said), 422, "invalid")
    assert pointers(document) == {f"/{field}": "wrong-form"}
    count = office.act("/printers/tango/hopper-count", {"counted": 1, "reason": NIK})
    assert pointers(problem(count, 422, "invalid")) == {"/reason": "wrong-form"}
    reprint = office.act(f"/jobs/{job}/reprint", {"cause": NIK})
    assert pointers(problem(reprint, 422, "invalid")) == {"/cause": "wrong-form"}
    assert NIK not in office.client.get("/v1/events", params={"limit": 500}).text


def test_what_was_sent_is_not_repeated(office: Office) -> None:
    answers = [
        office.post(office.body(replaces=NIK)),
        office.act(f"/jobs/{NIK}/cancel"),
        office.client.get(f"/v1/jobs/{NIK}"),
        office.client.get("/v1/jobs", params={"cursor": NIK}),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 422]
    assert [answer.url for answer in answers if NIK in answer.text] == []


def test_the_methods_are_those_that_a_refusal_may_name(office: Office) -> None:
    paths = office.client.get("/openapi.json").json()["paths"].values()
    assert {method.upper() for path in paths for method in path} == set(METHODS)


@pytest.mark.parametrize("path", ["/healthz", "/v1/jobs", "/v1/printers/tango", "/", "/metrics"])
def test_head_is_get_without_the_content(office: Office, path: str) -> None:
    whole, bare = office.client.get(path), office.client.head(path)
    assert (bare.status_code, bare.content) == (200, b"")
    assert bare.headers["content-type"] == whole.headers["content-type"]
    assert office.client.head("/v1/jobs/none").status_code == 404
    assert office.client.head("/v1/printers/tango/pause").status_code == 405
