"""Blind counts: what was counted beside the rows, what lies between two counts, how a difference ends."""

from __future__ import annotations

from typing import Any

import pytest

from printstation.station import Station
from printstation.store import audit
from tests.api.office import Office, pointers, problem

KTP = "ktp-el-wni"
TWO = {"by": "Ani", "supervisor": "Budi"}
MENDED = {"card": "spoiled", "cause": "damaged", "reason": "looked again", **TWO}


@pytest.fixture(autouse=True)
def audited(station: Station) -> Any:
    """Whatever a test did, the audit agrees with it."""
    yield
    with station.store.read() as conn:
        assert [str(found) for found in audit.audit(conn)] == []


def receive(office: Office, count: int, batch: str = "B1") -> None:
    letter = {"delivery": f"SJ-{batch}", "card_type": KTP, "version": "1", "batch": batch}
    assert office.act("/stock/receipts", {**letter, "count": count}).status_code == 201


def load(office: Office, count: int, batch: str = "B1") -> None:
    body = {"printer": "tango", "card_type": KTP, "batch": batch, "count": count}
    assert office.act("/stock/loads", body).status_code == 200


def counted(office: Office, key: str | None = None, **places: int) -> dict[str, Any]:
    """Count ktp-el-wni; `hopper` is that of tango. The lines by place."""
    lines = [
        {"card_type": KTP, "place": "hopper:tango" if place == "hopper" else place, "counted": n}
        for place, n in places.items()
    ]
    answer = office.act("/counts", {"lines": lines, "by": "Ani"}, key)
    assert answer.status_code in (200, 201), answer.text
    return {line["place"]: line for line in answer.json()["lines"]}


def test_every_place_is_counted_against_its_rows(office: Office) -> None:
    office.stocked(6)
    receive(office, 4, "B2")
    card = office.printed(office.job())
    lines = counted(office, store=4, hopper=5, shelf=1, encoded=0, spoiled=0)
    assert {place: line["difference"] for place, line in lines.items()} == dict.fromkeys(lines, 0)
    office.act(f"/cards/{card}/correction", MENDED)
    lines = counted(office, shelf=1, spoiled=1)
    assert (lines["shelf"]["difference"], lines["spoiled"]["difference"]) == (1, 0)


def test_a_difference_lies_between_two_counts(office: Office) -> None:
    receive(office, 20)
    counted(office, store=20)
    load(office, 5)
    second = counted(office, store=15, hopper=5)
    load(office, 2)
    office.printed(office.job())
    office.act("/stock/unloads", {"printer": "tango", "card_type": KTP, "count": 1})
    lines = counted(office, store=13, hopper=5)
    store = lines["store"]
    assert (store["expected"], store["difference"]) == (14, -1)
    assert store["since"]["at"] == second["store"]["at"]
    assert {m["kind"]: (m["came"], m["went"]) for m in store["movements"]} == {
        "card-loaded": (0, 2),
        "card-unloaded": (1, 0),
    }
    assert {m["kind"]: (m["came"], m["went"]) for m in lines["hopper:tango"]["movements"]} == {
        "card-loaded": (2, 0),
        "card-fed": (0, 1),
        "card-unloaded": (0, 1),
    }
    again = counted(office, store=14)["store"]
    assert again["since"] == store["since"], "a count that differs is no moment to start from"
    assert office.get(f"/counts/{store['id']}")["movements"] == store["movements"]


def test_movements_lead_from_the_beginning_to_what_is_expected(office: Office) -> None:
    office.stocked(6)
    office.act("/printers/tango/hopper-count", {"counted": 4})
    for place in ("store", "hopper:tango", "shelf"):
        body = {"lines": [{"card_type": KTP, "place": place, "counted": 9}], "by": "Ani"}
        line = office.act("/counts", body).json()["lines"][0]
        assert line["since"] == {"seq": 0, "at": None}
        assert sum(m["came"] - m["went"] for m in line["movements"]) == line["expected"]


def test_a_card_of_another_batch_in_the_hopper_is_a_difference(office: Office) -> None:
    receive(office, 5)
    load(office, 5)
    receive(office, 3, "B2")
    lines = counted(office, store=2, hopper=6)
    assert {place: line["difference"] for place, line in lines.items()} == {
        "store": -1,
        "hopper:tango": 1,
    }
    # Booking the load that somebody forgot makes both agree.
    load(office, 1, "B2")
    lines = counted(office, store=2, hopper=6)
    assert [line["difference"] for line in lines.values()] == [0, 0]


def test_a_difference_is_explained_once(office: Office) -> None:
    receive(office, 5)
    line = counted(office, store=4)["store"]
    path = f"/counts/{line['id']}/explain"
    refused = problem(office.act(path, {"by": "Ani"}), 422, "invalid")
    assert pointers(refused) == {"/explanation": "missing"}
    told = office.act(path, {"explanation": "one is on the desk", "by": "Ani"}).json()
    assert (told["explanation"], told["explained_by"], told["missing"]) == (
        "one is on the desk",
        "Ani",
        0,
    )
    problem(office.act(path, {"explanation": "no", "by": "Ani"}), 409, "count-settled")
    agreed = counted(office, store=5)["store"]["id"]
    problem(
        office.act(f"/counts/{agreed}/explain", {"explanation": "x", "by": "Ani"}),
        409,
        "count-settled",
    )
    problem(
        office.act("/counts/C-9999/explain", {"explanation": "x", "by": "Ani"}), 404, "not-found"
    )


def test_what_is_missing_is_carried_under_two_names(office: Office) -> None:
    receive(office, 5)
    line = counted(office, store=3)["store"]
    path = f"/counts/{line['id']}/explain"
    problem(office.act(path, {"missing": 2, "by": "Ani"}), 403, "supervisor-needed")
    refused = problem(office.act(path, {"missing": 3, **TWO}), 422, "invalid")
    assert pointers(refused) == {"/missing": "out-of-range"}
    refused = problem(office.act(path, {"missing": 1, **TWO}), 422, "invalid")
    assert pointers(refused) == {"/explanation": "missing"}
    told = office.act(path, {"missing": 2, **TWO}).json()
    assert (told["missing"], told["explained_by"], told["supervisor"]) == (2, "Ani", "Budi")
    assert office.get("/stock") == {KTP: {"stored": 3, "missing": 2}}
    again = counted(office, store=3)["store"]
    assert again["difference"] == 0
    assert again["since"]["at"] == line["at"]
    assert [m["kind"] for m in again["movements"]] == ["card-missing"]


def test_a_surplus_needs_words(office: Office) -> None:
    receive(office, 5)
    path = f"/counts/{counted(office, store=6)['store']['id']}/explain"
    assert pointers(problem(office.act(path, {"missing": 1, **TWO}), 422, "invalid")) == {
        "/missing": "out-of-range"
    }
    assert office.act(path, {"explanation": "counted one twice", "by": "Ani"}).status_code == 200


def test_cards_of_the_shelf_are_named(office: Office) -> None:
    office.stocked(3)
    job = office.job()
    card = office.printed(job)
    path = f"/counts/{counted(office, shelf=0)['shelf']['id']}/explain"
    assert pointers(problem(office.act(path, {"missing": 1, **TWO}), 422, "invalid")) == {
        "/cards": "missing"
    }
    problem(office.act(path, {"cards": ["B-000002"], **TWO}), 409, "card-state")
    problem(office.act(path, {"cards": ["B-999999"], **TWO}), 404, "not-found")
    assert office.act(path, {"cards": [card], **TWO}).status_code == 200
    assert office.get(f"/cards/{card}")["state"] == "missing"
    assert office.get(f"/jobs/{job}")["state"] == "aborted"


def test_counts_are_bounded_and_replayed(office: Office) -> None:
    receive(office, 2)
    first = counted(office, key="k", store=2)
    load(office, 1)
    assert counted(office, key="k", store=2) == first
    for value in (-1, 1_000_001, "2", None):
        line = {"card_type": KTP, "place": "store", "counted": value}
        answer = office.act("/counts", {"lines": [line], "by": "Ani"})
        assert set(pointers(problem(answer, 422, "invalid"))) == {"/lines/0/counted"}
    twice = [{"card_type": KTP, "place": "store", "counted": 1}] * 2
    problem(office.act("/counts", {"lines": twice, "by": "Ani"}), 422, "invalid")
    unknown = [{"card_type": KTP, "place": "roof", "counted": 1}]
    problem(office.act("/counts", {"lines": unknown, "by": "Ani"}), 422, "invalid")
    problem(office.client.get("/v1/counts/C-9999"), 404, "not-found")
    assert len(office.get("/counts", place="store", differs="false")["items"]) == 1
