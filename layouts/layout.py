"""Finding and loading layouts: a folder with `layout.toml`, `samples/` and `assets/`.

A layout that loads can be drawn: its fonts and pictures are there and its fixed texts fit.
"""

from __future__ import annotations

import base64
import json
import tomllib
from functools import lru_cache
from pathlib import Path

from PIL import Image
from pydantic import ValidationError

from layouts.fit import DoesNotFit, NoGlyph, fit
from layouts.fonts import UnknownFont, file_of
from layouts.schema import Drawn, ImageElement, LayoutFile, Text

HOME = Path(__file__).resolve().parent
FILE = "layout.toml"


class LayoutError(Exception):
    """The folder of a layout is not usable; the message names the file and the place in it."""


class UnknownLayout(KeyError):
    """No layout of this name; the message lists what there is."""

    def __str__(self) -> str:
        return str(self.args[0])


class UnknownSample(UnknownLayout):
    """The layout has no sample of this name; the message lists what there is."""


class Layout:
    """One loaded layout. Does not change; may be used by several threads."""

    def __init__(self, folder: Path, file: LayoutFile, images: dict[str, Image.Image]) -> None:
        self.file = file
        self.images = images
        self._folder = folder
        self._drawn: dict[str, tuple[Drawn, ...]] = {
            name: side.drawn() for name, side in file.sides.items()
        }

    @property
    def name(self) -> str:
        """The word that a job uses."""
        return self.file.name

    @property
    def version(self) -> str:
        """Changes whenever the printed picture does."""
        return self.file.version

    @property
    def card_types(self) -> tuple[str, ...]:
        """Card types that this layout may be printed on."""
        return self.file.card_types

    @property
    def sides(self) -> tuple[str, ...]:
        """`("front",)` or `("front", "back")`."""
        return tuple(side for side in ("front", "back") if side in self.file.sides)

    def drawn(self, side: str) -> tuple[Drawn, ...]:
        """The elements of one side, every row taken apart; their places number them."""
        return self._drawn[side]

    def background(self, side: str) -> str:
        """The colour beneath everything."""
        return next(found.background for name, found in self.file.sides.items() if name == side)

    @property
    def sample_names(self) -> tuple[str, ...]:
        """Names of the complete example jobs that come with the layout, sorted."""
        return tuple(sorted(path.stem for path in (self._folder / "samples").glob("*.json")))

    def values_schema(self) -> dict[str, object]:
        """JSON Schema of a job's `values`: a closed object of bounded strings."""
        properties: dict[str, object] = {}
        for name, field in self.file.fields.items():
            shape: dict[str, object] = {"type": "string", "title": field.title}
            shape["maxLength"] = field.max_length
            if field.required:
                shape |= {"minLength": 1, "pattern": r"\S"}
            properties[name] = shape
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": False,
            "properties": properties,
            "required": [name for name, field in self.file.fields.items() if field.required],
        }

    def sample(self, name: str) -> dict[str, object]:
        """A complete valid body for `POST /v1/jobs`, pictures in base64."""
        if name not in self.sample_names:
            known = ", ".join(self.sample_names) or "none"
            raise UnknownSample(f"layout {self.name} has no sample {name!r}; it has: {known}")
        folder = self._folder / "samples"
        body: dict[str, object] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for key in ("photo", "signature"):
            file = body.get(key)
            if isinstance(file, str):
                body[key] = base64.b64encode((folder / file).read_bytes()).decode("ascii")
        return body


def names() -> tuple[str, ...]:
    """The layouts that come with the station, sorted."""
    return tuple(sorted(path.parent.name for path in HOME.glob(f"*/{FILE}")))


@lru_cache(maxsize=64)
def load(name: str) -> Layout:
    """A layout by its name, read once. Raises `UnknownLayout`, or `LayoutError` when it is faulty."""
    if name not in names():
        known = ", ".join(names()) or "none"
        raise UnknownLayout(f"there is no layout {name!r}; there are: {known}")
    return load_folder(HOME / name)


def load_folder(path: Path) -> Layout:
    """A layout from any folder; its name is the one in the file. Raises `LayoutError`."""
    source = path / FILE
    try:
        file = LayoutFile.model_validate(tomllib.loads(source.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LayoutError(f"{source}: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise LayoutError(f"{source}: {place}: {first['msg']}") from error
    try:
        images = _images(path, file)
        _set_fixed_texts(file)
    except (OSError, UnknownFont, NoGlyph, DoesNotFit) as error:
        raise LayoutError(f"{source}: {error}") from error
    return Layout(path, file, images)


def _images(path: Path, file: LayoutFile) -> dict[str, Image.Image]:
    images = {}
    for side in file.sides.values():
        for element in side.drawn():
            if isinstance(element, ImageElement):
                with Image.open(path / "assets" / element.file, formats=("PNG",)) as image:
                    images[element.file] = image.convert("RGBA")
    return images


def _set_fixed_texts(file: LayoutFile) -> None:
    """Refuse a layout whose own words do not fit, before a resident has to find out."""
    for font in file.fonts.values():
        for family in filter(None, (font.family, font.narrower)):
            file_of(family, font.weight)
    for side in file.sides.values():
        for element in side.drawn():
            if not isinstance(element, Text):
                continue
            own = [case.text for case in element.when]
            own += [] if element.text.fields else [element.words({})]
            for words in own:
                try:
                    fit(words, element, file.fonts[element.font])
                except (DoesNotFit, NoGlyph) as error:
                    raise type(error)(f"the text {words!r} {error}") from error
