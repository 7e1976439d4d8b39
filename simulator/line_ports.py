"""The plain cables of printers: a TCP port (the usual 9100) and a pseudo-terminal.

What the printer does not take stays here, and then in the system's buffers, until the host's writes block.
Everything runs on the loop's thread. Loopback only.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import struct
import tty
from collections.abc import Mapping, Sequence
from typing import Protocol

from simulator import addresses
from simulator.heartbeat import Heartbeat

# One read of a pseudo-terminal: the kernel keeps no more than this for us.
PTY_BYTES = 4096
REPLY_BYTES = 256
LINGER_RESET = struct.pack("ii", 1, 0)
HANGUP = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)


class Plain(Protocol):
    """A printer as a line holds it: a receipt printer, or a card printer in its `lines.CardLine`."""

    name: str
    kind: str

    @property
    def uri(self) -> str:
        """Where a host finds it; set as soon as its line is open."""

    @uri.setter
    def uri(self, uri: str) -> None: ...

    @property
    def plugged(self) -> bool:
        """Cable in and power on."""

    @property
    def connection(self) -> int:
        """Grows whenever a host's session ends."""

    def new_host(self) -> None:
        """Another host begins: answers to the one before are forgotten."""

    def next_due(self, now: float) -> float | None:
        """When it next changes by itself."""

    def advance(self, now: float) -> None:
        """Let happen what is due."""

    def hear(self, data: bytes, now: float) -> int:
        """How many bytes were taken."""

    def say(self, size: int, now: float) -> bytes:
        """What it has to tell now."""


class Lines:
    """All lines of an office; `sockets` are the listening ones of its TCP printers, by name."""

    def __init__(
        self,
        printers: Sequence[Plain],
        heartbeat: Heartbeat,
        sockets: Mapping[str, socket.socket],
    ) -> None:
        self._tcp = [
            TcpLine(printer, heartbeat, sockets[printer.name])
            for printer in printers
            if printer.kind == "tcp"
        ]
        self._pty = [PtyLine(p, heartbeat) for p in printers if p.kind == "serial"]
        heartbeat.follow(self._settle)

    async def start(self) -> None:
        """Answer from now on."""
        for line in self._tcp:
            await line.start()
        for pty in self._pty:
            pty.start()

    def close(self) -> None:
        """Stop answering and let go of every line."""
        for line in self._tcp:
            line.close()
        for pty in self._pty:
            pty.close()

    def _settle(self, now: float) -> None:
        for line in self._tcp:
            line.settle(now)
        for pty in self._pty:
            pty.settle(now)


class TcpLine:
    """One printer's port. One host at a time, as print servers have it: the next one is refused."""

    def __init__(self, printer: Plain, heartbeat: Heartbeat, listening: socket.socket) -> None:
        self.printer = printer
        self.heartbeat = heartbeat
        self.host: TcpHost | None = None
        self._listening = listening
        self._server: asyncio.Server | None = None
        printer.uri = f"tcp://{addresses.address_of(listening)}"

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: TcpHost(self), sock=self._listening)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        if self.host is not None:
            self.host.cut()

    def settle(self, now: float) -> None:
        if self.host is not None:
            self.host.pump(now)


class TcpHost(asyncio.Protocol):
    """One connection."""

    def __init__(self, line: TcpLine) -> None:
        self._line = line
        self._transport: asyncio.Transport | None = None
        self._inbox = bytearray()
        self._connection = line.printer.connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        other = self._line.host
        if not self._line.printer.plugged or (other is not None and not other.abandoned):
            self.cut()
            return
        if other is not None:
            other.cut()
        self._line.host = self
        self._line.printer.new_host()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._line.host is self:
            self._line.host = None

    def data_received(self, data: bytes) -> None:
        self._inbox += data
        self.pump(self._line.heartbeat.clock.now())

    @property
    def abandoned(self) -> bool:
        """Whether the host is gone though the loop has not been told yet."""
        if self._transport is None:
            return True
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), HANGUP)
        return bool(poll.poll(0))

    def pump(self, now: float) -> None:
        """Bytes in, answers out; the connection ends with the printer's session."""
        printer = self._line.printer
        printer.advance(now)
        if self._inbox and self._here():
            del self._inbox[: printer.hear(bytes(self._inbox), now)]
        if not self._here():
            self.cut()
            return
        if self._transport is not None:
            if answer := printer.say(REPLY_BYTES, now):
                self._transport.write(answer)
            pause = self._transport.pause_reading
            (pause if self._inbox else self._transport.resume_reading)()
        self._line.heartbeat.expect(printer.next_due(now))

    def _here(self) -> bool:
        printer = self._line.printer
        return printer.plugged and printer.connection == self._connection

    def cut(self) -> None:
        """The cable is out: the socket is reset."""
        if self._transport is not None:
            connection = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
            self._transport.abort()
        self._transport = None
        if self._line.host is self:
            self._line.host = None


class PtyLine:
    """One printer's pseudo-terminal. Unplugged or off it swallows everything and says nothing."""

    def __init__(self, printer: Plain, heartbeat: Heartbeat) -> None:
        self._printer = printer
        self._heartbeat = heartbeat
        self._inbox = bytearray()
        self._reading = False
        # Our own end of the slave stays open, so that a host may come and go.
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        printer.uri = f"serial://{os.ttyname(self._slave)}"

    def start(self) -> None:
        self._listen(True)

    def close(self) -> None:
        self._listen(False)
        os.close(self._master)
        os.close(self._slave)

    def settle(self, now: float) -> None:
        self._pump(now)

    def _listen(self, wanted: bool) -> None:
        if wanted != self._reading:
            self._reading = wanted
            loop = asyncio.get_running_loop()
            if wanted:
                loop.add_reader(self._master, self._heard)
            else:
                loop.remove_reader(self._master)

    def _heard(self) -> None:
        try:
            self._inbox += os.read(self._master, PTY_BYTES)
        except BlockingIOError:
            return
        self._pump(self._heartbeat.clock.now())

    def _pump(self, now: float) -> None:
        printer = self._printer
        printer.advance(now)
        if self._inbox and printer.plugged:
            del self._inbox[: printer.hear(bytes(self._inbox), now)]
        if not printer.plugged:
            self._inbox.clear()
        if answer := printer.say(REPLY_BYTES, now):
            # A host that does not read loses answers, as on a real line.
            with contextlib.suppress(BlockingIOError):
                os.write(self._master, answer)
        self._listen(not self._inbox)
        self._heartbeat.expect(printer.next_due(now))
