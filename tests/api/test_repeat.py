"""Repeating a request: keys, canonical bodies, bodies that are cut, many clients at once."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvicorn

from printstation.api.app import create_app
from printstation.api.repeat import canonical
from printstation.refusals import Refusal
from printstation.station import Station
from tests.api.office import Office, problem


def test_the_same_request_has_the_same_answer(office: Office) -> None:
    body = office.body()
    first, second = office.post(body, key="k"), office.post(body, key="k")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["id"] == first.json()["id"]
    assert second.headers["location"] == first.headers["location"]
    assert len(office.get("/jobs")["items"]) == 1


def test_the_same_body_may_be_written_in_another_way(office: Office) -> None:
    body = office.body()
    first = office.post(body, key="k")
    turned = json.dumps(dict(reversed(body.items())), indent=4, ensure_ascii=True)
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json; charset=utf-8"}
    second = office.client.post("/v1/jobs", content=turned, headers=headers)
    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])


def test_a_key_is_not_used_for_another_body(office: Office) -> None:
    office.post(office.body(), key="k")
    problem(office.post(office.body(), key="k"), 409, "idempotency-key-reused")
    # Decided before the fields are looked at.
    problem(office.post({"nonsense": 1}, key="k"), 409, "idempotency-key-reused")
    assert len(office.get("/jobs")["items"]) == 1


def test_a_key_belongs_to_one_address(office: Office) -> None:
    one, two = office.job(), office.job()
    assert office.act(f"/jobs/{one}/cancel", key="k").json()["id"] == one
    assert office.act(f"/jobs/{two}/cancel", key="k").json()["id"] == two


def test_a_replay_is_decided_before_any_other_refusal(office: Office, station: Station) -> None:
    body = office.body()
    first = office.post(body, key="k").json()["id"]
    assert office.act(f"/jobs/{first}/cancel", key="c").status_code == 200
    assert office.act(f"/jobs/{first}/cancel", key="c").status_code == 200
    problem(office.act(f"/jobs/{first}/cancel", key="d"), 409, "job-state")
    station.config = station.config.model_copy(update={"printers": ()})
    assert office.post(body, key="k").json()["id"] == first


def test_a_refused_request_uses_no_key_up(office: Office) -> None:
    wrong = office.body(priority=0)
    problem(office.post(wrong, key="k"), 422, "invalid")
    assert office.post({**wrong, "priority": 1}, key="k").status_code == 201


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}])
def test_a_job_needs_a_key(office: Office, headers: dict[str, str]) -> None:
    # Told before anything else is looked at.
    answer = office.client.post("/v1/jobs", content=b"{", headers=headers)
    problem(answer, 400, "idempotency-key-missing")


@pytest.mark.parametrize("key", ["x" * 201, "a b", "a\tb", "ä"])
def test_a_key_has_a_form(office: Office, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    answer = office.client.post("/v1/jobs", json=office.body(), headers=headers)  # type: ignore[arg-type]
    problem(answer, 400, "bad-request")
    assert office.post(key="x" * 200).status_code == 201


def test_every_post_takes_a_key(office: Office) -> None:
    office.stocked(4)
    receipt = {"delivery": "D", "card_type": "kia", "version": "1", "batch": "K", "count": 2}
    move = {"printer": "tango", "card_type": "ktp-el-wni", "count": 1}
    for path, body in (
        ("/stock/receipts", receipt),
        ("/stock/unloads", move),
        ("/stock/loads", move),
        ("/printers/tango/hopper-count", {"counted": 4}),
        ("/printers/tango/pause", None),
        ("/printers/tango/resume", None),
    ):
        first, second = office.act(path, body, key="k"), office.act(path, body, key="k")
        assert first.status_code in (200, 201), first.text
        assert (second.status_code, second.json()) == (200, first.json())
        problem(office.act(path, {"by": "Ani"}, key="k"), 409, "idempotency-key-reused")
    assert office.get("/stock")["kia"] == {"stored": 2}


@pytest.mark.slow
def test_many_clients_with_one_key(office: Office) -> None:
    """Slow: eight threads wait for one writer."""
    body = office.body()
    start = threading.Barrier(8)

    def post(_number: int) -> tuple[int, str]:
        start.wait()
        answer = office.post(body, key="k")
        return answer.status_code, answer.json().get("id", answer.text)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    assert sorted(status for status, _ in answers) == [200] * 7 + [201]
    assert len({identity for _, identity in answers}) == 1


# ------------------------------------------------------------------------------- bodies
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"layout": "specimen-res',
        b"{} {}",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_not_plain_json(office: Office, body: bytes) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    problem(office.client.post("/v1/jobs", content=body, headers=headers), 400, "bad-request")
    assert office.post(key="k").status_code == 201


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_body_of_another_type(office: Office, content_type: str) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": content_type}
    body = json.dumps(office.body()).encode()
    problem(office.client.post("/v1/jobs", content=body, headers=headers), 415, "content-type")
    problem(
        office.client.post("/v1/jobs/x/cancel", content=b"{}", headers=headers), 415, "content-type"
    )


def test_canonical_bodies() -> None:
    assert canonical(b'{"b": 1, "a": "\\u00e4"}') == '{"a":"ä","b":1}'.encode()
    assert canonical(b"\xef\xbb\xbf{}") == b"{}"
    with pytest.raises(Refusal):
        canonical(b"{")


# ------------------------------------------------------------------------------- on a real socket
@pytest.fixture
def port(station: Station) -> Iterator[int]:
    server = uvicorn.Server(
        uvicorn.Config(create_app(station), port=0, log_config=None, timeout_graceful_shutdown=2)
    )
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join()
    listening.close()


HEAD = (
    b"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\n"
)


def _talk(port: int, data: bytes, *, close_early: bool = False) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as cable:
        cable.sendall(data)
        if close_early:
            cable.shutdown(socket.SHUT_WR)
        answer = b""
        while part := cable.recv(65536):
            answer += part
            if b"\r\n\r\n" in answer:
                break
        return answer


@pytest.mark.slow
def test_a_body_cut_short_creates_nothing(office: Office, port: int) -> None:
    """Slow: a real server on a real socket."""
    body = json.dumps(office.body()).encode()
    told = HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode()
    _talk(port, told + body[:-10], close_early=True)
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + f"{len(body):x}\r\n".encode()
    _talk(port, chunked + body[:-10], close_early=True)
    assert office.get("/jobs")["items"] == []
    assert _talk(port, told + body).startswith(b"HTTP/1.1 201")


@pytest.mark.slow
def test_a_body_that_never_ends_is_refused_on_the_way(office: Office, port: int) -> None:
    """Slow: a real server on a real socket."""
    part = b"10000\r\n" + b" " * 65536 + b"\r\n"
    answer = _talk(port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + part * 130)
    assert answer.startswith(b"HTTP/1.1 413")
    told = HEAD + b"Content-Length: 9000000\r\n\r\n"
    assert _talk(port, told).startswith(b"HTTP/1.1 413")
    assert office.post(key="k").status_code == 201


@pytest.mark.slow
@pytest.mark.parametrize("chunked", [False, True])
def test_who_sends_far_too_much_and_only_then_reads_is_told_so(
    office: Office, port: int, chunked: bool
) -> None:
    """Slow: a real server on a real socket, more bytes than the kernel keeps between the two."""
    cable = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    part = b" " * (1 << 20)
    body = iter([part] * 30) if chunked else part * 30
    cable.request("POST", "/v1/jobs", body, headers, encode_chunked=chunked)
    answer = cable.getresponse()
    assert (answer.status, json.load(answer)["code"]) == (413, "body-too-large")
    cable.request("GET", "/v1/jobs")
    assert json.load(cable.getresponse())["items"] == []
    cable.close()
    assert office.post(key="k").status_code == 201
