"""Indonesian as an office writes it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from printstation.documents import words
from printstation.lifecycle.card import Cause
from printstation.lifecycle.places import PlaceKind
from printstation.store.tables.supply import SupplyKind, SupplyState


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "nol"),
        (10, "sepuluh"),
        (11, "sebelas"),
        (12, "dua belas"),
        (19, "sembilan belas"),
        (20, "dua puluh"),
        (21, "dua puluh satu"),
        (100, "seratus"),
        (111, "seratus sebelas"),
        (200, "dua ratus"),
        (1000, "seribu"),
        (1111, "seribu seratus sebelas"),
        (1729, "seribu tujuh ratus dua puluh sembilan"),
        (2026, "dua ribu dua puluh enam"),
        (8000, "delapan ribu"),
        (11_000, "sebelas ribu"),
        (100_001, "seratus ribu satu"),
        (1_000_000, "satu juta"),
        (1_001_000, "satu juta seribu"),
        (2_500_000_000, "dua miliar lima ratus juta"),
    ],
)
def test_numbers_are_said_as_people_say_them(value: int, said: str) -> None:
    assert words.number_words(value) == said


def test_no_two_numbers_are_said_alike() -> None:
    assert len({words.number_words(value) for value in range(12_000)}) == 12_000


@pytest.mark.parametrize("value", [-1, words.LARGEST + 1])
def test_what_cannot_be_said_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="milliard"):
        words.number_words(value)


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [
        (1234.5, 1, "1.234,5"),
        (0, 0, "0"),
        (999, 0, "999"),
        (1_000_000, 0, "1.000.000"),
        (-2, 0, "−2"),
        (-0.04, 1, "0,0"),
        (1.66, 1, "1,7"),
    ],
)
def test_numbers_have_points_and_a_comma(value: float, places: int, written: str) -> None:
    assert words.number(value, places) == written


def test_a_difference_has_its_sign() -> None:
    assert [words.signed(each) for each in (3, 0, -1200)] == ["+3", "0", "−1.200"]


def test_a_share_of_nothing_is_a_dash() -> None:
    assert (words.share(17, 1000), words.share(0, 0)) == ("1,7 %", "–")


def test_dates() -> None:
    day = date(2026, 11, 5)
    assert words.short_date(day) == "05-11-2026"
    assert words.long_date(day) == "5 November 2026"
    assert words.month(day) == "November 2026"
    assert words.date_in_words(date(2026, 11, 25)) == (
        "Rabu tanggal dua puluh lima bulan November tahun dua ribu dua puluh enam"
    )
    week = [words.day_name(date(2026, 11, 23 + i)) for i in range(7)]
    assert week == ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"]


def test_times_and_durations() -> None:
    moment = datetime(2026, 11, 25, 7, 5, 9)
    assert words.clock_time(moment, "WITA") == "07.05 WITA"
    assert words.clock_time(moment, "WIT", seconds=True) == "07.05.09 WIT"
    assert words.duration(timedelta(hours=1, minutes=24)) == "1 jam 24 menit"
    assert words.duration(timedelta(hours=2)) == "2 jam"
    assert words.duration(timedelta(minutes=3, seconds=50)) == "3 menit"
    assert words.duration(timedelta(seconds=12)) == "12 detik"
    assert words.duration(timedelta()) == "0 detik"


def test_every_cause_has_the_offices_word() -> None:
    assert {str(cause) for cause in Cause} <= words.known("cause")


def test_every_supply_and_every_place_has_the_offices_word() -> None:
    assert {str(kind) for kind in SupplyKind} <= words.known("supply")
    assert {str(state) for state in SupplyState} <= words.known("supply_state")
    assert {str(kind) for kind in PlaceKind} <= words.known("place")


def test_a_keyword_without_a_word_stands_as_it_is() -> None:
    assert words.word("cause", "eaten-by-goat") == "eaten-by-goat"
    assert words.capital("gagal cetak") == "Gagal cetak" and words.capital("") == ""
