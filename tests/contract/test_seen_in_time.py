"""How soon the station shows what a device does: real drivers, and a simulated device or queue, of every family.

Virtual time, so that the figures are the station's and the drivers' and not this machine's. Models of a family
that ask at the same pace behave alike; one with figures of its own is tried by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import cast

import pytest

import drivers
from printstation.spool.view import PrinterState
from printstation.store import feeds
from tests.contract.conformance_bench import Bench
from tests.contract.conformance_queue import QueueBench
from tests.contract.conformance_units import Unit
from tests.contract.station_bench import EPOCH, StationBench
from tests.contract.test_conformance import SUBJECTS

#: Parts of an interval after a look at which somebody acts.
PHASES = (0.02, 0.5, 0.98)
#: A look at a device asks it for one answer, resynchronises, and asks once more.
ANSWERS = 3


def paces() -> dict[str, Callable[[], Bench]]:
    """One bench for each family, cable and pace."""
    found: dict[tuple[object, ...], tuple[str, Callable[[], Bench]]] = {}
    for subject in SUBJECTS:
        each, cable = cast(tuple[Unit, str], subject.values)
        model = each.model
        key = (model.family, cable, model.status_interval_s, model.reply_s)
        found.setdefault(key, (f"{model.name}-{cable}", partial(Bench, each, cable)))
    for model in drivers.models().values():
        if model.family == "ipp":
            key = (model.family, "queue", model.status_interval_s, model.reply_s)
            found.setdefault(key, (f"{model.name}-queue", partial(QueueBench, model)))
    return dict(found.values())


PACES = paces()


@pytest.fixture(params=PACES)
def station(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StationBench]:
    # A card of few dots fits no queue; sizes are tried in tests/unit/drivers/ipp/test_check.py.
    monkeypatch.setattr("drivers.ipp.check._page", lambda printer, model: iter(()))
    station = StationBench(tmp_path, PACES[request.param]())
    station.until(lambda: station.state is PrinterState.IDLE)
    yield station
    station.end()


def test_every_family_is_here() -> None:
    tried = {bench().model.family for bench in PACES.values()}
    assert tried == set(drivers.FAMILIES)


def shown_after(station: StationBench, moment: float, act: str, state: PrinterState) -> float:
    """Somebody acts; how much later the station shows this state."""
    station.at(moment, lambda: station.bench.act(act))
    station.until(lambda: station.bench.clock.now >= moment and station.state is state)
    return station.bench.clock.now - moment


def sent(station: StationBench) -> bool:
    """Whether a card moves of which the device has every byte."""
    with station.store.read() as conn:
        moving = feeds.unsettled(conn)
    return bool(moving) and moving[0].sent_at is not None


def entry_at(station: StationBench, kind: str) -> float:
    """The bench's moment of the newest entry of this kind."""
    with station.store.read() as conn:
        found = conn.exec_driver_sql(
            "SELECT json_extract(entry, '$.at') FROM journal WHERE kind = ? ORDER BY seq DESC",
            (kind,),
        ).first()
    assert found is not None, f"no {kind}"
    return (datetime.fromisoformat(found[0]) - EPOCH).total_seconds()


def test_every_change_is_shown_within_two_intervals(station: StationBench) -> None:
    interval = station.bench.model.status_interval_s
    for phase in PHASES:
        for act, state in (
            ("open-cover", PrinterState.STOPPED),
            ("close-cover", PrinterState.IDLE),
        ):
            moment = station.bench.clock.now + (3 + phase) * interval
            assert shown_after(station, moment, act, state) <= 2 * interval, (phase, act)
            assert station.reasons == (("cover-open",) if act == "open-cover" else ())


def test_an_error_in_mid_card_is_on_disk_within_two_intervals(station: StationBench) -> None:
    bench = station.bench
    station.office.submit()
    moments: list[float] = []

    def open_cover() -> None:
        moments.append(bench.clock.now)
        bench.act("open-cover")

    station.when(lambda: sent(station), open_cover)
    station.until(lambda: bool(moments) and station.state is PrinterState.STOPPED)
    assert "cover-open" in station.reasons
    noted = entry_at(station, "printer-error") - moments[0]
    assert 0 <= noted <= 2 * bench.model.status_interval_s


def test_a_silent_printer_is_reported_within_the_deadline_of_a_look(station: StationBench) -> None:
    """Not as "wait a moment": along a line, opening it again takes the time of a whole card."""
    bench, model = station.bench, station.bench.model
    moment = bench.clock.now + 3.5 * model.status_interval_s
    station.at(moment, lambda: setattr(bench.bend, "silent", True))
    station.until(lambda: station.state is PrinterState.STOPPED)
    assert station.reasons == ("disconnected",)
    late = bench.clock.now - moment
    assert late <= 2 * model.status_interval_s + ANSWERS * model.reply_s


def test_a_printer_that_falls_silent_in_mid_card_is_reported_within_its_deadline(
    station: StationBench,
) -> None:
    """Along a line a busy printer says nothing either, so that only the end of `print_s` tells the two apart."""
    bench, model = station.bench, station.bench.model
    station.office.submit()
    moments: list[float] = []

    def fall_silent() -> None:
        moments.append(bench.clock.now)
        bench.bend.silent = True

    station.when(lambda: sent(station), fall_silent)
    station.until(lambda: bool(moments) and station.state is PrinterState.STOPPED)
    assert station.reasons == ("disconnected",)
    deadline = 2 * model.status_interval_s + ANSWERS * model.reply_s
    if bench.cable.kind == "line":
        # And the look that begins just before that.
        deadline += model.print_s + model.reply_s
    assert entry_at(station, "job-stopped") - moments[0] <= deadline
    assert station.shown[-2][2] is PrinterState.PROCESSING


LINES = sorted(name for name in PACES if name.endswith("-line"))


@pytest.mark.parametrize("station", LINES, indirect=True)
def test_a_line_that_takes_no_more_of_a_card_is_given_up_as_soon_as_an_answer_would_be(
    station: StationBench,
) -> None:
    """Once while the card is sent and once while its parser is brought to idle; not for the whole `send_s`."""
    bench, model = station.bench, station.bench.model
    bench.bend.takes = 2000
    station.office.submit()
    start = bench.clock.now
    station.until(lambda: station.state is PrinterState.STOPPED)
    assert station.reasons == ("disconnected",)
    limit = 2 * (model.evolis.move_reply_s + ANSWERS * model.reply_s)
    assert bench.clock.now - start <= limit + 2 * model.status_interval_s
    assert limit < model.send_s / 3
    bench.bend.takes = None
    station.until(lambda: "disconnected" not in station.reasons)
