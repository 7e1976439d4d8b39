"""`printer-state-reasons`, every row of the table walked, with each suffix."""

from __future__ import annotations

import pytest

from drivers import reasons
from drivers.ipp.codes import codes, read, read_all


def test_every_row_is_in_the_vocabulary() -> None:
    assert {row.keyword for row in codes().values() if row.keyword} <= set(reasons())


#: RFC 8011 §5.4.12, every keyword of the registry's beginning.
RFC = """other none connecting-to-device cover-open developer-empty developer-low door-open fuser-over-temp
fuser-under-temp input-tray-missing interlock-open interpreter-resource-unavailable marker-supply-empty
marker-supply-low marker-waste-almost-full marker-waste-full media-empty media-jam media-low media-needed
moving-to-paused opc-life-over opc-near-eol output-area-almost-full output-area-full output-tray-missing paused
shutdown spool-area-full stopped-partly stopping timed-out toner-empty toner-low"""


def test_every_keyword_of_the_standard_has_a_row() -> None:
    assert set(RFC.split()) <= set(codes())


@pytest.mark.parametrize(
    "raw", ["media-low-report", "media-low-warning", "marker-waste-almost-full-warning"]
)
def test_what_will_be_empty_or_full_some_day_stops_nothing(raw: str) -> None:
    seen = read(raw)
    assert seen is None or not (seen.stops or seen.error)


@pytest.mark.parametrize("code", sorted(codes()))
@pytest.mark.parametrize("suffix", ["", "-error", "-warning", "-report"])
def test_every_code_with_every_suffix(code: str, suffix: str) -> None:
    seen = read(code + suffix)
    keyword = codes()[code].keyword
    if not keyword:
        assert seen is None
        return
    assert seen is not None
    assert (seen.reason.keyword, seen.reason.raw) == (keyword, code + suffix)
    row = reasons()[keyword]
    assert seen.stops == (row.stops or suffix == "-error")
    if suffix in ("-warning", "-report"):
        assert not seen.error
    else:
        assert seen.error == (row.severity == "error" or suffix == "-error")


@pytest.mark.parametrize(
    "raw", ["com.example-lamp", "com.example-lamp-report", "-error", "warning"]
)
def test_what_no_row_has_stops_with_what_was_said(raw: str) -> None:
    seen = read(raw)
    assert seen is not None and seen.stops
    assert (seen.reason.keyword, seen.reason.raw) == ("other", raw)


def test_what_stops_comes_first() -> None:
    found = read_all(("marker-supply-low", "none", "media-empty-warning"))
    assert [seen.reason.keyword for seen in found] == ["media-empty", "marker-supply-low"]
