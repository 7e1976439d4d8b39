"""The page's list of cards that wait for the check by eye, how a printer is kept, and what both cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from printstation.acts import fates
from printstation.station import Station
from printstation.store import jobs
from tests.api.counter import ANI, begin, config_in, encode, opened, printed, waiting
from tests.api.daybook import Calendar
from tests.api.encoders import audited
from tests.api.office import Office
from tests.api.operator import follow, refused, send, show
from tests.browser.reading import Page


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    yield from audited(config_in(tmp_path))


@pytest.fixture(autouse=True)
def day(office: Office) -> None:
    begin(office)


def listed(page: Page) -> list[str]:
    """The cards of the open list, by the links that open their forms."""
    start = "/?form=check-"
    links = (v.get("href", "") for tag, v in page.tags if tag == "a")
    return [link.removeprefix(start) for link in links if link.startswith(start)]


# ------------------------------------------------------------------------------- the list
def test_the_calm_page_only_says_how_many_cards_wait(office: Office) -> None:
    page = show(office)
    assert "1 kartu tercetak menunggu diperiksa." in page.text
    assert listed(page) == []
    assert any(v.get("href") == "/?form=check" for _, v in page.tags)
    follow(
        office,
        send(office, opened(office, f"check-{printed(office)}"), result="accepted", by="Ani"),
    )
    assert "Tidak ada kartu tercetak yang menunggu diperiksa." in show(office).text


def test_the_list_shows_the_oldest_cards_masked_with_their_pictures(office: Office) -> None:
    office.stocked(12)
    body = office.body(ticket="T-9")
    body["reference"] = f"R-{body['resident']}"
    job = office.post(body).json()["id"]
    cards = [
        printed(office),
        office.printed(job),
        *(office.printed(office.job()) for _ in range(9)),
    ]
    page = show(office, "/?form=check")
    assert listed(page) == cards[:8]
    assert "11 kartu tercetak menunggu diperiksa." in page.text
    assert f"R-{body['resident'][:4]}********{body['resident'][-4:]} · T-9" in page.text
    assert body["resident"] not in page.html
    links = [v.get("href") for tag, v in page.tags if tag == "a"]
    with office.station.store.read() as conn:
        moved = jobs.get(conn, job)
    assert moved is not None
    for side in ("front", "back")[: moved.sides]:
        picture = f"/v1/jobs/{job}/preview/{side}.png"
        assert picture in links
        assert office.client.get(picture).status_code == 200


def test_the_card_in_the_hand_is_found_by_what_can_be_read_from_it(office: Office) -> None:
    office.stocked(12)
    cards = [office.printed(office.job(reference=f"QR-{n}")) for n in range(9)]
    assert cards[-1] not in listed(show(office, "/?form=check"))
    for find in ("QR-8", cards[-1], f"  {cards[-1]}  "):
        page = show(office, f"/?form=check&find={find}")
        assert page.form(f"/cards/{cards[-1]}/check").offers("result") == ["accepted", "spoiled"]
    # By the form itself, whose language it keeps.
    page = show(office, "/?form=check&lang=en")
    finder = next(form for form in page.forms if form.action == "/")
    answer = office.client.get("/", params=finder.values(find="QR-8"))
    assert f"/console/cards/{cards[-1]}/check?lang=en" in answer.text
    for find in ("QR-99", "A-2", "04A1", "B-000001x", "%", "x" * 300):
        page = show(office, f"/?form=check&find={find}")
        assert "Tidak ada kartu yang menunggu diperiksa dengan tanda itu." in page.text
        assert [form for form in page.forms if form.action.startswith("/console/cards")] == []


def test_a_number_that_was_bound_finds_its_card(office: Office) -> None:
    form = opened(office, "outside-ministry")
    job = waiting(office, "W-04A1")
    follow(office, send(office, form, job=job, number="04A1", **ANI))
    asked = office.get("/questions", state="open")["items"][0]["id"]
    follow(
        office, send(office, show(office).form(f"/questions/{asked}"), pair="printed/", by="Ani")
    )
    card = office.get(f"/jobs/{job}")["card"]
    show(office, "/?form=check&find=04A1").form(f"/cards/{card}/check")


def test_the_list_stays_open_for_the_next_card(office: Office) -> None:
    next_one = office.printed(office.job())
    form = opened(office, f"check-{printed(office)}")
    page = follow(office, send(office, form, result="accepted", by="Ani"))
    assert listed(page) == [next_one]
    assert "1 kartu tercetak menunggu diperiksa." in page.text


def test_what_the_page_hides_is_not_sent_on(office: Office) -> None:
    card = printed(office)
    typed = {"result": "accepted", "cause": "damaged", "shelf": "A-12", **ANI}
    follow(office, send(office, opened(office, f"check-{card}"), **typed))
    found = office.get(f"/cards/{card}")
    assert (found["state"], found["shelf"], found["cause"]) == ("accepted", "A-12", None)
    other = office.printed(office.job())
    typed |= {"result": "spoiled"}
    follow(office, send(office, opened(office, f"check-{other}"), **typed))
    found = office.get(f"/cards/{other}")
    assert (found["state"], found["shelf"], found["cause"]) == ("spoiled", None, "damaged")


def test_a_spoiled_card_can_be_printed_again_at_once(office: Office) -> None:
    card = printed(office)
    job = office.get(f"/cards/{card}")["job"]
    typed = {"result": "spoiled", "cause": "print-failed", **ANI}
    page = follow(office, send(office, opened(office, f"check-{card}"), **typed))
    again = page.form(f"/jobs/{job}/reprint")
    page = refused(send(office, again, by=""), 422)
    page = follow(office, send(office, page.form(f"/jobs/{job}/reprint"), by="Ani"))
    assert "Cetak ulang sudah masuk antrean." in page.text
    successor = office.get(f"/jobs/{job}")["replaced_by"]
    assert office.get(f"/jobs/{successor}")["state"] == "pending"
    assert send(office, again, by="Ani").status_code == 303
    assert len(office.get("/jobs", reference="A-1")["items"]) == 2
    # The card is told of once more, but not offered to be printed a third time.
    page = show(office, f"/?done=check&what={card}")
    assert "dicatat rusak" in page.text
    assert not [form for form in page.forms if form.action.endswith("/reprint")]


def test_a_card_that_a_question_withholds_leads_to_that_question(
    office: Office, station: Station
) -> None:
    job = office.job()
    feed = office.feed(job)
    office.act(f"/jobs/{job}/cancel")
    office.finish(feed)
    asked = office.get("/questions", state="open")["items"][0]["id"]
    card = office.get(f"/jobs/{job}")["card"]
    page = show(office, f"/?form=check-{card}")
    assert [form for form in page.forms if form.action.startswith("/console/cards")] == []
    links = [v.get("href") for tag, v in page.tags if tag == "a"]
    assert f"#{asked}" in links
    form = opened(office, f"check-{printed(office)}")
    form.action = f"/console/cards/{card}/check"
    page = refused(send(office, form, result="accepted", by="Ani"), 409)
    assert "Jawab pertanyaan itu dahulu." in page.text


def test_another_cards_number_asks_where_the_right_one_is(office: Office) -> None:
    job, card = encode(office, "04A2")
    asked = office.act("/printers/ministry/outside", {"job": job, "number": "04A2", **ANI}).json()
    said = {"card": "printed", "job": None, **ANI}
    assert office.act(f"/questions/{asked['question']}/answer", said).status_code == 200
    form = opened(office, f"check-{card}")
    page = follow(office, send(office, form, result="accepted", number="04A1", by="Ani"))
    assert f"Nomor itu bukan nomor kartu {card}" in page.text
    assert "Di mana kartu yang seharusnya dicetak?" in page.text


# ------------------------------------------------------------------------------- how a printer is kept
def test_the_temperature_of_the_day_is_due_good_or_out_of_range(
    office: Office, calendar: Calendar
) -> None:
    def told(celsius: int | None = None) -> str:
        if celsius is not None:
            said = {"celsius": celsius, **ANI}
            assert office.act("/printers/tango/temperature", said).status_code == 200
        text = show(office).text
        return text[text.index("Suhu transfer") : text.index("Sejak dibersihkan")]

    assert "Hari ini belum dicatat." in told() and "batas 160–170 °C" in told()
    assert "165 °C 25-11-2026 08:00:00, Ani" in told(165)
    assert "belum" not in told() and "Di luar batas." not in told()
    assert "Di luar batas." in told(159)
    assert "Di luar batas." not in told(160)
    # 23:59 in Jakarta, and then the next day there.
    calendar.at += timedelta(hours=15, minutes=59)
    assert "belum" not in told()
    calendar.at += timedelta(minutes=1)
    assert "Hari ini belum dicatat." in told() and "160 °C" in told()


def test_cards_since_the_last_cleaning_are_counted_to_the_limit(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> str:
        text = show(office).text
        return text[text.index("Sejak dibersihkan") : text.index("Jeda")]

    assert "1 kartu; batas 2 belum pernah dicatat" in told()
    office.printed(office.job())
    assert "2 kartu; batas 2 Perlu dibersihkan." in told()
    monkeypatch.setattr("printstation.console.care.MOST_COUNTED", 2)
    assert "2+ kartu; batas 2" in told(), "counting has an end"
    hint = "Debu membuat garis putih dan merusak kepala cetak."
    assert hint in show(office, "/?form=clean-tango").text
    follow(office, send(office, opened(office, "clean-tango"), by="Ani"))
    assert "0 kartu; batas 2" in told() and ", Ani" in told() and "Perlu" not in told()


# ------------------------------------------------------------------------------- what it costs
def test_the_page_asks_no_more_for_many_cards_than_for_few(
    office: Office, station: Station
) -> None:
    asked: list[str] = []
    event.listen(
        station.store.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: asked.append(statement),
    )

    def cost(path: str) -> int:
        show(office, path)
        asked.clear()
        show(office, path)
        return len(asked)

    office.stocked(40)
    for _ in range(9):
        office.printed(office.job())
    few = {path: cost(path) for path in ("/", "/?form=check", "/?form=load-tango")}
    for _ in range(15):
        office.printed(office.job())
    assert {path: cost(path) for path in few} == few
    # The list and the choices of a form are read only while somebody has it open.
    assert few["/"] < few["/?form=load-tango"] < few["/?form=check"]


def test_the_cards_that_are_asked_for_are_a_screen_of_them(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("printstation.console.offers.NEXT", 2)
    cards = [encode(office, f"04B{n}")[1] for n in range(3)]
    text = show(office, "/?form=scan-enduro").text
    assert cards[0] in text and cards[1] not in text.partition("Jeda")[0]
    assert len(opened(office, "outside-ministry").offers("job")) == 1 + 2


def test_a_count_that_is_asked_for_stands_beside_the_forms(
    office: Office, station: Station
) -> None:
    with station.store.write() as tx:
        fates.ask_count(tx, "tango")
    page = show(office, "/?form=count-tango")
    assert len(page.ids) == len(set(page.ids))
    assert len([form for form in page.forms if form.named("counted")]) == 2
