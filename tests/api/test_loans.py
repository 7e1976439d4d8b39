"""Loans between offices, blanks given back to the centre, and blanks that are missing."""

from __future__ import annotations

from typing import Any

import pytest

from printstation.station import Station
from printstation.store import audit
from tests.api.office import Office, pointers, problem

RECEIPT = {
    "delivery": "SJ-001",
    "card_type": "ktp-el-wni",
    "version": "2024",
    "batch": "B1",
    "count": 20,
}
TERMS = {
    "direction": "lent",
    "office": "Kabupaten Sebelah",
    "card_type": "ktp-el-wni",
    "version": "2024",
    "count": 8,
    "document": "470/11/2026",
    "their_document": "470/99/2026",
    "due": "2099-12-31",
    "by": "Ani",
}
BORROWED = {**TERMS, "direction": "borrowed", "batch": "BX", "document": "470/12/2026"}
TWO = {"by": "Ani", "supervisor": "Budi"}


@pytest.fixture(autouse=True)
def audited(station: Station) -> Any:
    """Whatever a test did, the audit agrees with it."""
    yield
    with station.store.read() as conn:
        assert [str(found) for found in audit.audit(conn)] == []


def lent(office: Office, **changes: Any) -> str:
    office.act("/stock/receipts", RECEIPT)
    answer = office.act("/loans", {**TERMS, **changes}, key="loan")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_blanks_are_lent_and_come_home(office: Office) -> None:
    loan = lent(office)
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 12, "lent": 8}}
    answer = office.act(f"/loans/{loan}/returns", {"count": 5, "document": "470/1", "by": "Ani"})
    assert answer.json()["outstanding"] == 3
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 17, "lent": 3}}
    problem(
        office.act(f"/loans/{loan}/returns", {"count": 4, "by": "Ani"}), 409, "not-enough-blanks"
    )
    office.act(f"/loans/{loan}/returns", {"count": 3, "by": "Ani"})
    settled = office.act(f"/loans/{loan}/settle", {"by": "Ani"}).json()
    assert (settled["outstanding"], settled["settled_by"]) == (0, "Ani")
    problem(office.act(f"/loans/{loan}/settle", {"by": "Ani"}), 409, "loan-settled")
    problem(office.act(f"/loans/{loan}/returns", {"count": 1, "by": "Ani"}), 409, "loan-settled")
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 20}}


def test_a_loan_is_replayed_and_its_document_counts_once(office: Office) -> None:
    loan = lent(office)
    again = office.act("/loans", TERMS, key="loan")
    assert (again.status_code, again.json()["id"]) == (200, loan)
    problem(office.act("/loans", TERMS), 409, "document-used")


def test_borrowed_blanks_are_given_back_as_any_of_their_kind(office: Office) -> None:
    answer = office.act("/loans", BORROWED)
    assert answer.status_code == 201
    loan = answer.json()["id"]
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 8}}
    office.act("/stock/loads", {"printer": "tango", "card_type": "ktp-el-wni", "count": 8})
    problem(
        office.act(f"/loans/{loan}/returns", {"count": 8, "by": "Ani"}), 409, "not-enough-blanks"
    )
    office.act("/stock/receipts", RECEIPT)
    given = office.act(f"/loans/{loan}/returns", {"count": 8, "by": "Ani"}).json()
    assert given["outstanding"] == 0
    assert office.get("/cards", state="returned")["items"][0]["batch"] == "B1"
    assert office.get("/stock") == {"ktp-el-wni": {"loaded": 8, "stored": 12, "returned": 8}}


def test_borrowed_blanks_have_a_batch_that_fits(office: Office) -> None:
    office.act("/stock/receipts", RECEIPT)
    bare = {name: value for name, value in BORROWED.items() if name != "batch"}
    assert pointers(problem(office.act("/loans", bare), 422, "invalid")) == {"/batch": "missing"}
    other = {**BORROWED, "batch": "B1", "version": "2019"}
    assert pointers(problem(office.act("/loans", other), 422, "invalid")) == {
        "/batch": "other-batch"
    }


def test_no_more_is_lent_than_is_stored(office: Office) -> None:
    office.act("/stock/receipts", RECEIPT)
    problem(office.act("/loans", {**TERMS, "count": 21}), 409, "not-enough-blanks")
    problem(office.act("/loans", {**TERMS, "version": "2019"}), 409, "not-enough-blanks")
    problem(office.act("/loans", {**TERMS, "card_type": "passport"}), 422, "card-type-refused")
    assert office.get("/loans")["items"] == []


def test_what_the_other_office_lost_is_missing(office: Office) -> None:
    loan = lent(office)
    office.act(f"/loans/{loan}/returns", {"count": 6, "by": "Ani"})
    problem(office.act(f"/loans/{loan}/settle", {"by": "Ani"}), 409, "loan-outstanding")
    alone = {"by": "Ani", "reason": "two were burnt over there"}
    problem(office.act(f"/loans/{loan}/settle", alone), 403, "supervisor-needed")
    settled = office.act(f"/loans/{loan}/settle", {**alone, "supervisor": "Budi"}).json()
    assert settled["reason"] == "two were burnt over there"
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 18, "missing": 2}}


def test_loans_are_listed_by_state_and_day(office: Office) -> None:
    loan = lent(office)
    late = office.act("/loans", {**TERMS, "document": "470/13", "due": "2020-01-01", "count": 1})
    assert late.json()["overdue"] is True
    listed = {
        query: [item["id"] for item in office.get("/loans", **dict([query]))["items"]]
        for query in (("state", "open"), ("state", "settled"), ("overdue", "true"))
    }
    assert listed == {
        ("state", "open"): [loan, late.json()["id"]],
        ("state", "settled"): [],
        ("overdue", "true"): [late.json()["id"]],
    }
    problem(office.client.get("/v1/loans/L-9999"), 404, "not-found")
    problem(office.act("/loans/L-9999/settle", {"by": "Ani"}), 404, "not-found")


# ------------------------------------------------------------------------------- returned, missing
def test_blanks_go_back_to_the_centre(office: Office) -> None:
    office.act("/stock/receipts", RECEIPT)
    body = {"card_type": "ktp-el-wni", "count": 3, "document": "470/7", "by": "Ani"}
    problem(office.act("/stock/returns", body), 403, "supervisor-needed")
    answer = office.act("/stock/returns", {**body, **TWO, "batch": "B1"})
    assert answer.json()["count"] == 3
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 17, "returned": 3}}
    more = {**body, **TWO, "count": 18, "document": "470/8"}
    problem(office.act("/stock/returns", more), 409, "not-enough-blanks")


def test_a_letter_of_return_counts_once(office: Office) -> None:
    office.act("/stock/receipts", RECEIPT)
    body = {"card_type": "ktp-el-wni", "count": 3, "document": "470/7", **TWO}
    first = office.act("/stock/returns", body, key="return")
    assert first.status_code == 200
    twice = problem(office.act("/stock/returns", {**body, "count": 2}), 409, "document-used")
    assert pointers(twice) == {"/document": "used"}
    assert office.act("/stock/returns", body, key="return").json() == first.json(), "a replay"
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 17, "returned": 3}}
    assert office.act("/stock/returns", {**body, "document": "470/8"}).status_code == 200


def test_a_batch_that_is_named_tells_the_version(office: Office) -> None:
    office.act("/stock/receipts", RECEIPT)
    named = {name: said for name, said in TERMS.items() if name != "version"}
    unsaid = problem(office.act("/loans", named), 422, "invalid")
    assert pointers(unsaid) == {"/version": "missing"}
    lent = office.act("/loans", {**named, "batch": "B1"}).json()
    assert (lent["version"], lent["batch"], lent["outstanding"]) == ("2024", "B1", 8)
    new = {**named, "direction": "borrowed", "batch": "BX", "document": "470/12"}
    unknown = problem(office.act("/loans", new), 422, "invalid")
    assert pointers(unknown) == {"/version": "missing"}, "nobody knows that batch yet"
    assert office.act("/loans", {**new, "version": "2025"}).status_code == 201
    again = office.act("/loans", {**new, "document": "470/13"}).json()
    assert again["version"] == "2025"


def test_stored_blanks_are_missing_and_never_blanks_again(office: Office) -> None:
    office.act("/stock/receipts", RECEIPT)
    body = {"card_type": "ktp-el-wni", "place": "store", "reason": "the box was open", **TWO}
    problem(
        office.act("/stock/missing", {**body, "count": 2, "supervisor": "ani"}),
        403,
        "supervisor-needed",
    )
    lost = office.act("/stock/missing", {**body, "count": 2}).json()["cards"]
    assert office.get("/stock") == {"ktp-el-wni": {"stored": 18, "missing": 2}}
    found = {"card": "spoiled", "cause": "lost", "reason": "it lay under the shelf", **TWO}
    assert office.act(f"/cards/{lost[0]}/correction", found).json()["state"] == "spoiled"
    named = {**body, "cards": ["B-000001", lost[1]]}
    refused = problem(office.act("/stock/missing", named), 409, "card-state")
    assert refused["detail"] == f"card {lost[1]} is missing; it cannot be missing"


def test_blanks_of_a_hopper_are_missing(office: Office) -> None:
    office.stocked(5)
    body = {"card_type": "ktp-el-wni", "reason": "not there", **TWO}
    lost = office.act("/stock/missing", {**body, "place": "hopper:tango", "count": 2}).json()
    assert lost["cards"] == ["B-000005", "B-000004"]
    assert office.get("/stock") == {"ktp-el-wni": {"loaded": 3, "missing": 2}}
    named = {**body, "place": "hopper:tango", "cards": ["B-000004"]}
    problem(office.act("/stock/missing", named), 409, "card-state")
    for place in ("shelf", "hopper:none", "hopper", "attic"):
        answer = office.act("/stock/missing", {**body, "place": place, "count": 1})
        assert pointers(problem(answer, 422, "invalid")) == {"/place": "unknown"}


def test_words_that_name_a_resident_are_not_journalled(office: Office) -> None:
    office.act("/stock/receipts", RECEIPT)
    body = {"card_type": "ktp-el-wni", "place": "store", "count": 1, **TWO}
    answer = office.act("/stock/missing", {**body, "reason": "given to 1771990101900001"})
    assert pointers(problem(answer, 422, "invalid")) == {"/reason": "wrong-form"}
    assert "1771990101900001" not in answer.text
