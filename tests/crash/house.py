"""The station under test: opened on files of its own, killed without warning, opened again.

Production code is unchanged. What tests hand in: the clock, the cable, the gate of the store, and the
tiny layouts. Everything Python dies with the station but the engine: its compiled statements, and its
connections, which are rolled back. (That SQLite itself opens a log that was left behind is shown by the
tests with real processes.)
"""

from __future__ import annotations

import atexit
import base64
import functools
import io
import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image
from sqlalchemy import Engine

import layouts
from drivers import Driver, Face, Model
from drivers.models import load_model
from printstation.acts import stock
from printstation.acts.request import Request
from printstation.clock import Clock
from printstation.config import BUILT_IN, Config, PrinterConfig
from printstation.seal import Seal
from printstation.spool import faces
from printstation.spool.desk import Desk
from printstation.station import Station
from printstation.store.engine import Store, open_engine
from printstation.store.jobs import Job
from printstation.store.schema import upgrade
from tests.crash.quick import quicken
from tests.crash.world import KINDS

HERE = Path(__file__).parent
CARD_TYPE = "ktp-el-wni"
BATCH = "T1"
#: Names a folder that its maker removes, for processes that may be ended without a chance to tidy up.
HOME_VARIABLE = "PRINTSTATION_CRASH_HOME"
#: Blanks that a history's station has in its store at the start.
STOCK = 60
#: Longer than a tiny device waits for a hand (`_tiny.toml`).
HAND_FEED_S = 12.0
LAYOUTS = ("tiny-one", "tiny-two")
Size = tuple[int, int, int]


@functools.cache
def tiny_model(kind: str) -> Model:
    """The model file of a kind of printer, with the capabilities that this kind has."""
    row = KINDS[kind]
    model = load_model(HERE / "models" / f"{row.model}.toml")
    facts = model.facts
    if row.family == "evolis":
        # Without the query no driver knows of a card inside; a mode that is not saved prints at power-on.
        facts = replace(model.evolis, path=row.path_sensor, saves_error_mode=not row.holds_job)
    if row.by_hand:
        first, *others = model.magicard.header
        facts = replace(model.magicard, header=(first, "HFD{hand}", *others))
    return replace(
        model,
        hand_feed_s=HAND_FEED_S if row.by_hand else model.hand_feed_s,
        counter=row.counter,
        path_sensor=row.path_sensor,
        holds_job=row.holds_job,
        backend_waits=row.backend_waits,
        facts=facts,
    )


def size_of(model: Model) -> Size:
    """Width and height in dots, and how many of them an inch has."""
    return model.width_px, model.height_px, model.dpi


@functools.cache
def tiny_layout(name: str) -> layouts.Layout:
    """One of the layouts beside this file."""
    return layouts.load_folder(HERE / "layouts" / name)


@functools.cache
def photo(reference: str) -> bytes:
    """A picture of nobody: coloured squares that are this reference's own."""
    squares = random.Random(reference).randbytes(8 * 8 * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", (8, 8), squares).resize((32, 32), Image.Resampling.NEAREST).save(
        out, "PNG"
    )
    return out.getvalue()


@functools.lru_cache(maxsize=512)
def drawn(layout: str, reference: str, picture: bytes, size: Size) -> tuple[Face, ...]:
    """The faces of a card. Pure, so kept: references come again in every history."""
    geometry = layouts.Geometry(*size)
    sides = layouts.render(tiny_layout(layout), {}, picture, None, reference, geometry)
    return tuple(Face(side.rgb, side.resin) for side in sides.values())


@dataclass(frozen=True)
class Hands:
    """What the simulation hands in."""

    clock: Clock
    gate: Callable[[str], None]
    open_driver: Callable[[str, Model, float], Driver]
    free_mb: Callable[[], int]


class SimStation(Station):
    """A station whose models, layouts and free space are the test's."""

    hands: Hands
    kinds: Mapping[str, str]

    def model_of(self, printer: PrinterConfig) -> Model:
        return tiny_model(self.kinds[printer.name])

    def _desk(self, printer: PrinterConfig, opener: Callable[[str, Model, float], Driver]) -> Desk:
        desk = super()._desk(printer, opener)
        return replace(desk, paint=self._paint, free_mb=self.hands.free_mb)

    def _paint(self, job: Job, model: Model) -> list[Face]:
        body = faces.open_payload(self.store, self.seal, job.id)
        picture = base64.b64decode(body["photo"])
        return list(drawn(job.layout, job.reference, picture, size_of(model)))[: model.sides]


def home() -> str | None:
    """Where data folders are made: on a tmpfs where there is one, or where `HOME_VARIABLE` says."""
    shared = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return os.environ.get(HOME_VARIABLE, shared)


class Files:
    """The data folder of one process of tests: a database made by copying, on a tmpfs where there is one."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="printstation-crash-", dir=home()))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.path = self.folder / "printstation.db"
        self._template = self.folder / "template.db"
        self.seal = Seal.of(b"k" * 32)
        self.station = self._make_template()
        self.engine: Engine = open_engine(self.path)
        if os.environ.get("PRINTSTATION_PLAIN_SQL") is None:
            quicken(self.engine)
        self._reader: sqlite3.Connection | None = None

    def _make_template(self) -> str:
        from tests.crash.clockwork import Turns, VirtualClock

        engine = open_engine(self._template)
        station = upgrade(engine)
        store = Store(engine, VirtualClock(Turns(random.Random(0))), station)
        stock.receive(
            store,
            Request(None, "test", b""),
            delivery="D1",
            card_type=CARD_TYPE,
            version="1",
            batch=BATCH,
            count=STOCK,
            by="petugas",
        )
        engine.dispose()
        plain = sqlite3.connect(self._template)
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        plain.execute("PRAGMA journal_mode=DELETE")
        plain.close()
        return station

    def fresh(self) -> None:
        """The database as on the first day."""
        self.drop_connections()
        for ending in ("", "-wal", "-shm"):
            Path(f"{self.path}{ending}").unlink(missing_ok=True)
        shutil.copyfile(self._template, self.path)

    def copy(self) -> bytes:
        """The database as it is now, in one file."""
        self.drop_connections()  # the last one takes the log into the file
        return self.path.read_bytes()

    def put_back(self, database: bytes) -> None:
        """That file again, without the log."""
        self.fresh()
        self.path.write_bytes(database)

    def drop_connections(self) -> None:
        """What dies with a process."""
        self.engine.dispose()
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def reader(self) -> sqlite3.Connection:
        """A connection of the simulation's own, for looking only."""
        if self._reader is None:
            self._reader = sqlite3.connect(self.path, isolation_level=None)
            self._reader.row_factory = sqlite3.Row
        return self._reader


@functools.cache
def files() -> Files:
    """The one folder of this process."""
    return Files()


def open_house(
    hands: Hands, kinds: Mapping[str, str], furnish: Callable[[Config], Config]
) -> SimStation:
    """A new process of the station on the files as they are; starts nothing. `furnish` may add to what it has."""
    found = files()
    printers = tuple(
        PrinterConfig.model_construct(
            name=name,
            model=kind,
            uri=f"memory://{name}",
            card_types=(CARD_TYPE,),
            counter=None,
            path_sensor=None,
            print_s=None,
            backend_waits=None,
        )
        for name, kind in kinds.items()
    )
    config = Config.model_construct(
        data_dir=found.folder, min_free_mb=200, printers=printers, card_types=BUILT_IN
    )
    store = Store(found.engine, hands.clock, found.station, gate=hands.gate)
    station = SimStation(furnish(config), store, found.seal, hands.clock)
    station.hands, station.kinds = hands, kinds
    station.build(hands.open_driver)
    return station
