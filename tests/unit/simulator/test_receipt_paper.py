"""What lies on the paper: words, codes and dots, at the place and size that was asked for."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image, ImageOps

from simulator.receipt.paper import CELL_HEIGHT, CELL_WIDTH, LINE_DOTS, Paper, Slip
from simulator.receipt.parser import take


def printed(data: bytes, columns: int = 48) -> Slip:
    paper = Paper(columns)
    while data:
        command, size = take(data)
        assert command is not None
        paper.do(command)
        data = data[size:]
    return paper.take_off(cut=True)


def black(slip: Slip) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is black."""
    box = ImageOps.invert(slip.picture.convert("L")).getbbox()
    assert box is not None
    return box


def symbol(text: bytes, size: int = 6) -> bytes:
    """The five commands of a QR code, from the sheet's manuals."""
    store = len(text) + 3
    return (
        b"\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C" + bytes((size,)) + b"\x1d(k\x03\x001E1"
        b"\x1d(k" + store.to_bytes(2, "little") + b"1P0" + text + b"\x1d(k\x03\x001Q0"
    )


def test_text_lies_where_it_was_aligned() -> None:
    width = 48 * CELL_WIDTH
    boxes = [black(printed(b"\x1ba" + bytes((n,)) + b"MMM\n")) for n in (0, 1, 2)]
    assert boxes[0][0] < CELL_WIDTH
    assert boxes[2][2] > width - CELL_WIDTH
    middle = (boxes[1][0] + boxes[1][2]) / 2
    assert abs(middle - width / 2) < CELL_WIDTH


def test_sizes() -> None:
    plain = black(printed(b"M\n"))
    for command in (b"\x1d!\x11", b"\x1b!\x30"):
        left, top, right, bottom = black(printed(command + b"M\n"))
        assert right - left == 2 * (plain[2] - plain[0])
        assert bottom - top == 2 * (plain[3] - plain[1])


def test_bold_is_blacker_and_inverted_is_black() -> None:
    def ink(data: bytes) -> int:
        return printed(data).picture.convert("L").histogram()[0]

    assert ink(b"\x1bE\x01M\n") > ink(b"M\n")
    assert ink(b"\x1dB\x01M\n") == CELL_WIDTH * CELL_HEIGHT - ink(b"M\n")
    assert ink(b"\x1b-\x01M\n") > ink(b"M\n")


def test_a_long_line_goes_on_below() -> None:
    slip = printed(b"x" * 40 + b"\n", columns=32)
    assert slip.lines == ("x" * 32, "x" * 8)
    wide = printed(b"\x1d!\x10" + b"x" * 40 + b"\n", columns=32)
    assert wide.lines == ("x" * 16, "x" * 16, "x" * 8)


@pytest.mark.parametrize(
    ("table", "byte", "sign"), [(0, 0x82, "é"), (16, 0xE9, "é"), (19, 0xD5, "€"), (16, 0x80, "€")]
)
def test_code_pages(table: int, byte: int, sign: str) -> None:
    assert printed(b"\x1bt" + bytes((table, byte)) + b"\n").lines == (sign,)


def test_a_code_page_that_no_printer_has_is_told() -> None:
    assert printed(b"\x1bt\x63x\n").unknown == ("codepage 99",)


@pytest.mark.parametrize("columns", [48, 32])
@pytest.mark.parametrize("text", ["A", "K-000412", "x" * 64])
def test_a_qr_code_reads_back_from_the_picture(columns: int, text: str) -> None:
    slip = printed(b"atas\n\x1ba\x01" + symbol(text.encode()) + b"\nbawah\n", columns)
    assert slip.qr == (text,)
    with Image.open(io.BytesIO(slip.png())) as picture:
        assert [code.text for code in zxingcpp.read_barcodes(picture.convert("L"))] == [text]


def test_a_code_that_is_wider_than_the_paper_is_not_printed() -> None:
    slip = printed(symbol(b"x" * 64, size=16) + b"\n", columns=32)
    assert (slip.qr, slip.unknown) == ((), ("a code wider than the paper",))


def test_a_raster_picture_lies_there_dot_by_dot() -> None:
    rows = bytes((0b10000001, 0b11111111))
    slip = printed(b"\x1dv0\x00\x01\x00\x02\x00" + rows)
    dots = slip.picture.crop((0, 0, 9, 2)).convert("L").tobytes()
    assert dots == bytes((0, *[255] * 6, 0, 255, *[0] * 8, 255))
    assert slip.picture.height == 2
    double = printed(b"\x1dv0\x03\x01\x00\x02\x00" + rows)
    assert black(double) == (0, 0, 16, 4)


def test_feeding_moves_paper_and_prints_what_waits() -> None:
    slip = printed(b"a\x1bd\x02\x1bJ\x07")
    assert slip.lines == ("a",)
    assert slip.picture.height == 3 * LINE_DOTS + 7
    assert printed(b"\x1b3\x40a\n").picture.height == 0x40


def test_what_nobody_knows_is_told() -> None:
    assert printed(b"\x1bz\x1b{\x01a\n").unknown == ("unknown 1b7a", "upside-down text")
