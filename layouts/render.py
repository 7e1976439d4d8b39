"""From a layout and a resident's data to two pictures a side: dye and resin.

Same input, same bytes, in any order of calls and from any thread: what is kept between calls
(opened fonts, the layer of everything that needs no data) depends on its key alone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from weakref import WeakKeyDictionary

from PIL import Image

from layouts import codes
from layouts.canvas import Canvas
from layouts.checks import Content, Problem, judge
from layouts.fit import fit
from layouts.geometry import REFERENCE_GEOMETRY, Geometry
from layouts.layout import Layout
from layouts.schema import Box, Code, Drawn, ImageElement, Line, Photo, Signature, Text

# One office has two or three models at once; a layer of 1016 x 642 dots takes 2.6 MB.
LAYERS = 8

_lock = Lock()
_layers: WeakKeyDictionary[Layout, OrderedDict[tuple[str, Geometry], Canvas]] = WeakKeyDictionary()


class Unprintable(Exception):
    """The job cannot be drawn; `problems` says all that has to change. The message names no value."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.pointer}: {p.code}: {p.detail}" for p in problems))
        self.problems = problems


@dataclass(frozen=True)
class Picture:
    """One side: `rgb` is dye (mode "RGB"), `resin` black resin (mode "L", 255 there, else 0)."""

    rgb: Image.Image = field(repr=False)
    resin: Image.Image = field(repr=False)


def check(
    layout: Layout,
    values: Mapping[str, object],
    photo: bytes | None,
    signature: bytes | None,
    reference: str,
) -> tuple[Problem, ...]:
    """Everything that would make `render` refuse, at the reference geometry; empty when printable."""
    return judge(layout, values, photo, signature, reference)[1]


def render(
    layout: Layout,
    values: Mapping[str, object],
    photo: bytes | None,
    signature: bytes | None,
    reference: str,
    geometry: Geometry = REFERENCE_GEOMETRY,
) -> dict[str, Picture]:
    """Draw every side of the layout. Raises `Unprintable`; never cuts, never leaves something out.

    Text, lines and codes are resin and photo and boxes dye unless the layout says otherwise. Where
    resin lies the dye beneath is white (`knock_out = false` in the layout keeps it): resin holds
    best on the bare card, and an edge of colour would show around black letters.
    """
    content, problems = judge(layout, values, photo, signature, reference, geometry)
    if problems:
        raise Unprintable(problems)
    return {side: _side(layout, side, content, geometry) for side in layout.sides}


def compose(picture: Picture) -> Image.Image:
    """What a person sees: the dye, then black resin on top."""
    seen = picture.rgb.copy()
    seen.paste((0, 0, 0), mask=picture.resin.convert("1"))
    return seen


def _side(layout: Layout, side: str, content: Content, geometry: Geometry) -> Picture:
    canvas = _layer(layout, side, geometry).copy()
    for index, element in enumerate(layout.drawn(side)):
        match element:
            case Text() if (side, index) in content.texts:
                canvas.text(element, content.texts[side, index])
            case Photo() if content.photo is not None:
                canvas.photo(element, content.photo)
            case Signature() if content.signature is not None:
                canvas.signature(element, content.signature)
            case Code():
                _code(canvas, element, content)
    return Picture(*canvas.settled(layout.file.knock_out))


def _code(canvas: Canvas, element: Code, content: Content) -> None:
    words = element.text.fill(content.values)
    if not words.strip():
        return
    try:
        canvas.code(element, words)
    except codes.TooSmall as error:
        # Only on a geometry far coarser than the one that was checked.
        fields = element.text.fields
        pointer = "/reference" if "reference" in fields else f"/values/{fields[0]}"
        raise Unprintable((Problem(pointer, "does-not-fit", str(error)),)) from error


def _layer(layout: Layout, side: str, geometry: Geometry) -> Canvas:
    """Everything that needs no data, drawn once for each side and geometry. Copy before drawing."""
    with _lock:
        layers = _layers.setdefault(layout, OrderedDict())
        if (side, geometry) not in layers:
            layers[side, geometry] = _fixed(layout, side, geometry)
            while len(layers) > LAYERS:
                layers.popitem(last=False)
        layers.move_to_end((side, geometry))
        return layers[side, geometry]


def _fixed(layout: Layout, side: str, geometry: Geometry) -> Canvas:
    canvas = Canvas.blank(geometry, layout.background(side))
    for element in layout.drawn(side):
        _draw_fixed(canvas, layout, element)
    return canvas


def _draw_fixed(canvas: Canvas, layout: Layout, element: Drawn) -> None:
    match element:
        case Text() if not element.fields:
            words, font = element.words({}), layout.file.fonts[element.font]
            canvas.text(element, fit(words, element, font))
        case Line():
            canvas.line(element)
        case Box():
            canvas.box(element)
        case ImageElement():
            canvas.image(element, layout.images[element.file])
