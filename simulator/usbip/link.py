"""One USB/IP connection: moves transfers between its socket and its `UsbDevice`; knows no language.

A transfer that the device NAKs is parked, IN or OUT, and tried again whenever something may have
changed. The connection ends with the session of its device.
"""

from __future__ import annotations

import asyncio
import logging
import select
import socket
import struct
from collections import deque
from enum import Enum
from typing import Protocol

from simulator.device import NoReply, Stalled, Unplugged, UsbDevice
from simulator.heartbeat import Heartbeat
from simulator.usbip import wire

log = logging.getLogger(__name__)

# One recv takes what fits: 256 KiB holds three of the usual 64 KiB transfers and grows when needed.
BUFFER_SIZE = 256 << 10
# Bytes of OUT transfers that one host may have parked: four of the largest.
MAX_PARKED = 4 * wire.MAX_TRANSFER
# SO_LINGER on, 0 s: close() sends RST and forgets unsent bytes, as a pulled cable does.
LINGER_RESET = struct.pack("ii", 1, 0)
# POLLRDHUP shows the end of the peer behind bytes that are still unread; Linux only.
HANGUP = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)


class _Expect(Enum):
    """What the next bytes of a connection are."""

    OPERATION = wire.OP_HEADER.size
    BUSID = wire.BUSID_SIZE
    TRANSFER = wire.URB_HEADER_SIZE


class Exports(Protocol):
    """What a connection needs of the server that took it (`usbip.CableServer`)."""

    heartbeat: Heartbeat

    def records(self) -> list[wire.DeviceRecord]: ...

    def claim(self, busid: str, link: Link) -> tuple[int, wire.DeviceRecord | None]: ...

    def opened(self, link: Link) -> None: ...

    def released(self, link: Link) -> None: ...


class Link(asyncio.BufferedProtocol):
    """One TCP connection: a listing, a refused import, or an imported device until it is cut."""

    def __init__(self, server: Exports) -> None:
        self.device: UsbDevice | None = None
        self._server = server
        self._connection = 0
        self._expect = _Expect.OPERATION
        self._transport: asyncio.Transport | None = None
        self._view = memoryview(bytearray(BUFFER_SIZE))
        self._end = 0
        self._queues: dict[int, deque[wire.Submit]] = {}
        self._parked = 0
        self._mute: set[int] = set()
        self._outbox: list[bytes] = []

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._server.released(self)

    def pause_writing(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view[self._end :]

    def buffer_updated(self, nbytes: int) -> None:
        self._end += nbytes
        at = 0
        try:
            size = self._size_of_next(at)
            while at + size <= self._end and self._listening:
                self._take(self._view[at : at + size])
                at += size
                size = self._size_of_next(at)
        except wire.WireError as error:
            log.warning("usbip connection closed: %s", error)
            self.cut()
            return
        self._keep_rest(at, size)
        self._flush()

    # Bytes to messages

    @property
    def abandoned(self) -> bool:
        """Whether the host is gone though this loop has not been told yet.

        A host that is killed and started again would otherwise be its own second importer when both
        news arrive in one round of the loop.
        """
        if self._transport is None:
            return True
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), HANGUP)
        return bool(poll.poll(0))

    @property
    def _listening(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def _size_of_next(self, at: int) -> int:
        header = self._expect.value
        if self._expect is not _Expect.TRANSFER or self._end - at < header:
            return header
        return wire.message_size(self._view[at : at + header])

    def _keep_rest(self, at: int, size: int) -> None:
        """Move an unfinished message to the front of a buffer that can hold all of it."""
        rest = self._end - at
        if size > len(self._view):
            larger = memoryview(bytearray(size))
            larger[:rest] = self._view[at : self._end]
            self._view = larger
        elif at:
            self._view[:rest] = self._view[at : self._end]
        self._end = rest

    def _take(self, message: memoryview) -> None:
        if self._expect is _Expect.TRANSFER:
            self._take_transfer(message)
        elif self._expect is _Expect.BUSID:
            status, record = self._server.claim(wire.parse_busid(bytes(message)), self)
            self._outbox.append(wire.import_reply(status, record))
            self._expect = _Expect.TRANSFER
            if status != wire.ST_OK:
                self._hang_up()
        elif wire.parse_op(bytes(message)) == wire.REQ_DEVLIST:
            self._outbox.append(wire.devlist_reply(self._server.records()))
            self._hang_up()
        else:
            self._expect = _Expect.BUSID

    def _take_transfer(self, message: memoryview) -> None:
        urb = wire.parse_message(message)
        if isinstance(urb, wire.Unlink):
            self._unlink(urb)
        else:
            self._parked += len(urb.data)
            if self._parked > MAX_PARKED:
                raise wire.WireError(f"more than {MAX_PARKED} bytes are parked")
            self._queues.setdefault(_pipe(urb), deque()).append(urb)
        self._pump(self._server.heartbeat.clock.now())

    # Transfers

    def holds(self, device: UsbDevice) -> None:
        """From now on this connection is the cable of `device`, for one session of it."""
        self.device = device
        self._connection = device.connection

    def _plugged(self, device: UsbDevice) -> bool:
        return device.plugged and device.connection == self._connection

    def settle(self, now: float) -> None:
        """Something changed: try what is parked again; end when the cable or the power went."""
        self._pump(now)
        self._flush()

    def _pump(self, now: float) -> None:
        """Try the head of every pipe until nothing moves. One success may unblock another pipe."""
        device = self.device
        if device is None:
            return
        try:
            device.advance(now)
            moved = self._plugged(device)
            while moved:
                moved = False
                for queue in self._queues.values():
                    while queue and (reply := self._try(device, queue[0], now)) is not None:
                        self._parked -= len(queue.popleft().data)
                        self._outbox.append(reply)
                        moved = True
        except Unplugged:
            self.cut()
            return
        if not self._plugged(device):
            self.cut()

    def _try(self, device: UsbDevice, urb: wire.Submit, now: float) -> bytes | None:
        """The reply of a finished transfer, None for one that stays parked."""
        try:
            if urb.endpoint & 0x0F == 0:
                data = self._control(device, urb, now)
            elif urb.endpoint & wire.DIR_IN:
                data = device.bulk_in(urb.endpoint, urb.length, now)
            else:
                taken = device.bulk_out(urb.endpoint, urb.data, now)
                return None if taken is None else wire.ret_submit(urb.seqnum, wire.OK, taken)
        except Stalled:
            return wire.ret_submit(urb.seqnum, wire.STALL, 0)
        if data is None:
            return None
        if len(data) > urb.length:
            return wire.ret_submit(urb.seqnum, wire.OVERFLOW, 0)
        if urb.endpoint & wire.DIR_IN:
            return wire.ret_submit(urb.seqnum, wire.OK, len(data), data)
        return wire.ret_submit(urb.seqnum, wire.OK, len(urb.data))

    def _control(self, device: UsbDevice, urb: wire.Submit, now: float) -> bytes | None:
        """A control transfer that the device leaves unanswered is never tried again."""
        if urb.seqnum in self._mute:
            return None
        try:
            return device.control(urb.setup, urb.data, now)
        except NoReply:
            self._mute.add(urb.seqnum)
            return None

    def _unlink(self, urb: wire.Unlink) -> None:
        for queue in self._queues.values():
            for waiting in queue:
                if waiting.seqnum == urb.victim:
                    queue.remove(waiting)
                    self._parked -= len(waiting.data)
                    self._mute.discard(urb.victim)
                    self._outbox.append(wire.ret_unlink(urb.seqnum, wire.UNLINKED))
                    return
        self._outbox.append(wire.ret_unlink(urb.seqnum, wire.OK))

    # Answers and ends

    def _flush(self) -> None:
        """Save the world, then answer: a host never knows of a card what a restart would not."""
        heartbeat = self._server.heartbeat
        heartbeat.save()
        if self.device is not None:
            heartbeat.expect(self.device.next_due(heartbeat.clock.now()))
        if self._outbox and self._transport is not None:
            self._transport.write(b"".join(self._outbox))
        self._outbox.clear()

    def _hang_up(self) -> None:
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def cut(self) -> None:
        """The cable is out: what was answered leaves, then the socket is reset. Frees the device."""
        self._flush()
        if self._transport is not None:
            connection = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
            self._transport.abort()
        self._transport = None
        self._queues.clear()
        self._server.released(self)


def _pipe(urb: wire.Submit) -> int:
    """Control transfers of both directions share one queue."""
    return urb.endpoint if urb.endpoint & 0x0F else 0
