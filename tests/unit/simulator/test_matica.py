"""The device side of the Matica language by hand-made frames: what a host may say, and what then moves."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from simulator.bulkonly import FAILED, PASSED, Frames, Nonsense, Request
from simulator.device import NoReply, Setup, Stalled, Unplugged
from simulator.matica.body import MaticaBody
from simulator.office import Office

ROWS, COLS = 50, 80
SIZE = ROWS * COLS
RESET = Setup(0x21, 0xFF, 0, 0, 0)
LOAD = bytes.fromhex("3101010004")
LOAD_ON_OLD_FILM = bytes.fromhex("3101010000")
PRINT = bytes.fromhex("31080700")
FLIP, EJECT, RETURN = (bytes.fromhex(f"31{action}01") for action in ("0A", "09", "0D"))
REJECT = bytes.fromhex("310B010000000004")
SENSE, POSITION = bytes.fromhex("0300000014"), b"\x34"
READ = {0x03: 20, 0x12: 96, 0x34: 8, 0x4D: 52, 0x3C: 6}
Dots = NDArray[np.uint8]


class Host:
    """Writes the protocol down by itself."""

    def __init__(self, hopper: int = 3) -> None:
        row = {"name": "p", "device": "tiny-matica", "hopper": hopper}
        self.office = Office([row], lambda: datetime(2026, 1, 1, tzinfo=UTC))
        self.printer = self.office.printers["p"]
        self.now = 0.0
        self.tag = 100

    @property
    def body(self) -> MaticaBody:
        assert isinstance(self.printer.body, MaticaBody)
        return self.printer.body

    def frame(self, block: bytes, length: int = 0, into: bool = False) -> bytes:
        self.tag += 1
        size = 10 if block[0] in (0x31, 0x32, 0x34, 0x2A, 0x4D, 0x3C) else 6
        head = struct.pack("<4sIIBBB", b"USBC", self.tag, length, 0x80 * into, 0, size)
        return head + block.ljust(16, b"\0")

    def run(self, block: bytes, data: bytes = b"") -> tuple[int, bytes]:
        """One command with its data; (status, what was read)."""
        reads = 64 if block[0] == 0x1A else READ.get(block[0], 0)
        self.write(self.frame(block, len(data) or reads, bool(reads)))
        if data:
            self.write(data)
        self.now += 0.01
        first = self.read(reads or 13)
        if reads and first[:4] != b"USBS":
            return self.status(self.read(13)), first
        return self.status(first), b""

    def status(self, answer: bytes) -> int:
        sign, tag, _, status = struct.unpack("<4sIIB", answer)
        assert (sign, tag) == (b"USBS", self.tag)
        return int(status)

    def write(self, data: bytes) -> None:
        while data:
            taken = self.printer.bulk_out(2, data, self.now)
            assert taken
            data = data[taken:]

    def read(self, size: int) -> bytes:
        answer = self.printer.bulk_in(0x81, size, self.now)
        assert answer is not None
        return answer

    def sense(self) -> str:
        _, data = self.run(SENSE)
        return f"{data[2]:02X}{data[12]:02X}{data[13]:02X}"

    def wait(self, seconds: float = 100.0) -> None:
        end = self.now + seconds
        while (due := self.printer.next_due(self.now)) is not None and due <= end:
            self.now = due
            self.printer.advance(self.now)
        self.now = end
        self.office.advance(self.now)

    def send(self, picture: dict[int, Dots], buffer: int = 0) -> None:
        for number, dots in picture.items():
            block = bytes((0x2A, 0, number + 8 * buffer, 0, 0)) + struct.pack(">I", SIZE)
            assert self.run(block, dots.tobytes())[0] == PASSED

    def do(self, *blocks: bytes) -> None:
        for block in blocks:
            assert self.run(block)[0] == PASSED, block.hex()
            self.wait()

    def cards(self) -> list[dict[str, Any]]:
        cards: list[dict[str, Any]] = self.office.world_json()["cards"]
        return cards

    def seen(self, card: str, side: str = "front") -> Dots:
        picture = self.office.world.cards[card].sides[side]
        layers = {layer.letter: layer for layer in picture.layers}
        return np.frombuffer(layers["K"].plane, np.uint8)


def picture(seed: int) -> dict[int, Dots]:
    random = np.random.default_rng(seed)
    dyes = {n: random.integers(0, 256, SIZE, dtype=np.uint8) for n in (3, 2, 1)}
    return {**dyes, 0: np.where(random.random(SIZE) < 0.5, 255, 0).astype(np.uint8)}


def test_one_side_then_the_other() -> None:
    host = Host()
    front, back = picture(1), picture(2)
    host.do(LOAD)
    assert host.run(POSITION)[1] == bytes(8)
    host.send(front)
    host.do(PRINT)
    assert [layer.letter for layer in host.body.film] == ["B", "G", "R", "K"]
    assert host.cards()[0]["sides"]["front"]["png"] is None
    host.do(FLIP)
    host.send(back, buffer=1)
    host.do(bytes.fromhex("3108070001"), EJECT)
    card = host.cards()[0]
    assert card["place"] == "output"
    assert card["sides"]["front"]["printed"] == card["sides"]["back"]["printed"] == list("BGRK")
    assert np.array_equal(host.seen("1"), front[0])
    assert np.array_equal(host.seen("1", "back"), back[0])
    assert host.run(POSITION)[1][0] != 0
    assert host.sense() == "000000"


def test_the_picture_is_turned_back_and_composed() -> None:
    host = Host()
    dots = picture(3)
    host.do(LOAD)
    host.send(dots)
    host.do(PRINT, EJECT)
    png = host.office.world.picture("1", "front")
    assert png is not None
    got = np.asarray(Image.open(BytesIO(png)))
    wanted = 255 - np.stack([dots[n].reshape(ROWS, COLS) for n in (1, 2, 3)], axis=2)
    wanted[dots[0].reshape(ROWS, COLS) > 0] = 0
    assert np.array_equal(got, wanted[::-1, ::-1])


def test_a_picture_left_on_the_film_comes_onto_the_next_card_unless_it_is_wound_on() -> None:
    for load, layers in ((LOAD_ON_OLD_FILM, 8), (LOAD, 4)):
        host = Host()
        host.do(LOAD)
        host.send(picture(1))
        host.do(PRINT, REJECT)
        assert [card["place"] for card in host.cards()] == ["reject", "hopper", "hopper"]
        host.do(load)
        host.send(picture(2))
        host.do(PRINT, EJECT)
        assert len(host.office.world.cards["2"].sides["front"].layers) == layers


def test_the_film_outlives_the_power_and_the_buffers_do_not() -> None:
    host = Host()
    host.do(LOAD)
    host.send(picture(1))
    host.do(PRINT)
    kept = host.office.snapshot()
    other = Host(hopper=0)
    other.office.restore(kept, 0.0)
    assert len(other.body.film) == 4
    assert other.sense() == "062800"
    assert other.run(POSITION)[1] == bytes(8)
    assert other.run(PRINT)[0] == FAILED
    assert other.sense() == "052000"
    other.do(EJECT)
    assert np.array_equal(other.seen("1"), picture(1)[0])


def test_half_received_data_outlive_the_host() -> None:
    host = Host()
    host.do(LOAD)
    block = bytes((0x2A, 0, 3, 0, 0)) + struct.pack(">I", SIZE)
    host.write(host.frame(block, SIZE) + bytes(1000))
    host.printer.unplug()
    host.printer.replug()
    # The next host's frame is swallowed as a picture until somebody resets.
    host.write(host.frame(SENSE, 20, True))
    host.now += 1
    assert host.printer.bulk_in(0x81, 20, host.now) is None
    host.printer.control(RESET, b"", host.now)
    assert host.sense() == "000000"


def test_nonsense_stalls_until_a_reset() -> None:
    host = Host()
    with pytest.raises(Stalled):
        host.write(b"X" * 31)
    with pytest.raises(Stalled):
        host.write(host.frame(SENSE, 20, True))
    host.printer.control(RESET, b"", host.now)
    assert host.sense() == "000000"


def test_no_command_is_taken_before_the_status_is_fetched() -> None:
    host = Host()
    host.write(host.frame(SENSE, 20, True))
    assert host.printer.bulk_out(2, host.frame(POSITION, 8, True), host.now) is None


def test_a_movement_without_immediate_ends_with_its_status() -> None:
    host = Host()
    host.write(host.frame(bytes.fromhex("3101000004")))
    assert host.printer.bulk_in(0x81, 13, host.now) is None
    host.wait()
    assert host.status(host.read(13)) == PASSED
    assert host.body.inside


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("FF", "052000"),
        ("3120", "052600"),
        ("3109", "052600"),
        ("310B0000000000 05", "052600"),
        ("1A007700", "052000"),
        ("2C", "052000"),
        ("32", "052600"),
    ],
)
def test_refusals(block: str, code: str) -> None:
    host = Host()
    status, _ = host.run(bytes.fromhex(block))
    assert status == FAILED
    assert host.sense() == code
    assert host.sense() == "000000"


def test_a_second_load_and_a_panel_of_a_wrong_size_are_refused() -> None:
    host = Host()
    host.do(LOAD)
    assert host.run(LOAD)[0] == FAILED
    assert host.sense() == "052600"
    for block, data in (
        (bytes((0x2A, 0, 3, 0, 0)) + struct.pack(">I", 10), bytes(10)),
        (bytes((0x2A, 0, 5, 0, 0)) + struct.pack(">I", SIZE), bytes(SIZE)),
    ):
        assert host.run(block, data)[0] == FAILED
        assert host.sense() == "052000"


def test_state_is_told_by_sense() -> None:
    host = Host(hopper=1)
    assert host.run(b"\0")[0] == PASSED
    host.run(LOAD)
    host.wait(0.5)
    assert (host.sense(), host.run(b"\0")[0]) == ("02D300", FAILED)
    assert host.run(PRINT)[0] == FAILED
    host.wait()
    assert host.sense() == "02D000"
    host.send(picture(1))
    host.run(PRINT)
    host.wait(0.8)
    assert host.sense() == "02D400"
    host.wait()
    host.do(REJECT)
    assert (host.run(LOAD)[0], host.sense()) == (FAILED, "02D000")


@pytest.mark.parametrize(
    ("phase", "code"),
    [("pick", "039000"), ("G", "039300"), ("transfer", "039500"), ("eject", "039400")],
)
def test_a_jam_tells_where_and_is_told_until_it_is_cleared_and_once_more(
    phase: str, code: str
) -> None:
    host = Host()
    host.office.arm("p", {"fault": "jam", "phase": phase})
    for block in (LOAD, PRINT, EJECT):
        if block == PRINT and not host.body.jam:
            host.send(picture(1))
        host.run(block)
        host.wait()
    assert host.sense() == host.sense() == code
    assert host.run(REJECT)[0] == FAILED
    host.office.act("p", "clear-jam", None, host.now)
    assert (host.sense(), host.sense()) == (code, "000000")


def test_what_it_says_of_itself() -> None:
    host = Host()
    _, told = host.run(bytes.fromhex("1200000060"))
    assert (told[16:20], told[32:40]) == (b"TINY", b"SIM00001")
    _, page = host.run(bytes.fromhex("1A00680040"))
    assert (page[32:36], page[0x35]) == (struct.pack(">HH", COLS, ROWS), 0)
    _, counters = host.run(bytes.fromhex("4D0078000000000034"))
    assert counters[4:8] == bytes.fromhex("00000004")
    assert host.printer.control(Setup(0xA1, 0xFE, 0, 0, 1), b"", 0) == b"\0"
    for request in (0, 1):  # of the printer class
        with pytest.raises((Stalled, NoReply)):
            host.printer.control(Setup(0xA1, request, 0, 0, 8), b"", 0)
    whole = host.printer.configuration_descriptor()
    assert whole[14:17] == bytes((8, 6, 0x50))
    assert (whole[20], whole[27]) == (0x02, 0x81)


def test_a_byte_fault_strikes_behind_that_byte() -> None:
    host = Host()
    host.office.arm("p", {"fault": "unplug", "byte": 31 + 31 + 7})
    start = host.printer.receiver.parser.offset
    host.do(LOAD)
    with pytest.raises(Unplugged):
        host.send(picture(1))
    assert host.printer.receiver.parser.offset - start == 31 + 31 + 7


@pytest.mark.parametrize("step", [1, 7, 31, 5000])
def test_frames_in_any_portions(step: int) -> None:
    host = Host()
    stream = host.frame(SENSE, 20, True) + host.frame(bytes((0x2A,)), 300) + bytes(300)
    stream += host.frame(EJECT)
    frames = Frames()
    found = []
    for at in range(0, len(stream), step):
        found += list(frames.feed(stream[at : at + step]))
    assert [(e.frame.block[0], len(e.data)) for e in found if isinstance(e, Request)] == [
        (0x03, 0),
        (0x2A, 300),
        (0x31, 0),
    ]
    assert frames.idle and frames.offset == len(stream)


@pytest.mark.parametrize(
    "change", [(0, b"X"), (13, b"\1"), (14, b"\x10"), (12, b"\x01"), (8, b"\xff\xff\xff\xff")]
)
def test_31_bytes_that_are_no_frame(change: tuple[int, bytes]) -> None:
    frame = bytearray(Host().frame(SENSE, 20, True))
    frame[change[0] : change[0] + len(change[1])] = change[1]
    (event,) = Frames().feed(bytes(frame))
    assert isinstance(event, Nonsense)
    assert event.offset == 0
