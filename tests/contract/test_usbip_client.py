"""Our USB/IP client through the whole stack (port, pyusb, backend) against two device sides.

One is the PyPI package `usbip`, which nobody here wrote; the other is the simulator's server. What
the first cannot do (hold an OUT back, refuse a second importer, pull the cable) is asked of the
second only.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import usb.core
import usb.util
import usbip
from usbip import protocol

from drivers.contract import DeviceBusy, DeviceGone, TransferStalled, TransferTimeout
from drivers.transports import Port, open_port
from drivers.transports.usbip import UsbipBackend
from tests.contract.cable_kit import EchoPrinter, ServerThread

SHORT_S = 0.02
DEVICE_ID = "MFG:Acme;MDL:Oracle;SN:77;"


class Cable(usbip.Transport):  # type: ignore[misc]
    """The package's own protocol code on a port of its own, with connections that can be cut."""

    def __init__(self, port: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self._device: usbip.USBDevice | None = None
        self._connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept)

    def serve(self, dev: usbip.USBDevice) -> None:
        self._device = dev
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections.append(connection)
            arguments = (connection, [self._device])
            threading.Thread(target=protocol.serve_connection, args=arguments, daemon=True).start()

    def cut(self) -> None:
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def stop(self, dev: usbip.USBDevice | None = None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        self.cut()


class Printer(usbip.Interface):  # type: ignore[misc]
    """A bidirectional printer interface that keeps what it is sent and stalls on `STALL`."""

    bInterfaceClass, bInterfaceSubClass, bInterfaceProtocol = 7, 1, 2
    out = usbip.Out(0x01, mps=512)
    into = usbip.In(0x82, mps=512)

    def __init__(self) -> None:
        super().__init__()
        self.received = bytearray()
        self.asked: list[tuple[int, int, int]] = []

    def on_control(self, setup: usbip.Setup, data: bytes = b"") -> bytes:
        self.asked.append((setup.bmRequestType, setup.bRequest, setup.wIndex))
        answers = {
            (0xA1, 0): (len(DEVICE_ID) + 2).to_bytes(2, "big") + DEVICE_ID.encode(),
            (0xA1, 1): b"\x18",
            (0x21, 2): b"",
        }
        try:
            return answers[setup.bmRequestType, setup.bRequest]
        except KeyError:
            raise usbip.Stall from None

    def on_out(self, ep: usbip.Endpoint, data: bytes) -> None:
        if data.startswith(b"STALL"):
            ep.stall()
            raise usbip.Stall
        self.received += data


class Oracle:
    """The independent package's device, plugged in."""

    def __init__(self, port: int = 0) -> None:
        self.printer = Printer()
        device = usbip.USBDevice(
            0x0C1F, 0x1800, product="Oracle", manufacturer="Acme", serial="S-77"
        )
        device.set_speed(usbip.SPEED_HIGH)
        device.add(self.printer)
        device.set_busid("1-1")
        self.cable = Cable(port)
        device.plug(self.cable)
        self.uri = f"usbip://127.0.0.1:{self.cable.port}/1-1"


@pytest.fixture
def oracle() -> Iterator[Oracle]:
    oracle = Oracle()
    yield oracle
    oracle.cable.stop()


@pytest.fixture
def port(oracle: Oracle) -> Iterator[Port]:
    port = open_port(oracle.uri)
    yield port
    port.close()


# --------------------------------------------------------------------------- the PyPI package
def test_descriptors(oracle: Oracle) -> None:
    backend = UsbipBackend("127.0.0.1", oracle.cable.port, "1-1")
    device = usb.core.find(backend=backend)
    assert (device.idVendor, device.idProduct, device.bcdUSB) == (0x0C1F, 0x1800, 0x0200)
    assert (device.manufacturer, device.product, device.serial_number) == ("Acme", "Oracle", "S-77")
    assert (device.bMaxPacketSize0, device.speed) == (64, usb.util.SPEED_HIGH)
    (setting,) = device[0]
    assert (setting.bInterfaceClass, setting.bInterfaceProtocol) == (7, 2)
    assert [(e.bEndpointAddress, e.wMaxPacketSize) for e in setting] == [(0x01, 512), (0x82, 512)]
    usb.util.dispose_resources(device)


def test_control(oracle: Oracle, port: Port) -> None:
    assert port.usb_ids == (0x0C1F, 0x1800)
    assert port.usb_serial() == "S-77"
    assert port.device_id() == DEVICE_ID
    assert port.port_status() == 0x18
    port.soft_reset()
    assert oracle.printer.asked == [(0xA1, 0, 0), (0xA1, 1, 0), (0x21, 2, 0)]


def test_bulk_out_whole_and_in_parts(oracle: Oracle, port: Port) -> None:
    data = bytes(range(256)) * 4097  # more than four of the backend's own transfers
    assert port.write(data, 5) == len(data)
    assert port.write(b"", 5) == 0
    assert port.write(b"x", 5) == 1
    assert oracle.printer.received == data + b"x"


def test_bulk_in(oracle: Oracle, port: Port) -> None:
    oracle.printer.into.write(b"ready")
    assert port.read(512, 5) == b"ready"
    oracle.printer.into.write(bytes(range(200)))
    assert port.read(64, 5) + port.read(512, 5) == bytes(range(200))  # nothing is cut off


def test_an_empty_transfer_is_not_a_timeout(oracle: Oracle, port: Port) -> None:
    oracle.printer.into.write(b"")
    assert port.read(64, 5) == b""
    started = time.monotonic()
    with pytest.raises(TransferTimeout) as error:
        port.read(64, SHORT_S)
    assert SHORT_S <= time.monotonic() - started < 1
    assert error.value.accepted == 0
    oracle.printer.into.write(b"late")
    assert port.read(64, 5) == b"late"  # the transfer that was taken back took no bytes with it


def test_stall(oracle: Oracle, port: Port) -> None:
    with pytest.raises(TransferStalled):
        port.write(b"STALL", 5)
    assert not oracle.printer.out.halted  # cleared for the next one
    assert port.write(b"next", 5) == 4
    oracle.printer.into.stall()
    with pytest.raises(TransferStalled):
        port.read(64, 5)
    oracle.printer.into.write(b"on")
    assert port.read(64, 5) == b"on"


def test_loss_is_for_ever_and_a_new_port_works(oracle: Oracle, port: Port) -> None:
    oracle.cable.cut()
    calls = [
        lambda: port.write(b"x", 5),
        lambda: port.read(64, 5),
        lambda: port.port_status(),
        lambda: port.device_id(),
        lambda: port.usb_serial(),
        lambda: port.soft_reset(),
    ]
    for call in calls:
        with pytest.raises(DeviceGone):
            call()  # type: ignore[no-untyped-call]
    port.close()
    port.close()
    again = open_port(oracle.uri)
    assert again.port_status() == 0x18
    again.close()
    with pytest.raises(DeviceGone):
        again.port_status()


def test_server_restarted_on_its_port(oracle: Oracle, port: Port) -> None:
    oracle.cable.stop()
    with pytest.raises(DeviceGone):
        port.port_status()
    port.close()
    with pytest.raises(DeviceGone, match="no server"):
        open_port(oracle.uri)
    oracle.cable = Oracle(oracle.cable.port).cable
    again = open_port(oracle.uri)
    assert again.port_status() == 0x18
    again.close()


def test_unknown_bus(oracle: Oracle) -> None:
    with pytest.raises(DeviceGone, match="exports no 9-9"):
        open_port(oracle.uri.replace("1-1", "9-9"))


# --------------------------------------------------------------------------- the simulator's server
@pytest.fixture
def echo() -> EchoPrinter:
    return EchoPrinter()


@pytest.fixture
def server(echo: EchoPrinter) -> Iterator[ServerThread]:
    server = ServerThread(echo)
    yield server
    server.close()


@pytest.fixture
def uri(server: ServerThread) -> str:
    return f"usbip://127.0.0.1:{server.port}/1-1"


@pytest.fixture
def held(uri: str) -> Iterator[Port]:
    port = open_port(uri)
    yield port
    port.close()


def test_simulator_talks(echo: EchoPrinter, held: Port) -> None:
    assert held.port_status() == 0x18
    assert held.write(b"ECHO" + bytes(1_000_000), 5) == 1_000_004
    assert held.read(512, 5)[:4] == b"ECHO"
    with pytest.raises(TransferStalled):
        held.write(b"STALL", 5)


def test_out_held_back(echo: EchoPrinter, held: Port) -> None:
    echo.blocked = True
    with pytest.raises(TransferTimeout) as error:
        held.write(b"waiting", SHORT_S)
    assert error.value.accepted == 0
    echo.blocked = False
    assert held.write(b"waiting", 5) == 7
    assert echo.received == b"waiting"


def test_out_held_back_after_a_part(
    echo: EchoPrinter, held: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of two transfers of one write is taken: its bytes are known in spite of the time-out."""
    monkeypatch.setattr("drivers.transports.usbip.URB_BYTES", 1000)
    take = echo.bulk_out
    monkeypatch.setattr(
        echo, "bulk_out", lambda *args: None if len(echo.received) >= 2000 else take(*args)
    )
    with pytest.raises(TransferTimeout) as error:
        held.write(bytes(2500), 4 * SHORT_S)
    assert error.value.accepted == 2000 == len(echo.received)


def test_short_out_is_told(echo: EchoPrinter, held: Port) -> None:
    echo.room = 5
    assert held.write(b"0123456789", 5) == 5


def test_no_reply(held: Port) -> None:
    """An unanswered control transfer is taken back, and the pipe is free for the next one."""
    backend_error = usb.core.USBTimeoutError
    device = held._device  # type: ignore[attr-defined]
    with pytest.raises(backend_error) as error:
        device.ctrl_transfer(0xA1, 7, 0, 0, 1, 20)
    assert error.value.errno == 110
    assert held.port_status() == 0x18


def test_one_importer_and_a_listing_holds_nothing(server: ServerThread, uri: str) -> None:
    backend = UsbipBackend("127.0.0.1", server.port)
    listed = usb.core.find(backend=backend, idVendor=EchoPrinter.vendor_id)
    assert listed.idProduct == EchoPrinter.product_id
    port = open_port(uri)
    with pytest.raises(DeviceBusy):
        open_port(uri)
    assert usb.core.find(backend=backend) is not None
    assert port.port_status() == 0x18
    port.close()
    again = open_port(uri)
    again.close()


def test_unplugged_within_a_write(server: ServerThread, echo: EchoPrinter, uri: str) -> None:
    port = open_port(uri)
    assert port.write(bytes(1000), 5) == 1000
    echo.unplug_at = 1500
    for _ in range(2):
        with pytest.raises(DeviceGone):
            port.write(bytes(1000), 5)
    assert len(echo.received) == 1500  # of which the host can only know 1000
    with pytest.raises(DeviceGone, match="exports no"):
        open_port(uri)
    echo.unplug_at = None
    server.call(lambda: setattr(echo, "plugged", True))
    with pytest.raises(DeviceGone):
        port.port_status()  # the old port stays lost
    port.close()
    again = open_port(uri)
    assert again.port_status() == 0x18
    again.close()


def test_reset(echo: EchoPrinter, server: ServerThread) -> None:
    device = usb.core.find(backend=UsbipBackend("127.0.0.1", server.port, "1-1"))
    device.reset()
    assert echo.resets == 1
