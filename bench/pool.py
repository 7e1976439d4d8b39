"""Three printers at full speed beside a fourth that is dead: how much the three's idle gap grows.

The peer is the same station without the fourth, in interleaved rounds: what is measured is what a dead printer
costs the others, and not what a fourth living one does.
"""

from __future__ import annotations

import json
import statistics
import threading
import time
from itertools import chain
from pathlib import Path

import drivers
import layouts
from bench.gap import Timed
from bench.measure import Row
from bench.simulated import Simulated
from printstation.acts import jobs, stock
from printstation.acts.request import Request
from printstation.clock import SystemClock
from printstation.config import Config
from printstation.station import Station, open_station
from printstation.store import jobs as job_rows

#: Of different paces: three that began together would come to their ends together, card after card, and wait for
#: each other's picture.
MODELS = {"p1": "tango2e", "p2": "primacy", "p3": "xid580i", "p4": "tango2e"}
LIVE = ("p1", "p2", "p3")
DEAD = "p4"
ROUNDS = 5
CARDS = 6
#: As many as every one of them holds, and more than ten runs of 18 cards take from one.
HOPPER = 100
#: A card takes a second or two then, and a dead printer is looked for twenty times a second.
SPEED = 20.0
MOST = 1.05
PATIENCE_S = 180.0
NOBODY = Request(None, "bench", b"")


def rows(folder: Path) -> list[Row]:
    """One row: the median gap of the three, with and without the dead one."""
    office = folder / "pool-office.toml"
    office.write_text(
        "".join(
            f'[[printers]]\nname = "{name}"\ndevice = "{model}"\nserial = "{name}"\n'
            f"hopper = {HOPPER}\n"
            for name, model in MODELS.items()
        )
    )
    alone: list[list[float]] = []
    beside: list[list[float]] = []
    with Simulated(SPEED, office) as simulated:
        uris = {name: simulated.uri(name) for name in (*LIVE, DEAD)}
        simulated.act(DEAD, "unplug")
        for number in range(ROUNDS):
            turns = [(alone, LIVE), (beside, (*LIVE, DEAD))]
            # Each goes first as often as the other: a machine that gets slower hits both alike.
            for found, names in turns if number % 2 else reversed(turns):
                run = folder / f"pool-{number}-{len(names)}"
                found.append(_print(run, {name: uris[name] for name in names}))
    median = statistics.median
    ratio = median(median(b) / median(a) for a, b in zip(alone, beside, strict=True))
    without, with_dead = list(chain(*alone)), list(chain(*beside))
    return [
        Row(
            f"idle gap of three printers beside a dead one, {len(with_dead)} gaps",
            f"{median(with_dead):.1f} ms ({min(with_dead):.1f}..{max(with_dead):.1f})",
            f"without it: {median(without):.1f} ms ({min(without):.1f}..{max(without):.1f})",
            ratio,
            f"<= {MOST}",
            ratio <= MOST,
        )
    ]


def _print(folder: Path, uris: dict[str, str]) -> list[float]:
    folder.mkdir()
    config = folder / "pool.toml"
    printers = "".join(
        f'[[printers]]\nname = "{name}"\nmodel = "{MODELS[name]}"\nuri = "{uri}"\n'
        for name, uri in uris.items()
    )
    config.write_text(f'data_dir = "data"\nclock_speed = {SPEED}\n{printers}')
    station = open_station(Config.load(config))
    timed: list[Timed] = []
    clock = SystemClock(SPEED)

    def opener(uri: str, model: drivers.Model, wait: float) -> drivers.Driver:
        timed.append(Timed(drivers.open_driver(uri, model, clock, wait)))
        return timed[-1]  # type: ignore[return-value]

    station.rebuild(opener)
    try:
        _submit(station, list(uris))
        station.start()
        _await_end(station)
    finally:
        station.stop()
    return [gap for one in timed for gap in one.gaps]


def _submit(station: Station, printers: list[str]) -> None:
    kind, batch = "specimen", "BENCH"
    stock.receive(
        station.store,
        NOBODY,
        delivery="BENCH",
        card_type=kind,
        version="1",
        batch=batch,
        count=2 * CARDS * len(printers),
        by="bench",
    )
    for name in printers:
        stock.load(
            station.store,
            NOBODY,
            printer=name,
            card_type=kind,
            batch=batch,
            count=2 * CARDS,
            by="bench",
        )
    layout = layouts.load("specimen-resident")
    for number in range(CARDS * len(LIVE)):
        body = layout.sample("plain") | {"reference": f"POOL-{number}"}
        order = jobs.Order(
            layout=layout.name,
            layout_version=layout.version,
            card_type="specimen",
            one_per_resident=False,
            resident=None,
            reference=f"POOL-{number}",
            priority=50,
            payload=json.dumps(body).encode(),
        )
        jobs.submit(station.store, station.seal, order, NOBODY, "bench")


def _await_end(station: Station) -> None:
    done = threading.Event()
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with station.store.read() as conn:
            if not job_rows.counts(conn):
                return
        done.wait(0.5)
    raise TimeoutError("the cards did not come out")
