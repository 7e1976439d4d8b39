"""Jobs that are right: posting, showing, waiting, acting, previewing."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, ImageChops

import layouts
from printstation.seal import SealBroken
from printstation.spool.view import PrinterState
from printstation.station import Station
from printstation.store import jobs, journal
from tests.api.office import SERIAL, Office, problem

FIELDS = {
    "id",
    "state",
    "state_reasons",
    "card_type",
    "layout",
    "reference",
    "priority",
    "printer",
    "only_printer",
    "card",
    "question",
    "evidence",
    "cancel_requested",
    "replaces",
    "replaced_by",
    "created_at",
    "place",
    "waits_for",
    "wants",
}


def test_a_posted_job_is_there(office: Office) -> None:
    body = office.body()
    answer = office.post(body)
    job = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert job.keys() == FIELDS | {"warnings"}
    assert (job["state"], job["place"], job["reference"]) == ("pending", 1, body["reference"])
    assert office.get(f"/jobs/{job['id']}").keys() == FIELDS


@pytest.mark.parametrize("name", ["plain", "longest", "emptiest"])
def test_every_sample_can_be_posted(office: Office, name: str) -> None:
    assert office.post(office.get(f"/layouts/specimen-resident/samples/{name}")).status_code == 201


def test_a_sample_can_be_posted_again_for_another_resident(office: Office) -> None:
    sample = office.get("/layouts/specimen-resident/samples/plain")
    again = {**sample, "resident": "1771991010100042", "reference": "again"}
    again["values"] = {
        name: again["resident"] if value == sample["resident"] else value
        for name, value in sample["values"].items()
    }
    assert office.post(sample).status_code == 201
    assert office.post(again).status_code == 201


def test_the_payload_is_the_whole_body_and_is_sealed(office: Office, station: Station) -> None:
    body = office.body()
    job = office.post(body).json()["id"]
    with station.store.read() as conn:
        found = jobs.sealed_payload(conn, job)
    assert found is not None
    assert body["resident"].encode() not in found[1]
    assert body["resident"].encode() in station.seal.open(found[1], job)
    with pytest.raises(SealBroken):
        station.seal.open(found[1], "another job")


def test_no_personal_data_in_the_journal(office: Office, station: Station) -> None:
    body = office.body()
    office.post(body)
    with station.store.read() as conn:
        entries = "".join(entry for _, entry, _, _ in journal.walk(conn))
    assert "job-submitted" in entries
    assert body["resident"] not in entries
    assert body["values"]["name"] not in entries


def test_fields_without_a_value_have_defaults(office: Office) -> None:
    body = office.body()
    for name in ("priority", "signature"):
        del body[name]
    assert office.post(body).json()["priority"] == 50


def test_optional_fields(office: Office) -> None:
    job = office.post(
        office.body(
            hold=True,
            expires_at="2199-01-01T00:00:00+07:00",
            requested_on="2026-10-01",
            reason="damaged",
            ticket="A-017",
        )
    ).json()
    assert (job["state"], job["state_reasons"]) == ("pending-held", ["held"])
    assert (job["waits_for"], job["place"]) == ("release", None)


def test_a_type_without_a_resident(office: Office) -> None:
    for number in range(2):
        body = office.body(card_type="specimen", resident=None, reference=f"S-{number}")
        assert office.post(body).status_code == 201


# ------------------------------------------------------------------------------- hints
def test_a_nik_that_tells_another_birth_date_is_a_warning(office: Office) -> None:
    body = office.body(resident="1771994101000042")
    body["values"] |= {"nik": "1771994101000042", "birth_date": "02-01-2000", "sex": "LAKI-LAKI"}
    answer = office.post(body)
    assert answer.status_code == 201
    assert {note["code"] for note in answer.json()["warnings"]} == {"nik-birth-date", "nik-sex"}
    assert "1771994101000042" not in answer.text


def test_a_nik_on_the_card_that_is_not_the_residents_is_a_warning(office: Office) -> None:
    body = office.body()
    body["values"]["nik"] = "1771990101010001"
    answer = office.post(body, key="twice")
    assert [note["pointer"] for note in answer.json()["warnings"]] == ["/values/nik"]
    assert office.post(body, key="twice").json()["warnings"] == answer.json()["warnings"]


def test_a_reference_that_shows_the_nik_is_a_warning(office: Office) -> None:
    body = office.body(resident="1771990101010001", reference="R-1771990101010001")
    body["values"]["nik"] = body["resident"]
    notes = office.post(body).json()["warnings"]
    assert [note["code"] for note in notes] == ["reference-shows-nik"]


# ------------------------------------------------------------------------------- lists
def test_lists_are_filtered_and_paged(office: Office) -> None:
    made = [office.job() for _ in range(5)]
    held = office.job(hold=True, reference="held-one")
    page = office.get("/jobs", limit=4)
    rest = office.get("/jobs", limit=4, cursor=page["next"])
    assert [job["id"] for job in page["items"] + rest["items"]] == [*made, held]
    assert rest["next"] is None
    assert [j["id"] for j in office.get("/jobs", state="pending-held")["items"]] == [held]
    assert [j["id"] for j in office.get("/jobs", reference="held-one")["items"]] == [held]
    both = office.get("/jobs", state=["pending", "pending-held"])
    assert len(both["items"]) == 6
    assert office.get("/jobs", limit=6)["next"] is None


def test_a_long_list_asks_no_more_than_a_short_one(office: Office, station: Station) -> None:
    from sqlalchemy import event

    asked: list[str] = []
    event.listen(station.store.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    office.job()
    asked.clear()
    office.get("/jobs")
    short = len(asked)
    for _ in range(5):
        office.job()
    asked.clear()
    assert len(office.get("/jobs")["items"]) == 6
    assert len(asked) == short


def test_place_counts_the_queue_by_priority(office: Office) -> None:
    later, first = office.job(), office.job(priority=100)
    assert office.get(f"/jobs/{first}")["place"] == 1
    assert office.get(f"/jobs/{later}")["place"] == 2
    assert {job["id"]: job["place"] for job in office.get("/jobs")["items"]} == {first: 1, later: 2}


def test_a_list_counts_places_by_type_and_only_of_what_queues(office: Office) -> None:
    """Each card type has its own queue, and a filter does not change who comes first."""
    later = office.job(priority=10)
    held = office.job(hold=True)
    child = office.job(card_type="kia")
    first = office.job(priority=60)
    places = {job["id"]: job["place"] for job in office.get("/jobs")["items"]}
    assert places == {later: 2, held: None, child: 1, first: 1}
    reference = office.get(f"/jobs/{later}")["reference"]
    assert [job["place"] for job in office.get("/jobs", reference=reference)["items"]] == [2]


def test_a_list_counts_no_places_in_a_long_queue(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To read 100,000 rows for one page would delay every printer."""
    monkeypatch.setattr("printstation.api.jobs.MOST_PLACES", 1)
    job = office.job()
    assert [row["place"] for row in office.get("/jobs")["items"]] == [1]
    office.job()
    assert {row["place"] for row in office.get("/jobs")["items"]} == {None}
    assert office.get(f"/jobs/{job}")["place"] == 1


# ------------------------------------------------------------------------------- why it waits
def test_why_a_pending_job_waits(office: Office) -> None:
    job = office.job()
    assert office.get(f"/jobs/{job}")["state_reasons"] == ["printer-stopped", "no-blank"]
    office.see("tango", PrinterState.IDLE)
    shown = office.get(f"/jobs/{job}")
    assert (shown["state_reasons"], shown["waits_for"]) == (["no-blank"], "blanks")
    office.stocked(1)
    shown = office.get(f"/jobs/{job}")
    assert (shown["state_reasons"], shown["waits_for"]) == (["waiting-for-printer"], "printer")


def test_why_a_stopped_job_waits(office: Office) -> None:
    office.stocked(2)
    job, question = office.asked()
    shown = office.get(f"/jobs/{job}")
    assert shown["state"] == "processing-stopped"
    assert shown["state_reasons"] == ["question-open"]
    assert (shown["waits_for"], shown["question"]) == ("answer", question)


# ------------------------------------------------------------------------------- evidence
def test_a_printed_card_has_its_evidence(office: Office) -> None:
    office.stocked(1)
    job = office.job()
    card = office.printed(job)
    shown = office.get(f"/jobs/{job}")
    assert (shown["state"], shown["card"], shown["printer"]) == ("completed", card, "tango")
    assert shown["state_reasons"] == [] and shown["waits_for"] is None
    evidence = shown["evidence"]
    assert evidence.keys() == {
        "serial",
        "fed_at",
        "sent_at",
        "counter_before",
        "counter_after",
        "session",
        "path",
        "rule",
    }
    assert (evidence["serial"], evidence["rule"]) == (SERIAL, 3)
    assert (evidence["counter_before"], evidence["counter_after"]) == (100, 101)
    assert evidence["fed_at"].endswith("Z")


# ------------------------------------------------------------------------------- acts
def test_cancel_before_anything_moved(office: Office) -> None:
    job = office.job()
    answer = office.act(f"/jobs/{job}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "canceled")


def test_cancel_with_a_reserved_blank_gives_it_back(office: Office) -> None:
    office.stocked(1)
    job = office.job()
    card = office.reserve(job)
    assert office.act(f"/jobs/{job}/cancel").json()["state"] == "canceled"
    assert office.get(f"/cards/{card}")["state"] == "loaded"


def test_cancel_of_a_moving_card_is_a_wish(office: Office) -> None:
    office.stocked(1)
    job = office.job()
    feed = office.feed(job)
    office.see("tango", PrinterState.PROCESSING)
    shown = office.act(f"/jobs/{job}/cancel").json()
    assert (shown["state"], shown["cancel_requested"]) == ("processing", True)
    assert shown["state_reasons"] == ["cancel-requested"] and shown["waits_for"] is None
    office.finish(feed)
    shown = office.get(f"/jobs/{job}")
    assert shown["state"] == "completed"
    assert office.get(f"/questions/{shown['question']}")["reason"] == "hand-over"


def test_hold_and_release(office: Office) -> None:
    job = office.job()
    assert office.act(f"/jobs/{job}/hold", {"by": "Ani"}).json()["state"] == "pending-held"
    assert office.act(f"/jobs/{job}/release").json()["state"] == "pending"
    problem(office.act(f"/jobs/{job}/release"), 409, "job-state")


def test_an_act_wakes_the_printers(office: Office, station: Station) -> None:
    office.job()
    assert all(desk.wake.is_set() for desk in station._desks)


def test_reprint_makes_one_successor_however_often_it_is_asked(office: Office) -> None:
    office.stocked(1)
    job = office.job()
    card = office.printed(job)
    first = office.act(f"/jobs/{job}/reprint", {"card": "missing", "by": "Ani"})
    second = office.act(f"/jobs/{job}/reprint")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert first.headers["location"] == f"/v1/jobs/{first.json()['id']}"
    assert first.json()["replaces"] == job
    assert office.get(f"/jobs/{job}")["replaced_by"] == first.json()["id"]
    shown = office.get(f"/cards/{card}")
    assert (shown["state"], shown["cause"], shown["job"]) == ("missing", "lost", job)


def test_a_reprint_spoils_the_card_unless_told_otherwise(office: Office) -> None:
    office.stocked(1)
    job = office.job()
    card = office.printed(job)
    successor = office.act(f"/jobs/{job}/reprint").json()
    assert successor["reference"] == office.get(f"/jobs/{job}")["reference"]
    shown = office.get(f"/cards/{card}")
    assert (shown["state"], shown["cause"]) == ("spoiled", "damaged")


def test_a_posted_successor_replaces_too(office: Office) -> None:
    body = office.body()
    job = office.post(body).json()["id"]
    office.act(f"/jobs/{job}/cancel")
    later = office.post({**body, "reference": "later", "replaces": job})
    assert (later.status_code, later.json()["replaces"]) == (201, job)


# ------------------------------------------------------------------------------- preview
def test_the_preview_is_the_very_face(office: Office, station: Station) -> None:
    job = office.job()
    faces = station.faces(job)
    for side in ("front", "back"):
        answer = office.client.get(f"/v1/jobs/{job}/preview/{side}.png")
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["cache-control"] == "no-store"
        with Image.open(BytesIO(answer.content)) as shown:
            difference = ImageChops.difference(shown, layouts.compose(faces[side]))
        assert difference.getbbox() is None


def test_a_preview_needs_a_job_and_a_side(office: Office) -> None:
    job = office.job()
    problem(office.client.get(f"/v1/jobs/{job}/preview/edge.png"), 404, "not-found")
    problem(office.client.get("/v1/jobs/none/preview/front.png"), 404, "not-found")
