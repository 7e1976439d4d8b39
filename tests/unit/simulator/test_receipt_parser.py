"""ESC/POS as the simulated printer hears it: each command whole, cut short, and with a tail."""

from __future__ import annotations

import pytest

from simulator.receipt.parser import MAX_RASTER, Command, take, whole

COMMANDS: list[tuple[bytes, Command]] = [
    (b"halo", Command("text", b"halo")),
    (b"\n", Command("line")),
    (b"\x1b@", Command("init")),
    (b"\x1bE\x01", Command("bold", b"\x01")),
    (b"\x1ba\x02", Command("align", b"\x02")),
    (b"\x1d!\x11", Command("size", b"\x11")),
    (b"\x1bt\x10", Command("codepage", b"\x10")),
    (b"\x1bd\x06", Command("feed-lines", b"\x06")),
    (b"\x1dV\x00", Command("cut", b"\x00")),
    (b"\x1dVB\x03", Command("cut", b"B\x03")),
    (b"\x1dr\x01", Command("ask", b"\x01")),
    (b"\x1da\x0f", Command("asb", b"\x0f")),
    (b"\x10\x04\x01", Command("real-time", b"\x01")),
    (b"\x1d(k\x04\x001P0A", Command("symbol", b"1P0A")),
    (b"\x1d(E\x02\x00ab", Command("unknown", b"ab")),
    (b"\x1dv0\x00\x02\x00\x02\x00abcd", Command("raster", b"\x00\x02\x00\x02\x00abcd")),
    (b"\x1bz", Command("unknown", b"\x1bz")),
    (b"\x00", Command("nothing")),
]
ENDLESS = b"\x1dv0\x00" + b"\xff\xff\xff\xff"


@pytest.mark.parametrize(("data", "command"), COMMANDS, ids=lambda x: getattr(x, "name", ""))
def test_each_command(data: bytes, command: Command) -> None:
    assert take(data) == (command, len(data))
    assert take(data + b"\n") == (command, len(data))
    assert whole(data + b"\n" + data)
    if command.name != "text":
        for end in range(len(data)):
            assert take(data[:end]) == (None, 0)
            assert whole(data[:end]) is (end == 0)


def test_a_picture_larger_than_any_paper_is_no_picture() -> None:
    command, size = take(ENDLESS)
    assert command is not None and (command.name, size) == ("unknown", 8)
    assert MAX_RASTER < 0xFFFF * 0xFFFF
