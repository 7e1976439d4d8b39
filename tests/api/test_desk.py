"""A printed card at the desk: the check by eye, the shelf, the hand-over, and the list of those who wait."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from printstation.clock import rfc3339
from printstation.lifecycle.request_reasons import OTHER, request_reason, request_reasons
from printstation.station import Station
from printstation.store import audit, holders
from printstation.store.tables import OldCard
from tests.api.commands import Command
from tests.api.office import Office, pointers, problem

ANI = {"by": "Ani"}
GOOD = {"result": "accepted", **ANI}
TO_HOLDER = {"receiver": "holder", "old_card": "none", **ANI}


def check(office: Office, card: str, **said: Any) -> Response:
    return office.act(f"/cards/{card}/check", {**GOOD, **said})


def hand_over(office: Office, card: str, **said: Any) -> Response:
    return office.act(f"/cards/{card}/hand-over", {**TO_HOLDER, **said})


def accepted(office: Office, **job: Any) -> str:
    """A card that passed the check."""
    card = office.printed(office.job(**job))
    assert check(office, card).status_code == 200
    return card


def audited(station: Station) -> None:
    with station.store.read() as conn:
        assert [str(found) for found in audit.audit(conn)] == []


def holder(station: Station, card: str) -> holders.Holder | None:
    with station.store.read() as conn:
        return holders.of_card(conn, station.seal, card)


def count(station: Station, table: str) -> int:
    with station.store.read() as conn:
        return int(conn.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


# ------------------------------------------------------------------------------- the check by eye
def test_an_accepted_card_leaves_only_its_name_behind(office: Office, station: Station) -> None:
    office.stocked()
    job = office.job()
    card = office.printed(job)
    shown = check(office, card, shelf="A-3").json()
    assert (shown["state"], shown["shelf"], shown["question"]) == ("accepted", "A-3", None)
    assert (count(station, "payload"), count(station, "holder")) == (0, 1)
    kept = holder(station, card)
    assert kept is not None and kept.nik.startswith("177199") and len(kept.name) > 1
    with station.store.read() as conn:
        sealed = conn.exec_driver_sql("SELECT sealed FROM holder").scalar_one()
    assert kept.name.encode() not in sealed and kept.nik.encode() not in sealed
    problem(office.client.get(f"/v1/jobs/{job}/preview/front.png"), 410, "payload-erased")
    problem(office.act(f"/jobs/{job}/reprint", {"cause": "damaged", **ANI}), 410, "payload-erased")
    audited(station)


def test_a_spoiled_card_is_printed_again_from_the_sealed_data(
    office: Office, station: Station
) -> None:
    office.stocked()
    job = office.job()
    card = office.printed(job)
    spoiled = check(office, card, result="spoiled", cause="print-failed").json()
    assert (spoiled["state"], spoiled["cause"], spoiled["job"]) == ("spoiled", "print-failed", job)
    assert office.get(f"/jobs/{job}")["state"] == "completed"
    again = office.act(f"/jobs/{job}/reprint")
    assert again.status_code == 201
    second = office.printed(again.json()["id"])
    before = holder(station, card)
    assert check(office, second).status_code == 200
    # Nothing of either job is left but the two names: one for the minutes, one for the hand-over.
    assert (count(station, "payload"), count(station, "holder")) == (0, 2)
    assert holder(station, card) == holder(station, second) == before
    assert hand_over(office, second).status_code == 200
    assert holder(station, second) is None and holder(station, card) == before
    audited(station)


def test_what_a_check_refuses(office: Office) -> None:
    office.stocked()
    job = office.job()
    feed = office.feed(job)
    card = office.get(f"/jobs/{job}")["card"]
    problem(check(office, card), 409, "card-state")
    office.finish(feed)
    problem(check(office, "B-999999"), 404, "not-found")
    wrong = problem(check(office, card, result="spoiled"), 422, "invalid")
    assert pointers(wrong) == {"/cause": "missing"}
    assert pointers(problem(check(office, card, shelf="1771991708450001"), 422, "invalid"))
    assert pointers(problem(check(office, card, result="good"), 422, "invalid"))
    assert office.get(f"/cards/{card}")["state"] == "printed"
    assert check(office, card).status_code == 200
    problem(check(office, card), 409, "card-state")


def test_a_check_is_repeated_by_its_key(office: Office) -> None:
    office.stocked()
    card = office.printed(office.job())
    first = office.act(f"/cards/{card}/check", GOOD, key="c-1")
    assert office.act(f"/cards/{card}/check", GOOD, key="c-1").json() == first.json()


def test_a_withheld_card_is_neither_accepted_nor_handed_over(office: Office) -> None:
    office.stocked()
    job = office.job()
    feed = office.feed(job)
    office.act(f"/jobs/{job}/cancel")
    office.finish(feed)
    card = office.get(f"/jobs/{job}")["card"]
    asked = office.get("/questions", state="open")["items"][0]["id"]
    assert problem(check(office, card), 409, "question-open")["question"] == asked
    office.act(f"/questions/{asked}/answer", {"card": "printed", "job": None, **ANI})
    assert check(office, card).status_code == 200


def test_a_number_is_bound_by_the_check_and_is_on_one_body(
    office: Office, station: Station
) -> None:
    office.stocked()
    one, two = office.printed(office.job()), office.printed(office.job())
    assert check(office, one, number="04A1").json()["number"] == "04A1"
    used = problem(check(office, two, number="04A1"), 409, "number-used")
    assert used["card"] == one and pointers(used) == {"/number": "used"}
    assert check(office, two, number="04A2").status_code == 200
    audited(station)


# ------------------------------------------------------------------------------- the shelf
def test_a_shelf_is_found_again(office: Office, station: Station) -> None:
    office.stocked()
    card = office.printed(office.job())
    problem(office.act(f"/cards/{card}/shelf", {"shelf": "A 3", **ANI}), 409, "card-state")
    check(office, card)
    assert office.act(f"/cards/{card}/shelf", {"shelf": "A 3", **ANI}).json()["shelf"] == "A 3"
    assert [found["id"] for found in office.get("/cards", shelf="A 3")["items"]] == [card]
    assert office.get("/cards", shelf="B 1")["items"] == []
    hand_over(office, card)
    assert office.get(f"/cards/{card}")["shelf"] is None
    audited(station)


def test_cards_that_nobody_fetches_are_counted_by_age(
    office: Office, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.stocked()
    old = accepted(office, ticket="T-17")
    job = office.get(f"/cards/{old}")["job"]
    long_ago = rfc3339(station.clock.now() - timedelta(days=40))
    with station.store.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE job SET ended_at = ? WHERE id = ?", (long_ago, job))
    new, gone = accepted(office), accepted(office)
    hand_over(office, gone)
    office.printed(office.job())
    shown = office.get("/cards/uncollected")
    assert shown["total"] == 2 and [item["card"] for item in shown["items"]] == [old, new]
    assert [age["count"] for age in shown["ages"]] == [1, 0, 1, 0, 0]
    assert shown["ages"][2] == {"from_days": 31, "to_days": 90, "count": 1}
    assert shown["items"][0].keys() == {
        *("card", "card_type", "shelf", "job", "ticket", "printed_at", "days")
    }
    assert (shown["items"][0]["days"], shown["items"][0]["ticket"]) == (40, "T-17")
    for days, cards in ((1, [old]), (40, [old]), (41, [])):
        aged = office.get("/cards/uncollected", days=days)
        assert ([item["card"] for item in aged["items"]], aged["total"]) == (cards, len(cards))
    page = office.get("/cards/uncollected", limit=1)
    rest = office.get("/cards/uncollected", limit=1, cursor=page["next"])
    assert [item["card"] for item in rest["items"]] == [new] and rest["next"] is None


# ------------------------------------------------------------------------------- the hand-over
def test_a_card_is_handed_over_and_its_name_erased(office: Office, station: Station) -> None:
    office.stocked()
    card = accepted(office, reason="baru")
    gone = hand_over(office, card).json()
    assert (gone["state"], gone["handover"], gone["surrendered"]) == ("handed-over", "H-0001", None)
    assert count(station, "holder") == 0
    problem(hand_over(office, card), 409, "card-state")
    with station.store.read() as conn:
        row = conn.exec_driver_sql("SELECT card, receiver, old_card, by FROM handover").one()
    assert tuple(row) == (card, "holder", "none", "Ani")
    audited(station)


def test_a_proxy_brings_a_letter(office: Office) -> None:
    office.stocked()
    card = accepted(office)
    wrong = problem(hand_over(office, card, receiver="proxy"), 422, "invalid")
    assert pointers(wrong) == {"/proxy_letter": "missing"}
    wrong = problem(hand_over(office, card, proxy_letter="SK-1"), 422, "invalid")
    assert pointers(wrong) == {"/proxy_letter": "refused"}
    assert hand_over(office, card, receiver="proxy", proxy_letter="SK-1").status_code == 200


def test_a_printed_card_is_not_handed_over(office: Office) -> None:
    office.stocked()
    problem(hand_over(office, office.printed(office.job())), 409, "card-state")


@pytest.mark.parametrize("reason", ["hilang", "Lost"])
def test_a_lost_card_needs_a_police_letter(office: Office, station: Station, reason: str) -> None:
    office.stocked()
    card = accepted(office, reason=reason)
    wrong = problem(hand_over(office, card), 409, "old-card-needed")
    assert "police letter" in wrong["detail"] and pointers(wrong) == {"/old_card": "refused"}
    wrong = problem(hand_over(office, card, old_card="police-letter"), 422, "invalid")
    assert pointers(wrong) == {"/police_letter": "missing"}
    assert office.get(f"/cards/{card}")["state"] == "accepted"
    paper = {"old_card": "police-letter", "police_letter": "LP/17/XI/2026"}
    assert hand_over(office, card, **paper).status_code == 200
    audited(station)


def test_a_card_of_another_office_joins_those_to_be_destroyed(
    office: Office, station: Station
) -> None:
    office.stocked()
    card = accepted(office, reason="rusak")
    problem(hand_over(office, card), 409, "old-card-needed")
    paper = {"old_card": "police-letter", "police_letter": "LP/17/XI/2026"}
    problem(hand_over(office, card, **paper), 409, "old-card-needed")
    who = {"name": "SITI CONTOH", "nik": "1771995708450002", "address": "JL. CONTOH 2"}
    old = {"number": "0499", "card_type": "kia", "holder": who}
    gone = hand_over(office, card, old_card="surrendered", surrendered=old).json()
    burnt = office.get(f"/cards/{gone['surrendered']}")
    assert (burnt["state"], burnt["cause"], burnt["card_type"]) == ("spoiled", "damaged", "kia")
    assert (burnt["number"], burnt["batch"], burnt["job"]) == ("0499", "-", None)
    assert holder(station, burnt["id"]) == holders.Holder(*who.values())
    with station.store.read() as conn:
        entries = " ".join(conn.exec_driver_sql("SELECT entry FROM journal").scalars())
    assert not any(word in entries for word in (*who.values(), "LP/17"))
    audited(station)


def test_without_words_the_old_card_is_of_the_same_resident(
    office: Office, station: Station
) -> None:
    office.stocked()
    card = accepted(office, reason="ganti foto")
    who = holder(station, card)
    gone = hand_over(office, card, old_card="surrendered").json()
    assert holder(station, gone["surrendered"]) == who is not None
    brought = office.get(f"/cards/{gone['surrendered']}")
    assert (brought["origin"], brought["delivery"], brought["source"]) == (
        "surrendered",
        None,
        None,
    )


def test_our_own_old_card_is_surrendered(office: Office, station: Station) -> None:
    office.stocked()
    first = accepted(office, resident="1771990101900777")
    job = office.get(f"/cards/{first}")["job"]
    hand_over(office, first)
    card = accepted(office, resident="1771990101900777", reason="perubahan data", replaces=job)
    problem(hand_over(office, card), 409, "old-card-needed")
    gone = hand_over(office, card, old_card="surrendered").json()
    assert gone["surrendered"] == first
    old = office.get(f"/cards/{first}")
    assert (old["state"], old["cause"]) == ("spoiled", "data-changed")
    assert holder(station, first) is not None and holder(station, card) is None
    audited(station)


def test_somebody_elses_old_card_is_not_taken(office: Office, station: Station) -> None:
    office.stocked()
    other = office.printed(office.job())
    check(office, other, number="0401")
    mine = accepted(office, reason="rusak")
    for named in ({"card": other}, {"number": "0401"}):
        refused = hand_over(office, mine, old_card="surrendered", surrendered=named)
        problem(refused, 409, "card-state")
    hand_over(office, other)
    for named in ({"card": other}, {"number": "0401"}):
        refused = hand_over(office, mine, old_card="surrendered", surrendered=named)
        assert problem(refused, 409, "wrong-card")["card"] == other
    unknown = {"number": "9", "card_type": "passport"}
    problem(
        hand_over(office, mine, old_card="surrendered", surrendered=unknown),
        422,
        "card-type-refused",
    )
    assert office.get(f"/cards/{mine}")["state"] == "accepted"
    assert office.get(f"/cards/{other}")["state"] == "handed-over"
    audited(station)


def test_an_old_card_that_never_left_the_house_is_not_demanded(
    office: Office, station: Station
) -> None:
    office.stocked()
    first = accepted(office, resident="1771990101900778")
    job = office.get(f"/cards/{first}")["job"]
    card = accepted(office, resident="1771990101900778", reason="rusak", replaces=job)
    assert office.get(f"/cards/{first}")["state"] == "spoiled"
    assert hand_over(office, card).status_code == 200
    audited(station)


def test_the_commands_of_the_desk(office: Office, command: Command, tmp_path: Path) -> None:
    office.stocked()
    card = office.printed(office.job(reason="rusak", ticket="T-3"))
    spoiled = office.printed(office.job())
    assert command("card", "check", card, "--by", "Ani")[0] == 0
    code, out, _ = command("card", "check", spoiled, "--spoiled", "print-failed", "--by", "Ani")
    assert (code, out) == (0, f"card {spoiled} is spoiled; cause print-failed\n")
    assert command("card", "shelf", card, "A-3", "--by", "Ani")[0] == 0
    code, out, _ = command("card", "list", "--shelf", "A-3")
    assert code == 0 and card in out and spoiled not in out
    code, out, _ = command("card", "uncollected")
    assert code == 0 and "1 cards are 0 days old or older" in out and "T-3" in out
    code, _, err = command("card", "hand-over", card, "--by", "Ani")
    assert code == 1 and err.startswith("printstation: old-card-needed: job ")
    holder = tmp_path / "holder.json"
    holder.write_text("no JSON")
    named = ["--old-number", "0499", "--old-holder", str(holder), "--by", "Ani"]
    assert command("card", "hand-over", card, *named)[0] == 2
    holder.write_text('{"name": "SITI CONTOH", "nik": "1771995708450002", "address": "JL. 2"}')
    code, out, err = command("card", "hand-over", card, "--proxy-letter", "SK-1", *named)
    assert (code, err) == (0, "")
    assert out.startswith(f"card {card} is handed-over; hand-over H-0001, card B-")
    assert "is surrendered" in out and "SITI" not in out


def test_every_word_of_a_reason_is_known() -> None:
    assert request_reason("Perubahan-Data").cause == "data-changed"
    assert request_reason(" LUAR_domisili ").name == "luar domisili"
    assert request_reason("hilang") is request_reason("lost")
    assert request_reason("whatever") is request_reason(None) is OTHER
    for reason in request_reasons().values():
        assert reason.id and reason.en
        assert set(reason.accepts) <= set(OldCard)
