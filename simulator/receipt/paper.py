"""What comes out of a receipt printer: a strip of paper with dots, and the words that they stand for.

Knows styles, fonts and codes; neither time nor faults (`receipt/printer.py`). A piece of paper is a `Slip`.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib import resources

import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from simulator.receipt.parser import Command

# Font A of an 80 mm printer (Epson TM-T88 class): 12 x 24 dots, 203 dpi, 30 dots a line.
CELL_WIDTH, CELL_HEIGHT, LINE_DOTS = 12, 24, 30
# Plex Mono is 0.6 em wide: 20 px give the 12 dots of a cell.
_FONT_PX = 20
TAB_COLUMNS = 8
# ESC t n: the tables that printers of the sheet share.
CODEPAGES = {
    0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 16: "cp1252", 17: "cp866",
    18: "cp852", 19: "cp858",
}  # fmt: skip
ALIGNMENTS = ("left", "center", "right")
# A strip of 3 m is a runaway program; the mechanism goes on, the picture does not.
MAX_DOTS = 24_000


@dataclass(frozen=True)
class Slip:
    """One piece of paper. `cut` is False for one that still hangs in the printer or was torn off."""

    number: int
    columns: int
    cut: bool
    lines: tuple[str, ...]
    qr: tuple[str, ...]
    unknown: tuple[str, ...]
    picture: Image.Image = field(repr=False, compare=False)

    def png(self) -> bytes:
        """The paper as PNG, white margins included."""
        out = io.BytesIO()
        self.picture.save(out, "PNG")
        return out.getvalue()


@dataclass(frozen=True)
class Style:
    """How the next character is printed."""

    align: str = "left"
    bold: bool = False
    underline: bool = False
    invert: bool = False
    width: int = 1
    height: int = 1
    codec: str = "cp437"
    spacing: int = LINE_DOTS


@dataclass
class _Symbol:
    """What GS ( k has stored so far."""

    size: int = 3
    level: str = "L"
    text: str = ""


class Paper:
    """The strip under the head. `do` carries out one command and tells how many dot rows it moved."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self._width = columns * CELL_WIDTH
        self._style = Style()
        self._symbol = _Symbol()
        self._line: list[tuple[str, Style]] = []
        self._printed = 0
        self._blank()

    def _blank(self) -> None:
        self._strips: list[tuple[int, int, Image.Image]] = []
        self._dots = 0
        self._lines: list[str] = []
        self._qr: list[str] = []
        self._unknown: list[str] = []

    # ------------------------------------------------------------------ seen from outside
    @property
    def touched(self) -> bool:
        """Whether the strip carries anything since the last cut."""
        return bool(self._strips or self._lines)

    def slip(self, cut: bool) -> Slip:
        """The strip as it is now."""
        # Single bits: the 200 kept slips of a printer are 14 MB instead of 115.
        picture = Image.new("1", (self._width, max(1, min(self._dots, MAX_DOTS))), 1)
        for left, top, strip in self._strips:
            picture.paste(strip, (left, top))
        return Slip(
            self._printed + 1, self.columns, cut, tuple(self._lines), tuple(self._qr),
            tuple(self._unknown), picture,
        )  # fmt: skip

    def take_off(self, cut: bool) -> Slip:
        """Give the strip away and begin the next."""
        slip = self.slip(cut)
        self._printed += 1
        self._blank()
        return slip

    def forget(self) -> None:
        """Power or a reset: styles and what was not printed yet are gone, the paper is not."""
        self._style = Style()
        self._symbol = _Symbol()
        self._line.clear()

    def do(self, command: Command) -> int:
        """Dot rows that the paper moved. `cut`, `ask`, `asb` and real-time bytes are not for here."""
        act = _ACTS.get(command.name)
        if act is None:
            self._unknown.append(f"{command.name} {command.data[:8].hex()}".strip())
            return 0
        return act(self, command)

    # ------------------------------------------------------------------ characters
    def _text(self, command: Command) -> int:
        moved = 0
        for letter in command.data.decode(self._style.codec, "replace"):
            if self._used() + CELL_WIDTH * self._style.width > self._width:
                moved += self._print_line()
            self._line.append((letter, self._style))
        return moved

    def _used(self) -> int:
        return sum(CELL_WIDTH * style.width for _, style in self._line)

    def _tab(self, _command: Command) -> int:
        column = self._used() // CELL_WIDTH
        self._line += [(" ", self._style)] * (TAB_COLUMNS - column % TAB_COLUMNS)
        return 0

    def _print_line(self, _command: Command | None = None) -> int:
        line, self._line = self._line, []
        self._lines.append("".join(letter for letter, _ in line).rstrip())
        tallest = max((style.height for _, style in line), default=1)
        rows = max(self._style.spacing, CELL_HEIGHT * tallest)
        if line:
            self._lay(_draw_line(line, CELL_HEIGHT * tallest), line[0][1].align)
        return self._move(rows)

    # ------------------------------------------------------------------ dots
    def _lay(self, strip: Image.Image, align: str) -> None:
        room = self._width - strip.width
        left = {"left": 0, "center": room // 2, "right": room}[align]
        if self._dots < MAX_DOTS:
            self._strips.append((max(0, left), self._dots, strip))

    def _move(self, rows: int) -> int:
        self._dots += rows
        return rows

    def _feed_lines(self, command: Command) -> int:
        moved = self._print_line() if self._line else 0
        return moved + self._move(self._style.spacing * command.n)

    def _feed_dots(self, command: Command) -> int:
        moved = self._print_line() if self._line else 0
        return moved + self._move(command.n)

    def _raster(self, command: Command) -> int:
        row, height = (int.from_bytes(command.data[at : at + 2], "little") for at in (1, 3))
        if not row or not height:
            return 0
        dots = Image.frombytes("1", (row * 8, height), bytes(255 - b for b in command.data[5:]))
        wide, tall = 1 + (command.n & 1), 1 + (command.n >> 1 & 1)
        strip = dots.resize((dots.width * wide, dots.height * tall)).convert("L")
        self._lay(strip, self._style.align)
        return self._move(strip.height)

    def _print_symbol(self) -> int:
        if not self._symbol.text:
            return 0
        code = zxingcpp.create_barcode(
            self._symbol.text, zxingcpp.BarcodeFormat.QRCode, ec_level=self._symbol.level
        )
        dots = Image.fromarray(code.to_image(scale=self._symbol.size, add_quiet_zones=False))
        if dots.width > self._width:
            self._unknown.append("a code wider than the paper")
            return 0
        self._qr.append(self._symbol.text)
        self._lay(dots.convert("L"), self._style.align)
        return self._move(dots.height)

    def _take_symbol(self, command: Command) -> int:
        """GS ( k: cn 49 is QR; function 67 size, 69 level, 80 store, 81 print."""
        data = command.data
        if len(data) < 3 or data[0] != 49:
            self._unknown.append(f"symbol {data[:8].hex()}")
        elif data[1] == 67:
            self._symbol.size = min(16, max(1, data[2]))
        elif data[1] == 69:
            self._symbol.level = "LMQH"[(data[2] - 48) % 4]
        elif data[1] == 80:
            self._symbol.text = data[3:].decode("utf-8", "replace")
        elif data[1] == 81:
            return self._print_symbol()
        return 0

    # ------------------------------------------------------------------ styles
    def _change(self, **values: object) -> int:
        self._style = replace(self._style, **values)  # type: ignore[arg-type]
        return 0

    def _init(self, _command: Command) -> int:
        self.forget()
        return 0

    def _mode(self, command: Command) -> int:
        n = command.n
        return self._change(
            bold=bool(n & 0x08), height=1 + (n >> 4 & 1), width=1 + (n >> 5 & 1),
            underline=bool(n & 0x80),
        )  # fmt: skip

    def _size(self, command: Command) -> int:
        return self._change(width=1 + (command.n >> 4 & 7), height=1 + (command.n & 7))

    def _align(self, command: Command) -> int:
        return self._change(align=ALIGNMENTS[command.n % 48 % 3])

    def _spacing(self, command: Command) -> int:
        return self._change(spacing=command.n if command.data else LINE_DOTS)

    def _upside_down(self, command: Command) -> int:
        if command.n & 1:
            self._unknown.append("upside-down text")
        return 0

    def _codepage(self, command: Command) -> int:
        if command.n not in CODEPAGES:
            self._unknown.append(f"codepage {command.n}")
            return 0
        return self._change(codec=CODEPAGES[command.n])


_ACTS: dict[str, Callable[[Paper, Command], int]] = {
    "text": Paper._text,
    "line": Paper._print_line,
    "tab": Paper._tab,
    "return": lambda _paper, _command: 0,
    "nothing": lambda _paper, _command: 0,
    "init": Paper._init,
    "mode": Paper._mode,
    "size": Paper._size,
    "bold": lambda paper, c: paper._change(bold=bool(c.n & 1)),
    "underline": lambda paper, c: paper._change(underline=bool(c.n % 48)),
    "invert": lambda paper, c: paper._change(invert=bool(c.n & 1)),
    "align": Paper._align,
    "font": lambda _paper, _command: 0,
    "smooth": lambda _paper, _command: 0,
    "upside-down": Paper._upside_down,
    "charset": lambda _paper, _command: 0,
    "spacing": Paper._spacing,
    "codepage": Paper._codepage,
    "feed-lines": Paper._feed_lines,
    "feed-dots": Paper._feed_dots,
    "raster": Paper._raster,
    "symbol": Paper._take_symbol,
}


def _draw_line(line: list[tuple[str, Style]], height: int) -> Image.Image:
    """Characters of one line, on the common base line at the bottom of their cells."""
    width = sum(CELL_WIDTH * style.width for _, style in line)
    strip = Image.new("L", (width, height), 255)
    left = 0
    for letter, style in line:
        cell = _cell(letter, style.bold, style.underline, style.invert)
        size = (CELL_WIDTH * style.width, CELL_HEIGHT * style.height)
        strip.paste(cell.resize(size, Image.Resampling.NEAREST), (left, height - size[1]))
        left += size[0]
    return strip


@functools.lru_cache(maxsize=1024)
def _cell(letter: str, bold: bool, underline: bool, invert: bool) -> Image.Image:
    cell = Image.new("L", (CELL_WIDTH, CELL_HEIGHT), 255)
    pen = ImageDraw.Draw(cell)
    pen.fontmode = "1"
    pen.text((0, CELL_HEIGHT - 6), letter, fill=0, font=_font(bold), anchor="ls")
    if underline:
        pen.line((0, CELL_HEIGHT - 1, CELL_WIDTH, CELL_HEIGHT - 1), fill=0)
    return cell.point([255 - value for value in range(256)]) if invert else cell


@functools.cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    weight = "Bold" if bold else "Regular"
    file = resources.files("fontpkg_ibm_plex_mono") / "files" / f"IBMPlexMono-{weight}.ttf"
    return ImageFont.truetype(io.BytesIO(file.read_bytes()), _FONT_PX)
