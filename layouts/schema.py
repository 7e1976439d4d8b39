"""What a layout file may say: TOML in millimetres, checked completely when it is loaded.

Nothing is drawn here and nothing of a resident is known here. Every table is closed: an unknown
key is an error, at every level. A `row` is only a short way to write three texts on one line; it
is taken apart here, so that the renderer knows nothing of rows.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

# ISO/IEC 7810 ID-1; the origin is the upper left corner of the card, seen from its side.
CARD_W_MM = 85.60
CARD_H_MM = 53.98

Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
Ink = Literal["resin", "dye"]
Side = Literal["front", "back"]

REFERENCE = "reference"
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class Table(BaseModel):
    """A TOML table with a fixed set of keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ValueField(Table):
    """One value that a job brings. Bounded; never corrected, never guessed."""

    title: str
    max_length: int = Field(ge=1, le=400)
    required: bool = False


class FontFace(Table):
    """A family and weight of `fonts.py`, and the narrower family that may stand in for it."""

    family: str
    weight: str = "Regular"
    narrower: str | None = None


class Template(Table):
    """Parts with `{field}` places; a part whose places are all empty is left out with its join."""

    parts: tuple[str, ...]
    join: str = " "

    @property
    def fields(self) -> tuple[str, ...]:
        """Names in the order in which they appear."""
        return tuple(name for part in self.parts for name in _PLACE.findall(part))

    def fill(self, values: dict[str, str]) -> str:
        """The text to print. A missing value is empty; white space alone counts as empty."""
        filled = []
        for part in self.parts:
            names = _PLACE.findall(part)
            if names and not any(values.get(name, "").strip() for name in names):
                continue
            filled.append(_PLACE.sub(lambda place: values.get(place[1], ""), part))
        return self.join.join(filled)


class When(Table):
    """One case of a text that depends on data; the first case that holds is taken."""

    field: str
    text: str
    equals: tuple[str, ...] = ()
    starts_with: str | None = None

    def holds(self, values: dict[str, str]) -> bool:
        """Whether the value is one of `equals` or begins with `starts_with`, as it is written."""
        value = values.get(self.field, "")
        return value in self.equals or (
            self.starts_with is not None and value.startswith(self.starts_with)
        )


class Placed(Table):
    """A rectangle on the card in millimetres."""

    x: float
    y: float
    w: float = Field(gt=0)
    h: float = Field(gt=0)


class Text(Placed):
    """One text in a rectangle: `size` is the em; it may shrink down to `floor`, then break in two."""

    kind: Literal["text"] = "text"
    text: Template
    when: tuple[When, ...] = ()
    font: str
    size: float = Field(gt=0)
    floor: float | None = None
    lines: int = Field(default=1, ge=1, le=2)
    align: Literal["left", "center", "right"] = "left"
    ink: Ink = "resin"
    colour: Colour = "#000000"
    rotate: float = 0.0

    @field_validator("text", mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return {"parts": [value]} if isinstance(value, str) else value

    @property
    def fields(self) -> tuple[str, ...]:
        """Every value that this text looks at; empty for a fixed one."""
        return (*self.text.fields, *(case.field for case in self.when))

    def words(self, values: dict[str, str]) -> str:
        """What stands there for these values."""
        case = next((case for case in self.when if case.holds(values)), None)
        return self.text.fill(values) if case is None else case.text


class Row(Table):
    """`label : value` on one line. The label is fixed, or depends on data through `label_when`."""

    kind: Literal["row"] = "row"
    label: str
    label_when: tuple[When, ...] = ()
    value: str | dict[str, Any]
    x: float
    y: float
    h: float
    colon_x: float
    value_x: float
    w: float = Field(gt=0)
    label_font: str
    font: str
    size: float
    value_size: float | None = None
    floor: float | None = None
    lines: int = 1
    ink: Ink = "resin"
    colour: Colour = "#000000"

    def texts(self) -> list[Text]:
        """Label, colon and value as texts of their own."""
        common = {"y": self.y, "h": self.h, "ink": self.ink, "colour": self.colour}
        label = {"x": self.x, "w": self.colon_x - self.x, "font": self.label_font}
        colon = {"x": self.colon_x, "w": self.value_x - self.colon_x, "font": self.label_font}
        value = {"x": self.value_x, "w": self.w, "font": self.font, "lines": self.lines}
        value |= {"size": self.value_size or self.size, "floor": self.floor, "text": self.value}
        parts: list[dict[str, Any]] = [
            label | {"text": self.label, "when": self.label_when, "size": self.size},
            colon | {"text": ":", "size": self.size},
            value,
        ]
        return [Text.model_validate(common | part) for part in parts]


class Photo(Placed):
    """The photo, cropped in the middle to fill its rectangle. Always dye."""

    kind: Literal["photo"] = "photo"


class Signature(Placed):
    """The signature, shrunk to stay whole. In resin everything darker than `threshold` is black."""

    kind: Literal["signature"] = "signature"
    ink: Ink = "resin"
    threshold: int = Field(default=150, ge=1, le=255)


class Code(Placed):
    """A machine-readable code at a whole number of dots a module, centred, on white."""

    kind: Literal["code"] = "code"
    symbology: Literal["qr", "code128"]
    text: Template
    quiet: int = Field(default=4, ge=0, le=10)

    @field_validator("text", mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return {"parts": [value]} if isinstance(value, str) else value


class Line(Table):
    """A straight line from (x, y) to (x2, y2)."""

    kind: Literal["line"] = "line"
    x: float
    y: float
    x2: float
    y2: float
    width: float = Field(gt=0)
    ink: Ink = "resin"
    colour: Colour = "#000000"


class Box(Placed):
    """A filled or outlined rectangle, its corners rounded by `radius`."""

    kind: Literal["box"] = "box"
    fill: Colour | None = None
    outline: Colour | None = None
    width: float = Field(default=0.2, gt=0)
    radius: float = Field(default=0.0, ge=0)
    ink: Ink = "dye"


class ImageElement(Placed):
    """A PNG of the layout's `assets`, shrunk to stay whole; transparency shows what is beneath."""

    kind: Literal["image"] = "image"
    file: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.png$")
    ink: Ink = "dye"


Element = Annotated[
    Text | Row | Photo | Signature | Code | Line | Box | ImageElement, Field(discriminator="kind")
]
Drawn = Text | Photo | Signature | Code | Line | Box | ImageElement


class SideFile(Table):
    """One side. Elements without data are drawn first, in their order, then those with data."""

    background: Colour = "#ffffff"
    elements: tuple[Element, ...]

    def drawn(self) -> tuple[Drawn, ...]:
        """The elements with every row taken apart."""
        flat: list[Drawn] = []
        for element in self.elements:
            flat += element.texts() if isinstance(element, Row) else [element]
        return tuple(flat)


class LayoutFile(Table):
    """The whole of `layout.toml`."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    version: str
    card_types: tuple[str, ...] = Field(min_length=1)
    photo_required: bool = False
    signature_required: bool = False
    knock_out: bool = True
    fields: dict[str, ValueField] = {}
    fonts: dict[str, FontFace] = {}
    styles: dict[str, dict[str, Any]] = Field(default={}, repr=False)
    sides: dict[Side, SideFile]

    @model_validator(mode="before")
    @classmethod
    def _apply_styles(cls, data: Any) -> Any:
        """A `style` names a table of keys that the element does not repeat."""
        if not isinstance(data, dict) or not isinstance(data.get("sides"), dict):
            return data
        styles = data.get("styles", {})
        for side in data["sides"].values():
            side["elements"] = [_styled(element, styles) for element in side.get("elements", [])]
        return data

    @model_validator(mode="after")
    def _names_are_known(self) -> LayoutFile:
        if "front" not in self.sides:
            raise ValueError("a layout needs a front")
        if REFERENCE in self.fields:
            raise ValueError("'reference' belongs to the job and cannot be a field")
        known = {*self.fields, REFERENCE}
        for side in self.sides.values():
            for element in side.drawn():
                if isinstance(element, Text | Code):
                    fields = element.fields if isinstance(element, Text) else element.text.fields
                    unknown = set(fields) - known
                    if unknown:
                        raise ValueError(f"no such field: {', '.join(sorted(unknown))}")
                if isinstance(element, Text) and element.font not in self.fonts:
                    raise ValueError(f"no such font: {element.font}")
        return self


def _styled(element: dict[str, Any], styles: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if "style" not in element:
        return element
    name = element["style"]
    if name not in styles:
        raise ValueError(f"no such style: {name}")
    return styles[name] | {key: value for key, value in element.items() if key != "style"}
