"""Starting with a full house: 100,000 open jobs and 64 cards without a fate.

Measured is the time from the first answer of the process to the first claim (step *start*); the limit is
one second. The peer is the same start with an empty queue but for one job.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2

import layouts
from bench.measure import Row
from bench.simulated import Simulated
from printstation.acts import fates, jobs, stock
from printstation.acts.request import Request
from printstation.config import Config
from printstation.spool import pick
from printstation.station import Station, open_station
from printstation.store import feeds

OPEN_JOBS = 100_000
UNRESOLVED = 64
ROUNDS = 3
LIMIT_S = 1.0
NONE = Request(None, "bench", b"")


def rows(folder: Path) -> list[Row]:
    """One row, the median of a few starts."""
    with Simulated(speed=100.0) as simulated:
        simulated.load("tango", 100)
        full = _config(folder, "full", simulated.uri("tango"))
        _fill(full, OPEN_JOBS, UNRESOLVED)
        times = [_start_to_claim(full) for _ in range(ROUNDS)]
        bare = _config(folder, "bare", simulated.uri("tango"))
        _fill(bare, 20, 0)
        peer = [_start_to_claim(bare) for _ in range(ROUNDS)]
    ours, theirs = statistics.median(times), statistics.median(peer)
    return [
        Row(
            f"first answer to first claim, {OPEN_JOBS:,} open jobs, {UNRESOLVED} unresolved",
            f"{ours * 1000:.0f} ms",
            f"20 open jobs: {theirs * 1000:.0f} ms",
            statistics.median(a / b for a, b in zip(times, peer, strict=True)),
            f"<= {LIMIT_S:.0f} s",
            ours <= LIMIT_S,
        )
    ]


def _config(folder: Path, name: str, uri: str) -> Path:
    config = folder / f"{name}.toml"
    config.write_text(
        f'data_dir = "{name}"\nlisten = "127.0.0.1:0"\nclock_speed = 100.0\n'
        f'[[printers]]\nname = "tango"\nmodel = "tango2e"\nuri = "{uri}"\n'
        '[[printers]]\nname = "absent"\nmodel = "enduro"\nuri = "usbip://127.0.0.1:1/1-1"\n'
    )
    return config


def _fill(config: Path, count: int, unresolved: int) -> None:
    station = open_station(Config.load(config))
    kinds: dict[str, Any] = {"card_type": "specimen", "batch": "BENCH"}
    stock.receive(station.store, NONE, delivery="B", version="1", count=200, by="bench", **kinds)
    stock.load(station.store, NONE, printer="absent", count=100, by="bench", **kinds)
    _submit(station, unresolved, 0, 100)
    for _ in range(unresolved):
        _leave_open(station)
    stock.load(station.store, NONE, printer="tango", count=100, by="bench", **kinds)
    for start in range(0, count, 5000):
        _submit(station, min(5000, count - start), unresolved + start, 50)
    station.stop()


def _submit(station: Station, count: int, first: int, priority: int) -> None:
    """Many jobs in one transaction: filling is not what is measured."""
    layout = layouts.load("specimen-resident")
    body = layout.sample("emptiest")
    with station.store.write() as tx:
        for number in range(first, first + count):
            reference = f"FULL-{number}"
            order = jobs.Order(
                layout=layout.name,
                layout_version=layout.version,
                card_type="specimen",
                one_per_resident=False,
                resident=None,
                reference=reference,
                priority=priority,
                payload=json.dumps({"values": body["values"], "reference": reference}).encode(),
            )
            jobs.write_down(tx, station.store, station.seal, order, NONE, "bench")


def _leave_open(station: Station) -> None:
    """A card that was fed at the absent printer and whose fate nobody knows."""
    with station.store.write() as tx:
        claimed = pick.claim(tx, "absent", ["specimen"])
        assert claimed is not None
        job, card = claimed
        witness = fates.Witness("GONE", "bench", "none", None, None)
        number = fates.feed(tx, job, card.id, "absent", witness)
        fates.stop(tx, feeds.get(tx.conn, number), "bench")


def _start_to_claim(config: Path) -> float:
    station = subprocess.Popen(
        [sys.executable, "-m", "printstation.cli", "--config", str(config), "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert station.stdout is not None
        url = station.stdout.readline().split()[-1]
        start = time.perf_counter()
        with httpx2.Client(base_url=url) as client:
            while time.perf_counter() - start < 60:
                printer = client.get("/v1/printers/tango").json()
                if printer["job"] is not None:
                    return time.perf_counter() - start
        raise TimeoutError("nothing was claimed in a minute")
    finally:
        station.terminate()
        station.wait(timeout=60)
