"""The forms of the plain page: each does what the API's route does, once, and only from this very page."""

from __future__ import annotations

import pytest

from printstation.acts import fates
from printstation.spool.view import PrinterState
from printstation.station import Station
from printstation.store import units
from tests.api.office import SERIAL, Office
from tests.api.operator import HERE, SPOILED, follow, journalled, refused, send, show

PAIRS = [
    "printed/",
    *[
        f"{fate}/{job}"
        for fate in ("spoiled", "untouched", "missing")
        for job in ("again", "cancel")
    ],
]


@pytest.fixture(autouse=True)
def blanks(office: Office) -> None:
    office.stocked(5)


# ------------------------------------------------------------------------------- questions
def test_a_question_shows_its_evidence(office: Office) -> None:
    job, identity = office.asked(office.job(ticket="A-1"))
    question = office.get(f"/questions/{identity}")
    text = show(office).text
    assert question["sentence"]["id"] in text
    for known in (SERIAL, question["card"], "A-1", "100 menjadi 101", "(aturan 8)"):
        assert known in text
    links = [values.get("href") for _, values in show(office).tags]
    assert f"/v1/jobs/{job}/preview/front.png" in links
    assert f"#{identity}" in links
    assert office.client.get(f"/v1/jobs/{job}/preview/front.png").status_code == 200


@pytest.mark.parametrize("pair", PAIRS)
def test_every_offered_answer_can_be_given(office: Office, station: Station, pair: str) -> None:
    job, identity = office.asked()
    form = show(office).form(f"/questions/{identity}")
    assert form.offers("pair") == PAIRS
    typed = {"pair": pair, "cause": "damaged", "extra": "1", "by": "Ani", "supervisor": "Budi"}
    page = follow(office, send(office, form, **typed))
    assert f"Pertanyaan {identity} sudah dijawab oleh Ani" in page.text
    assert "Tidak ada pertanyaan terbuka." in page.text
    card, _, future = pair.partition("/")
    stored = office.get(f"/questions/{identity}")["answer"]
    assert (stored["card"], stored["job"] or "", stored["extra"]) == (card, future, 1)
    # What the page hides for this answer is not kept, though it was typed.
    assert stored.get("cause") == ("damaged" if card in ("spoiled", "missing") else None)
    assert stored.get("supervisor") == ("Budi" if pair == "missing/again" else None)
    state = {"": "completed", "again": "pending", "cancel": "canceled"}[future]
    assert office.get(f"/jobs/{job}")["state"] == state
    assert [entry.by for entry in journalled(station, "question-answered")] == ["Ani"]


@pytest.mark.parametrize(
    ("typed", "status", "line"),
    [
        ({**SPOILED, "cause": ""}, 422, "Pilih sebab kartu itu rusak"),
        ({**SPOILED, "by": ""}, 422, "Isi nama Anda."),
        ({"by": "Ani"}, 422, "Pilih satu jawaban."),
        ({**SPOILED, "pair": "eaten/again"}, 422, "Pilih satu jawaban."),
        ({**SPOILED, "pair": "spoiled/"}, 422, "Jawaban itu tidak ditawarkan lagi."),
        ({**SPOILED, "extra": "two"}, 422, "Kartu tambahan: isi angka."),
        ({**SPOILED, "extra": "9"}, 422, "Tidak sebanyak itu blangko"),
        ({**SPOILED, "extra": "101"}, 422, "Ada isian yang belum benar."),
        ({**SPOILED, "pair": "missing/again"}, 403, "perlu dua orang"),
        ({**SPOILED, "pair": "missing/again", "supervisor": "ani"}, 403, "perlu dua orang"),
    ],
)
def test_a_refused_answer_keeps_what_was_typed(
    office: Office, typed: dict[str, str], status: int, line: str
) -> None:
    job, identity = office.asked()
    page = refused(send(office, show(office).forms[0], **typed), status)
    assert line in page.text
    again = page.form(f"/questions/{identity}").values()
    assert {name: again.get(name) for name in typed if name != "pair"} == {
        name: value for name, value in typed.items() if name != "pair"
    }
    assert not any(values.get("http-equiv") == "refresh" for _, values in page.tags)
    assert office.get(f"/questions/{identity}")["answer"] is None
    assert office.get(f"/jobs/{job}")["state"] == "processing-stopped"
    # Mended on that very page, it is taken.
    mended = {**SPOILED, "extra": "0"}
    follow(office, send(office, page.form(f"/questions/{identity}"), **mended))


def test_a_second_press_of_the_button_does_nothing(office: Office, station: Station) -> None:
    _, identity = office.asked()
    form = show(office).forms[0]
    first, second = send(office, form, **SPOILED), send(office, form, **SPOILED)
    assert (first.status_code, second.status_code) == (303, 303)
    assert len(journalled(station, "question-answered")) == 1
    # The same page with another answer, and an older page with a key of its own.
    refused(send(office, form, **{**SPOILED, "by": "Budi"}), 409)
    older = {**SPOILED, "key": "another"}
    page = refused(send(office, form, **older), 409)
    assert f"Pertanyaan {identity} sudah dijawab oleh Ani: Rusak, cetak lagi." in page.text
    assert len(journalled(station, "question-answered")) == 1


def test_a_card_that_may_still_move_needs_the_statement(office: Office) -> None:
    _, identity = office.asked(discarded=False)
    form = show(office).forms[0]
    assert form.offers("device") == [SERIAL]
    assert f"unit {SERIAL} mati" in show(office).text
    page = refused(send(office, form, **SPOILED), 409)
    assert "Printer masih mungkin menggerakkan kartu ini." in page.text
    assert page.form(identity).named("device")[0].checked is False
    refused(send(office, form, **SPOILED, device="T2E-9999"), 422)
    page = follow(office, send(office, form, **SPOILED, device=SERIAL))
    assert "Rusak, cetak lagi" in page.text


def test_no_statement_is_asked_for_once_the_device_let_go(office: Office) -> None:
    office.asked()
    assert show(office).forms[0].named("device") == []


def test_no_statement_replaces_discard_where_a_device_keeps_its_job(office: Office) -> None:
    feed = office.feed(office.job(), holds_job=True)
    office.stop(feed, discarded=False)
    page = show(office)
    assert page.forms[0].named("device") == []
    assert f"Unit {SERIAL} menyimpan pekerjaannya" in page.text
    refused(send(office, page.forms[0], **SPOILED), 409)


@pytest.mark.parametrize(
    ("typed", "stock"),
    [
        ({"counted": "4", "spoiled": "1"}, {"loaded": 4, "spoiled": 1}),
        ({"counted": "3", "spoiled": ""}, {"loaded": 3, "missing": 2}),
        ({"counted": "6", "reason": "one lay beside it"}, {"loaded": 6}),
    ],
)
def test_a_count_is_answered(
    office: Office, station: Station, typed: dict[str, str], stock: dict[str, int]
) -> None:
    with station.store.write() as tx:
        fates.ask_count(tx, "tango")
    form = show(office).forms[0]
    assert "Berapa blangko di hopper?" in show(office).text
    page = refused(send(office, form, counted="6", by="Ani"), 422)
    assert "lebih banyak daripada catatan" in page.text or "Isi alasan" in page.text
    follow(office, send(office, page.forms[0], by="Ani", **typed))
    assert office.get("/stock")["ktp-el-wni"] == stock


def test_unexplained_cards_are_answered(office: Office, station: Station) -> None:
    with station.store.write() as tx:
        units.meet(tx, SERIAL, "tango2e", False)
        fates.compare_counter(tx, "tango", SERIAL, 100)
        fates.compare_counter(tx, "tango", SERIAL, 102)
    page = show(office)
    assert "Menurut catatan 100 Terbaca di printer 102 Selisih 2" in page.text
    follow(office, send(office, page.forms[0], counted="3", spoiled="2", by="Ani"))
    assert office.get("/stock")["ktp-el-wni"] == {"loaded": 3, "spoiled": 2}


@pytest.mark.parametrize(
    ("fate", "said"), [("printed", "Boleh diserahkan"), ("spoiled", "Rusakkan")]
)
def test_a_card_that_came_out_all_the_same(office: Office, fate: str, said: str) -> None:
    job = office.job()
    feed = office.feed(job)
    office.act(f"/jobs/{job}/cancel")
    office.finish(feed)
    page = show(office)
    assert page.forms[0].offers("pair") == ["printed/", "spoiled/"]
    typed = {"pair": f"{fate}/", "cause": "other", "by": "Ani"}
    assert said in follow(office, send(office, page.forms[0], **typed)).text
    assert office.get(f"/cards/{office.get(f'/jobs/{job}')['card']}")["state"] == fate


def test_no_such_question(office: Office) -> None:
    office.asked()
    form = show(office).forms[0]
    form.action = "/console/questions/Q-9"
    refused(send(office, form, **SPOILED), 404)


# ------------------------------------------------------------------------------- printers
def test_pause_and_resume(office: Office, station: Station) -> None:
    page = follow(office, send(office, show(office).form("/printers/tango/pause")))
    assert "Printer tango dijeda." in page.text
    with station.store.read() as conn:
        assert units.is_paused(conn, "tango")
    # The worker sees it, and the button turns round.
    office.see("tango", PrinterState.STOPPED, "paused")
    page = follow(office, send(office, show(office).form("/printers/tango/resume")))
    assert "Jeda printer tango dicabut." in page.text
    with station.store.read() as conn:
        assert not units.is_paused(conn, "tango")
    assert [e.by for e in journalled(station, "printer-paused")] == ["console"]


def test_a_hopper_is_counted(office: Office) -> None:
    assert not [f for f in show(office).forms if f.action.endswith("/hopper-count")]
    form = show(office, "/?count=tango").form("/printers/tango/hopper-count")
    page = refused(send(office, form, counted="many", by="Ani"), 422)
    assert "Blangko di hopper: isi angka." in page.text
    form = page.form("/printers/tango/hopper-count")
    assert form.values()["counted"] == "many"
    page = follow(office, send(office, form, counted="4"))
    assert "Isi hopper printer tango sudah dicatat: 4 blangko." in page.text
    assert office.get("/stock")["ktp-el-wni"] == {"loaded": 4, "missing": 1}


def test_a_hopper_is_not_counted_while_a_card_has_no_fate(office: Office) -> None:
    office.asked()
    form = show(office, "/?count=tango").form("/printers/tango/hopper-count")
    page = refused(send(office, form, counted="4", by="Ani"), 409)
    assert "Jawab pertanyaan itu dahulu." in page.text


def test_an_address_alone_makes_the_page_say_nothing(office: Office) -> None:
    _, identity = office.asked()
    for query in (
        f"done=answer&what={identity}",
        "done=answer&what=Q-9",
        "done=pause&what=nobody",
        "done=<b>&what=tango",
        "done=bad&what=tango",
    ):
        assert 'class="notice' not in show(office, f"/?{query}").html


# ------------------------------------------------------------------------------- whose form it is
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "127.0.0.1:8631"},
        {"host": "127.0.0.1:8631", "origin": "null"},
        {"host": "127.0.0.1:8631", "origin": "http://evil.example"},
        {"host": "127.0.0.1:8631", "origin": "http://127.0.0.1:8632"},
        {"host": "127.0.0.1:8631", "origin": "https://127.0.0.1:8631"},
        {"host": "127.0.0.1:8631", "referer": "http://evil.example/127.0.0.1:8631"},
        # A foreign name that was made to lead to this machine.
        {"host": "evil.example:8631", "origin": "http://evil.example:8631"},
        {"host": "[", "origin": "http://["},
        {"host": "", "origin": "http://"},
    ],
)
@pytest.mark.parametrize("act", ["question", "pause", "hopper-count"])
def test_a_form_of_another_page_does_nothing(
    office: Office, station: Station, act: str, headers: dict[str, str]
) -> None:
    _, identity = office.asked()
    page = show(office, "/?count=enduro")
    form = (
        page.form(identity if act == "question" else f"/{act}")
        if act != "pause"
        else page.form("/tango/pause")
    )
    typed = {"question": SPOILED, "pause": {}, "hopper-count": {"counted": "0", "by": "Ani"}}[act]
    before = len(journalled(station, "question-answered") + journalled(station, "printer-paused"))
    answer = send(office, form, headers=headers, **typed)
    page = refused(answer, 403)
    assert "tidak dikirim dari halaman stasiun ini" in page.text
    assert office.get(f"/questions/{identity}")["answer"] is None
    after = len(journalled(station, "question-answered") + journalled(station, "printer-paused"))
    assert (before, after) == (0, 0)
    assert journalled(station, "hopper-counted") == []


@pytest.mark.parametrize(
    "headers",
    [
        HERE,
        {"host": "localhost:8631", "origin": "http://localhost:8631"},
        {"host": "[::1]:8631", "origin": "http://[::1]:8631"},
        {"host": "127.0.0.1:8631", "referer": "http://127.0.0.1:8631/?lang=en"},
    ],
)
def test_a_form_of_this_page_is_taken(office: Office, headers: dict[str, str]) -> None:
    office.asked()
    follow(office, send(office, show(office).forms[0], headers=headers, **SPOILED))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"by": "Ani"}', "application/json"),
        (b"by=Ani&key=k", "text/plain"),
        (b"by=Ani", "application/x-www-form-urlencoded"),
        (b"by=Ani&by=Budi&key=k", "application/x-www-form-urlencoded"),
        (b"by=Ani&key=%00", "application/x-www-form-urlencoded"),
        (b"by=%ff&key=k", "application/x-www-form-urlencoded"),
        (b"by=\xff&key=k", "application/x-www-form-urlencoded"),
        (b"nothing", "application/x-www-form-urlencoded"),
        (b"a=1&" * 50 + b"key=k", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
    ],
)
def test_forms_that_cannot_be_read(office: Office, body: bytes, content_type: str) -> None:
    _, identity = office.asked()
    answer = office.client.post(
        f"/console/questions/{identity}",
        content=body,
        headers={**HERE, "content-type": content_type},
    )
    page = refused(answer, 400)
    assert "Isian tidak dapat dibaca." in page.text


def test_a_form_has_a_bound(office: Office) -> None:
    _, identity = office.asked()
    answer = office.client.post(
        f"/console/questions/{identity}",
        content=b"by=" + b"x" * 70_000,
        headers={**HERE, "content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 413
    assert office.get(f"/questions/{identity}")["answer"] is None
