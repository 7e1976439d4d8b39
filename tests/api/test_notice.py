"""What the public may know of the stock: blanks per type, and nothing else."""

from __future__ import annotations

from tests.api.office import Office
from tests.browser.reading import Page


def stocked(office: Office) -> None:
    office.stocked(12)
    letter = {"delivery": "K", "card_type": "kia", "version": "1", "batch": "K1", "count": 1500}
    office.act("/stock/receipts", letter)
    staff = {"delivery": "S", "card_type": "staff", "version": "1", "batch": "S1", "count": 3}
    office.act("/stock/receipts", staff)
    office.printed(office.job())


def test_the_page_counts_blanks_in_both_languages(office: Office) -> None:
    stocked(office)
    answer = office.client.get("/stock-notice")
    assert answer.status_code == 200 and 'lang="id"' in answer.text
    text = Page(answer.text).text
    assert text.index("Sisa blangko pada") < text.index("Blank cards left on")
    for shown in ("KTP-el WNI", "11", "KIA", "1.500"):
        assert shown in text
    assert "staff" not in text, "only what residents are given"


def test_the_line_is_one_line(office: Office) -> None:
    assert office.client.get("/stock-notice.txt").text.endswith(": tidak ada\n")
    stocked(office)
    text = office.client.get("/stock-notice.txt").text
    assert text.count("\n") == 1
    assert text.startswith("Sisa blangko Kota Contoh per ")
    assert text.endswith("WIB: KTP-el WNI 11; KIA 1.500\n")


def test_nothing_left_is_said(office: Office) -> None:
    office.stocked(1)
    office.printed(office.job())
    assert office.client.get("/stock-notice.txt").text.endswith(": KTP-el WNI 0\n")


def test_an_office_without_stock_says_so(office: Office) -> None:
    assert "Belum ada blangko" in Page(office.client.get("/stock-notice").text).text
