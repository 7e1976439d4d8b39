"""One side while it is drawn: a colour picture for dye and a mask for resin.

Resin is drawn smooth and made black or nothing once, at the end, so that overlapping letters and
lines join. The threshold lies a little under the middle: hairlines of small letters stay whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from layouts import codes, fonts, letters, pictures
from layouts.fit import LEADING_EM, Fitted
from layouts.geometry import Geometry
from layouts.schema import Box, Code, ImageElement, Line, Photo, Signature, Text

RESIN_FROM = 112
_RESIN = [255 if level >= RESIN_FROM else 0 for level in range(256)]
# Fitting is decided at a large size; hinting at the real one may add a dot or two to a line.
HINTING_STEPS = 16
# FreeType refuses a size of nothing; on a toy geometry letters end up as dots.
LEAST_EM_PX = 1.0


@dataclass(frozen=True)
class Canvas:
    """Dye ("RGB") and resin ("L", smooth until `settled`) of one side at one geometry."""

    geometry: Geometry
    rgb: Image.Image
    resin: Image.Image

    @classmethod
    def blank(cls, geometry: Geometry, background: str) -> Canvas:
        """A side with nothing but its background."""
        return cls(
            geometry,
            Image.new("RGB", geometry.size, background),
            Image.new("L", geometry.size, 0),
        )

    def copy(self) -> Canvas:
        """A side to draw on, this one stays as it is."""
        return Canvas(self.geometry, self.rgb.copy(), self.resin.copy())

    def settled(self, knock_out: bool) -> tuple[Image.Image, Image.Image]:
        """The finished pair: resin 0 or 255; under it the dye is white if `knock_out`."""
        # Through a mask of one bit Pillow copies instead of mixing: 0.35 ms a side, not 3.
        resin = self.resin.point(_RESIN, "1")
        if knock_out:
            self.rgb.paste((255, 255, 255), mask=resin)
        return self.rgb, resin.convert("L")

    # ------------------------------------------------------------------ elements
    def text(self, element: Text, fitted: Fitted) -> None:
        """Set a fitted text: capitals centred in the height, so that rows align."""
        room = element.w * self.geometry.per_mm
        with fonts.LOCK:
            face = self._face(fitted, room)
            cap = fonts.cap_height_em(fitted.family, fitted.weight) * face.size
            leading = LEADING_EM * face.size
            middle = self.geometry.y(element.y + element.h / 2)
            baseline = middle + cap / 2 - leading * (len(fitted.lines) - 1) / 2
            share = {"left": 0.0, "center": 0.5, "right": 1.0}[element.align]
            at = self.geometry.x(element.x + element.w * share)
            if element.rotate:
                self._turned_text(element, fitted.lines[0], face)
                return
            target, fill = self._ink(element.ink, element.colour)
            for number, line in enumerate(fitted.lines):
                letters.draw(target, (at, baseline + number * leading), line, fill, face, share)

    def photo(self, element: Photo, picture: Image.Image) -> None:
        """Lay the photo over whatever dye is there."""
        left, top, right, bottom = self.geometry.rectangle(element)
        self.rgb.paste(pictures.cover(picture, (right - left, bottom - top)), (left, top))

    def signature(self, element: Signature, picture: Image.Image) -> None:
        """Draw the strokes only: its paper stays transparent."""
        left, top, right, bottom = self.geometry.rectangle(element)
        strokes = pictures.contain(picture.convert("L"), (right - left, bottom - top))
        place = self._centred(strokes.size, (left, top, right, bottom))
        if element.ink == "resin":
            mask = strokes.point([255 if n < element.threshold else 0 for n in range(256)])
            self.resin.paste(255, place, mask)
        else:
            self.rgb.paste("#101820", place, strokes.point([255 - n for n in range(256)]))

    def code(self, element: Code, words: str) -> None:
        """Draw the code on white, as large as whole dots allow."""
        left, top, right, bottom = self.geometry.rectangle(element)
        room = (right - left, bottom - top)
        code = codes.bitmap(element.symbology, words, room, element.quiet)
        self.rgb.paste("#ffffff", (left, top, right, bottom))
        self.resin.paste(code, self._centred(code.size, (left, top, right, bottom)))

    def line(self, element: Line) -> None:
        """Draw a line at least one dot wide."""
        target, fill = self._ink(element.ink, element.colour)
        ends = [
            (round(self.geometry.x(x)), round(self.geometry.y(y)))
            for x, y in ((element.x, element.y), (element.x2, element.y2))
        ]
        width = max(1, round(element.width * self.geometry.per_mm))
        ImageDraw.Draw(target).line(ends, fill=fill, width=width)

    def box(self, element: Box) -> None:
        """Draw a rectangle, its corners smooth."""
        left, top, right, bottom = self.geometry.rectangle(element)
        target, _ = self._ink(element.ink, "#000000")
        radius = element.radius * self.geometry.per_mm
        width = max(1, round(element.width * self.geometry.per_mm))
        for colour, edge in ((element.fill, 0), (element.outline, width)):
            if colour is not None:
                mask = _rounded((right - left, bottom - top), radius, edge)
                target.paste(self._ink(element.ink, colour)[1], (left, top), mask)

    def image(self, element: ImageElement, image: Image.Image) -> None:
        """Lay a picture of the layout, its transparency kept."""
        left, top, right, bottom = self.geometry.rectangle(element)
        small = pictures.contain(image, (right - left, bottom - top))
        place = self._centred(small.size, (left, top, right, bottom))
        if element.ink == "resin":
            self.resin.paste(255, place, small.getchannel("A"))
        else:
            self.rgb.paste(small, place, small.getchannel("A"))

    # ------------------------------------------------------------------ helpers
    def _ink(self, ink: str, colour: str) -> tuple[Image.Image, int | str]:
        return (self.resin, 255) if ink == "resin" else (self.rgb, colour)

    def _face(self, fitted: Fitted, room: float) -> ImageFont.FreeTypeFont:
        size = max(LEAST_EM_PX, fitted.size_mm * self.geometry.per_mm)
        for _ in range(HINTING_STEPS):
            face = fonts.face(fitted.family, fitted.weight, round(size * 64))
            if size <= LEAST_EM_PX or max(map(face.getlength, fitted.lines)) <= room:
                break
            size = max(LEAST_EM_PX, size - 1 / 8)
        return face

    def _turned_text(self, element: Text, line: str, face: ImageFont.FreeTypeFont) -> None:
        """One line turned about the middle of its rectangle; it may reach out of it."""
        width, height = round(face.getlength(line)) + 4, round(face.size * 1.5)
        mask = Image.new("L", (width, height), 0)
        ImageDraw.Draw(mask).text((width / 2, height / 2), line, 255, face, anchor="mm")
        mask = mask.rotate(element.rotate, Image.Resampling.BICUBIC, expand=True)
        place = self._centred(mask.size, self.geometry.rectangle(element))
        target, fill = self._ink(element.ink, element.colour)
        target.paste(fill, place, mask)

    @staticmethod
    def _centred(size: tuple[int, int], room: tuple[int, int, int, int]) -> tuple[int, int]:
        left, top, right, bottom = room
        return left + (right - left - size[0]) // 2, top + (bottom - top - size[1]) // 2


def _rounded(size: tuple[int, int], radius: float, edge: int) -> Image.Image:
    """A rectangle with rounded corners, filled (`edge` 0) or as a frame; drawn fourfold, made smooth."""
    if radius < 0.5:
        mask = Image.new("L", size, 255)
        if edge:
            inner = (edge, edge, size[0] - edge, size[1] - edge)
            if inner[0] < inner[2] and inner[1] < inner[3]:
                mask.paste(0, inner)
        return mask
    mask = Image.new("L", (size[0] * 4, size[1] * 4), 0)
    draw = ImageDraw.Draw(mask)
    corners = (0, 0, size[0] * 4 - 1, size[1] * 4 - 1)
    if edge:
        draw.rounded_rectangle(corners, radius * 4, outline=255, width=edge * 4)
    else:
        draw.rounded_rectangle(corners, radius * 4, fill=255)
    return mask.resize(size, Image.Resampling.BOX)
