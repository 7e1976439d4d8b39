"""Deliveries, loads, unloads, counts and cards: rows, never totals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.office import Office, pointers, problem

RECEIPT = {
    "delivery": "SJ-001",
    "card_type": "ktp-el-wni",
    "version": "2024",
    "batch": "B1",
    "count": 20,
}
LOAD = {"printer": "tango", "card_type": "ktp-el-wni", "batch": "B1", "count": 5}


def test_a_delivery_becomes_rows(office: Office) -> None:
    answer = office.act("/stock/receipts", RECEIPT)
    assert answer.status_code == 201
    assert answer.json() == {
        **RECEIPT,
        "first": "B-000001",
        "last": "B-000020",
        "at": answer.json()["at"],
        "source": "centre",
        "expected": None,
        "reason": None,
    }
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 20}}


def test_a_delivery_number_counts_once(office: Office) -> None:
    office.act("/stock/receipts", RECEIPT)
    problem(office.act("/stock/receipts", RECEIPT), 409, "delivery-counted")
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 20}}


def test_a_batch_is_of_one_type_and_version(office: Office) -> None:
    office.act("/stock/receipts", RECEIPT)
    other = {**RECEIPT, "delivery": "SJ-002", "version": "2025"}
    assert pointers(problem(office.act("/stock/receipts", other), 422, "invalid")) == {
        "/batch": "other-batch"
    }


def test_load_and_unload_move_rows(office: Office) -> None:
    office.act("/stock/receipts", RECEIPT)
    loaded = office.act("/stock/loads", LOAD).json()
    assert loaded == {**LOAD, "cards": [f"B-{n:06d}" for n in range(1, 6)]}
    assert office.get("/printers/tango")["hopper"] == 5
    newest = {"printer": "tango", "card_type": "ktp-el-wni", "count": 2}
    unloaded = office.act("/stock/unloads", newest).json()
    assert unloaded["cards"] == ["B-000005", "B-000004"]
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 17, "loaded": 3}}
    assert office.get("/printers/tango")["hopper_batches"] == [
        {"card_type": "ktp-el-wni", "batch": "B1", "count": 3}
    ]


def test_more_than_there_is(office: Office) -> None:
    office.act("/stock/receipts", RECEIPT)
    problem(office.act("/stock/loads", {**LOAD, "count": 21}), 409, "not-enough-blanks")
    problem(office.act("/stock/unloads", {**LOAD, "count": 1}), 409, "not-enough-blanks")
    problem(office.act("/stock/loads", {**LOAD, "batch": "B2"}), 409, "not-enough-blanks")
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 20}}


def test_card_types_and_printers_are_known(office: Office) -> None:
    office.act("/stock/receipts", RECEIPT)
    unknown = {**RECEIPT, "card_type": "passport"}
    problem(office.act("/stock/receipts", unknown), 422, "card-type-refused")
    refused = problem(
        office.act("/stock/loads", {**LOAD, "printer": "enduro"}), 422, "card-type-refused"
    )
    assert refused["detail"] == "printer enduro takes kia, specimen"
    for path in ("loads", "unloads"):
        problem(office.act(f"/stock/{path}", {**LOAD, "printer": "none"}), 404, "not-found")


@pytest.mark.parametrize(
    ("path", "body"), [("receipts", RECEIPT), ("loads", LOAD), ("unloads", LOAD)]
)
@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("count", 0, "out-of-range"),
        ("count", -1, "out-of-range"),
        ("count", 100_001, "out-of-range"),
        ("count", "5", "wrong-type"),
        ("count", True, "wrong-type"),
        ("batch", "", "missing"),
        ("card_type", "x" * 65, "too-long"),
        ("by", "", "missing"),
        ("note", "x", "unknown-field"),
    ],
)
def test_wrong_fields(
    office: Office, path: str, body: dict[str, Any], field: str, value: Any, code: str
) -> None:
    answer = office.act(f"/stock/{path}", {**body, field: value})
    assert pointers(problem(answer, 422, "invalid")) == {f"/{field}": code}


def test_stock_routes_need_a_body(office: Office) -> None:
    for path in ("receipts", "loads", "unloads"):
        problem(office.act(f"/stock/{path}"), 415, "content-type")


def test_a_delivery_waits_while_the_station_stops(office: Office) -> None:
    office.station.stopping = True
    problem(office.act("/stock/receipts", RECEIPT), 503, "stopping")


# ------------------------------------------------------------------------------- counts
def test_a_count_that_agrees(office: Office) -> None:
    office.stocked(5)
    assert office.act("/printers/tango/hopper-count", {"counted": 5}).json() == {
        "printer": "tango",
        "expected": 5,
        "counted": 5,
        "missing": 0,
        "loaded": 0,
    }


def test_what_is_not_there_is_missing(office: Office) -> None:
    office.stocked(5)
    counted = office.act("/printers/tango/hopper-count", {"counted": 3, "by": "Ani"}).json()
    assert (counted["missing"], counted["loaded"]) == (2, 0)
    assert office.get("/stock") == {"ktp-el-wni": {"loaded": 3, "missing": 2}}
    missing = office.get("/cards", state="missing", batch="B1")["items"]
    assert {(card["cause"], card["printer"]) for card in missing} == {("count", "tango")}


def test_a_surplus_comes_from_the_store_or_needs_a_reason(office: Office) -> None:
    office.act("/stock/receipts", {**RECEIPT, "count": 6})
    office.act("/stock/loads", LOAD)
    assert office.act("/printers/tango/hopper-count", {"counted": 6}).json()["loaded"] == 1
    refused = problem(
        office.act("/printers/tango/hopper-count", {"counted": 7}), 422, "surplus-unexplained"
    )
    assert pointers(refused) == {"/reason": "missing"}
    found = {"counted": 7, "reason": "one lay behind the printer"}
    assert office.act("/printers/tango/hopper-count", found).json()["loaded"] == 1
    assert office.get("/stock") == {"ktp-el-wni": {"loaded": 7}}


def test_blanks_in_a_hopper_without_any_row_are_of_the_only_batch_in_the_store(
    office: Office,
) -> None:
    """Somebody filled a new printer by hand and recorded nothing; the count brings the rows after them."""
    office.act("/stock/receipts", {**RECEIPT, "count": 6})
    assert office.act("/printers/tango/hopper-count", {"counted": 4}).json()["loaded"] == 4
    assert office.get("/stock") == {"ktp-el-wni": {"loaded": 4, "stored": 2}}


def test_blanks_of_which_nothing_tells_the_batch_are_received_first(office: Office) -> None:
    """A reason does not say which batch, so the refusal asks for what does."""
    found = {"counted": 2, "reason": "nobody knows"}
    nothing_stored = office.act("/printers/tango/hopper-count", found)
    for batch in ("B17", "B18"):
        delivery = {**RECEIPT, "delivery": f"D-{batch}", "batch": batch}
        assert office.act("/stock/receipts", delivery).status_code == 201
    two_batches = office.act("/printers/tango/hopper-count", found)
    for answer in (nothing_stored, two_batches):
        detail = problem(answer, 422, "surplus-unexplained")["detail"]
        assert "receive and load them" in detail


def test_a_count_waits_for_the_card_that_was_fed(office: Office) -> None:
    office.stocked(2)
    office.feed(office.job())
    problem(office.act("/printers/tango/hopper-count", {"counted": 1}), 409, "question-open")


def test_a_reserved_blank_lies_in_the_hopper(office: Office) -> None:
    office.stocked(2)
    office.reserve(office.job())
    assert office.get("/printers/tango")["hopper"] == 2
    assert office.act("/printers/tango/hopper-count", {"counted": 2}).json()["missing"] == 0


def test_counts_are_bounded(office: Office) -> None:
    for counted in (-1, 10_001, None, "2"):
        answer = office.act("/printers/tango/hopper-count", {"counted": counted})
        assert set(pointers(problem(answer, 422, "invalid"))) == {"/counted"}
    problem(office.act("/printers/none/hopper-count", {"counted": 1}), 404, "not-found")


# ------------------------------------------------------------------------------- cards
def test_cards_are_listed_and_shown(office: Office) -> None:
    office.act("/stock/receipts", RECEIPT)
    page = office.get("/cards", batch="B1", limit=15)
    rest = office.get("/cards", batch="B1", limit=15, cursor=page["next"])
    assert len(page["items"]) == 15 and len(rest["items"]) == 5 and rest["next"] is None
    assert (
        office.get("/cards/B-000007")
        == page["items"][6]
        == {
            "id": "B-000007",
            "card_type": "ktp-el-wni",
            "version": "2024",
            "batch": "B1",
            "number": None,
            "state": "stored",
            "cause": None,
            "printer": None,
            "job": None,
            "shelf": None,
            "origin": "received",
            "delivery": "SJ-001",
            "source": "centre",
        }
    )
    problem(office.client.get("/v1/cards/B-999999"), 404, "not-found")
    answer = office.client.get("/v1/cards", params={"state": "eaten"})
    assert pointers(problem(answer, 422, "invalid")) == {"/state/0": "not-a-choice"}


def test_cards_of_a_job(office: Office) -> None:
    office.stocked(2)
    job = office.job()
    card = office.printed(job)
    assert [c["id"] for c in office.get("/cards", job=job, state="printed")["items"]] == [card]
    assert office.get("/cards", job=job, state="spoiled")["items"] == []


def test_the_balance_is_the_number_of_rows(office: Office) -> None:
    office.stocked(5)
    office.printed(office.job())
    office.act("/printers/tango/hopper-count", {"counted": 2})
    counted = sum(n for states in office.get("/stock").values() for n in states.values())
    assert counted == len(office.get("/cards", limit=500)["items"]) == 5


# ------------------------------------------------------------------------------- letters and versions
def test_a_difference_to_the_letter_is_explained(office: Office) -> None:
    short = {**RECEIPT, "expected": 21, "source": "province"}
    refused = problem(office.act("/stock/receipts", short), 422, "difference-unexplained")
    assert pointers(refused) == {"/reason": "missing"}
    assert office.get("/stock") == {}
    answer = office.act("/stock/receipts", {**short, "reason": "the seal of one box was broken"})
    assert (answer.status_code, answer.json()["expected"]) == (201, 21)
    assert answer.json()["source"] == "province"
    other = {**RECEIPT, "delivery": "SJ-2", "source": "market"}
    assert pointers(problem(office.act("/stock/receipts", other), 422, "invalid")) == {
        "/source": "not-a-choice"
    }


@pytest.fixture
def set_for_2024(office: Office) -> Office:
    """tango is set for version 2024 only."""
    config = office.station.config
    printers = (config.printers[0].model_copy(update={"versions": ("2024",)}), config.printers[1])
    office.station.config = config.model_copy(update={"printers": printers})
    return office


def test_a_printer_takes_only_the_versions_that_it_is_set_for(set_for_2024: Office) -> None:
    office = set_for_2024
    old = {**RECEIPT, "delivery": "SJ-0", "version": "2019", "batch": "B0"}
    office.act("/stock/receipts", old)
    refused = problem(office.act("/stock/loads", {**LOAD, "batch": "B0"}), 422, "version-refused")
    assert refused["detail"] == "batch B0 is of version 2019; this printer is set for 2024"
    anything = {name: value for name, value in LOAD.items() if name != "batch"}
    problem(office.act("/stock/loads", anything), 422, "version-refused")
    named = {**anything, "count": 1, "cards": ["B-000001"]}
    problem(office.act("/stock/loads", named), 422, "version-refused")
    office.act("/stock/receipts", RECEIPT)
    assert office.act("/stock/loads", anything).json()["cards"][0] == "B-000021"
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 35, "loaded": 5}}


def test_a_kia_body_never_moves_to_a_ktp_printer(office: Office) -> None:
    office.act("/stock/receipts", {**RECEIPT, "card_type": "staff", "batch": "K1"})
    body = {**LOAD, "card_type": "staff", "batch": "K1"}
    problem(office.act("/stock/loads", body), 422, "card-type-refused")
    refused = problem(office.act("/stock/loads", {**LOAD, "batch": "K1"}), 422, "invalid")
    assert (refused["detail"], pointers(refused)) == (
        "batch K1 holds staff version 2024",
        {"/batch": "other-batch"},
    )
    assert office.get("/stock") == {"staff": {"stored": 20}}


def test_loading_names_a_spoiled_card(office: Office) -> None:
    office.act("/stock/receipts", RECEIPT)
    two = {"by": "Ani", "supervisor": "Budi"}
    lost = {"card_type": "ktp-el-wni", "place": "store", "cards": ["B-000003"], "reason": "gone"}
    assert office.act("/stock/missing", {**lost, **two}).status_code == 200
    found = {"card": "spoiled", "cause": "damaged", "reason": "it lay below", **two}
    assert office.act("/cards/B-000003/correction", found).status_code == 200
    body = {"printer": "tango", "card_type": "ktp-el-wni"}
    refused = problem(
        office.act("/stock/loads", {**body, "cards": ["B-000003"]}), 409, "card-state"
    )
    assert refused["detail"] == "card B-000003 is spoiled; it cannot be loaded"
    problem(office.act("/stock/loads", {**body, "cards": ["B-009999"]}), 404, "not-found")
    wrong = {**body, "card_type": "kia", "cards": ["B-000001"]}
    assert pointers(problem(office.act("/stock/loads", wrong), 422, "invalid")) == {
        "/cards": "other-batch"
    }
    for bad in ({}, {"cards": ["B-000001", "B-000001"]}, {"count": 2, "cards": ["B-000001"]}):
        problem(office.act("/stock/loads", {**body, **bad}), 422, "invalid")
    moved = office.act("/stock/loads", {**body, "cards": ["B-000007", "B-000001"]})
    assert (moved.json()["count"], moved.json()["cards"]) == (2, ["B-000001", "B-000007"])
