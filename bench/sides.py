"""What a driver costs a side: packing, sending and every look, until the card is out; for every model there is.

Each printer stands in the simulator on a USB/IP cable, the queues in a cupsd of their own, all of them in other
processes, so that this one's CPU is the driver's alone. Rendering is not in it (`faces.py`).
"""

from __future__ import annotations

import base64
import statistics
from dataclasses import replace
from pathlib import Path

import drivers
import layouts
from bench.faces import photo_ms
from bench.measure import Row, cpu_ms
from bench.queue import queue_of, why_no_queue
from bench.simulated import Simulated
from printstation.clock import SystemClock

CARDS = 5
LIMIT_MS = 30.0
#: A card takes seconds then, and no deadline of a driver is shorter than a busy machine's pause.
SPEED = 20.0
#: cupsd counts whole seconds and its printer needs three of them.
QUEUE_SPEED = 10.0
NOTHING = drivers.Before(None, None, None)


def rows(folder: Path) -> list[Row]:
    """One row a model, by family and name."""
    known = sorted(drivers.models().values(), key=lambda model: (model.family, model.name))
    usb = [model for model in known if model.family != "ipp"]
    queued = [model for model in known if model.family == "ipp"]
    office = folder / "sides-office.toml"
    office.write_text(
        "".join(
            f'[[printers]]\nname = "{model.name}"\ndevice = "{model.name}"\n'
            f'serial = "{model.name}"\nhopper = {CARDS + 1}\n'
            for model in usb
        )
    )
    with Simulated(SPEED, office) as simulated:
        found = [_row(model, simulated.uri(model.name), SPEED) for model in usb]
    if (reason := why_no_queue()) is not None:
        return [*found, *(_unmeasured(model, reason) for model in queued)]
    for model in queued:
        # Whose queue this is, is the demo's to say: the model takes any.
        waits = replace(model, mdl="", backend_waits=True)
        with queue_of(folder / model.name, waits, QUEUE_SPEED) as uri:
            found.append(_row(waits, uri, QUEUE_SPEED))
    return found


def _row(model: drivers.Model, uri: str, speed: float) -> Row:
    clock = SystemClock(speed)
    driver = drivers.open_driver(uri, model, clock, 0.0)
    try:
        faces, photo = _faces(model)
        unit = _Unit(driver, model, clock)
        unit.card(faces)
        costs = [(*unit.card(faces), photo_ms(photo)) for _ in range(CARDS)]
    finally:
        driver.close()
    whole = statistics.median(pack + rest for pack, rest, _ in costs)
    packing = statistics.median(pack for pack, _, _ in costs)
    peer = statistics.median(peer for _, _, peer in costs)
    return Row(
        f"driver, a side, {model.family} {model.name}",
        f"{whole:.1f} ms CPU ({packing:.1f} packing)",
        f"photo alone, decoded and scaled: {peer:.1f} ms",
        statistics.median((pack + rest) / peer for pack, rest, peer in costs),
        f"<= {LIMIT_MS:.0f} ms CPU",
        whole <= LIMIT_MS,
    )


def _unmeasured(model: drivers.Model, reason: str) -> Row:
    what = f"driver, a side, {model.family} {model.name}"
    return Row(what, f"not measured: {reason}", "-", None, f"<= {LIMIT_MS:.0f} ms CPU", None)


def _faces(model: drivers.Model) -> tuple[list[drivers.Face], bytes]:
    """The sides that the model prints, and the photo on them."""
    layout = layouts.load("specimen-resident")
    body = layout.sample("plain")
    values = body["values"]
    assert isinstance(values, dict)
    photo, signature = (base64.b64decode(str(body[name])) for name in ("photo", "signature"))
    geometry = layouts.Geometry(model.width_px, model.height_px, model.dpi)
    sides = layouts.render(layout, values, photo, signature, "BENCH-1", geometry)
    return [drivers.Face(side.rgb, side.resin) for side in sides.values()][: model.sides], photo


class _Unit:
    """One printer and the pace at which the station looks at it (`spool/walk.py`)."""

    def __init__(self, driver: drivers.Driver, model: drivers.Model, clock: SystemClock) -> None:
        self._driver = driver
        self._model = model
        self._clock = clock
        self._last_s = model.typical_s

    def card(self, faces: list[drivers.Face]) -> tuple[float, float]:
        """CPU ms a side of one whole card: packing, and everything else."""
        staged: list[drivers.Staged] = []
        packing = cpu_ms(lambda: staged.append(self._driver.stage(faces)))
        rest = cpu_ms(lambda: self._print(staged[0]))
        return packing / len(faces), rest / len(faces)

    def _print(self, staged: drivers.Staged) -> None:
        self._driver.outcome(NOTHING)
        if isinstance(self._driver, drivers.Lays):
            self._driver.lay(staged)
        self._driver.feed(staged)
        began = self._clock.monotonic()
        while self._still_moves():
            spent = self._clock.monotonic() - began
            self._clock.sleep(self._model.next_look_s(self._last_s, spent))
        self._last_s = self._clock.monotonic() - began
        self._driver.outcome(NOTHING)

    def _still_moves(self) -> bool:
        status = self._driver.status()
        if status.condition is drivers.Condition.STOPPED:
            raise RuntimeError(f"{self._model.name} stopped: {status.raw}")
        return self._driver.observed().may_still_move
