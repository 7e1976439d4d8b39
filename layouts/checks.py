"""Everything that would make a card unprintable, found before it is accepted.

Values are judged by whether they can be printed, never by whether they are true, and never
corrected. A problem names the field and what is wrong with it, never the value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import Image

from layouts import codes, fonts, pictures
from layouts.fit import DoesNotFit, Fitted, NoGlyph, fit
from layouts.geometry import REFERENCE_GEOMETRY, Geometry
from layouts.layout import Layout
from layouts.schema import REFERENCE, Code, Photo, Signature, Text

REFERENCE_FORM = re.compile(r"[A-Za-z0-9._-]{1,64}")
# At 300 dpi two dots are 0.17 mm, about the least that a hand scanner resolves on a card. A long
# Code 128 in one-dot bars still reads from a picture; whether it must scan is the layout's matter.
LEAST_MODULE_PX = {"qr": 2, "code128": 1}
# A pointer repeats a name that came from outside, so it has a bound.
POINTER_NAME = 64


@dataclass(frozen=True)
class Problem:
    """One thing that has to be changed. `code`: unknown-field, wrong-type, missing, too-long,
    not-printable, does-not-fit, wrong-form, picture-broken, picture-too-large, picture-too-small."""

    pointer: str
    code: str
    detail: str


@dataclass(frozen=True)
class Content:
    """What a job puts on the card, judged: fitted texts by (side, place in `drawn`), pictures decoded."""

    values: dict[str, str] = field(repr=False)
    texts: dict[tuple[str, int], Fitted] = field(repr=False)
    photo: Image.Image | None = field(repr=False)
    signature: Image.Image | None = field(repr=False)


def judge(
    layout: Layout,
    values: Mapping[str, object],
    photo: bytes | None,
    signature: bytes | None,
    reference: str,
    geometry: Geometry = REFERENCE_GEOMETRY,
) -> tuple[Content, tuple[Problem, ...]]:
    """All problems, and the content, which is complete only when there are none.

    Pictures are decoded for the dots of `geometry`; texts fit or not whatever the geometry.
    """
    problems = _of_values(layout, values)
    if not REFERENCE_FORM.fullmatch(reference):
        problems.append(Problem("/reference", "wrong-form", "1 to 64 of A-Z a-z 0-9 . _ -"))
    spoiled = {problem.pointer for problem in problems}
    texts = {name: text for name, text in values.items() if isinstance(text, str)}
    texts[REFERENCE] = reference
    fitted: dict[tuple[str, int], Fitted] = {}
    for side in layout.sides:
        for index, element in enumerate(layout.drawn(side)):
            if not isinstance(element, Text | Code):
                continue
            fields = element.fields if isinstance(element, Text) else element.text.fields
            if not fields or spoiled & {_pointer(name) for name in fields}:
                continue
            result = _place(layout, element, texts)
            if isinstance(result, Problem):
                problems.append(result)
            elif result is not None:
                fitted[side, index] = result
    opened, more = _of_pictures(layout, photo, signature, geometry)
    return Content(texts, fitted, *opened), (*_once(problems), *more)


def _of_values(layout: Layout, values: Mapping[str, object]) -> list[Problem]:
    problems = []
    for name, value in values.items():
        known = layout.file.fields.get(name)
        if known is None:
            problem = ("unknown-field", "this layout has no such field")
        elif not isinstance(value, str):
            problem = ("wrong-type", "must be a text")
        elif len(value) > known.max_length:
            problem = ("too-long", f"{len(value)} characters, at most {known.max_length}")
        elif not fonts.is_printable(value):
            problem = ("not-printable", "holds a control or invisible character")
        else:
            continue
        problems.append(Problem(_pointer(name), *problem))
    for name, wanted in layout.file.fields.items():
        value = values.get(name)
        if wanted.required and (value is None or (isinstance(value, str) and not value.strip())):
            problems.append(Problem(_pointer(name), "missing", f"{wanted.title} is required"))
    return problems


def _place(layout: Layout, element: Text | Code, texts: dict[str, str]) -> Fitted | Problem | None:
    """The decision for one text, the problem with it, or None when there is nothing to decide."""
    template = element.text
    words = element.words(texts) if isinstance(element, Text) else template.fill(texts)
    if not words.strip():
        return None
    # The longest of several values is the one to look at first.
    name = max(template.fields or (REFERENCE,), key=lambda name: len(texts.get(name, "")))
    try:
        if isinstance(element, Text):
            return fit(words, element, layout.file.fonts[element.font])
        left, top, right, bottom = REFERENCE_GEOMETRY.rectangle(element)
        room = (right - left, bottom - top)
        least = LEAST_MODULE_PX[element.symbology]
        codes.bitmap(element.symbology, words, room, element.quiet, least)
    except NoGlyph as error:
        return Problem(_pointer(name), "not-printable", str(error))
    except (DoesNotFit, codes.TooSmall) as error:
        together = f" (together with {', '.join(n for n in template.fields if n != name)})"
        detail = str(error) + (together if len(set(template.fields)) > 1 else "")
        return Problem(_pointer(name), "does-not-fit", detail)
    except codes.CannotEncode as error:
        return Problem(_pointer(name), "not-printable", str(error))
    return None


def _of_pictures(
    layout: Layout, photo: bytes | None, signature: bytes | None, geometry: Geometry
) -> tuple[tuple[Image.Image | None, Image.Image | None], list[Problem]]:
    """Photo and signature, decoded once each for the largest place they take; a place-less one is
    still judged, so that nothing broken is ever stored."""
    problems = []
    opened: list[Image.Image | None] = []
    cases = (
        ("/photo", photo, Photo, layout.file.photo_required),
        ("/signature", signature, Signature, layout.file.signature_required),
    )
    for pointer, data, kind, required in cases:
        opened.append(None)
        if not data:
            if required:
                problems.append(Problem(pointer, "missing", "this layout needs it"))
            continue
        try:
            opened[-1] = pictures.decode(data, _largest(layout, kind, geometry))
        except pictures.BadPicture as error:
            problems.append(Problem(pointer, error.code, str(error)))
    return (opened[0], opened[1]), problems


def _largest(
    layout: Layout, kind: type[Photo] | type[Signature], geometry: Geometry
) -> tuple[int, int]:
    width, height = pictures.MIN_SIDE_PX, pictures.MIN_SIDE_PX
    for side in layout.sides:
        for element in layout.drawn(side):
            if isinstance(element, kind):
                left, top, right, bottom = geometry.rectangle(element)
                width, height = max(width, right - left), max(height, bottom - top)
    return width, height


def _pointer(name: str) -> str:
    """RFC 6901, its last part bounded; the reference belongs to the job, not to its values."""
    if name == REFERENCE:
        return "/reference"
    return "/values/" + name[:POINTER_NAME].replace("~", "~0").replace("/", "~1")


def _once(problems: list[Problem]) -> list[Problem]:
    """The first problem of each pointer and code: a value may stand in several places."""
    return list({(problem.pointer, problem.code): problem for problem in problems[::-1]}.values())[
        ::-1
    ]
