"""The simulator's control API: real app, real office, a clock that stands still."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from simulator.control import create_app
from simulator.heartbeat import Heartbeat
from simulator.office import Office
from simulator.simclock import SimClock
from simulator.state import Keeper, StateFolder

CABLE = "usbip://127.0.0.1:3240"
WALL = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)


def make_client(office: Office, folder: StateFolder | None = None) -> TestClient:
    clock = SimClock(1.0, lambda: 0.0)
    keeper = Keeper(office, folder)
    heartbeat = Heartbeat(list(office.printers.values()), clock, keeper.save_if_changed)
    return TestClient(create_app(office, clock, heartbeat, CABLE))


@pytest.fixture
def office() -> Office:
    return Office.from_file(None, lambda: WALL)


@pytest.fixture
def client(office: Office) -> Iterator[TestClient]:
    with make_client(office) as client:
        yield client


def refused(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body.keys() == {"type", "title", "status", "detail"}
    assert body["status"] == status
    return str(body["detail"])


def state(client: TestClient, name: str = "tango") -> dict[str, Any]:
    shown: dict[str, Any] = client.get(f"/printers/{name}").json()["state"]
    return shown


def test_printers_are_a_bare_list(client: TestClient) -> None:
    printers = client.get("/printers").json()
    assert [p["name"] for p in printers] == ["tango", "enduro"]
    for printer in printers:
        assert printer.keys() == {"name", "model", "uri", "state", "counters"}
        assert re.fullmatch(r"usbip://127\.0\.0\.1:3240/[\d.-]+", printer["uri"])
        assert printer["state"].keys() == {
            "plugged",
            "power",
            "cover_open",
            "jam",
            "path",
            "moving",
        }
    assert len({p["uri"] for p in printers}) == 2
    assert printers[0]["model"] == "tango2e"


def test_loaded_cards_are_in_the_world(client: TestClient) -> None:
    assert client.get("/world").json() == {"cards": []}
    assert client.post("/printers/tango/load", json={"cards": 3}).json()["name"] == "tango"
    cards = client.get("/world").json()["cards"]
    assert len({card["id"] for card in cards}) == 3
    for card in cards:
        assert (card["printer"], card["place"]) == ("tango", "hopper")
        assert (card["fed_at"], card["out_at"]) == (None, None)
        assert card["sides"]["front"]["png"] is None


def test_a_load_above_the_capacity_adds_nothing(client: TestClient) -> None:
    refused(client.post("/printers/tango/load", json={"cards": 101}), 422)
    assert client.get("/world").json()["cards"] == []


@pytest.mark.parametrize("body", [{}, {"cards": -1}, {"cards": "3"}, {"cards": 1, "typo": 1}, []])
def test_a_load_that_cannot_be_read(client: TestClient, body: Any) -> None:
    refused(client.post("/printers/tango/load", json=body), 422)


@pytest.mark.parametrize(
    ("act", "word", "value", "back"),
    [
        ("unplug", "plugged", False, "replug"),
        ("power-off", "power", False, "power-on"),
        ("open-cover", "cover_open", True, "close-cover"),
    ],
)
def test_acts(client: TestClient, act: str, word: str, value: bool, back: str) -> None:
    for _ in range(2):  # an act that changes nothing is no error
        answer = client.post("/printers/tango/acts", json={"act": act})
        assert answer.status_code == 200
        assert answer.json()["state"][word] is value
    assert state(client, "enduro")[word] is not value
    assert (
        client.post("/printers/tango/acts", json={"act": back}).json()["state"][word] is not value
    )


def test_refused_acts(client: TestClient) -> None:
    assert "nobody" in refused(client.post("/printers/nobody/acts", json={"act": "unplug"}), 404)
    refused(client.post("/printers/tango/acts", json={"act": "kick"}), 422)
    refused(client.post("/printers/tango/acts", json={"act": "unplug", "card": 1}), 422)
    refused(client.post("/printers/tango/acts", json={"act": "hand-feed", "card": "999"}), 404)
    refused(client.get("/printers/nobody"), 404)


def test_faults_are_listed_armed_and_disarmed(client: TestClient) -> None:
    known = client.get("/faults").json()["faults"]
    assert all(fault.keys() == {"name", "phases"} for fault in known)
    jam = next(fault for fault in known if fault["name"] == "jam")
    wish = {"fault": "jam", "phase": jam["phases"][0], "times": 1}
    first = client.post("/printers/tango/faults", json=wish).json()["id"]
    second = client.post("/printers/tango/faults", json=wish).json()["id"]
    armed = client.get("/printers/tango/faults").json()
    assert [fault["id"] for fault in armed] == [first, second]
    assert client.get("/printers/enduro/faults").json() == []
    left = client.delete(f"/printers/tango/faults/{first}")
    assert [fault["id"] for fault in left.json()] == [second]
    refused(client.delete(f"/printers/tango/faults/{first}"), 404)
    assert client.delete("/printers/tango/faults").json() == []


@pytest.mark.parametrize(
    "wish", [{}, {"fault": "gremlin"}, {"fault": "jam", "phase": "lunch"}, {"fault": "jam", "x": 1}]
)
def test_refused_faults(client: TestClient, wish: dict[str, Any]) -> None:
    refused(client.post("/printers/tango/faults", json=wish), 422)
    assert client.get("/printers/tango/faults").json() == []


def test_a_picture_that_is_not_there(client: TestClient) -> None:
    client.post("/printers/tango/load", json={"cards": 1})
    card = client.get("/world").json()["cards"][0]["id"]
    refused(client.get(f"/world/cards/{card}/front.png"), 404)
    refused(client.get(f"/world/cards/{card}/edge.png"), 404)
    refused(client.get("/world/cards/999/front.png"), 404)


def test_the_clock(client: TestClient) -> None:
    assert client.get("/clock").json()["speed"] == 1
    assert client.put("/clock", json={"speed": 20}).json()["speed"] == 20
    assert "more than 0" in refused(client.put("/clock", json={"speed": 0}), 422)
    assert client.get("/clock").json()["speed"] == 20


def test_unknown_addresses_and_methods(client: TestClient) -> None:
    assert "openapi.json" in refused(client.get("/v1/printers"), 404)
    refused(client.delete("/printers"), 405)
    assert client.get("/openapi.json").status_code == 200
    assert client.post("/printers/tango/load", content=b"x" * 100_000).status_code in (413, 422)


def test_a_mutation_is_saved_before_it_is_answered(office: Office, tmp_path: Path) -> None:
    def kept() -> Any:
        """What a simulator started now would know, beside the one that runs."""
        return (tmp_path / "state.json").read_bytes()

    folder = StateFolder(tmp_path)
    with make_client(office, folder) as client:
        client.get("/printers")
        wishes: list[tuple[str, dict[str, Any]]] = [
            ("load", {"cards": 2}),
            ("faults", {"fault": "jam", "times": 1}),
            ("acts", {"act": "new-ribbon"}),
            ("acts", {"act": "open-cover"}),
        ]
        for path, body in wishes:
            before = kept()
            assert client.post(f"/printers/tango/{path}", json=body).status_code == 200, path
            assert kept() != before or body.get("act") == "new-ribbon", path
    folder.close()
    again = StateFolder(tmp_path)
    snapshot = again.load()
    again.close()
    assert snapshot is not None
    fresh = Office.from_file(None, lambda: WALL)
    fresh.restore(snapshot, 0.0)
    assert fresh.world_json() == office.world_json()
    assert fresh.armed("tango") == office.armed("tango")


def test_the_page(client: TestClient) -> None:
    client.post("/printers/tango/load", json={"cards": 2})
    answer = client.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    assert "usbip://127.0.0.1:3240/" in answer.text
    for outside in ("http://", "https://", "//cdn"):
        assert outside not in answer.text


def test_the_forms_of_the_page(client: TestClient) -> None:
    def send(origin: str | None = None, **fields: str) -> Any:
        headers = {} if origin is None else {"origin": origin}
        return client.post("/", data=fields, headers=headers, follow_redirects=False)

    assert send(wish="load", printer="tango", cards="4").status_code == 303
    assert len(client.get("/world").json()["cards"]) == 4
    assert send(wish="act", printer="tango", act="unplug").status_code == 303
    assert state(client)["plugged"] is False
    assert send(wish="arm", printer="tango", fault="jam eject", times="2").status_code == 303
    assert send(wish="arm", printer="tango", fault="jam eject", byte="77").status_code == 303
    armed = client.get("/printers/tango/faults").json()
    assert [(f["fault"], f.get("phase"), f.get("byte"), f["times"]) for f in armed] == [
        ("jam", "eject", None, 2),
        ("jam", None, 77, 1),
    ]
    assert "Disarm" in client.get("/").text
    assert send(wish="disarm", printer="tango", id=armed[0]["id"]).status_code == 303
    assert send(wish="clock", speed="5").status_code == 303
    assert client.get("/clock").json()["speed"] == 5
    refused(send(wish="load", printer="tango", cards="many"), 422)
    refused(send(wish="dance"), 422)
    refused(send("http://elsewhere.example", wish="act", printer="tango", act="replug"), 403)
    assert state(client)["plugged"] is False
    assert send("http://testserver", wish="act", printer="tango", act="replug").status_code == 303
