"""A printer that speaks IPP itself and holds no jobs: there the document is the feed (ipp.md §10).

Slow: D-Bus, Avahi and the printer start once for all of these, which takes about a second.
"""

from __future__ import annotations

import ctypes.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers import Before, Condition, DriverError
from drivers.ipp.driver import IppDriver
from tests.contract.eve_kit import Eve, printing
from tests.contract.ipp_kit import Paced, noise, opened, queue_model, until_not_busy
from tests.unit.drivers.ipp.test_raster import read_back

pytestmark = pytest.mark.slow
BEFORE = Before(None, None, None)
MODEL = queue_model(format="image/pwg-raster", version=2, colour_space="sRGB")


@pytest.fixture(scope="module")
def eve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eve]:
    with printing(tmp_path_factory.mktemp("eve")) as found:
        yield found


@pytest.fixture
def clock() -> Paced:
    return Paced()


@pytest.fixture
def driver(eve: Eve, clock: Paced) -> Iterator[IppDriver]:
    eve.says()
    with opened(eve.uri, MODEL, clock) as found:
        yield found


def feed(driver: IppDriver, eve: Eve, clock: Paced) -> bytes:
    """A card is laid and fed; it is seen printing for long enough."""
    run = len(eve.starts()) + 1
    staged = driver.stage([noise(MODEL, run)])
    driver.lay(staged)
    assert len(eve.starts()) == run - 1
    driver.feed(staged)
    eve.until(lambda: len(eve.starts()) == run and eve.waits(), "the card moves")
    for _ in range(10):
        assert driver.status().condition is Condition.BUSY
        clock.sleep(0.5)
    return staged.payload[0]


def test_a_card_is_printed_dot_by_dot(
    driver: IppDriver, eve: Eve, clock: Paced, tmp_path: Path
) -> None:
    sent = feed(driver, eve, clock)
    eve.open_gate(0)
    assert until_not_busy(driver, clock).condition is Condition.READY
    seen = driver.outcome(BEFORE)
    assert seen.sent and seen.busy_since_sent and not seen.errors
    printed = eve.printed(len(eve.starts()))
    assert printed == sent
    if ctypes.util.find_library("cups"):
        ((header, dots),) = read_back(printed, tmp_path)
        assert (header.numbers[29], header.numbers[30], len(dots)) == (638, 1011, 638 * 1011 * 3)


@pytest.mark.parametrize("code", [1, "crash"])
def test_a_command_that_fails_is_a_question(
    driver: IppDriver, eve: Eve, clock: Paced, code: int | str
) -> None:
    feed(driver, eve, clock)
    eve.open_gate(code)
    assert until_not_busy(driver, clock).condition is Condition.STOPPED
    assert [error.keyword for error in driver.observed().errors] == ["queue-job-broken-off"]
    driver.discard()
    assert driver.outcome(BEFORE).acknowledged


def test_a_cancel_waits_for_the_card_that_comes_all_the_same(
    driver: IppDriver, eve: Eve, clock: Paced
) -> None:
    """A canceled job stays in *processing* until the command ends."""
    feed(driver, eve, clock)
    runs = len(eve.starts())
    opens: list[int] = []

    def later() -> None:
        opens.append(1)
        if len(opens) == 20:
            eve.open_gate(0)

    clock.on_wait = later
    driver.discard()
    assert len(opens) >= 20 and eve.backends() == []
    assert len(eve.starts()) == runs
    assert driver.outcome(BEFORE).ready_now


def test_an_empty_hopper_is_called_harmless_and_stops_all_the_same(
    driver: IppDriver, eve: Eve, clock: Paced
) -> None:
    eve.says("STATE: +media-empty-error")
    feed(driver, eve, clock)
    eve.open_gate(0)
    until_not_busy(driver, clock)
    status = driver.status()
    assert status.condition is Condition.STOPPED
    # Its own list of suffixes is off: -report with 2.4.2, -warning elsewhere.
    ((keyword, raw),) = [(r.keyword, r.raw) for r in status.reasons]
    assert keyword == "media-empty" and raw in ("media-empty-report", "media-empty-warning")
    with pytest.raises(DriverError, match="not free"):
        driver.lay(driver.stage([noise(MODEL)]))
    driver.discard()
