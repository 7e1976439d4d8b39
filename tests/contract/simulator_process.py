"""The simulator as offices start it: a process of its own, spoken to over its two addresses."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "simulator"]
DEADLINE_S = 10

# What `tiny-*` devices print: lines along the card, dots across (simulator/devices/_tiny.toml).
LINES, DOTS, ROW = 80, 50, 8
Dots = NDArray[np.bool_]


class Simulator:
    """A running `serve`. Its ports stand in `usbip` (host, port) and `control` (URL)."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "serve", *options],
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._etag = ""
        first, second = self._line(), self._line()
        assert first.startswith("usbip on "), first
        assert second.startswith("control on http://"), second
        host, _, port = first.removeprefix("usbip on ").rpartition(":")
        self.usbip = (host, int(port))
        self.control = second.removeprefix("control on ")

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            assert self.process.stderr is not None
            raise AssertionError(f"the simulator ended: {self.process.stderr.read()}")
        return line.rstrip("\n")

    def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """JSON of a control route; a body makes it a POST."""
        raw = self.fetch(path, body, method)
        return json.loads(raw)

    def fetch(
        self, path: str, body: Any = None, method: str | None = None, known: bool = False
    ) -> bytes:
        """The bytes of a route; `known`: only if they are not those that the last fetch gave."""
        headers = {"Content-Type": "application/json"}
        if known:
            headers["If-None-Match"] = self._etag
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.control + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
            self._etag = answer.headers.get("ETag", "")
            got: bytes = answer.read()
        return got

    def cards(self) -> list[dict[str, Any]]:
        cards: list[dict[str, Any]] = self.ask("/world")["cards"]
        return cards

    def end(self, kill: bool = False) -> tuple[int, str]:
        """SIGTERM, or SIGKILL; returns exit code and what stood on stderr."""
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        _, errors = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, errors


def pattern(seed: int) -> dict[str, Dots]:
    """Four planes of dots, on or off, for a tiny card; every byte of a job differs by seed."""
    random = np.random.default_rng(seed)
    return {letter: random.random((LINES, DOTS)) < 0.5 for letter in "BGRK"}


def job(planes: dict[str, Dots]) -> bytes:
    """One side in packing P1, written from the sheet (magicard.md §2-4): dye full or none."""
    body, sizes = b"", ""
    for letter, dots in planes.items():
        rows = np.packbits(np.pad(dots, ((0, 0), (0, ROW * 8 - DOTS))), axis=1)
        data = rows.tobytes() if letter == "K" else np.repeat(rows[:, None], 6, 1).tobytes()
        sizes += f",SZ{letter}{len(data)}"
        body += data + b"\x1c" + letter.encode() + b":"
    header = (
        f",NOC1,VER1.0,LANENG,KEE,DPXOFF,PAG1,XCO0,YCO0,WID{LINES},HGT{DOTS},OVRON,NNNOFF,USFOFF"
        f",PCT0,0,{LINES - 1},{DOTS - 1},TDT6B0517C1,IMFBGRK{sizes}"
    )
    return b"\x05" * 64 + b"\x01" + header.encode() + b"\x1c" + body + b"\x03"


def picture(planes: dict[str, Dots]) -> NDArray[np.uint8]:
    """What must lie on the card: landscape, upright, resin over dye; RGB of 0 and 255."""
    dyes = [
        planes["R"],
        planes["G"],
        planes["B"],
    ]  # cyan takes red away, magenta green, yellow blue
    lines = np.stack([np.where(dye | planes["K"], 0, 255) for dye in dyes], axis=2)
    return np.rot90(lines, -1).astype(np.uint8)
