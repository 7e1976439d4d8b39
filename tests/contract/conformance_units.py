"""What the conformance kit is run on: every model file that is found, and a simulated device for each.

A card is cut down to a few lines, so that all promises at all models cost seconds; everything else is as the
model file says. A model without a device file of its own gets the device of a relative with its own ids, type
and size: enough for the contract's promises, which know nothing of how a picture is packed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import drivers
from drivers import Model, load_model
from simulator.devicefile import DeviceSpec, device_names, load_device

TESTS = Path(__file__).resolve().parents[1]
#: Lines along the card (Matica counts them across): some dozen chunks of data.
FEW = {"magicard": 16, "evolis": 16, "matica": 56}
CHUNK_BYTES = {"magicard": 1024, "evolis": 1024, "matica": 8192}
#: Whose mechanics a model without a device file of its own gets; by packing where there is one.
RELATIVES = {
    "magicard": {"P1": "tango2e", "P2": "enduro", "P3": "alto"},
    "evolis": {"": "zenius"},
    "matica": {"": "xid580i"},
}


@dataclass(frozen=True)
class Unit:
    """A model, cut down, and the device that it is tried on."""

    model: Model
    spec: DeviceSpec

    @property
    def counts(self) -> str:
        """When this very device's counter moves, where the model has a query for it."""
        return self.spec.habits.counter if self.model.facts.counter_query else "none"

    @property
    def calibrated(self) -> Model:
        """The model as `printer calibrate` would leave it for this device."""
        return self.model.for_unit(counter=self.counts)


def found_models() -> dict[str, Model]:
    """Every model that ships, and the tiny ones of the tests."""
    tiny = sorted(TESTS.glob("**/models/*.toml"))
    return {**drivers.models(), **{path.stem: load_model(path) for path in tiny}}


def unit(model: Model, device: str | None = None) -> Unit:
    """A model and its device, both cut down; `device` instead of the one that bears the model's name."""
    own = [name for name in device_names() if load_device(name).model == model.name]
    chosen = device or (model.name if model.name in own else min(own, default=None))
    return small(model, relative(model) if chosen is None else load_device(chosen))


def small(model: Model, spec: DeviceSpec) -> Unit:
    """A card of few lines. What is tiny already stays as it is."""
    if model.width_px < 100:
        return Unit(model, spec)
    few, chunk = FEW[model.family], CHUNK_BYTES[model.family]
    short = replace(spec, geometry=replace(spec.geometry, lines=few))
    if model.family == "matica":
        return Unit(replace(model, height_px=few, chunk_bytes=chunk), short)
    facts = model.facts
    if model.family == "evolis":
        # A compressed varnish of few lines is shorter than a line number: which of the two it is, is then open.
        packed = tuple(panel for panel in model.evolis.compressed if panel != "O")
        facts = replace(model.evolis, compressed=packed)
    return Unit(replace(model, width_px=few, chunk_bytes=chunk, facts=facts), short)


def relative(model: Model) -> DeviceSpec:
    """A device for a model that has none: a relative's, with the ids, the type and the size of the model."""
    packing = model.magicard.packing if model.family == "magicard" else ""
    spec = load_device(RELATIVES[model.family][packing])
    vendor, product = model.usb_ids[0]
    told = f"MFG:{model.family.title()};MDL:{literal(model.mdl)};" if model.mdl else ""
    usb = replace(spec.usb, vendor_id=vendor, product_id=product, device_id=told)
    spec = replace(
        spec, model=model.name, usb=usb, habits=replace(spec.habits, two_sided=model.sides == 2)
    )
    return globals()[f"_as_{model.family}"](spec, model)  # type: ignore[no-any-return]


def _as_magicard(spec: DeviceSpec, model: Model) -> DeviceSpec:
    facts = model.magicard
    geometry = replace(
        spec.geometry, lines=model.width_px, dots=model.height_px, dot_offset=facts.first_dot
    )
    counter = "pick" if facts.counter_query else "none"
    habits = replace(spec.habits, value_queries=bool(facts.queries), counter=counter)
    return replace(spec, geometry=geometry, habits=habits)


def _as_evolis(spec: DeviceSpec, model: Model) -> DeviceSpec:
    facts = model.evolis
    own = {"type_text": literal(facts.type_text), "ribbon": facts.ribbon, "rejects": facts.rejects}
    geometry = replace(spec.geometry, lines=model.width_px, dots=model.height_px)
    return replace(spec, geometry=geometry, own=own)


def _as_matica(spec: DeviceSpec, model: Model) -> DeviceSpec:
    facts = model.matica
    own = {**spec.own, "type": literal(facts.type_text), "serial_at": facts.serial_at}
    geometry = replace(
        spec.geometry, lines=model.height_px, dots=model.width_px, row_bytes=model.width_px
    )
    return replace(spec, geometry=geometry, own={**own, "dpi": model.dpi})


def literal(pattern: str) -> str:
    """A text that fits a pattern of a model file; a pattern too clever for this needs a device file."""
    text = re.sub(r"\(\?i\)|\.\*|\\", "", pattern)
    assert re.fullmatch(pattern, text), f"{pattern!r} is no plain name: write a device file"
    return text
