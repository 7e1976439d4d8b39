"""The plain page in a real browser: seen, readable, and worked at by the keyboard alone.

Slow, all of them: Chromium takes about a second to start.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from printstation.acts import fates
from printstation.station import Station
from tests.api.office import SERIAL, Office
from tests.browser.chromium import Tab, run

pytestmark = pytest.mark.slow

AMBER = (0xB4, 0x53, 0x09)
TEXT = "document.body.innerText"
#: Of each text that is seen, the contrast to what lies under it (WCAG 2.2, 1.4.3); those below 4.5.
LOW_CONTRAST = """(() => {
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const colour = (text) => text.match(/[\\d.]+/g).map(Number);
  const under = (e) => { for (; e; e = e.parentElement) {
    const c = colour(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c.slice(0, 3); }
    return [255, 255, 255]; };
  return [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() &&
    [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())).filter((e) => {
      const [a, b] = [light(colour(getComputedStyle(e).color).slice(0, 3)), light(under(e))];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
    }).map((e) => e.outerHTML.slice(0, 120));
})()"""


#: What hangs out of the box that it is in, to the right; the texts of it.
OUT_OF_ITS_BOX = """(() => [...document.querySelectorAll(
    '.evidence, .question, .printer, .act-form, .check, .notice, .moving, .counts li, td')]
  .flatMap((box) => [...box.querySelectorAll('*')].filter((e) => e.checkVisibility() &&
    e.getClientRects().length && e.getBoundingClientRect().right >
    box.getBoundingClientRect().right + 0.5)).map((e) => e.outerHTML.slice(0, 120)))()"""


@pytest.fixture(autouse=True)
def blanks(office: Office) -> None:
    office.stocked(5)


def test_the_page_is_seen(office: Office, url: str, tmp_path: Path) -> None:
    office.asked()
    html = run(tmp_path / "profile", f"{url}/", "--dump-dom")
    assert "<title>(1) Stasiun cetak kartu</title>" in html
    picture = tmp_path / "page.png"
    options = (f"--screenshot={picture}", "--window-size=1366,768")
    run(tmp_path / "profile", f"{url}/", *options)
    with Image.open(BytesIO(picture.read_bytes())) as image:
        assert image.size == (1366, 768)
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20) or []}
    # The style sheet came through the policy: a question has its amber edge in the first screen.
    assert AMBER in colours


def test_a_question_is_answered_by_the_keyboard_alone(office: Office, url: str, tab: Tab) -> None:
    job, identity = office.asked(discarded=False)
    tab.width(1366, 768)
    tab.open(f"{url}/?lang=en")
    assert not tab.see("document.getElementsByName('cause')[0].checkVisibility()")
    assert not tab.see("document.getElementsByName('supervisor')[0].checkVisibility()")
    tab.tab_to("input[name=device]")
    tab.press("Space")
    tab.tab_to("input[name=pair]")
    tab.press("Space")
    tab.press("ArrowDown")
    assert tab.see("document.querySelector('[name=pair]:checked').value") == "spoiled/again"
    assert tab.see("document.getElementsByName('cause')[0].checkVisibility()")
    assert not tab.see("document.getElementsByName('supervisor')[0].checkVisibility()")
    tab.tab_to("select[name=cause]")
    tab.press("ArrowDown")
    tab.tab_to("input[name=by]")
    tab.type("Ani")
    tab.leave_by("Enter")
    assert f"Question {identity} was answered by Ani: Spoiled, print again." in tab.see(TEXT)
    assert tab.see("document.activeElement.getAttribute('role')") == "status"
    assert office.get(f"/jobs/{job}")["state"] == "pending"
    answer = office.get(f"/questions/{identity}")["answer"]
    assert (answer["cause"], answer["device"]) == ("print-failed", SERIAL)


def test_a_refusal_is_where_the_focus_is(office: Office, url: str, tab: Tab) -> None:
    _, identity = office.asked(discarded=False)
    tab.open(f"{url}/")
    tab.tab_to("input[name=pair]")
    tab.press("Space")
    tab.tab_to("input[name=by]")
    tab.type("Ani")
    tab.leave_by("Enter")
    assert tab.see("document.activeElement.getAttribute('role')") == "alert"
    assert tab.see("document.getElementsByName('by')[0].value") == "Ani"
    assert tab.see("document.querySelector('[name=pair]:checked').value") == "printed/"
    assert office.get(f"/questions/{identity}")["answer"] is None


def test_a_printer_is_counted_and_paused_by_the_keyboard(
    office: Office, url: str, tab: Tab
) -> None:
    tab.open(f"{url}/?still=1")
    tab.tab_to("a[href*='form=count-tango']")
    tab.leave_by("Enter")
    assert tab.see("document.activeElement.name") == "counted"
    tab.type("4")
    tab.tab_to("input[name=by]")
    tab.type("Ani")
    tab.leave_by("Enter")
    assert office.get("/stock")["ktp-el-wni"] == {"loaded": 4, "missing": 1}
    tab.tab_to("form[action*='/tango/pause'] button")
    tab.leave_by("Space")
    assert "Printer tango dijeda." in tab.see(TEXT)


def test_blanks_are_loaded_and_a_card_is_checked_by_the_keyboard(
    office: Office, url: str, tab: Tab
) -> None:
    card = office.printed(office.job(reference="QR-1"))
    stored = {"delivery": "D-9", "card_type": "ktp-el-wni", "version": "1", "batch": "B9"}
    assert office.act("/stock/receipts", {**stored, "count": 3}).status_code == 201
    tab.open(f"{url}/?still=1&lang=en")
    tab.tab_to("a[href*='form=load-tango']")
    tab.leave_by("Enter")
    assert tab.see("document.activeElement.name") == "card_type"
    assert tab.see("document.activeElement.value") == "ktp-el-wni"
    tab.press("Tab")
    tab.type("2")
    tab.tab_to("input[name=by]")
    tab.type("Ani")
    tab.leave_by("Enter")
    assert "The hopper of printer tango now holds 6 blanks." in tab.see(TEXT)
    tab.tab_to("a[href*='form=check']")
    tab.leave_by("Enter")
    # A scanner types what the QR code says, and presses Enter.
    assert tab.see("document.activeElement.name") == "find"
    tab.type("QR-1")
    tab.leave_by("Enter")
    assert tab.see("document.activeElement.value") == "accepted"
    shown = "document.getElementsByName('{}')[0].checkVisibility()"
    assert not tab.see(shown.format("cause")) and not tab.see(shown.format("shelf"))
    tab.press("Space")
    assert not tab.see(shown.format("cause")) and tab.see(shown.format("shelf"))
    tab.press("ArrowDown")
    assert tab.see(shown.format("cause")) and not tab.see(shown.format("shelf"))
    tab.tab_to("select[name=cause]")
    tab.press("ArrowDown")
    tab.tab_to("input[name=by]")
    tab.type("Ani")
    tab.leave_by("Enter")
    assert f"Card {card} was recorded as spoiled." in tab.see(TEXT)
    # Printed again from the very line that says so.
    tab.tab_to("form[action*=reprint] input[name=by]")
    tab.type("Ani")
    tab.leave_by("Enter")
    assert "The reprint is in the queue." in tab.see(TEXT)
    found = office.get(f"/cards/{card}")
    assert (found["state"], found["cause"]) == ("spoiled", "print-failed")
    assert office.get(f"/jobs/{found['job']}")["replaced_by"] is not None


@pytest.mark.parametrize("width", [320, 360, 768, 1366])
def test_nothing_hangs_over_the_edge_and_everything_can_be_read(
    office: Office, station: Station, url: str, tab: Tab, width: int
) -> None:
    office.job(reference="X" * 64, ticket="T" * 64)
    office.asked(discarded=False)
    with station.store.write() as tx:
        fates.ask_count(tx, "tango")
    tab.width(width, 768)
    card = office.printed(office.job(reference="Y" * 64, ticket="U" * 64), "tango")
    paths = (
        *("/", "/?lang=en&count=tango", "/?done=pause&what=tango", "/?form=load-tango"),
        *("/?form=check", f"/?lang=en&form=check-{card}", "/?form=run-enduro"),
    )
    for path in paths:
        tab.open(f"{url}{path}")
        assert tab.see("document.documentElement.scrollWidth") <= width
        assert tab.see(OUT_OF_ITS_BOX) == []
        assert tab.see(LOW_CONTRAST) == []
        assert tab.see("document.styleSheets.length") == 1


def test_a_reference_of_a_usual_length_stands_on_one_line(
    office: Office, url: str, tab: Tab
) -> None:
    office.job(reference="REG-2026-0042", ticket="A-42")
    tab.width(1366, 768)
    tab.open(f"{url}/")
    assert tab.see("document.querySelector('td.reference code').getClientRects().length") == 1


def test_a_form_of_a_foreign_page_does_nothing(office: Office, url: str, tab: Tab) -> None:
    _, identity = office.asked()
    form = (
        f"<form method=post action='{url}/console/questions/{identity}'><input name=key value=k>"
        "<input name=pair value=printed/><input name=by value=Mallory><button></form>"
    )
    tab.open(f"data:text/html,{form}")
    tab.tab_to("[name=by]")
    tab.leave_by("Enter")
    assert "tidak dikirim dari halaman stasiun ini" in tab.see(TEXT)
    assert office.get(f"/questions/{identity}")["answer"] is None
