"""Test parts for the simulator's cable: a printer of few words, a server in a thread, a bare host."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from simulator import addresses
from simulator.device import NoReply, Setup, Stalled, Unplugged
from simulator.heartbeat import Heartbeat
from simulator.simclock import SimClock
from simulator.usbip.server import CableServer

T = TypeVar("T")

DEVICE = bytes.fromhex("12010002000000401fef0f18000101020301")
CONFIGURATION = bytes.fromhex("09022000010100c0000904000002070102000705010200020007058202000200")
VENDOR, PRODUCT = 0xEF1F, 0x180F
OUT, IN = 0x01, 0x82


class EchoPrinter:
    """Keeps what it is sent and says what it is told to; each habit is an attribute."""

    vendor_id, product_id = VENDOR, PRODUCT

    def __init__(self, busid: str = "1-1") -> None:
        self.busid = busid
        self.plugged = True
        self.connection = 0
        self.received = bytearray()
        self.answers: list[bytes] = []
        self.blocked = False
        self.busy_until = 0.0
        self.room: int | None = None
        self.unplug_at: int | None = None
        self.resets = 0
        self.ignored = 0

    def device_descriptor(self) -> bytes:
        return DEVICE

    def configuration_descriptor(self) -> bytes:
        return CONFIGURATION

    def control(self, setup: Setup, data: bytes, now: float) -> bytes:
        match (setup.request_type, setup.request):
            case (0x80, 6):
                whole = {1: DEVICE, 2: CONFIGURATION}.get(setup.value >> 8)
                if whole is None:
                    raise Stalled
                return whole[: setup.length]
            case (0x00, 9) | (0x02, 1):
                return b""
            case (0x23, 3):
                self.resets += 1
                return b""
            case (0xA1, 1):
                return b"\x18"
            case (0xA1, 7):
                self.ignored += 1
                raise NoReply
            case (0x41, 5):
                self.received += data
                return b""
        raise Stalled

    def bulk_out(self, endpoint: int, data: bytes, now: float) -> int | None:
        if endpoint != OUT or data.startswith(b"STALL"):
            raise Stalled
        if self.blocked or now < self.busy_until:
            return None
        if self.unplug_at is not None and len(self.received) + len(data) > self.unplug_at:
            self.received += data[: self.unplug_at - len(self.received)]
            self.plugged = False
            raise Unplugged
        taken = data if self.room is None else data[: self.room]
        self.received += taken
        if data.startswith(b"ECHO"):
            self.answers.append(bytes(data))
        return len(taken)

    def bulk_in(self, endpoint: int, size: int, now: float) -> bytes | None:
        if endpoint != IN:
            raise Stalled
        return self.answers.pop(0)[:size] if self.answers else None

    def next_due(self, now: float) -> float | None:
        return self.busy_until if now < self.busy_until else None

    def advance(self, now: float) -> None:
        pass


class ServerThread:
    """A cable server on its own loop in its own thread, as another process would have it."""

    def __init__(self, *devices: EchoPrinter, save: Callable[[], None] = lambda: None) -> None:
        self.loop = asyncio.new_event_loop()
        self.clock = SimClock()
        self.heartbeat = Heartbeat(devices, self.clock, save)
        self.cable = CableServer(devices, self.heartbeat)
        bound = addresses.bind(addresses.parse("127.0.0.1:0"))
        self.port = addresses.address_of(bound).port
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.cable.start(bound), self.loop).result(5)

    def call(self, act: Callable[[], T]) -> T:
        """Run `act` on the loop's thread, then let what is due happen, as the control API does."""
        done: Future[T] = Future()

        def run() -> None:
            result = act()
            self.heartbeat.beat()
            done.set_result(result)

        self.loop.call_soon_threadsafe(run)
        return done.result(5)

    def close(self) -> None:
        def end() -> None:
            self.cable.close()
            self.heartbeat.stop()
            self.loop.call_soon(self.loop.stop)

        self.loop.call_soon_threadsafe(end)
        self._thread.join(5)
        self.loop.close()


class BareHost:
    """A host that writes the protocol down by itself, so that it can also misbehave."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), 5)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._seq = 0

    def close(self) -> None:
        self.sock.close()

    def need(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            more = self.sock.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return bytes(data)

    def listing(self) -> list[str]:
        self.sock.sendall(struct.pack(">HHI", 0x0111, 0x8005, 0))
        _version, code, status, count = struct.unpack(">HHII", self.need(12))
        assert (code, status) == (0x0005, 0)
        busids = []
        for _ in range(count):
            record = self.need(312)
            busids.append(record[256:288].rstrip(b"\0").decode())
            self.need(4 * record[311])
        return busids

    def attach(self, busid: str = "1-1") -> int:
        self.submit_import(busid)
        return self.import_status()

    def submit_import(self, busid: str) -> None:
        self.sock.sendall(struct.pack(">HHI", 0x0111, 0x8003, 0) + busid.encode().ljust(32, b"\0"))

    def import_status(self) -> int:
        _version, code, status = struct.unpack(">HHI", self.need(8))
        assert code == 0x0003
        if status == 0:
            self.need(312)
        return int(status)

    def submit(self, endpoint: int, data: bytes = b"", size: int = 0, setup: bytes = b"") -> int:
        """Send one transfer; returns its sequence number."""
        self._seq += 1
        into = 1 if endpoint & 0x80 or (setup and setup[0] & 0x80) else 0
        length = size if into else len(data)
        head = struct.pack(">IIIII", 1, self._seq, 0x10002, into, endpoint & 0x0F)
        tail = struct.pack(">IiIII8s", 0, length, 0, 0xFFFFFFFF, 0, setup)
        self.sock.sendall(head + tail + (b"" if into else data))
        return self._seq

    def unlink(self, victim: int) -> int:
        self._seq += 1
        self.sock.sendall(struct.pack(">IIIIII24x", 2, self._seq, 0x10002, 0, 0, victim))
        return self._seq

    def reply(self, into: bool = False) -> tuple[int, int, int, int, bytes]:
        """(command, sequence number, status, actual length, data) of the next answer."""
        head = self.need(48)
        command, seq, _devid, _dir, _ep, status, actual = struct.unpack(">IIIIIii", head[:28])
        data = self.need(actual) if into and command == 3 and status == 0 else b""
        return command, seq, status, actual, data

    def control(self, kind: int, request: int, size: int = 0, data: bytes = b"") -> bytes:
        setup = struct.pack("<BBHHH", kind, request, 0, 0, size or len(data))
        seq = self.submit(0, data, size, setup)
        command, answered, status, _actual, answer = self.reply(into=bool(kind & 0x80))
        assert (command, answered, status) == (3, seq, 0)
        return answer

    def ended(self) -> bool:
        """Whether the connection was reset or closed: waits for it, up to the socket's deadline."""
        try:
            return self.sock.recv(1) == b""
        except ConnectionResetError:
            return True
