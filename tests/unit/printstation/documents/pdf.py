"""A reader of the PDFs that the typesetter writes: pages, and where which text stands on them.

Only what these files use (PDF 32000-1 §7.8, §9.4, §9.10): deflated streams, two-byte glyph codes with
a ToUnicode map, one `cm` before each text. So that what is checked is the delivered bytes themselves.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import ImageFont

from printstation.documents import letters

_OBJECT = re.compile(rb"(\d+) 0 obj\n")
_REF = rb"/%s (\d+) 0 R"
_ESCAPES = {ord("n"): 10, ord("r"): 13, ord("t"): 9, ord("b"): 8, ord("f"): 12}
# Brackets within a string need no backslash while they are in pairs.
_FLAT = rb"\((?:\\.|[^\\()])*\)"
_NESTED = rb"\((?:\\.|[^\\()]|" + _FLAT + rb")*\)"
_STRING = rb"\((?:\\.|[^\\()]|" + _NESTED + rb")*\)"
_TOKEN = re.compile(
    rb"(?P<string>" + _STRING + rb")|(?P<word>/?[A-Za-z][\w*]*)|(?P<number>-?\d*\.?\d+)", re.DOTALL
)
BREAK = "\u200b"


@dataclass(frozen=True)
class Fragment:
    """A run of text in one line: its left end, its line and its size, in points from the bottom left."""

    x: float
    y: float
    size: float
    text: str
    font: str

    @property
    def right(self) -> float:
        """Where it ends, measured in the condensed face (monospaced runs are 0.6 em a letter)."""
        if "Mono" in self.font:
            return self.x + 0.6 * self.size * len(self.text)
        weight = self.font.rsplit("-", 1)[-1]
        file = letters.fonts_folder(letters.PACKAGE) / f"IBMPlexSansCondensed-{weight}.ttf"
        return self.x + ImageFont.truetype(str(file), 1000).getlength(self.text) * self.size / 1000


class Pdf:
    """The pages of one file."""

    def __init__(self, content: bytes) -> None:
        self._objects: dict[int, bytes] = {}
        at = 0
        while found := _OBJECT.search(content, at):
            at = content.index(b"endobj", self._after_stream(content, found.end()))
            self._objects[int(found[1])] = content[found.end() : at]
        kids = next(body for body in self._objects.values() if b"/Type/Pages" in body)
        self._pages = [int(number) for number in re.findall(rb"(\d+) 0 R", kids)]

    @staticmethod
    def _after_stream(content: bytes, start: int) -> int:
        """Behind the bytes of a stream, if this object has one: they may look like anything."""
        head = content[start : content.index(b"endobj", start)]
        dictionary, found, _ = head.partition(b"stream\n")
        length = re.search(rb"/Length (\d+)", dictionary)
        return start + len(dictionary) + 7 + int(length[1]) if found and length else start

    def __len__(self) -> int:
        return len(self._pages)

    def size(self, page: int) -> tuple[float, float]:
        box = re.search(rb"/MediaBox\[0 0 ([\d.]+) ([\d.]+)\]", self._objects[self._pages[page]])
        assert box is not None
        return float(box[1]), float(box[2])

    def text(self, page: int | None = None) -> str:
        """All letters without spaces: where a line was broken there is none."""
        pages = range(len(self)) if page is None else [page]
        found = "".join(part.text for number in pages for part in self.fragments(number))
        return squeezed(found)

    def fragments(self, page: int) -> list[Fragment]:
        body = self._objects[self._pages[page]]
        fonts = dict(self._fonts(self._objects[self._ref(body, b"Resources")]))
        return list(_fragments(self._stream(self._ref(body, b"Contents")), fonts))

    def _fonts(self, resources: bytes) -> Iterator[tuple[str, tuple[str, dict[int, str]]]]:
        for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", resources):
            body = self._objects[int(number)]
            base = re.search(rb"/BaseFont/\w+\+([\w-]+)", body)
            assert base is not None
            yield name.decode(), (base[1].decode(), self._map(self._ref(body, b"ToUnicode")))

    def _map(self, number: int) -> dict[int, str]:
        rows = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]{4,})>\n", self._stream(number))
        return {
            int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in rows
        }

    def _ref(self, body: bytes, key: bytes) -> int:
        found = re.search(_REF % key, body)
        assert found is not None, f"no {key!r}"
        return int(found[1])

    def _stream(self, number: int) -> bytes:
        return zlib.decompress(self._objects[number].partition(b"stream\n")[2].rstrip(b"\n")[:-9])


def _fragments(content: bytes, fonts: dict[str, tuple[str, dict[int, str]]]) -> Iterator[Fragment]:
    """What is shown between BT and ET, as one run. Its place is the sum of the `cm` around it."""
    stack: list[tuple[float, float]] = []
    x = y = size = 0.0
    font, text, codes, operands = "", "", b"", list[bytes]()
    for token in _TOKEN.finditer(content):
        word = token["word"]
        if token["string"] is not None:
            codes += _plain(token["string"][1:-1])
            continue
        if word is None or word.startswith(b"/"):
            operands.append(token.group())
            continue
        if word == b"q":
            stack.append((x, y))
        elif word == b"Q":
            x, y = stack.pop()
        elif word == b"cm":
            x, y = x + float(operands[-2]), y + float(operands[-1])
        elif word == b"Tf":
            font, size = operands[-2][1:].decode(), float(operands[-1])
        elif word in (b"TJ", b"Tj"):
            text += "".join(fonts[font][1][code] for code in _codes(codes)).replace(BREAK, "")
        elif word == b"ET":
            yield Fragment(x, y, size, text, fonts[font][0])
            text = ""
        # A string of another operator is a property of the text, not a part of it.
        codes, operands = b"", []


def _codes(string: bytes) -> Iterator[int]:
    return (int.from_bytes(string[i : i + 2], "big") for i in range(0, len(string), 2))


def _plain(string: bytes) -> bytes:
    """The bytes of a literal string (§7.3.4.2)."""
    out = bytearray()
    at = 0
    while at < len(string):
        byte = string[at]
        at += 1
        if byte == 0x5C:
            octal = re.match(rb"[0-7]{1,3}", string[at:])
            if octal:
                byte, at = int(octal[0], 8), at + len(octal[0])
            else:
                byte, at = _ESCAPES.get(string[at], string[at]), at + 1
        out.append(byte)
    return bytes(out)


def squeezed(text: str) -> str:
    """Without spaces and without the places where a long word may be broken."""
    return re.sub(rf"[\s{BREAK}]", "", text)
