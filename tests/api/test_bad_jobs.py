"""Jobs that are refused: a clear problem, nothing kept, nothing of what was sent repeated."""

from __future__ import annotations

import base64
import shutil
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import delete

from printstation.station import Station
from printstation.store.tables import payload
from tests.api.office import Office, pointers, problem

SECRET = "RAHASIA-CONTOH"


def refused(office: Office, body: Any, *, status: int = 422, code: str = "invalid") -> Any:
    before = office.get("/jobs")["items"]
    document = problem(office.post(body), status, code)
    assert office.get("/jobs")["items"] == before
    return document


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("layout", 7, "wrong-type"),
        ("card_type", None, "wrong-type"),
        ("resident", "12345", "wrong-form"),
        ("resident", "١٧٧١٩٩٠١٠١٩٠٠٠٠١", "wrong-form"),
        ("resident", 1771990101900001, "wrong-type"),
        ("values", [], "wrong-type"),
        ("photo", 5, "wrong-type"),
        ("photo", "not base64!", "not-base64"),
        ("photo", "QUJD\n", "not-base64"),
        ("signature", "YWJ", "not-base64"),
        ("priority", 0, "out-of-range"),
        ("priority", 101, "out-of-range"),
        ("priority", "50", "wrong-type"),
        ("priority", 50.5, "wrong-type"),
        ("priority", True, "wrong-type"),
        ("reference", "", "wrong-form"),
        ("reference", "a b", "wrong-form"),
        ("reference", "x" * 65, "wrong-form"),
        ("reference", "x\n", "wrong-form"),
        ("hold", 1, "wrong-type"),
        ("hold", "yes", "wrong-type"),
        ("expires_at", 1893456000, "wrong-type"),
        ("expires_at", "2199-01-01T00:00:00", "wrong-form"),
        ("expires_at", "2001-01-01T00:00:00Z", "past"),
        ("expires_at", "9999-12-31T23:59:59-12:00", "wrong-form"),
        ("expires_at", "0001-01-01T00:00:00+14:00", "wrong-form"),
        ("requested_on", "01-10-2026", "wrong-form"),
        ("ticket", " A1", "wrong-form"),
        ("reason", "a\u0007b", "wrong-form"),
        ("reason", "1771990101900001", "wrong-form"),
        ("ticket", "A 1771990101900001", "wrong-form"),
        ("colour", "red", "unknown-field"),
    ],
)
def test_wrong_fields(office: Office, field: str, value: Any, code: str) -> None:
    document = refused(office, {**office.body(), field: value})
    assert pointers(document) == {f"/{field}": code}


@pytest.mark.parametrize("field", ["layout", "card_type", "values", "reference"])
def test_missing_fields(office: Office, field: str) -> None:
    body = office.body()
    del body[field]
    assert pointers(refused(office, body)) == {f"/{field}": "missing"}


def test_a_body_that_is_no_object(office: Office) -> None:
    bodies: list[Any] = [[], 5, "text"]
    for body in bodies:
        assert set(pointers(refused(office, body))) == {""}


def test_an_unknown_layout_names_those_there_are(office: Office) -> None:
    document = refused(office, office.body(layout="no-such"))
    assert pointers(document) == {"/layout": "unknown"}
    assert "specimen-resident" in document["detail"]


def test_an_unknown_value_field(office: Office) -> None:
    body = office.body()
    body["values"]["shoe/size"] = "42"
    assert pointers(refused(office, body)) == {"/values/shoe~1size": "unknown-field"}


def test_a_missing_required_value(office: Office) -> None:
    body = office.body()
    body["values"]["name"] = "  "
    assert pointers(refused(office, body)) == {"/values/name": "missing"}


def test_text_that_cannot_fit_is_not_repeated(office: Office) -> None:
    body = office.body()
    body["values"]["name"] = "W" * 60
    document = refused(office, body)
    assert pointers(document) == {"/values/name": "does-not-fit"}
    assert "WWW" not in str(document)


def test_values_are_never_repeated(office: Office) -> None:
    body = office.body(resident=SECRET, reference=SECRET + " ", priority=SECRET, photo=SECRET)
    body["values"] = {"name": {"deep": SECRET}, "nik": [SECRET]}
    assert SECRET not in str(refused(office, body))


def test_all_wrong_fields_are_told_at_once(office: Office) -> None:
    body = office.body(photo="broken!", resident=None)
    body["values"].pop("name")
    assert set(pointers(refused(office, body))) == {"/photo", "/resident", "/values/name"}


def test_the_list_of_errors_has_a_bound(office: Office) -> None:
    body = office.body(values={f"v{n}": "x" for n in range(1000)})
    assert len(refused(office, body)["errors"]) == 100


def test_a_broken_picture(office: Office) -> None:
    broken = base64.b64encode(b"\xff\xd8 no picture").decode()
    assert pointers(refused(office, office.body(photo=broken))) == {"/photo": "picture-broken"}


def test_a_huge_picture(office: Office) -> None:
    with BytesIO() as file:
        Image.new("1", (6000, 6000)).save(file, "PNG")
        bomb = base64.b64encode(file.getvalue()).decode()
    document = refused(office, office.body(photo=bomb))
    assert pointers(document) == {"/photo": "picture-too-large"}


def test_a_resident_is_needed_for_one_per_resident(office: Office) -> None:
    assert pointers(refused(office, office.body(resident=None))) == {"/resident": "missing"}


@pytest.mark.parametrize(
    ("card_type", "told"),
    [
        ("passport", "there is no such card type"),
        ("staff", "layout specimen-resident takes"),
    ],
)
def test_a_card_type_that_is_not_taken(office: Office, card_type: str, told: str) -> None:
    document = refused(office, office.body(card_type=card_type), code="card-type-refused")
    assert pointers(document) == {"/card_type": "refused"}
    assert document["detail"].startswith(told)


def test_a_card_type_that_no_printer_takes(office: Office, station: Station) -> None:
    lone = tuple(p for p in station.config.printers if p.name == "enduro")
    station.config = station.config.model_copy(update={"printers": lone})
    document = refused(office, office.body(card_type="ktp-el-wni"), code="card-type-refused")
    assert document["detail"] == "no printer of this station takes ktp-el-wni"


# ------------------------------------------------------------------------------- of two jobs
def test_a_used_reference(office: Office) -> None:
    job = office.job(reference="mine")
    document = refused(office, office.body(reference="mine"), status=409, code="reference-used")
    assert document["job"] == job


def test_a_resident_who_has_a_job(office: Office) -> None:
    body = office.body()
    job = office.post(body).json()["id"]
    other = {**body, "reference": "other"}
    assert refused(office, other, status=409, code="resident-has-job")["job"] == job
    office.act(f"/jobs/{job}/cancel")
    assert office.post(other).status_code == 201


def test_a_resident_who_has_a_card(office: Office) -> None:
    office.stocked(1)
    body = office.body()
    job = office.post(body).json()["id"]
    office.printed(job)
    other = {**body, "reference": "other"}
    assert refused(office, other, status=409, code="resident-has-card")["job"] == job


def test_a_job_that_has_not_ended_is_not_replaced(office: Office) -> None:
    body = office.body()
    job = office.post(body).json()["id"]
    later = {**body, "reference": "later", "replaces": job}
    refused(office, later, status=409, code="not-replaceable")
    problem(office.act(f"/jobs/{job}/reprint"), 409, "not-replaceable")


def test_a_job_is_replaced_once(office: Office) -> None:
    body = office.body()
    job = office.post(body).json()["id"]
    office.act(f"/jobs/{job}/cancel")
    successor = office.act(f"/jobs/{job}/reprint").json()["id"]
    later = {**body, "reference": "later", "replaces": job}
    assert refused(office, later, status=409, code="already-replaced")["job"] == successor


def test_replacing_nothing(office: Office) -> None:
    refused(office, office.body(replaces="no-such-job"), status=404, code="not-found")


# ------------------------------------------------------------------------------- acts
def test_cancel_of_a_finished_job(office: Office) -> None:
    office.stocked(1)
    job = office.job()
    office.printed(job)
    document = problem(office.act(f"/jobs/{job}/cancel"), 409, "job-state")
    assert "completed" in document["detail"]


@pytest.mark.parametrize("act", ["cancel", "hold", "release", "reprint"])
def test_acts_on_no_job(office: Office, act: str) -> None:
    problem(office.act(f"/jobs/none/{act}"), 404, "not-found")


@pytest.mark.parametrize("act", ["cancel", "hold", "release", "reprint"])
def test_acts_with_unknown_fields(office: Office, act: str) -> None:
    document = problem(office.act(f"/jobs/{office.job()}/{act}", {"why": "x"}), 422, "invalid")
    assert pointers(document) == {"/why": "unknown-field"}


def test_reprint_of_erased_data(office: Office, station: Station) -> None:
    office.stocked(1)
    job = office.job()
    card = office.printed(job)
    with station.store.write() as tx:
        tx.conn.execute(delete(payload).where(payload.c.job == job))
    problem(office.act(f"/jobs/{job}/reprint"), 410, "payload-erased")
    problem(office.client.get(f"/v1/jobs/{job}/preview/front.png"), 410, "payload-erased")
    assert office.get(f"/cards/{card}")["state"] == "printed"


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"limit": 0}, "/limit"),
        ({"limit": 501}, "/limit"),
        ({"limit": "many"}, "/limit"),
        ({"state": "lost"}, "/state/0"),
        ({"cursor": "zzz"}, "/cursor"),
        ({"cursor": "YzE"}, "/cursor"),  # a cursor of the cards
        ({"cursor": "ajk5OTk5OTk5OTk5OTk5OTk5OTk"}, "/cursor"),  # j9999999999999999999
    ],
)
def test_wrong_queries(office: Office, query: dict[str, Any], place: str) -> None:
    answer = office.client.get("/v1/jobs", params=query)
    assert set(pointers(problem(answer, 422, "invalid"))) == {place}


# ------------------------------------------------------------------------------- the station
def test_nothing_is_taken_while_the_station_stops(office: Office, station: Station) -> None:
    body = office.body()
    first = office.post(body, key="before")
    station.stopping = True
    refused(office, office.body(), status=503, code="stopping")
    assert office.post(body, key="before").json()["id"] == first.json()["id"]


@pytest.mark.parametrize(("free", "status"), [(50, 201), (49, 507)])
def test_orders_queue_below_min_free_mb_until_the_room_for_moving_cards_is_reached(
    office: Office, station: Station, monkeypatch: pytest.MonkeyPatch, free: int, status: int
) -> None:
    """No card starts below `min_free_mb` (`test_nothing_starts_on_a_disk_that_is_nearly_full`)."""
    station.config = station.config.model_copy(update={"min_free_mb": 200})
    usage = shutil.disk_usage(station.config.data_dir)._replace(free=free << 20)
    monkeypatch.setattr("printstation.api.needs.shutil.disk_usage", lambda _: usage)
    answer = office.post()
    assert answer.status_code == status
    if status == 507:
        problem(answer, 507, "disk-low")
