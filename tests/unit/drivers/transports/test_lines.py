"""Serial lines (on a pseudo-terminal) and TCP, the host's side: bytes, deadlines and the ways to be lost."""

from __future__ import annotations

import os
import socket
import tty
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from drivers import (
    DeviceBusy,
    DeviceGone,
    Port,
    TransferStalled,
    TransferTimeout,
    TransportError,
    WrongDevice,
    attach,
    model,
    open_port,
    parse_address,
)
from drivers.transports.address import (
    SERIAL_FORM,
    TCP_FORM,
    SerialAddress,
    TcpAddress,
)
from drivers.transports.port import NO_USB, is_usb
from tests.unit.drivers.memory_port import Time

SHORT_S = 0.01


@dataclass
class Line:
    """A port and the printer's end of its line."""

    port: Port
    far: int
    name: str

    def hear(self) -> bytes:
        return os.read(self.far, 65536)

    def say(self, data: bytes) -> None:
        os.write(self.far, data)


@pytest.fixture(params=["serial", "tcp"])
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    if request.param == "serial":
        far, near = os.openpty()
        tty.setraw(near)
        uri = f"serial://{os.ttyname(near)}?baud=115200"
        os.close(near)
    else:
        server = socket.create_server(("127.0.0.1", 0))
        uri = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    port = open_port(uri)
    if request.param == "tcp":
        connection, _ = server.accept()
        server.close()
        far = connection.detach()
    line = Line(port, far, uri)
    yield line
    port.close()
    if line.far >= 0:
        os.close(line.far)


def lose(line: Line) -> None:
    os.close(line.far)
    line.far = -1


def test_bytes_go_both_ways_unchanged(line: Line) -> None:
    every = bytes(range(256))
    assert line.port.write(every, 1.0) == 256
    assert line.hear() == every
    line.say(every)
    assert line.port.read(256, 1.0) == every


def test_a_read_takes_no_more_than_it_asks_for(line: Line) -> None:
    line.say(b"abcdef")
    assert line.port.read(4, 1.0) == b"abcd"
    assert line.port.read(4, 1.0) == b"ef"


def test_silence_ends_at_the_deadline(line: Line) -> None:
    with pytest.raises(TransferTimeout):
        line.port.read(1, SHORT_S)


def test_a_full_line_takes_a_part_and_then_nothing(line: Line) -> None:
    block = b"x" * 65536
    taken = 0
    with pytest.raises(TransferTimeout) as late:
        for _ in range(1000):
            taken += line.port.write(block, SHORT_S)
    assert 0 < taken < 1000 * len(block)
    assert isinstance(late.value, TransferTimeout) and late.value.accepted == 0
    heard = 0
    while heard < taken:
        heard += len(line.hear())
    assert line.port.write(block, 1.0) > 0


def test_a_lost_line_stays_lost(line: Line) -> None:
    lose(line)
    with pytest.raises(DeviceGone):
        line.port.read(1, 1.0)
    with pytest.raises(DeviceGone):
        line.port.write(b"x", 1.0)


def test_a_line_has_no_class_requests(line: Line) -> None:
    assert line.port.usb_ids == NO_USB and not is_usb(line.port)
    assert (line.port.usb_serial(), line.port.device_id()) == (None, "")
    with pytest.raises(TransferStalled):
        line.port.port_status()
    with pytest.raises(TransferStalled):
        line.port.soft_reset()


def test_a_closed_port_is_gone_and_may_be_closed_again(line: Line) -> None:
    line.port.close()
    line.port.close()
    with pytest.raises(DeviceGone, match="closed"):
        line.port.read(1, SHORT_S)


def test_a_family_without_lines_refuses_one(line: Line) -> None:
    with pytest.raises(WrongDevice, match="tango2e"):
        attach(line.port, model("tango2e"), Time(), 0)


def test_a_serial_line_is_held_by_one_program() -> None:
    far, near = os.openpty()
    try:
        uri = f"serial://{os.ttyname(near)}"
        first = open_port(uri)
        with pytest.raises(DeviceBusy):
            open_port(uri)
        first.close()
        open_port(uri).close()
    finally:
        os.close(near)
        os.close(far)


@pytest.mark.parametrize(
    ("uri", "error"),
    [("serial:///dev/no-such-line", DeviceGone), ("serial:///dev/null", TransportError)],
)
def test_what_is_no_line(uri: str, error: type[TransportError]) -> None:
    with pytest.raises(error):
        open_port(uri)


def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(DeviceGone):
        open_port(f"tcp://127.0.0.1:{port}")


# ---------------------------------------------------------------------- addresses
@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("serial:///dev/ttyUSB0", SerialAddress("/dev/ttyUSB0")),
        ("serial:///dev/pts/3?baud=115200", SerialAddress("/dev/pts/3", 115200)),
        (
            "serial:///dev/serial/by-id/x_1-if00?baud=9600&flow=rtscts",
            SerialAddress("/dev/serial/by-id/x_1-if00", 9600, True),
        ),
        ("tcp://127.0.0.1:9100", TcpAddress("127.0.0.1", 9100)),
        ("tcp://[::1]:9100", TcpAddress("::1", 9100)),
        ("tcp://printer.office.example:1", TcpAddress("printer.office.example", 1)),
    ],
)
def test_addresses(uri: str, address: SerialAddress | TcpAddress) -> None:
    assert parse_address(uri) == address


@pytest.mark.parametrize(
    ("uri", "form"),
    [
        ("serial://", SERIAL_FORM),
        ("serial://ttyUSB0", SERIAL_FORM),
        ("serial:///dev/../etc/passwd", SERIAL_FORM),
        ("serial:///dev/ttyS0?baud=", SERIAL_FORM),
        ("serial:///dev/ttyS0?baud=12345", SERIAL_FORM),
        ("serial:///dev/ttyS0?speed=9600", SERIAL_FORM),
        ("serial:///dev/ttyS0?flow=xonxoff", SERIAL_FORM),
        ("tcp://127.0.0.1", TCP_FORM),
        ("tcp://127.0.0.1:0", TCP_FORM),
        ("tcp://127.0.0.1:65536", TCP_FORM),
        ("tcp://:9100", TCP_FORM),
        ("tcp://host:9100/path", TCP_FORM),
        ("socket://host:9100", TCP_FORM),
    ],
)
def test_refused_addresses(uri: str, form: str) -> None:
    with pytest.raises(ValueError) as refusal:
        open_port(uri)
    text = str(refusal.value)
    assert repr(uri) in text and form in text and "\n" not in text
