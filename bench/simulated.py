"""The simulator in a process of its own, as long as a `with` lasts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2


class Simulated:
    """An office file's printers, else a default office: a Tango 2e and an Enduro."""

    def __init__(self, speed: float, office: Path | None = None) -> None:
        named = () if office is None else ("--office", str(office))
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "simulator", "serve", "--speed", str(speed)),
                *("--usbip", "127.0.0.1:0", "--control", "127.0.0.1:0", *named),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()
        self.control = self._process.stdout.readline().split()[-1]

    def __enter__(self) -> Simulated:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)

    def printers(self) -> list[dict[str, Any]]:
        """The control API's list."""
        answer: list[dict[str, Any]] = httpx2.get(f"{self.control}/printers").json()
        return answer

    def uri(self, name: str) -> str:
        """The address of one printer."""
        return next(str(p["uri"]) for p in self.printers() if p["name"] == name)

    def act(self, name: str, act: str) -> None:
        """Somebody does something at a printer."""
        url = f"{self.control}/printers/{name}/acts"
        httpx2.post(url, json={"act": act}).raise_for_status()

    def load(self, name: str, cards: int) -> None:
        """Put blanks into a hopper."""
        httpx2.post(
            f"{self.control}/printers/{name}/load", json={"cards": cards}
        ).raise_for_status()
