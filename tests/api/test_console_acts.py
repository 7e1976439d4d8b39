"""The forms of the page's table: each does what its route does, once, from this very page, and comes back with what
was typed when it is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from printstation.console.acts import ACTS
from printstation.console.told import TOLD
from printstation.spool.view import PrinterState
from printstation.station import Station
from tests.api.counter import ANI, begin, config_in, encode, entries, opened, printed, waiting
from tests.api.encoders import audited
from tests.api.office import Office
from tests.api.operator import follow, journalled, refused, send, show
from tests.browser.reading import HtmlForm, Page
from tests.house.tree import ROOT


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    yield from audited(config_in(tmp_path))


@pytest.fixture(autouse=True)
def day(office: Office) -> None:
    begin(office)


@dataclass(frozen=True)
class Case:
    """A form, what is typed into it, and what the page says afterwards."""

    form: str
    typed: dict[str, str]
    line: str


CASES = [
    Case(
        "load-tango",
        {"card_type": "ktp-el-wni", "count": "3", **ANI},
        "Isi hopper printer tango sekarang: 7 blangko.",
    ),
    Case("count-tango", {"counted": "3", **ANI}, "sudah dicatat: 3 blangko."),
    Case(
        "temperature-tango",
        {"celsius": "165", **ANI},
        "Suhu transfer printer tango dicatat: 165 °C, oleh Ani.",
    ),
    Case(
        "temperature-ministry",
        {"celsius": "150", **ANI},
        "Di luar batas 160–170 °C: printer berhenti sampai suhu yang benar dicatat.",
    ),
    Case("clean-tango", ANI, "Pembersihan printer tango dicatat oleh Ani."),
    Case("clean-ministry", ANI, "Pembersihan printer ministry dicatat oleh Ani."),
    Case("scan-enduro", {"number": "04A1", **ANI}, "dipanggil ke printer enduro. Masukkan"),
    Case("scan-matica", {"number": "04A1", **ANI}, "Letakkan kartu itu sendirian di hopper."),
    Case("outside-ministry", {"job": "A-2", **ANI}, "tercatat masuk ke printer ministry."),
    Case("outside-ministry", {"job": "W-04A1", **ANI}, "tercatat masuk ke printer ministry."),
    Case("check-CARD", {"result": "accepted", "shelf": "A-12", **ANI}, "lolos periksa."),
    Case("check-CARD", {"result": "spoiled", "cause": "damaged", **ANI}, "dicatat rusak."),
]


def ready(office: Office, case: Case) -> tuple[HtmlForm, dict[str, str]]:
    """The open form of a case, and what is typed: cards and jobs have their ids by now."""
    typed = dict(case.typed)
    if typed.get("job", "").startswith(("A-", "W-")):
        typed["job"] = waiting(office, typed["job"])
    return opened(office, case.form.replace("CARD", printed(office))), typed


def named(case: Case) -> str:
    return case.form + "-" + case.line[-20:]


# ------------------------------------------------------------------------------- done, once
@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_form_is_done_once(office: Office, station: Station, case: Case) -> None:
    form, typed = ready(office, case)
    # Refused first, for want of a name, and mended on that very page.
    page = refused(send(office, form, **{**typed, "by": ""}), 422)
    form = page.form(form.action.removeprefix("/console"))
    before = len(entries(station))
    first = send(office, form, by="Ani")
    assert case.line in follow(office, first).text
    done = entries(station)[before:]
    assert "Ani" in {entry.by for entry in done} <= {"Ani", "station"}
    # The button is pressed a second time, on a page that is old by now.
    second = send(office, form, by="Ani")
    assert (second.status_code, second.headers["location"]) == (303, first.headers["location"])
    # The same page once more, with another name in it.
    page = refused(send(office, form, by="Budi"), 409)
    assert "sudah pernah dikirim dengan isi lain" in page.text
    assert len(entries(station)) == before + len(done)


def test_a_refused_form_comes_back_with_what_was_typed(office: Office, station: Station) -> None:
    before = len(entries(station))
    for case in CASES:
        form, typed = ready(office, case)
        page = refused(send(office, form, **{**typed, "by": ""}), 422)
        assert "Isi nama Anda." in page.text
        again = page.form(form.action.removeprefix("/console"))
        for name in typed.keys() - {"by"}:
            shown = [c.value for c in again.named(name) if c.kind != "radio" or c.checked]
            assert shown == [typed[name]], (case.form, name)
        assert not any(values.get("http-equiv") == "refresh" for _, values in page.tags)
    assert len(entries(station)) == before


def test_a_form_of_another_page_does_nothing(office: Office, station: Station) -> None:
    before = len(entries(station))
    for case in CASES:
        form, typed = ready(office, case)
        for headers in (
            {"host": "127.0.0.1:8631", "origin": "http://evil.example"},
            {"host": "127.0.0.1:8631"},
            {"host": "evil.example:8631", "origin": "http://evil.example:8631"},
        ):
            page = refused(send(office, form, headers=headers, **typed), 403)
            assert "tidak dikirim dari halaman stasiun ini" in page.text
    assert len(entries(station)) == before


# ------------------------------------------------------------------------------- refused in words
REFUSED: list[tuple[str, dict[str, str], int, str]] = [
    ("load-tango", {"count": "400"}, 409, "Tidak sebanyak itu blangko tercatat."),
    ("load-tango", {"count": "0"}, 422, "Jumlah blangko paling sedikit 1."),
    ("load-tango", {"count": "many"}, 422, "Jumlah blangko: isi angka."),
    ("load-tango", {"count": ""}, 422, "Isi jumlah blangko yang dimasukkan."),
    ("load-tango", {"card_type": "", "count": "3"}, 422, "Pilih jenis kartu."),
    ("load-tango", {"card_type": "kia", "count": "3"}, 422, "tidak menerima jenis kartu"),
    ("load-tango", {"count": "3", "batch": "W1"}, 422, "Kelompok itu milik jenis atau versi"),
    ("temperature-tango", {"celsius": ""}, 422, "Isi suhu yang tertera"),
    ("temperature-tango", {"celsius": "165,5"}, 422, "Suhu: isi angka bulat."),
    ("temperature-tango", {"celsius": "999"}, 422, "Suhu itu tidak mungkin."),
    ("scan-enduro", {"number": ""}, 422, "Pindai nomor dari kartu"),
    ("scan-enduro", {"number": "04FF"}, 404, "Yang dimaksud tidak ada."),
    ("outside-ministry", {"job": ""}, 422, "Pilih pekerjaan"),
    ("outside-ministry", {"job": "0" * 32}, 404, "Yang dimaksud tidak ada."),
    (
        "outside-ministry",
        {"job": "W-04A1", "number": "04FF"},
        409,
        "Nomor itu milik kartu lain",
    ),
    ("check-CARD", {}, 422, "Pilih: kartu baik atau rusak."),
    ("check-CARD", {"result": "perhaps"}, 422, "Pilih: kartu baik atau rusak."),
    ("check-CARD", {"result": "spoiled"}, 422, "Pilih sebab kartu itu rusak"),
    ("check-CARD", {"result": "accepted", "shelf": "A_12;"}, 422, "Tempat di rak: huruf"),
]


def test_a_refusal_is_told_in_words(office: Office, station: Station) -> None:
    before = len(entries(station))
    for form, typed, status, line in REFUSED:
        html, sent = ready(office, Case(form, {**typed, **ANI}, line))
        page = refused(send(office, html, **sent), status)
        assert line in page.text, (form, typed)
    assert len(entries(station)) == before


# ------------------------------------------------------------------------------- where a form is
def test_a_printer_has_the_forms_that_it_can_do(office: Office) -> None:
    page = show(office)
    links = [values.get("href", "") for tag, values in page.tags if tag == "a"]
    found: dict[str, list[str]] = {}
    for link in links:
        if link.startswith("/?form=") and "-" in link:
            name, _, what = link.removeprefix("/?form=").partition("-")
            found.setdefault(what, []).append(name)
    assert found == {
        # A cleaning card would move this one's counter.
        "tango": ["load", "count", "temperature", "clean"],
        "enduro": ["scan", "load", "count", "clean", "run"],
        # No blank is loaded here: its cards come one by one.
        "matica": ["scan", "count", "clean"],
        "ministry": ["outside", "load", "count", "temperature", "clean"],
    }
    assert [form for form in page.forms if not form.action.endswith("/pause")] == []


def test_a_form_that_a_printer_has_not_does_not_open(office: Office) -> None:
    for form in (
        *("temperature-enduro", "run-tango", "run-ministry", "outside-tango", "scan-ministry"),
        *("load-matica", "load-nobody", "load", "pause-tango", "nothing-tango", "", "-tango"),
        "reprint-0",
    ):
        page = show(office, f"/?form={form}")
        assert [form for form in page.forms if not form.action.endswith("/pause")] == []
        assert any(values.get("http-equiv") == "refresh" for _, values in page.tags)


def test_a_form_sent_to_a_printer_that_has_it_not_is_refused_as_by_the_route(
    office: Office, station: Station
) -> None:
    form = opened(office, "temperature-tango")
    before = len(entries(station))
    for what, status in (("enduro", 409), ("nobody", 404)):
        form.action = f"/console/printers/{what}/temperature"
        refused(send(office, form, celsius="165", by="Ani"), status)
    form = opened(office, "clean-tango")
    form.action = "/console/printers/tango/clean"
    refused(send(office, form, by="Ani"), 409)
    form = opened(office, f"check-{printed(office)}")
    form.action = "/console/cards/B-999999/check"
    refused(send(office, form, result="accepted", by="Ani"), 404)
    assert len(entries(station)) == before


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_open_form_is_whole(office: Office, language: str) -> None:
    """A label for each control, an id for each of them, the focus in the first one, a way back."""
    names = {
        *("load-tango", "count-tango", "temperature-tango", "clean-tango", "run-enduro"),
        *("scan-enduro", "outside-ministry", "check", f"check-{printed(office)}"),
    }
    assert {name.partition("-")[0] for name in names} >= ACTS.keys() - {
        "pause",
        "resume",
        "reprint",
    }
    for name in names:
        page = show(office, f"/?form={name}&lang={language}")
        assert ("html", {"lang": language}) in page.tags
        whole(page)
        assert sum("autofocus" in values for _, values in page.tags) == 1, name
        assert not any(values.get("http-equiv") == "refresh" for _, values in page.tags)
        back = "Batal" if language == "id" else "Back"
        assert back in page.text or name == "check"


def whole(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    for form in page.forms:
        for control in form.controls:
            bound = control.labelled or control.id in page.labelled
            assert bound or control.kind == "hidden", (form.action, control)
    told = {v["aria-describedby"] for _, v in page.tags if "aria-describedby" in v}
    assert told <= set(page.ids)


def test_every_form_has_its_notice_and_no_address_alone_makes_one(office: Office) -> None:
    assert ACTS.keys() <= TOLD.keys()
    card = printed(office)
    for done in TOLD:
        for what in ("nobody", card, "", "Q-9"):
            assert 'class="notice' not in show(office, f"/?done={done}&what={what}").html
    for done in ("temperature", "clean", "scan", "outside"):
        assert 'class="notice' not in show(office, f"/?done={done}&what=tango").html


def test_the_document_names_every_form_and_a_route_that_there_is() -> None:
    told = (ROOT / "docs" / "operator-page.md").read_text(encoding="utf-8")
    routes = re.findall(r"`POST (/v1/[^`]+)`", told)
    known = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert len(routes) == len(ACTS)
    assert [route for route in routes if f"`POST {route}`" not in known] == []
    assert [name for name in ACTS if f"`{name}`" not in told] == []


def test_the_older_address_of_the_count_opens_the_same_form(office: Office) -> None:
    older, newer = show(office, "/?count=tango"), show(office, "/?form=count-tango")
    assert [f.action for f in older.forms] == [f.action for f in newer.forms]
    assert older.form("/printers/tango/hopper-count").values().keys() == {
        *("key", "counted", "reason", "by")
    }


# ------------------------------------------------------------------------------- a cleaning run
class Device:
    """A driver of which nothing but the cleaning is asked."""

    def __init__(self) -> None:
        self.cleaned = 0

    def clean(self) -> None:
        self.cleaned += 1


def test_a_cleaning_run_is_started_once_however_often_it_is_asked_for(
    office: Office, station: Station
) -> None:
    device, desk = Device(), station._desk_named("enduro")
    form = opened(office, "run-enduro")

    def work() -> bool:
        errand = desk.errands.take(station.clock.monotonic(), ready=True)
        if errand is not None:
            errand.run(cast(Any, device))
        return errand is not None

    page = follow(office, send(office, form, **ANI))
    assert "Printer enduro diminta menjalankan pembersihan." in page.text
    assert send(office, form, **ANI).status_code == 303
    assert journalled(station, "printer-cleaned") == [], "the printer has not begun"
    assert work() and not work()
    assert [e.by for e in journalled(station, "printer-cleaned")] == ["Ani"]
    # A page that is old by now, sent again: it was done, and is not done again.
    assert send(office, form, **ANI).status_code == 303
    assert not work() and device.cleaned == 1
    follow(office, send(office, opened(office, "run-enduro"), **ANI))
    assert work() and device.cleaned == 2


def test_a_cleaning_run_waits_until_the_printer_is_free(office: Office) -> None:
    follow(office, send(office, opened(office, "run-enduro"), **ANI))
    page = refused(send(office, opened(office, "run-enduro"), **ANI), 409)
    assert "Printer sedang mengerjakan sesuatu." in page.text


# ------------------------------------------------------------------------------- the scan
def test_the_card_that_the_station_asks_for_is_named_and_called(office: Office) -> None:
    job, card = encode(office, "04A2")
    other = waiting(office, "W-04A1")
    asked = "04A1 " + office.get(f"/jobs/{other}")["wants"]["card"]
    assert asked in show(office, "/?form=scan-enduro").text
    office.act(f"/jobs/{other}/hold")
    page = show(office, "/?form=scan-enduro")
    assert f"04A2 {card}" in page.text
    assert asked not in page.text, "a held job asks for no card"
    assert "Kartu terenkode 2 kartu" in page.text
    page = follow(office, send(office, page.form("/enduro/scan"), number="04A2", **ANI))
    assert f"Kartu {card} sudah dipanggil ke sini" in page.text
    assert office.get(f"/jobs/{job}")["wants"]["printer"] == "enduro"
    assert f"Kartu {card} dipanggil" in page.text
    # A card of a job that does not wait is refused in words.
    form = opened(office, "scan-enduro")
    assert "milik kartu lain" in refused(send(office, form, number="04A1", **ANI), 409).text


def test_a_print_outside_asks_its_question_on_the_same_page(office: Office) -> None:
    form = opened(office, "outside-ministry")
    assert form.offers("job")[1:] == [waiting(office, "W-04A1"), waiting(office, "A-2")]
    job = waiting(office, "W-04A1")
    page = follow(office, send(office, form, job=job, number="04A1", **ANI))
    asked = office.get("/questions", state="open")["items"][0]["id"]
    assert f"jawab pertanyaan {asked}" in page.text
    answer = page.form(f"/questions/{asked}")
    follow(office, send(office, answer, pair="printed/", by="Ani"))
    card = office.get(f"/jobs/{job}")["card"]
    # Encoded for one resident: its number is scanned once more.
    form = opened(office, f"check-{card}")
    page = refused(send(office, form, result="accepted", by="Ani"), 422)
    assert "Pindai nomor dari kartu di tangan Anda." in page.text
    form = page.form(f"/cards/{card}/check")
    assert "lolos periksa" in follow(office, send(office, form, number="04A1")).text


def test_only_jobs_that_this_printer_can_make_are_offered_outside(office: Office) -> None:
    office.job(card_type="kia")
    office.job(only_printer="tango")
    office.job(reference="HERE", only_printer="ministry")
    offered = opened(office, "outside-ministry").offers("job")
    references = [office.get(f"/jobs/{job}")["reference"] for job in offered[1:]]
    assert set(references) == {"W-04A1", "A-2", "HERE"}


# ------------------------------------------------------------------------------- what a reason asks for
def test_the_form_that_ends_a_reason_stands_out(office: Office) -> None:
    def due() -> set[str]:
        tags = show(office).tags
        return {
            v["href"].removeprefix("/?form=") for _, v in tags if v.get("class") == "button due"
        }

    assert due() == {"temperature-tango", "temperature-ministry"}
    office.see("enduro", PrinterState.STOPPED, "media-empty")
    office.act("/printers/tango/temperature", {"celsius": 165, **ANI})
    assert due() == {"load-enduro", "temperature-ministry"}
    office.printed(office.job())
    assert due() == {"load-enduro", "temperature-ministry", "clean-tango"}
    # A run records itself; to record a cleaning that nobody did is not the nearer button.
    office.see("enduro", PrinterState.IDLE, "cleaning-due")
    assert due() == {"temperature-ministry", "clean-tango", "run-enduro"}
