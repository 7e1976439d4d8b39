"""A simulated device as data: what `devices/*.toml` may say, and the reading of it.

Knows no printer by name: a habit that differs between devices is a key here, never an `if`. A file
whose name begins with `_` is a base for others (`extends`), not a device. Numbers that no public source gives
are invented and marked so in the files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

DEVICES = Path(__file__).parent / "devices"


class DeviceFileError(ValueError):
    """A device file that is missing or says something that no device file may say."""


@dataclass(frozen=True)
class Usb:
    """What the descriptors and the 1284 text say."""

    vendor_id: int
    product_id: int
    manufacturer: str
    product: str
    device_id: str
    bcd_usb: int = 0x0200
    ep0_size: int = 64
    max_packet: int = 512


@dataclass(frozen=True)
class Geometry:
    """The picture on the head. `row_bytes` is one row of single bits; `turn` is 0 or 180 degrees."""

    lines: int
    dots: int
    dot_offset: int
    packing: str
    row_bytes: int
    turn: int = 0


@dataclass(frozen=True)
class Durations:
    """Seconds of each movement at speed 1."""

    pick: float
    pick_fail: float
    heat: float
    panel: float
    overcoat: float
    flip: float
    transfer: float
    eject: float
    reject: float
    clean: float
    cool: float
    hand_wait: float = 60.0


@dataclass(frozen=True)
class Habits:
    """How this device behaves where devices differ.

    `counter` none|pick|eject: when the lifetime counter moves. `repeats`: prints again what it held
    once its error is acknowledged; `repeats_by_itself`: already when the cause is gone.
    `power_on` throw-out|keep: a card found in the path. `ready_lag_s`: still says ready so long
    after the last byte. `naks_in_error`: takes no plane data while it shows an error.
    `lies`: what it does that no honest device does (`liars.py`).
    """

    counter: str
    repeats: bool
    repeats_by_itself: bool
    power_on: str
    takes_card_in_path: bool
    ready_lag_s: float
    busy_while_receiving: bool
    naks_in_error: bool
    reply_s: float
    error_reply_s: float
    path_sensor: bool
    two_sided: bool
    value_queries: bool
    buffered_jobs: int
    ribbon_prints: int
    lies: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeviceSpec:
    """One file of `devices/`. `errors` maps an error's key to its code or text in the device's language.

    `family` names the language, `own` is the table of that name, which only that language reads.
    """

    name: str
    model: str
    firmware: str
    usb: Usb
    geometry: Geometry
    durations: Durations
    habits: Habits
    errors: Mapping[str, str]
    family: str = "magicard"
    own: Mapping[str, Any] = field(default_factory=dict)


LIES = (
    "counts-early",
    "counts-sometimes",
    "path-empty",
    "keeps-job",
    "prints-twice",
    "prints-nothing",
    "ready-early",
    "no-serial",
    "same-serial",
)
# What an error key must exist for; `body.py` raises these and no others.
ERROR_KEYS = (
    "not-drawn",
    "jam",
    "cover-open",
    "ribbon-end",
    "wrong-ribbon",
    "overheat",
    "rejected",
    "bad-data",
)
_CHOICES = {
    "counter": ("none", "pick", "eject"),
    "power_on": ("throw-out", "keep"),
    "packing": ("P1", "P2", "P3", "D8"),
    "turn": (0, 180),
}


def device_names() -> list[str]:
    """Every honest device there is a file of."""
    return sorted(path.stem for path in DEVICES.glob("*.toml") if not path.stem.startswith("_"))


def liar_names() -> list[str]:
    """Every device that lies on purpose, by the name that an office file takes."""
    return sorted(f"liars/{path.stem}" for path in DEVICES.glob("liars/*.toml"))


@cache
def load_device(name: str) -> DeviceSpec:
    """Read `devices/NAME.toml`; an unknown device or key is a DeviceFileError of one line."""
    if name not in (*device_names(), *liar_names()):
        raise DeviceFileError(f"there is no device {name}; known are {', '.join(device_names())}")
    raw = _read(name)
    raw.setdefault("model", name)
    parts = {"usb": Usb, "geometry": Geometry, "durations": Durations, "habits": Habits}
    family = str(raw.get("family", "magicard"))
    known = {*parts, "model", "firmware", "errors", "family", family}
    for key in raw.keys() - known:
        raise DeviceFileError(f"device {name}: unknown key {key}")
    built = {key: _part(name, kind, raw.get(key, {})) for key, kind in parts.items()}
    errors = {str(k): str(v) for k, v in raw.get("errors", {}).items()}
    if set(errors) != set(ERROR_KEYS):
        raise DeviceFileError(f"device {name}: errors must be exactly {', '.join(ERROR_KEYS)}")
    return DeviceSpec(
        name=name,
        model=str(raw["model"]),
        firmware=str(raw["firmware"]),
        errors=errors,
        family=family,
        own=raw.get(family, {}),
        **built,
    )


def _read(name: str) -> dict[str, Any]:
    raw = tomllib.loads((DEVICES / f"{name}.toml").read_text(encoding="utf-8"))
    base = raw.pop("extends", None)
    if base is None:
        return raw
    merged = _read(str(base))
    for key, value in raw.items():
        merged[key] = {**merged.get(key, {}), **value} if isinstance(value, dict) else value
    return merged


def _part(name: str, kind: Any, raw: Mapping[str, Any]) -> Any:
    known = {field.name for field in fields(kind)}
    for key, value in raw.items():
        if key not in known:
            raise DeviceFileError(f"device {name}: unknown key {key}")
        if key in _CHOICES and value not in _CHOICES[key]:
            raise DeviceFileError(f"device {name}: {key} is {value!r}, not one of {_CHOICES[key]}")
    if wrong := set(raw.get("lies", ())) - set(LIES):
        raise DeviceFileError(f"device {name}: there is no lie {min(wrong)}; known are {LIES}")
    if "lies" in raw:
        raw = {**raw, "lies": tuple(raw["lies"])}
    try:
        return kind(**raw)
    except TypeError as error:
        raise DeviceFileError(f"device {name}: {error}") from error
