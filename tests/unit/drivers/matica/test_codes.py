"""Every sense code of the sheet is mapped, and each of them walked: as a look, in a feed, before a feed."""

from __future__ import annotations

import pytest

from drivers import Condition, FeedBroken, reasons
from drivers.matica.codes import State, codes, row_of
from simulator.matica.commands import Commands
from tests.unit.drivers.matica.kit import Desk

# The sheet's list, by hand and in its order.
SHEET = [
    *("02DA00", "02DB00", "02D000", "02D100", "02D300", "02D400", "02D800"),
    *("02C100", "02C200", "02C300"),
    *(f"02F{heater}00" for heater in range(9)),
    *("034400", "039000", "039100", "039200", "039300", "039400", "039500"),
    *("03A100", "03A800", "03AB00", "03AC00", "03AD00", "03B000", "03B100", "03B200"),
    *("052000", "052400", "052600", "062800"),
]


def test_the_table_is_the_sheets_list() -> None:
    assert sorted(codes()) == sorted(SHEET)
    assert {row.keyword for row in codes().values()} - {""} <= set(reasons())
    stopping = [row.keyword for row in codes().values() if row.state == State.STOP]
    assert all(reasons()[keyword].stops for keyword in stopping)
    assert [code for code, row in codes().items() if row.drew_no_card] == ["02D000"]


def told(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """The device says this, and nothing else any more."""
    monkeypatch.setattr(Commands, "_sense_code", lambda self: code)


@pytest.mark.parametrize("code", SHEET)
def test_a_look(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    told(monkeypatch, code)
    status = desk.driver.status()
    row = row_of(code)
    wanted = {"busy": Condition.BUSY, "stop": Condition.STOPPED, "ready": Condition.READY}
    assert status.condition is wanted[row.state]
    assert [reason.keyword for reason in status.reasons] == ([row.keyword] if row.keyword else [])
    assert status.raw == code


@pytest.mark.parametrize("code", [c for c in SHEET if row_of(c).state == State.STOP])
def test_nothing_is_offered_to_a_device_that_stands(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()
    told(monkeypatch, code)
    with pytest.raises(FeedBroken, match=code):
        desk.feed()
    seen = desk.driver.observed()
    assert (seen.acknowledged, seen.in_doubt, seen.may_still_move) == (0, 0, False)
    assert len(desk.cards("hopper")) == 3


@pytest.mark.parametrize("code", [c for c in SHEET if row_of(c).state == State.STOP])
def test_a_stop_in_mid_card_breaks_off_and_stays_on_record(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()
    load = Commands._carry_out

    def then_stop(self: Commands, action: int, block: bytes) -> bool:
        told(monkeypatch, code)
        return load(self, action, block)

    monkeypatch.setattr(Commands, "_carry_out", then_stop)
    with pytest.raises(FeedBroken, match=code):
        desk.feed()
    monkeypatch.undo()
    desk.driver.discard()
    seen = desk.driver.outcome(desk.before())
    assert [reason.raw for reason in seen.errors] == [code]
    assert (seen.sent, seen.drew_no_card, seen.may_still_move) == (False, False, False)
    assert desk.cards("path") == []


@pytest.mark.parametrize("code", [c for c in SHEET if row_of(c).state == State.BUSY])
def test_a_device_that_stays_busy_is_waited_for_and_no_longer_than_its_time(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()
    desk.feed()
    told(monkeypatch, code)
    assert desk.driver.status().condition is Condition.BUSY
    before = desk.clock.now
    with pytest.raises(Exception, match=code):
        desk.driver.discard()
    assert desk.clock.now - before <= desk.model.discard_s + 1


@pytest.mark.parametrize("code", ["7F0000", "02EE00", "042800", "0B0000", "01D300"])
def test_an_unknown_code_stops_and_claims_nothing(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()
    told(monkeypatch, code)
    status = desk.driver.status()
    assert status.condition is Condition.STOPPED
    assert [(reason.keyword, reason.raw) for reason in status.reasons] == [("other", code)]


@pytest.mark.parametrize(
    ("code", "keyword"),
    [
        ("02D001", "media-empty"),
        ("02D402", "other"),
        ("039307", "media-jam"),
        ("02D1FF", "cover-open"),
    ],
)
def test_a_known_code_with_an_unknown_last_byte(code: str, keyword: str) -> None:
    row = row_of(code)
    assert (row.keyword, row.state, row.drew_no_card) == (keyword, State.STOP, False)
