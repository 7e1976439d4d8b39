"""One simulated printer with a host's few calls, on a clock that the test moves."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from simulator.device import Setup
from simulator.office import Office
from tests.unit.simulator import streams
from tests.unit.simulator.streams import Picture

EPOCH = datetime(2026, 11, 1, tzinfo=UTC)
STATUS = Setup(0xA1, 1, 0, 0, 1)
SOFT_RESET = Setup(0x21, 2, 0, 0, 0)
LONG_S = 1000.0


class Rig:
    def __init__(self, device: str = "tiny-pick", hopper: int = 5, **row: Any) -> None:
        rows = [{"name": "p", "device": device, "hopper": hopper, **row}]
        self.office = Office(rows, lambda: EPOCH)
        self.printer = self.office.printers["p"]
        self.device = device
        self.now = 0.0

    def status(self) -> int:
        return self.printer.control(STATUS, b"", self.now)[0]

    def reset(self) -> None:
        self.printer.control(SOFT_RESET, b"", self.now)

    def send(self, data: bytes, chunk: int = 1 << 16) -> int:
        """Write until all is taken or the device NAKs; how much was taken."""
        at = 0
        while at < len(data):
            taken = self.printer.bulk_out(1, data[at : at + chunk], self.now)
            if taken is None:
                break
            at += taken
        return at

    def ask(self, query: bytes = streams.ERR, wait: float = 0.1) -> bytes | None:
        self.send(query)
        self.now += wait
        return self.printer.bulk_in(0x82, 512, self.now)

    def wait(self, seconds: float = LONG_S) -> list[int]:
        """Let time pass from event to event; the port status at each of them."""
        seen = []
        end = self.now + seconds
        while (due := self.printer.next_due(self.now)) is not None and due <= end:
            self.now = due
            self.printer.advance(self.now)
            if self.printer.plugged:
                seen.append(self.status())
        self.now = end
        self.office.advance(self.now)
        return seen

    def until(self, phase: str, share: float = 0.5) -> None:
        """Stop in the middle of that movement."""
        body = self.printer.body
        while body.phase is None or body.phase.name != phase:
            due = self.printer.next_due(self.now)
            assert due is not None, f"never came to {phase}"
            self.now = due
            self.printer.advance(self.now)
        self.now = body.phase.start + share * (body.phase.end - body.phase.start)
        self.printer.advance(self.now)

    def act(self, act: str, card: str | None = None) -> None:
        self.office.act("p", act, card, self.now)

    def arm(self, fault: str, **wish: Any) -> str:
        return self.office.arm("p", {"fault": fault, **wish})

    def cards(self) -> list[dict[str, Any]]:
        cards: list[dict[str, Any]] = self.office.world_json()["cards"]
        return cards

    def places(self) -> list[str]:
        return [card["place"] for card in self.cards()]

    def counter(self) -> int | None:
        return self.printer.body.counter()

    def picture(self, card: str = "1", side: str = "front") -> Picture:
        png = self.office.picture(card, side)
        assert png is not None
        return np.asarray(Image.open(BytesIO(png)))
