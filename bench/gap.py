"""The idle gap: from the poll reply that shows the end of a card to the first byte of the next one.

The device's answer time is taken out: only what the station itself does in between is counted.
"""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import drivers
import layouts
from bench.measure import Row
from bench.simulated import Simulated
from drivers import Before, Condition, Outcome, Staged, Status
from printstation.acts import jobs, stock
from printstation.acts.request import Request
from printstation.clock import SystemClock
from printstation.config import Config
from printstation.station import Station, open_station

CARDS = 12
SPEED = 100.0
LIMIT_MS = 20.0


class Timed:
    """A driver whose calls are timed: what is not spent in it between two cards is ours."""

    def __init__(self, inner: drivers.Driver) -> None:
        self._inner = inner
        self._ended: float | None = None
        self._away = 0.0
        self.gaps: list[float] = []

    def __getattr__(self, name: str) -> object:
        call = getattr(self._inner, name)

        def timed(*args: object) -> object:
            start = time.perf_counter()
            try:
                return call(*args)
            finally:
                self._away += time.perf_counter() - start

        return timed

    def status(self) -> Status:
        """A look; the one that turns busy into ready starts a gap."""
        start = time.perf_counter()
        was_moving = self._ended is None
        status = self._inner.status()
        now = time.perf_counter()
        self._away += now - start
        if was_moving and self._inner.observed().sent and status.condition is Condition.READY:
            self._ended, self._away = now, 0.0
        return status

    def outcome(self, before: Before) -> Outcome:
        """Passed on, its time taken out."""
        start = time.perf_counter()
        outcome = self._inner.outcome(before)
        self._away += time.perf_counter() - start
        return outcome

    def observed(self) -> Outcome:
        """Passed on."""
        return self._inner.observed()

    def stage(self, faces: Sequence[drivers.Face]) -> Staged:
        """Passed on, and counted as ours: packing is no answer of the device."""
        return self._inner.stage(faces)

    def feed(self, staged: Staged) -> None:
        """The first byte ends the gap."""
        if self._ended is not None:
            self.gaps.append((time.perf_counter() - self._ended - self._away) * 1000)
        self._ended = None
        self._inner.feed(staged)


def rows(folder: Path) -> list[Row]:
    """One row, measured over `CARDS` cards on a Tango 2e with faces rendered ahead."""
    with Simulated(SPEED) as simulated:
        simulated.load("tango", CARDS)
        gaps = _print(folder, simulated.uri("tango"))
    median = statistics.median(gaps)
    return [
        Row(
            f"idle gap between cards, device time excluded, {len(gaps)} gaps",
            f"{median:.1f} ms ({min(gaps):.1f}..{max(gaps):.1f})",
            "-",
            None,
            f"<= {LIMIT_MS:.0f} ms",
            median <= LIMIT_MS,
        )
    ]


def _print(folder: Path, uri: str) -> list[float]:
    config = folder / "gap.toml"
    config.write_text(
        f'data_dir = "gap"\nclock_speed = {SPEED}\n'
        f'[[printers]]\nname = "tango"\nmodel = "tango2e"\nuri = "{uri}"\n'
    )
    station = open_station(Config.load(config))
    timed: list[Timed] = []
    clock = SystemClock(SPEED)

    def opener(uri: str, model: drivers.Model, wait: float) -> drivers.Driver:
        timed.append(Timed(drivers.open_driver(uri, model, clock, wait)))
        return timed[-1]  # type: ignore[return-value]

    station.rebuild(opener)
    try:
        _submit(station)
        station.start()
        _await_end(station)
    finally:
        station.stop()
    return [gap for one in timed for gap in one.gaps]


def _submit(station: Station) -> None:
    none = Request(None, "bench", b"")
    kinds: dict[str, Any] = {"card_type": "specimen", "batch": "BENCH"}
    stock.receive(
        station.store, none, delivery="BENCH", version="1", count=CARDS, by="bench", **kinds
    )
    stock.load(station.store, none, printer="tango", count=CARDS, by="bench", **kinds)
    layout = layouts.load("specimen-resident")
    for number in range(CARDS):
        body = layout.sample("plain") | {"reference": f"GAP-{number}"}
        order = jobs.Order(
            layout=layout.name,
            layout_version=layout.version,
            card_type="specimen",
            one_per_resident=False,
            resident=None,
            reference=f"GAP-{number}",
            priority=50,
            payload=json.dumps(body).encode(),
        )
        jobs.submit(station.store, station.seal, order, Request(None, "bench", b"x"), "bench")


def _await_end(station: Station) -> None:
    from printstation.store import jobs as rows

    done = threading.Event()
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with station.store.read() as conn:
            if not rows.counts(conn):
                return
        done.wait(0.2)
    raise TimeoutError("the cards did not come out in two minutes")
