"""The journal as others read it: in pages, and as a live stream."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from printstation.api import stream
from printstation.api.stream import Bell, follow
from printstation.station import Station
from printstation.store import journal
from tests.api.office import Office, pointers, problem


def test_events_tell_what_happened(office: Office, station: Station) -> None:
    job = office.job()
    page = office.get("/events")
    assert page["next"] is None
    event = page["items"][0]
    assert event.keys() == {
        "cursor",
        "station",
        "seq",
        "at",
        "kind",
        "job",
        "card",
        "printer",
        "by",
        "data",
    }
    assert (event["kind"], event["job"], event["seq"]) == ("job-submitted", job, 1)
    assert event["station"] == station.store.station
    assert event["by"] == "api"


def test_events_go_on_after_a_cursor(office: Office) -> None:
    office.stocked(2)
    office.printed(office.job())
    everything = office.get("/events")["items"]
    page = office.get("/events", limit=2)
    read = list(page["items"])
    while page["next"]:
        page = office.get("/events", limit=2, cursor=page["next"])
        read += page["items"]
    assert read == everything
    rest = office.get("/events", after=everything[2]["cursor"])["items"]
    assert rest == everything[3:]
    assert office.get("/events", after=everything[-1]["cursor"]) == {"items": [], "next": None}


@pytest.mark.parametrize("cursor", ["1", "abc", "ajE", "ZQ", "é"])
def test_a_cursor_that_we_did_not_make(office: Office, cursor: str) -> None:
    answer = office.client.get("/v1/events", params={"after": cursor})
    assert pointers(problem(answer, 422, "invalid")) == {"/after": "no-cursor"}
    headers = {"Accept": "text/event-stream", "Last-Event-ID": cursor.encode("latin-1")}
    answer = office.client.get("/v1/events", headers=headers)  # type: ignore[arg-type]
    assert pointers(problem(answer, 422, "invalid")) == {"/Last-Event-ID": "no-cursor"}


# ------------------------------------------------------------------------------- live
def read_stream(office: Office, **headers: str) -> list[dict[str, Any]]:
    """Everything that a stream gives until the station stops, which it does once it has begun."""
    events: list[dict[str, Any]] = []
    with office.client.stream(
        "GET", "/v1/events", headers={"Accept": "text/event-stream", **headers}
    ) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-cache"
        identity = None
        for line in answer.iter_lines():
            if line.startswith("id: "):
                identity = line[4:]
            elif line.startswith("data: "):
                events.append(json.loads(line[6:]))
                assert events[-1]["cursor"] == identity
    return events


class StopsAfter:
    """A station that stops once its journal was read so often; counts no time."""

    def __init__(self, station: Station, reads: int) -> None:
        self.store = station.store
        self._left = reads

    @property
    def stopping(self) -> bool:
        self._left -= 1
        return self._left < 0


def stop_soon(office: Office, reads: int = 2) -> None:
    app: Any = office.client.app
    app.state.station = StopsAfter(office.station, reads)


def test_the_stream_begins_with_what_there_is(office: Office) -> None:
    office.stocked(1)
    pages = office.get("/events")["items"]
    stop_soon(office)
    assert read_stream(office) == pages


def test_a_broken_stream_goes_on(office: Office) -> None:
    office.stocked(1)
    office.printed(office.job())
    pages = office.get("/events")["items"]
    stop_soon(office)
    assert read_stream(office, **{"Last-Event-ID": pages[2]["cursor"]}) == pages[3:]


async def _next_data(lines: AsyncIterator[str]) -> dict[str, Any]:
    async for text in lines:
        if "data: " in text:
            data: dict[str, Any] = json.loads(text.partition("data: ")[2])
            return data
    raise AssertionError("the stream ended")


def test_a_commit_wakes_the_stream_at_once(
    office: Office, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Far longer than the test may take: only the bell can wake the stream.
    monkeypatch.setattr(stream, "LOOK_S", 60.0)

    def write() -> None:
        with station.store.write() as tx:
            journal.append(tx, "from-a-thread")

    async def listen() -> str:
        bell = Bell()
        station.store.on_change.append(bell.ring)
        lines = follow(station, bell, 0, lambda entry: ("x", {"kind": entry.kind}))
        assert await anext(lines) == ": follow\n\n"
        waiting = asyncio.ensure_future(_next_data(lines))
        await asyncio.sleep(0)
        thread = threading.Thread(target=write)
        thread.start()
        found = await asyncio.wait_for(waiting, 10)
        thread.join()
        station.stopping = True
        bell.ring()
        assert [line async for line in lines] == []
        return str(found["kind"])

    assert asyncio.run(listen()) == "from-a-thread"
    assert station.store.on_change.pop() is not None


def test_a_quiet_stream_shows_that_it_lives(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LOOK_S", 0.001)
    monkeypatch.setattr(stream, "PING_S", 0.002)

    async def listen() -> list[str]:
        lines = follow(station, Bell(), 0, lambda entry: ("x", entry.kind))
        return [await anext(lines), await anext(lines)]

    assert asyncio.run(listen()) == [": follow\n\n", ": here\n\n"]


def test_a_closed_loop_does_not_disturb_a_commit() -> None:
    bell = Bell()
    loop = asyncio.new_event_loop()

    async def join() -> None:
        bell._listeners.add((loop, asyncio.Event()))

    loop.run_until_complete(join())
    loop.close()
    bell.ring()
