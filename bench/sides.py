"""What a driver costs a side, for every model there is: packing and sending; and with every look until the card is out.

Each printer stands in the simulator on a USB/IP cable, the queues in a cupsd of their own, all of them in other
processes, so that this one's CPU is the driver's alone. Rendering is not in it (`faces.py`). A retransfer printer's
movements are commands of the host, which it waits for while it sends: so packing and sending are measured with a
printer that moves at once, the whole card with one at its real pace.
"""

from __future__ import annotations

import base64
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
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
#: The driver's clock: a card takes seconds then, and no deadline is shorter than a busy machine's pause.
SPEED = 20.0
#: The clock of a printer that moves at once: twenty of its seconds are one of the driver's.
AT_ONCE = 20 * SPEED
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
            f'serial = "{model.name}"\nhopper = {CARDS + 2}\n'
            for model in usb
        )
    )
    with Simulated(SPEED, office) as real, Simulated(AT_ONCE, office) as hasty:
        found = [_row(model, hasty.uri(model.name), real.uri(model.name), SPEED) for model in usb]
    if (reason := why_no_queue()) is not None:
        return [*found, *(_unmeasured(model, reason) for model in queued)]
    for model in queued:
        # Whose queue this is, is the demo's to say: the model takes any.
        waits = replace(model, mdl="", backend_waits=True)
        with queue_of(folder / model.name, waits, QUEUE_SPEED) as uri:
            found.append(_row(waits, uri, uri, QUEUE_SPEED))
    return found


def _row(model: drivers.Model, hasty: str, real: str, speed: float) -> Row:
    faces, photo = _faces(model)
    with _unit(model, hasty, speed) as unit:
        unit.send(faces)
        sent = [(*unit.send(faces), photo_ms(photo)) for _ in range(CARDS)]
    with _unit(model, real, speed) as unit:
        unit.card(faces)
        whole = statistics.median(unit.card(faces) for _ in range(CARDS))
    packing = statistics.median(pack for pack, _, _ in sent)
    ours = statistics.median(pack + send for pack, send, _ in sent)
    peer = statistics.median(peer for _, _, peer in sent)
    return Row(
        f"driver, a side, {model.family} {model.name}",
        f"{ours:.1f} ms CPU ({packing:.1f} packing); with every look {whole:.1f}",
        f"photo alone, decoded and scaled: {peer:.1f} ms",
        statistics.median((pack + send) / peer for pack, send, peer in sent),
        f"<= {LIMIT_MS:.0f} ms CPU",
        ours <= LIMIT_MS,
    )


@contextmanager
def _unit(model: drivers.Model, uri: str, speed: float) -> Iterator[_Unit]:
    clock = SystemClock(speed)
    driver = drivers.open_driver(uri, model, clock, 0.0)
    try:
        yield _Unit(driver, model, clock)
    finally:
        driver.close()


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

    def send(self, faces: list[drivers.Face]) -> tuple[float, float]:
        """CPU ms a side of packing a card, and of sending it; what becomes of it costs nothing here."""
        staged: list[drivers.Staged] = []
        packing = cpu_ms(lambda: staged.append(self._driver.stage(faces)))
        sending = cpu_ms(lambda: self._feed(staged[0]))
        self._driver.discard()
        return packing / len(faces), sending / len(faces)

    def card(self, faces: list[drivers.Face]) -> float:
        """CPU ms a side of one whole card."""
        return cpu_ms(lambda: self._print(self._driver.stage(faces))) / len(faces)

    def _feed(self, staged: drivers.Staged) -> None:
        if isinstance(self._driver, drivers.Lays):
            self._driver.lay(staged)
        self._driver.feed(staged)

    def _print(self, staged: drivers.Staged) -> None:
        self._driver.outcome(NOTHING)
        self._feed(staged)
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
