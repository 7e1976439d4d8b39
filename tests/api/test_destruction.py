"""Nothing is destroyed without a session; nothing changes once it is signed; then the names are erased."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import Any

import pytest
from httpx2 import Response
from PIL import Image

from printstation.acts import destruction as acts
from printstation.acts.request import Request
from printstation.refusals import Refusal
from printstation.station import Station
from printstation.store import audit, destructions
from tests.api.office import PANELS, Office, pointers, problem
from tests.unit.printstation.documents.pdf import Pdf, squeezed

OPENING = {
    "number": "470/017/BA/2026",
    "method": "burned",
    "place": "Halaman belakang kantor",
    "held_on": "2026-11-25",
    "signers": [{"name": "Budi Contoh", "title": "Kepala Seksi", "nip": "19700101 199001 1 001"}],
    "witnesses": [{"name": "Citra Contoh", "agency": "Satpol PP"}],
    "by": "Ani",
}
SIGNING = {"supervisor": "Budi", "witness": "Citra Contoh", "by": "Ani"}
CLOSING = {"supervisor": "Budi", "by": "Ani"}


def opened(office: Office, **changes: Any) -> str:
    answer = office.act("/destructions", {**OPENING, **changes})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def spoiled(office: Office, **job: Any) -> str:
    card = office.printed(office.job(**job))
    said = {"result": "spoiled", "cause": "print-failed", "by": "Ani"}
    assert office.act(f"/cards/{card}/check", said).status_code == 200
    return card


def add(office: Office, session: str, *cards: str) -> Response:
    return office.act(f"/destructions/{session}/cards", {"cards": list(cards), "by": "Ani"})


def step(office: Office, session: str, word: str, **said: Any) -> Response:
    bodies: dict[str, dict[str, str]] = {"sign": SIGNING, "close": CLOSING}
    return office.act(f"/destructions/{session}/{word}", {**bodies[word], **said})


def audited(station: Station) -> None:
    with station.store.read() as conn:
        assert [str(found) for found in audit.audit(conn)] == []


def sealed(station: Station) -> int:
    with station.store.read() as conn:
        query = "SELECT (SELECT count(*) FROM payload) + (SELECT count(*) FROM holder)"
        return int(conn.exec_driver_sql(query).scalar_one())


def test_cards_are_burned_with_their_names_on_signed_minutes(
    office: Office, station: Station
) -> None:
    office.stocked()
    job = office.job()
    card = office.printed(job)
    office.act(f"/cards/{card}/check", {"result": "spoiled", "cause": "damaged", "by": "Ani"})
    office.act(f"/jobs/{job}/reprint", {"by": "Ani"})
    session = opened(office)
    assert add(office, session, card).json()["cards"] == [card]
    draft = office.client.get(f"/v1/destructions/{session}.pdf")
    assert draft.headers["content-type"] == "application/pdf" and draft.content[:5] == b"%PDF-"
    signed = step(office, session, "sign").json()
    paper = office.client.get(f"/v1/destructions/{session}.pdf").content
    assert signed["state"] == "signed"
    assert (
        hashlib.sha256(paper).hexdigest()
        == signed["pdf_sha256"]
        != hashlib.sha256(draft.content).hexdigest()
    )
    before = sealed(station)
    closed = step(office, session, "close").json()
    assert (closed["state"], closed["cards"]) == ("closed", [card])
    assert office.get(f"/cards/{card}")["state"] == "destroyed"
    # The replaced job's data is gone; its successor's is still needed.
    assert sealed(station) == before - 1
    assert office.client.get(f"/v1/destructions/{session}.pdf").content != paper
    audited(station)


def test_a_closed_session_names_nobody_whatever_is_still_sealed(
    office: Office, station: Station
) -> None:
    office.stocked()
    waits, tested = spoiled(office), office.printed(office.job(reason="test"))
    assert office.get(f"/cards/{tested}")["cause"] == "test"
    session = opened(office)
    add(office, session, waits, tested)
    name = squeezed(office.body()["values"]["name"])
    assert Pdf(office.client.get(f"/v1/destructions/{session}.pdf").content).text().count(name) == 2
    assert step(office, session, "sign").status_code == 200
    assert step(office, session, "close").status_code == 200
    paper = Pdf(office.client.get(f"/v1/destructions/{session}.pdf").content).text()
    assert name not in paper and "177199" not in paper
    # What will be printed again keeps its data until then; a test never is.
    assert sealed(station) == 1
    job = office.get(f"/cards/{waits}")["job"]
    assert office.act(f"/jobs/{job}/reprint", {"by": "Ani"}).status_code == 201


def test_a_test_whose_first_card_was_spoiled_still_prints_after_the_fire(
    office: Office, station: Station
) -> None:
    """Found by the crash simulation: its data was erased with the card, and it waited for ever."""
    office.stocked()
    job, question = office.asked(office.job(reason="test"))
    card = office.get(f"/questions/{question}")["card"]
    said = {"card": "spoiled", "job": "again", "cause": "print-failed", "by": "Ani"}
    assert office.act(f"/questions/{question}/answer", said).status_code == 200
    session = opened(office)
    assert add(office, session, card).status_code == 200
    assert step(office, session, "sign").status_code == 200
    assert step(office, session, "close").status_code == 200
    audited(station)
    assert office.get(f"/jobs/{job}")["state"] == "pending" and sealed(station) == 1
    # Its next card is its last one: with that in the fire nothing of it is kept.
    other = office.printed(job)
    later = opened(office, number="470/018/BA/2026")
    assert add(office, later, other).status_code == 200
    assert step(office, later, "sign").status_code == 200
    assert step(office, later, "close").status_code == 200
    assert sealed(station) == 0
    audited(station)


def test_a_card_in_a_session_is_not_corrected_until_it_is_taken_out(office: Office) -> None:
    office.stocked()
    card, session = spoiled(office), opened(office)
    add(office, session, card)
    two = {"by": "Ani", "supervisor": "Budi"}
    said = {"card": "printed", "reason": "it is good after all", **two}
    problem(office.act(f"/cards/{card}/correction", said), 409, "in-another-session")
    out = {"cards": [card], "by": "Ani"}
    assert office.act(f"/destructions/{session}/remove", out).status_code == 200
    assert office.act(f"/cards/{card}/correction", said).json()["state"] == "printed"


def test_all_takes_every_spoiled_card_that_lies_nowhere(office: Office) -> None:
    office.stocked()
    one = spoiled(office)
    session = opened(office)
    add(office, session, one)
    two = spoiled(office, resident="1771991708450055", reference="R-2")
    later = opened(office, number="470/018/BA/2026")
    said = {"all": True, "by": "Ani"}
    assert office.act(f"/destructions/{later}/cards", said).json()["cards"] == [two]


def test_what_is_not_spoiled_is_not_destroyed(office: Office) -> None:
    office.stocked()
    printed = office.printed(office.job())
    session = opened(office)
    problem(add(office, session, printed), 409, "card-state")
    problem(add(office, session, "B-000009"), 409, "card-state")
    unknown = problem(add(office, session, "B-999999"), 422, "invalid")
    assert pointers(unknown) == {"/cards/0": "unknown"}
    problem(office.act(f"/destructions/{session}/cards", {"by": "Ani"}), 422, "invalid")


def test_a_card_lies_in_one_session_at_most(office: Office, station: Station) -> None:
    office.stocked()
    card = spoiled(office)
    one, two = opened(office), opened(office, number="470/018/BA/2026")
    add(office, one, card)
    problem(add(office, two, card), 409, "in-another-session")
    removed = office.act(f"/destructions/{one}/remove", {"cards": [card], "by": "Ani"})
    assert removed.json()["cards"] == []
    assert add(office, two, card).json()["cards"] == [card]
    audited(station)


def test_no_session_closes_without_a_witness_and_none_changes_after(office: Office) -> None:
    office.stocked()
    card = spoiled(office)
    session = opened(office)
    problem(step(office, session, "sign"), 409, "session-empty")
    add(office, session, card)
    problem(step(office, session, "close"), 403, "witness-needed")
    problem(step(office, session, "sign", witness="Somebody"), 403, "witness-needed")
    problem(step(office, session, "sign", by="Citra Contoh"), 403, "witness-needed")
    problem(step(office, session, "sign", supervisor="Ani"), 403, "supervisor-needed")
    assert office.get(f"/cards/{card}")["state"] == "spoiled"
    step(office, session, "sign")
    problem(add(office, session, card), 409, "session-closed")
    problem(
        office.act(f"/destructions/{session}/remove", {"cards": [card], "by": "Ani"}),
        409,
        "session-closed",
    )
    problem(step(office, session, "close", supervisor=None), 403, "supervisor-needed")
    assert step(office, session, "close").status_code == 200
    problem(step(office, session, "close"), 409, "session-closed")
    problem(step(office, session, "sign"), 409, "session-closed")


def test_what_was_changed_while_it_was_signed_is_looked_at_again(
    office: Office, station: Station
) -> None:
    """The paper of a large session takes seconds; what comes in meanwhile is not on it."""
    office.stocked()
    session = opened(office)
    add(office, session, spoiled(office))
    with station.store.read() as conn:
        held = destructions.get(conn, session)
        assert held is not None
        seen = destructions.contents(conn, held)
    add(office, session, spoiled(office, resident="1771991708450055", reference="R-2"))
    said = {"supervisor": "Budi", "witness": "Citra Contoh", "by": "Ani"}
    with pytest.raises(Refusal) as refused:
        request = Request(None, "sign", b"")
        acts.sign(station.store, request, session, **said, seen=seen, pdf_sha256="00")
    assert refused.value.code == "session-changed"
    assert office.get(f"/destructions/{session}")["state"] == "open"


def test_a_session_is_held_today_in_the_offices_zone_unless_a_day_is_named(office: Office) -> None:
    plan = {name: value for name, value in OPENING.items() if name != "held_on"}
    session = office.act("/destructions", plan).json()
    now = office.station.clock.now().astimezone(office.station.config.zone)
    assert session["held_on"] == now.date().isoformat()


def test_a_session_needs_a_witness_a_signer_and_a_number_of_its_own(office: Office) -> None:
    without = problem(office.act("/destructions", {**OPENING, "witnesses": []}), 422, "invalid")
    assert "/witnesses" in pointers(without)
    opened(office)
    problem(office.act("/destructions", OPENING), 409, "document-used")


def _jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "gray").save(out, "JPEG")
    return out.getvalue()


def test_photos_hang_on_their_hash(office: Office, station: Station) -> None:
    office.stocked()
    session = opened(office)
    add(office, session, spoiled(office))
    picture = _jpeg()
    body = {"caption": "Pembakaran", "content": base64.b64encode(picture).decode(), "by": "Ani"}
    (photo,) = office.act(f"/destructions/{session}/photos", body).json()["photos"]
    assert photo["sha256"] == hashlib.sha256(picture).hexdigest()
    noted = office.get("/events", limit=500)["items"][-1]
    assert (noted["kind"], noted["data"]["sha256"]) == ("destruction-photo-added", photo["sha256"])
    for content, code in (("AAAA", "picture-broken"), ("***", "not-base64")):
        wrong = office.act(f"/destructions/{session}/photos", {**body, "content": content})
        assert pointers(problem(wrong, 422, "invalid")) == {"/content": code}
    assert step(office, session, "sign").status_code == 200
    audited(station)
    with station.store.write() as tx:
        tx.conn.exec_driver_sql("UPDATE photo SET content = x'00'")
    with station.store.read() as conn:
        assert [found.row for found in audit.audit(conn)] == [f"photo {photo['id']}"]


@pytest.mark.parametrize("path", ["", ".pdf"])
def test_an_unknown_session_is_not_found(office: Office, path: str) -> None:
    problem(office.client.get(f"/v1/destructions/D-9999{path}"), 404, "not-found")


# ------------------------------------------------------------------------------- supplies
def received(office: Office, **changes: Any) -> str:
    body = {"kind": "ribbon", "serial": "RB-1", "rated": 500, "by": "Ani", **changes}
    answer = office.act("/supplies", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["items"][0]["id"])


def supply(office: Office, identity: str, word: str, **said: Any) -> Response:
    return office.act(f"/supplies/{identity}/{word}", {"by": "Ani", **said})


def test_a_ribbon_counts_the_cards_fed_with_it_and_burns_like_a_card(
    office: Office, station: Station
) -> None:
    office.stocked()
    office.printed(office.job())
    ribbon = received(office)
    supply(office, ribbon, "load", printer="tango")
    card = spoiled(office, resident="1771991708450055", reference="R-2")
    shown = office.get(f"/supplies/{ribbon}")
    assert (shown["used"], shown["state"], shown["printer"]) == (1, "loaded", "tango")
    assert (shown["panels_used"], shown["measured"]) == (PANELS, None)
    spent = supply(office, ribbon, "unload", spent=True).json()
    assert (spent["used"], spent["state"], spent["yield_percent"]) == (1, "spent", 0)
    assert (spent["panels_used"], spent["measured"]) == (PANELS, 1)
    session = opened(office)
    add(office, session, card)
    said = {"supplies": [ribbon], "by": "Ani"}
    assert office.act(f"/destructions/{session}/supplies", said).json()["supplies"] == [ribbon]
    step(office, session, "sign")
    step(office, session, "close")
    assert office.get(f"/supplies/{ribbon}")["state"] == "destroyed"
    audited(station)


def test_two_ribbons_do_not_fit_into_one_printer(office: Office) -> None:
    one, two = received(office), received(office, serial="RB-2")
    supply(office, one, "load", printer="tango")
    problem(supply(office, two, "load", printer="tango"), 409, "supply-state")
    assert [office.get(f"/supplies/{ribbon}")["panels_used"] for ribbon in (one, two)] == [0, 0]
    film = received(office, kind="film", serial=None, lot="L7")
    assert office.get(f"/supplies/{film}")["panels_used"] is None, "only a ribbon has panels"
    assert supply(office, film, "load", printer="tango").status_code == 200
    back = supply(office, one, "unload", spent=False).json()
    assert (back["state"], back["loaded_at"]) == ("stored", None)
    assert supply(office, two, "load", printer="tango").status_code == 200


def test_a_serial_number_is_one_items(office: Office) -> None:
    received(office)
    body = {"kind": "ribbon", "serial": "RB-1", "by": "Ani"}
    problem(office.act("/supplies", body), 409, "number-used")
    several = problem(office.act("/supplies", {**body, "serial": "X", "count": 2}), 422, "invalid")
    assert pointers(several) == {"/serial": "out-of-range"}
    lot = office.act("/supplies", {"kind": "cleaning-kit", "lot": "L1", "count": 3, "by": "Ani"})
    assert len(lot.json()["items"]) == 3
    assert len(office.get("/supplies", kind="cleaning-kit")["items"]) == 3


def test_a_missing_spent_ribbon_takes_two_persons(office: Office) -> None:
    ribbon = received(office)
    problem(supply(office, ribbon, "missing", reason="not in the box"), 403, "supervisor-needed")
    problem(supply(office, ribbon, "unload", spent=True), 409, "supply-state")
    said = {"reason": "not in the box", "supervisor": "Budi"}
    assert supply(office, ribbon, "missing", **said).json()["state"] == "missing"
    problem(office.client.get("/v1/supplies/S-9999"), 404, "not-found")
    problem(
        office.act(f"/destructions/{opened(office)}/supplies", {"supplies": ["S-9999"], "by": "A"}),
        422,
        "invalid",
    )
    problem(
        office.act("/destructions/D-0001/supplies", {"supplies": [ribbon], "by": "A"}),
        409,
        "supply-state",
    )
