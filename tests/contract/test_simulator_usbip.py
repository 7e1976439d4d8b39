"""The simulator's end of USB/IP, with a bare host and with the independent package `usbip`."""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator

import pytest
import usbip as peer
from usbip import host as peer_host

from tests.contract.cable_kit import IN, OUT, PRODUCT, VENDOR, BareHost, EchoPrinter, ServerThread

EPIPE, ECONNRESET = -errno.EPIPE, -errno.ECONNRESET
RET_SUBMIT, RET_UNLINK = 3, 4


@pytest.fixture
def printer() -> EchoPrinter:
    return EchoPrinter()


@pytest.fixture
def server(printer: EchoPrinter) -> Iterator[ServerThread]:
    server = ServerThread(printer, EchoPrinter("1-2"))
    yield server
    server.close()


@pytest.fixture
def host(server: ServerThread) -> Iterator[BareHost]:
    host = BareHost(server.port)
    assert host.attach() == 0
    yield host
    host.close()


def listing(server: ServerThread) -> list[str]:
    host = BareHost(server.port)
    try:
        return host.listing()
    finally:
        host.close()


def test_listing_and_unknown_bus(server: ServerThread) -> None:
    assert listing(server) == ["1-1", "1-2"]
    host = BareHost(server.port)
    assert host.attach("9-9") == 4
    assert host.ended()


def test_second_importer_is_refused_until_the_first_goes(
    server: ServerThread, host: BareHost
) -> None:
    second = BareHost(server.port)
    assert second.attach() == 2
    assert second.ended()
    assert listing(server) == ["1-1", "1-2"], "a device in use is listed all the same"
    host.close()
    third = BareHost(server.port)
    assert third.attach() == 0
    third.close()


def test_a_killed_host_comes_back_at_once(server: ServerThread, host: BareHost) -> None:
    """Its end and its new import reach the server in one round of the loop, the import first."""
    waiting = BareHost(server.port)
    assert listing(server), "the server has accepted it by now"

    def both_at_once() -> None:
        waiting.submit_import("1-1")
        host.close()

    server.call(both_at_once)
    assert waiting.import_status() == 0
    waiting.close()


def test_control_stall_and_reset(host: BareHost, printer: EchoPrinter) -> None:
    assert host.control(0xA1, 1, size=1) == b"\x18"
    host.control(0x41, 5, data=b"abc")
    host.control(0x23, 3)
    assert (bytes(printer.received), printer.resets) == (b"abc", 1)
    host.submit(0, size=8, setup=struct.pack("<BBHHH", 0xC0, 99, 0, 0, 8))
    assert host.reply()[2:4] == (EPIPE, 0)
    host.submit(OUT, b"STALL")
    assert host.reply()[2:4] == (EPIPE, 0)


def test_short_out_tells_what_was_taken(host: BareHost, printer: EchoPrinter) -> None:
    printer.room = 5
    seq = host.submit(OUT, b"0123456789")
    assert host.reply() == (RET_SUBMIT, seq, 0, 5, b"")
    assert bytes(printer.received) == b"01234"


def test_bytes_arrive_whole_or_one_at_a_time(host: BareHost, printer: EchoPrinter) -> None:
    """The server must not care where TCP cuts."""
    parts: list[bytes] = []
    sock = host.sock

    class Recorder:
        def sendall(self, data: bytes) -> None:
            parts.append(data)

    host.sock = Recorder()  # type: ignore[assignment]
    first, second = host.submit(OUT, b"hello"), host.submit(OUT, b" world")
    host.sock = sock
    for byte in b"".join(parts):
        sock.sendall(bytes([byte]))
    assert [host.reply()[1] for _ in range(2)] == [first, second]
    sock.sendall(b"".join(parts))
    assert [host.reply()[1] for _ in range(2)] == [first, second]
    whole = b"".join(parts)
    sock.sendall(whole[:70])  # the first message and a part of the second one's header
    assert host.reply()[1] == first
    sock.sendall(whole[70:])
    assert host.reply()[1] == second
    assert bytes(printer.received) == b"hello world" * 3


def test_transfers_larger_than_the_buffer(host: BareHost, printer: EchoPrinter) -> None:
    big = bytes(range(256)) * 12_000
    seq = host.submit(OUT, big)
    assert host.reply() == (RET_SUBMIT, seq, 0, len(big), b"")
    assert printer.received == big


def test_parked_in_is_answered_by_a_later_transfer(host: BareHost) -> None:
    waiting = host.submit(IN, size=64)
    asked = host.submit(OUT, b"ECHO 1")
    answers = {reply[1]: reply for reply in (host.reply(), host.reply(into=True))}
    assert answers[asked][2:4] == (0, 6)
    assert answers[waiting][4] == b"ECHO 1"


def test_parked_out_goes_on_when_the_printer_is_ready(
    server: ServerThread, host: BareHost, printer: EchoPrinter
) -> None:
    printer.busy_until = server.clock.now() + 0.03
    seq = host.submit(OUT, b"later")
    assert host.control(0xA1, 1, size=1) == b"\x18", "a parked OUT does not hold the control pipe"
    assert host.reply() == (RET_SUBMIT, seq, 0, 5, b"")
    assert server.clock.now() >= printer.busy_until


def test_parked_out_goes_on_after_an_act(
    server: ServerThread, host: BareHost, printer: EchoPrinter
) -> None:
    printer.blocked = True
    first, second = host.submit(OUT, b"one"), host.submit(OUT, b"two")
    host.control(0xA1, 1, size=1)

    def unblock() -> None:
        printer.blocked = False

    server.call(unblock)
    assert [host.reply()[1], host.reply()[1]] == [first, second]
    assert bytes(printer.received) == b"onetwo"


@pytest.mark.parametrize("pipe", [OUT, IN])
def test_unlink_of_a_parked_transfer(host: BareHost, printer: EchoPrinter, pipe: int) -> None:
    printer.blocked = True
    victim = host.submit(pipe, b"never" if pipe == OUT else b"", size=64)
    unlink = host.unlink(victim)
    assert host.reply()[:3] == (RET_UNLINK, unlink, ECONNRESET)
    printer.blocked = False
    after = host.submit(OUT, b"after")
    assert host.reply()[:2] == (RET_SUBMIT, after)
    assert bytes(printer.received) == b"after"


def test_unlink_too_late(host: BareHost) -> None:
    victim = host.submit(OUT, b"done")
    unlink = host.unlink(victim)
    assert host.reply()[:3] == (RET_SUBMIT, victim, 0)
    assert host.reply()[:3] == (RET_UNLINK, unlink, 0)


def test_no_reply_holds_the_control_pipe_until_unlinked(
    host: BareHost, printer: EchoPrinter
) -> None:
    mute = host.submit(0, size=1, setup=struct.pack("<BBHHH", 0xA1, 7, 0, 0, 1))
    behind = host.submit(0, size=1, setup=struct.pack("<BBHHH", 0xA1, 1, 0, 0, 1))
    unlink = host.unlink(mute)
    assert host.reply()[:3] == (RET_UNLINK, unlink, ECONNRESET)
    assert host.reply(into=True) == (RET_SUBMIT, behind, 0, 1, b"\x18")
    assert printer.ignored == 1, "a fault that is armed once must not be used up by repeating"


def test_unplugged_in_the_middle_of_a_bulk_out(
    server: ServerThread, host: BareHost, printer: EchoPrinter
) -> None:
    printer.unplug_at = 1500
    seq = host.submit(OUT, b"a" * 1000)
    host.submit(OUT, b"b" * 1000)
    assert host.reply() == (RET_SUBMIT, seq, 0, 1000, b""), "what was taken stays answered"
    assert host.ended()
    assert len(printer.received) == 1500
    assert listing(server) == ["1-2"]
    gone = BareHost(server.port)
    assert gone.attach() == 4


def test_unplug_by_hand_and_replug_under_the_same_name(
    server: ServerThread, host: BareHost, printer: EchoPrinter
) -> None:
    host.submit(IN, size=64)
    host.control(0xA1, 1, size=1)

    def plug(state: bool) -> None:
        printer.plugged = state

    server.call(lambda: plug(False))
    assert host.ended()
    server.call(lambda: plug(True))
    again = BareHost(server.port)
    assert again.attach() == 0
    assert again.control(0xA1, 1, size=1) == b"\x18"
    again.close()


def test_a_device_that_was_gone_for_a_moment_ends_the_session(
    server: ServerThread, host: BareHost, printer: EchoPrinter
) -> None:
    def restart() -> None:
        printer.connection += 1

    server.call(restart)
    assert host.ended()
    again = BareHost(server.port)
    assert again.attach() == 0
    again.close()


def test_other_printers_go_on(server: ServerThread, host: BareHost, printer: EchoPrinter) -> None:
    other = BareHost(server.port)
    assert other.attach("1-2") == 0
    printer.unplug_at = 0
    host.submit(OUT, b"x")
    assert host.ended()
    assert other.control(0xA1, 1, size=1) == b"\x18"
    other.close()


@pytest.mark.parametrize(
    "rubbish",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack(">HHI", 0x0200, 0x8005, 0),
        struct.pack(">HHI", 0x0111, 0x8003, 0) + b"1-1".ljust(32, b"\0") + b"\xff" * 48,
    ],
    ids=["http", "version", "command"],
)
def test_rubbish_ends_the_connection(server: ServerThread, rubbish: bytes) -> None:
    host = BareHost(server.port)
    host.sock.sendall(rubbish)
    with pytest.raises((EOFError, ConnectionResetError)):
        host.need(1000)
    assert listing(server) == ["1-1", "1-2"]


def test_the_world_is_saved_before_the_host_is_told(printer: EchoPrinter) -> None:
    seen: list[int] = []
    server = ServerThread(printer, save=lambda: seen.append(len(printer.received)))
    host = BareHost(server.port)
    host.attach()
    host.submit(OUT, b"card")
    host.reply()
    assert seen[-1] == 4
    host.close()
    server.close()


def test_the_independent_client_agrees(server: ServerThread, printer: EchoPrinter) -> None:
    cable = peer.USBIP("127.0.0.1", server.port)
    listed = peer_host.list_devices(cable)
    assert [(d["busid"], d["idVendor"], d["idProduct"]) for d in listed] == [
        ("1-1", VENDOR, PRODUCT),
        ("1-2", VENDOR, PRODUCT),
    ]
    with peer_host.open(VENDOR, PRODUCT, transport=cable) as handle:
        assert handle.device_descriptor.idVendor == VENDOR
        assert handle.control(0xA1, 1, 0, 0, 1) == b"\x18"
        assert handle.bulk_out(OUT, b"ECHO me") == 7
        assert handle.bulk_in(IN, 64) == b"ECHO me"
        with pytest.raises(peer.Stall):
            handle.bulk_out(OUT, b"STALL")
        handle.clear_halt(OUT)
        assert handle.bulk_out(OUT, b"x" * 700_000) == 700_000
    assert len(printer.received) == 700_007
