"""The link against a scripted server: what is known of a transfer when time-outs and losses cross it."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest
from usb.core import USBError

from drivers.transports import usbip_link
from drivers.transports.usbip_link import Completion, Link
from drivers.transports.usbip_wire import Exported, Urb

EXPORTED = Exported("1-1", 1, 2, 3, 0x0C1F, 0x1800, 0x100, (0, 0, 0), 1, 1)
OUT = Urb(0x01, False, 10, b"0123456789")
IN = Urb(0x81, True, 64)
SHORT_S = 0.01


class Server:
    """The other end: reads commands one by one, answers as the script says."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def command(self) -> tuple[int, int, int]:
        """(command, sequence number, unlinked sequence number or 0) of the next command."""
        head = self._need(48)
        command, seq, _devid, into, _endpoint, flags, length = struct.unpack_from(">7I", head)
        if command == 1 and not into:
            self._need(length)
        return command, seq, flags if command == 2 else 0

    def submitted(self, seq: int, actual: int, data: bytes = b"", status: int = 0) -> None:
        self.sock.sendall(struct.pack(">5I2i20x", 3, seq, 0, 0, 0, status, actual) + data)

    def unlinked(self, seq: int, status: int) -> None:
        self.sock.sendall(struct.pack(">5Ii24x", 4, seq, 0, 0, 0, status))

    def _need(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.sock.recv(size - len(data))
            assert more, "the client closed"
            data += more
        return data


Script = Callable[[Server], None]
Scripted = Callable[[Script], Link]


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A link whose server runs the script in a thread; the script's own failure fails the test."""
    ends: list[tuple[socket.socket, threading.Thread, Future[None]]] = []

    def start(script: Script) -> Link:
        ours, theirs = socket.socketpair()
        theirs.settimeout(5)
        done: Future[None] = Future()

        def run() -> None:
            try:
                script(Server(theirs))
                done.set_result(None)
            except BaseException as error:  # noqa: BLE001  (handed to the test's own thread)
                done.set_exception(error)
                theirs.shutdown(socket.SHUT_RDWR)  # the test must not wait for a dead server

        thread = threading.Thread(target=run)
        thread.start()
        ends.append((theirs, thread, done))
        return Link(ours, EXPORTED)

    yield start
    for theirs, thread, done in ends:
        thread.join(5)
        theirs.close()
        done.result(0)


def unlink_of(server: Server) -> tuple[int, int]:
    """Read a transfer and the UNLINK that follows it; returns both sequence numbers."""
    command, seq, _ = server.command()
    assert command == 1
    command, unlink_seq, victim = server.command()
    assert (command, victim) == (2, seq)
    return seq, unlink_seq


def assert_lost(link: Link) -> None:
    """ENODEV for ever, without a byte to anybody."""
    for _ in range(2):
        with pytest.raises(USBError) as error:
            link.submit(IN, SHORT_S)
        assert error.value.errno == 19
    assert not link.open


def test_bytes_one_at_a_time(scripted: Scripted) -> None:
    def script(server: Server) -> None:
        _, seq, _ = server.command()
        for byte in struct.pack(">5I2i20x", 3, seq, 0, 0, 0, 0, 5) + b"hello":
            server.sock.sendall(bytes([byte]))

    assert scripted(script).submit(IN, 5) == Completion(0, 5, b"hello")


@pytest.mark.parametrize("status", [-104, 0])
def test_taken_back_by_unlink(scripted: Scripted, status: int) -> None:
    """-104 is how Linux says that it hit; the PyPI server says 0 always and sends nothing more."""

    def script(server: Server) -> None:
        _, unlink_seq = unlink_of(server)
        server.unlinked(unlink_seq, status)
        _, seq, _ = server.command()
        server.submitted(seq, 10)

    link = scripted(script)
    assert link.submit(OUT, SHORT_S) == Completion(-104, 0, timed_out=True)
    assert link.submit(OUT, 5) == Completion(0, 10)


@pytest.mark.parametrize("actual", [10, 4])
def test_completed_before_the_unlink_arrived(scripted: Scripted, actual: int) -> None:
    def script(server: Server) -> None:
        seq, unlink_seq = unlink_of(server)
        server.submitted(seq, actual)
        server.unlinked(unlink_seq, 0)

    assert scripted(script).submit(OUT, SHORT_S) == Completion(0, actual)


def test_completed_and_told_after_the_unlink_reply(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(server: Server) -> None:
        seq, unlink_seq = unlink_of(server)
        server.unlinked(unlink_seq, 0)
        server.submitted(seq, 5, b"hello")

    monkeypatch.setattr(usbip_link, "LATE_COMPLETION_S", 5)
    assert scripted(script).submit(IN, SHORT_S) == Completion(0, 5, b"hello")


def test_taken_back_with_a_part_moved(scripted: Scripted) -> None:
    """A server that can tell how far a cancelled transfer came says so in its RET_SUBMIT."""

    def script(server: Server) -> None:
        seq, unlink_seq = unlink_of(server)
        server.submitted(seq, 7, status=-104)
        server.unlinked(unlink_seq, 0)

    assert scripted(script).submit(OUT, SHORT_S) == Completion(-104, 7, timed_out=True)


def test_reply_cut_by_the_deadline_is_not_forgotten(scripted: Scripted) -> None:
    def script(server: Server) -> None:
        _, seq, _ = server.command()
        reply = struct.pack(">5I2i20x", 3, seq, 0, 0, 0, 0, 5) + b"hello"
        server.sock.sendall(reply[:30])
        command, unlink_seq, victim = server.command()
        assert (command, victim) == (2, seq)
        server.sock.sendall(reply[30:])
        server.unlinked(unlink_seq, 0)

    assert scripted(script).submit(IN, SHORT_S) == Completion(0, 5, b"hello")


def test_completion_after_all_was_said_ends_the_link(scripted: Scripted) -> None:
    """It would mean that bytes moved of which the caller was told that they did not."""

    def script(server: Server) -> None:
        seq, unlink_seq = unlink_of(server)
        server.unlinked(unlink_seq, -104)
        server.command()
        server.submitted(seq, 10)

    link = scripted(script)
    assert link.submit(OUT, SHORT_S).timed_out
    with pytest.raises(USBError, match="reply to transfer 1 where 3 is open") as error:
        link.submit(OUT, 5)
    assert error.value.errno == 19
    assert_lost(link)


def test_unlink_without_an_answer(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    def script(server: Server) -> None:
        unlink_of(server)

    monkeypatch.setattr(usbip_link, "UNLINK_TIMEOUT_S", SHORT_S)
    link = scripted(script)
    with pytest.raises(USBError, match="does not answer an UNLINK") as error:
        link.submit(OUT, SHORT_S)
    assert error.value.errno == 19
    assert_lost(link)


def test_connection_closed_within_a_transfer(scripted: Scripted) -> None:
    def script(server: Server) -> None:
        server.command()
        server.sock.close()

    link = scripted(script)
    with pytest.raises(USBError) as error:
        link.submit(OUT, 5)
    assert error.value.errno == 19
    assert_lost(link)


@pytest.mark.parametrize("status", [-19, -108])
def test_unplugged(scripted: Scripted, status: int) -> None:
    def script(server: Server) -> None:
        server.submitted(server.command()[1], 0, status=status)

    link = scripted(script)
    with pytest.raises(USBError, match="unplugged"):
        link.submit(OUT, 5)
    assert_lost(link)


@pytest.mark.parametrize("status", [-32, -71, -75])
def test_other_failures_leave_the_link_open(scripted: Scripted, status: int) -> None:
    def script(server: Server) -> None:
        server.submitted(server.command()[1], 3, status=status)
        server.submitted(server.command()[1], 10)

    link = scripted(script)
    assert link.submit(OUT, 5) == Completion(status, 3)
    assert link.submit(OUT, 5) == Completion(0, 10)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(struct.pack(">5I2i20x", 9, 1, 0, 0, 0, 0, 0), id="no reply"),
        pytest.param(struct.pack(">5I2i20x", 3, 2, 0, 0, 0, 0, 0), id="of another transfer"),
        pytest.param(struct.pack(">5I2i20x", 3, 1, 0, 0, 0, 0, 11), id="more than asked"),
        pytest.param(struct.pack(">5I2i20x", 3, 1, 0, 0, 0, 0, -1), id="less than nothing"),
        pytest.param(struct.pack(">5I2i20x", 4, 1, 0, 0, 0, 0, 0), id="unlink never sent"),
    ],
)
def test_nonsense_ends_the_link(scripted: Scripted, reply: bytes) -> None:
    def script(server: Server) -> None:
        server.command()
        server.sock.sendall(reply)

    link = scripted(script)
    with pytest.raises(USBError) as error:
        link.submit(OUT, 5)
    assert error.value.errno == 19
    assert_lost(link)


def test_close_ends_a_wait_in_another_thread(scripted: Scripted) -> None:
    def script(server: Server) -> None:
        server.command()
        link.close()

    link = scripted(script)
    with pytest.raises(USBError) as error:
        link.submit(IN, None)
    assert error.value.errno == 19
    assert_lost(link)
