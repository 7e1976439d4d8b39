"""Posting a 42 KB job over HTTP, one client; the peer is a bare SQLite FULL commit of the same bytes."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx2

import layouts
from bench.measure import Row, paired, wall_ms

ROUNDS = 150
BODY_BYTES = 42_000


def rows(folder: Path) -> list[Row]:
    """One row: p50 of the post against three bare commits and 10 ms."""
    config = folder / "intake.toml"
    config.write_text(
        'data_dir = "intake"\nlisten = "127.0.0.1:0"\n'
        # A printer that is never there: only the intake is measured.
        '[[printers]]\nname = "absent"\nmodel = "tango2e"\nuri = "usbip://127.0.0.1:1/1-1"\n'
    )
    station = subprocess.Popen(
        [sys.executable, "-m", "printstation.cli", "--config", str(config), "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert station.stdout is not None
        url = station.stdout.readline().split()[-1]
        return [_row(url, folder / "bare.db")]
    finally:
        station.terminate()
        station.wait(timeout=30)


def _row(url: str, database: Path) -> Row:
    body = layouts.load("specimen-resident").sample("plain")
    body["card_type"] = "specimen"
    size = len(json.dumps(body))
    bare = sqlite3.connect(database)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE t (b BLOB)")
    number = 0
    with httpx2.Client(base_url=url) as client:

        def post() -> float:
            nonlocal number
            number += 1
            content = json.dumps(body | {"reference": f"BENCH-{number}"})
            headers = {"Idempotency-Key": f"bench-{number}", "Content-Type": "application/json"}

            def act() -> None:
                answer = client.post("/v1/jobs", content=content, headers=headers)
                assert answer.status_code == 201, answer.text

            return wall_ms(act)

        def commit() -> float:
            def act() -> None:
                bare.execute("INSERT INTO t VALUES (?)", (b"x" * size,))
                bare.commit()

            return wall_ms(act)

        for _ in range(10):
            post()
        ours, peer, ratio = paired(ROUNDS, post, commit)
    bare.close()
    limit = 3 * peer + 10
    return Row(
        f"POST /v1/jobs, {size / 1000:.0f} KB, one client, p50",
        f"{ours:.1f} ms",
        f"bare SQLite FULL commit: {peer:.2f} ms",
        ratio,
        f"<= 3 x peer + 10 = {limit:.1f} ms",
        ours <= limit,
    )
