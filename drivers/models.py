"""What is true of a printer model: one TOML file a model in `drivers/<family>/models/`.

A new model of a known family is a new file and nothing else. A difference between two models that
would need an `if` becomes a key here (or in the family's own table). Numbers carry their source as
a comment in the file. Nothing here talks to a device.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from drivers.evolis.facts import EvolisFacts
from drivers.ipp.facts import IppFacts
from drivers.magicard.facts import MagicardFacts
from drivers.matica.facts import MaticaFacts
from drivers.tables import TableError, build

COUNTERS = ("none", "pick", "eject")
#: Y M C dye, K resin, O overcoat (no data of its own).
PANELS = ("Y", "M", "C", "K", "O")
#: Longest wait that any model may ask for. A person waits longer than this only by mistake.
LONGEST_S = 3600.0
#: Longest time without a card that any model may ask for: a printer that may stand for a year needs no rule.
LONGEST_IDLE_S = 366 * 86400.0
#: Most that one write may leave in doubt. Larger ones hardly cost less: a megabyte took 0.8 to 1.0 ms of CPU in
#: 64 KiB, 0.6 in 128, 0.4 to 0.5 in 256 and in 1,024 (USB/IP on loopback).
MOST_CHUNK_BYTES = 262144


class Facts(Protocol):
    """What every family's own table tells, beside what only that family asks of it."""

    @property
    def counter_query(self) -> str | None:
        """The query that tells how many cards it ever made, if it answers one."""

    @property
    def path_query(self) -> str | None:
        """The query that tells whether a card is inside, if it answers one."""

    @property
    def brings_out(self) -> frozenset[str]:
        """Which of `eject` and `reject` it has a known command for."""


#: The dataclass of the table that bears the family's name in a model file.
FACTS: Mapping[str, type[Facts]] = MappingProxyType(
    {
        "evolis": EvolisFacts,
        "ipp": IppFacts,
        "magicard": MagicardFacts,
        "matica": MaticaFacts,
    }
)


@dataclasses.dataclass(frozen=True)
class Model:
    """One printer model. Sizes are of the landscape card; seconds are the device's own, unscaled.

    `mdl` is a regular expression for the whole 1284 MDL value, empty where no source tells one.
    `counter`, `path_sensor`, `holds_job`, `shows_busy` are the evidence capabilities of
    `exactly-once.md` §2; `for_unit` makes the calibrated copy for one machine.
    `print_s` is how long a *sent* card may move at most, `typical_s` when its end is worth a quicker
    look (`near_end_interval_s` instead of `status_interval_s`), `send_s` bounds the whole stream,
    `reply_s` one answer, `discard_s` one `discard`. After `rest_after_cards` cards (0: never) the
    machine rests `rest_s`. After `clean_every_cards` (0: never) it wants cleaning, after
    `exercise_after_s` (0: never) without a card some movement; `cleaning_run` says whether `clean` starts
    one. `transfer_temperature` is the lowest and highest that its display may show, empty where it
    transfers nothing. A card may be pushed in by hand within `hand_feed_s` (0: only the hopper
    feeds it). `facts` is the table that bears the family's name.
    """

    name: str
    family: str
    description: str
    usb_ids: tuple[tuple[int, int], ...]
    mdl: str
    width_px: int
    height_px: int
    dpi: int
    panels: tuple[str, ...]
    sides: int
    chunk_bytes: int
    counter: str
    path_sensor: bool
    holds_job: bool
    shows_busy: bool
    print_s: float
    typical_s: float
    send_s: float
    reply_s: float
    discard_s: float
    status_interval_s: float
    near_end_interval_s: float
    rest_after_cards: int
    rest_s: float
    facts: Facts
    backend_waits: bool = False
    hand_feed_s: float = 0.0
    clean_every_cards: int = 0
    exercise_after_s: float = 0.0
    cleaning_run: bool = False
    transfer_temperature: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no printer is."""
        if self.counter not in COUNTERS:
            raise ValueError(f"counter is one of {', '.join(COUNTERS)}, not {self.counter!r}")
        if self.sides not in (1, 2):
            raise ValueError(f"sides is 1 or 2, not {self.sides}")
        if not self.panels or not set(self.panels) <= set(PANELS):
            raise ValueError(f"panels are of {' '.join(PANELS)}, not {self.panels!r}")
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("_px") and value < 1:
                raise ValueError(f"{field.name} must be positive")
            longest = LONGEST_IDLE_S if field.name == "exercise_after_s" else LONGEST_S
            if field.name.endswith("_s") and not 0 <= value <= longest:
                raise ValueError(f"{field.name} must be 0 to {longest:.0f} seconds")
        if self.rest_after_cards < 0 or self.clean_every_cards < 0:
            raise ValueError("rest_after_cards and clean_every_cards are 0 (never) or more")
        if self.transfer_temperature and not _is_range(self.transfer_temperature):
            raise ValueError("transfer_temperature is [lowest, highest]")
        if not 64 <= self.chunk_bytes <= MOST_CHUNK_BYTES:
            raise ValueError(f"chunk_bytes must be 64 to {MOST_CHUNK_BYTES}")
        if self.status_interval_s > 1.0:
            raise ValueError("status_interval_s must be at most 1 (exactly-once.md §3)")
        if getattr(self.facts, "prints_later", False) and not self.holds_job:
            raise ValueError("holds_job must be true: it may print what it holds by itself")
        re.compile(self.mdl)

    @property
    def resin(self) -> bool:
        """Whether there is a K panel; without one the resin mask is drawn as full Y+M+C."""
        return "K" in self.panels

    @property
    def magicard(self) -> MagicardFacts:
        """The table of a Magicard model."""
        assert isinstance(self.facts, MagicardFacts), self.family
        return self.facts

    @property
    def evolis(self) -> EvolisFacts:
        """The table of an Evolis model."""
        assert isinstance(self.facts, EvolisFacts), self.family
        return self.facts

    @property
    def ipp(self) -> IppFacts:
        """The table of a model that is a print queue."""
        assert isinstance(self.facts, IppFacts), self.family
        return self.facts

    @property
    def matica(self) -> MaticaFacts:
        """The table of a Matica model."""
        assert isinstance(self.facts, MaticaFacts), self.family
        return self.facts

    def accepts(self, usb_ids: tuple[int, int], mdl: str) -> bool:
        """Whether a device with these ids is of this model.

        The 1284 MDL decides where device and model file both have one; else the USB ids alone.
        """
        if mdl and self.mdl:
            return re.fullmatch(self.mdl, mdl) is not None
        return usb_ids in self.usb_ids

    def next_look_s(self, last_s: float, spent_s: float) -> float:
        """How long a movement is left alone that took `last_s` the last time and has gone on for `spent_s`.

        Until shortly before it should end, within the model's two intervals: one that ends earlier is seen to have
        ended after `status_interval_s` at the latest, one that ends in time or later is looked at closely.
        """
        left = last_s - spent_s - self.near_end_interval_s
        return min(self.status_interval_s, max(left, self.near_end_interval_s))

    def for_unit(
        self,
        counter: str | None = None,
        path_sensor: bool | None = None,
        print_s: float | None = None,
        backend_waits: bool | None = None,
        holds_job: bool | None = None,
    ) -> Model:
        """This model as calibrated on one very unit; None keeps what the file says.

        Refuses (ValueError) a witness that no known query of this model can read: a counter that is
        always None would turn every card into a question. And `holds_job = false` where the family's
        table says that it may print what it holds.
        """
        if counter not in (None, "none") and not self.facts.counter_query:
            raise ValueError(f"{self.name}: no known query reads a card counter")
        if path_sensor and not self.facts.path_query:
            raise ValueError(f"{self.name}: no known query tells whether a card is in the path")
        given = {
            "counter": counter,
            "path_sensor": path_sensor,
            "print_s": print_s,
            "backend_waits": backend_waits,
            "holds_job": holds_job,
        }
        return dataclasses.replace(self, **{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]


def _is_range(values: tuple[int, ...]) -> bool:
    return len(values) == 2 and 0 < values[0] <= values[1]


def load_model(path: Path) -> Model:
    """One model file. Refuses what `build` refuses, and a name that is not the file's."""
    where = f"{path.parent.parent.name}/models/{path.name}"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as wrong:
        raise TableError(f"{where}: {wrong}") from wrong
    family = table.get("family")
    kind = FACTS.get(family) if isinstance(family, str) else None
    if kind is None:
        raise TableError(f"{where}: family is one of {', '.join(FACTS)}, not {family!r}")
    if not isinstance(table.get(str(family)), dict):
        raise TableError(f"{where}: missing table [{family}]")
    table["facts"] = build(kind, table.pop(str(family)), f"{where}: {family}")
    model = build(Model, table, where)
    if model.name != path.stem:
        raise TableError(f"{where}: name is {model.name!r}; it must be the file's name")
    return model


@functools.cache
def models() -> Mapping[str, Model]:
    """All models that ship, by name. Reads the files once."""
    paths = sorted(Path(__file__).parent.glob("*/models/*.toml"))
    return MappingProxyType({model.name: model for model in map(load_model, paths)})


def known_as(usb_ids: tuple[int, int], mdl: str = "") -> str:
    """The models that a device with these signs is, to stand behind its own name; empty where no file has it."""
    names = [each.name for each in models().values() if each.accepts(usb_ids, mdl)]
    return f", which is {' or '.join(names)}" if names else ""


def model(name: str) -> Model:
    """The model of that name; an unknown one is a ValueError that lists what there is."""
    known = models()
    if name not in known:
        raise ValueError(f"unknown printer model {name!r}; known are {', '.join(known)}")
    return known[name]
