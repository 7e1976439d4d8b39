"""One imported USB/IP device over one TCP connection: submit, time out, unlink, lose.

Speaks pyusb's errors (`USBError` with an errno), since the backend above hands them on as they are.
Which bytes mean what is in `usbip_wire.py`; what a transfer is for is nobody's business here.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time
from dataclasses import dataclass

from usb.core import USBError

from drivers.transports import usbip_wire as wire
from drivers.transports.usbip_wire import Exported, Reply, Urb

# Three bounds on a server that does not answer. It is on this machine or in this office: its answer
# takes well under a millisecond, so these only have to outlast a busy machine.
CONNECT_TIMEOUT_S = 3.0
HANDSHAKE_TIMEOUT_S = 3.0
UNLINK_TIMEOUT_S = 3.0
# A server reads what is sent and finishes the frame it began; if it does not, it is stuck.
FRAME_TIMEOUT_S = 5.0
# A server that says "already completed" has its RET_SUBMIT in the same stream, nearly always before
# (Linux stub_tx.c sends the submit queue first; a race of microseconds puts it after).
# The PyPI server says it of every unlink and sends nothing more: each of its time-outs costs this.
LATE_COMPLETION_S = 0.02
# As many as 16 hubs of 7 ports, twice; a list that claims more is not a list.
MAX_LISTED = 256


@dataclass(frozen=True)
class Completion:
    """How a transfer ended. `timed_out`: it was taken back; `actual` bytes had moved all the same."""

    status: int
    actual: int
    data: bytes = b""
    timed_out: bool = False


def gone(text: str) -> USBError:
    return USBError(f"USB/IP: {text}", None, errno.ENODEV)


class Link:
    """The connection that holds one device. Serialises transfers; after a loss only ENODEV."""

    def __init__(self, sock: socket.socket, device: Exported) -> None:
        self.device = device
        self._sock = sock
        self._buffer = bytearray()
        self._seq = 0
        self._lost: str | None = None
        self._lock = threading.Lock()

    def __del__(self) -> None:
        self.close()

    @property
    def open(self) -> bool:
        """False after `close` and after a loss."""
        return self._lost is None

    def close(self) -> None:
        """End the import. A transfer that another thread waits for ends as a loss."""
        if self._lost is None:
            self._lost = "the device was closed"
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def lose(self, why: str) -> USBError:
        """Give the connection up for ever; returns the error to raise."""
        if self._lost is None:
            self._lost = why
        self.close()
        return gone(self._lost)

    def submit(self, urb: Urb, timeout_s: float | None) -> Completion:
        """Do one transfer (None: wait for ever). Raises `USBError` 19 on a loss, nothing else."""
        with self._lock:
            if self._lost is not None:
                raise gone(self._lost)
            deadline = None if timeout_s is None else time.monotonic() + timeout_s
            seq = self._next_seq()
            self._send(wire.submit(seq, self.device.devid, urb), urb.data)
            found = self._receive(urb, deadline)
            if found is None:
                return self._take_back(seq, urb)
            return self._completion(seq, urb, *found)

    def _take_back(self, seq: int, urb: Urb) -> Completion:
        """UNLINK after a time-out. A completion that crossed it on the wire counts: its bytes moved."""
        unlink_seq = self._next_seq()
        self._send(wire.unlink(unlink_seq, self.device.devid, seq))
        deadline = time.monotonic() + UNLINK_TIMEOUT_S
        done: Completion | None = None
        while True:
            found = self._receive(urb, deadline)
            if found is None:
                raise self.lose("the server does not answer an UNLINK")
            if found[0].command == wire.RET_UNLINK:
                break
            if done is not None:
                raise self.lose("a transfer was completed twice")
            done = self._completion(seq, urb, *found)
        if found[0].seq != unlink_seq:
            raise self.lose(f"reply to UNLINK {found[0].seq}, which was never sent")
        if done is None and found[0].status == 0:
            late = self._receive(urb, time.monotonic() + LATE_COMPLETION_S)
            done = None if late is None else self._completion(seq, urb, *late)
        if done is None:
            return Completion(-wire.ECONNRESET, 0, timed_out=True)
        return done

    def _completion(self, seq: int, urb: Urb, reply: Reply, data: bytes) -> Completion:
        if reply.command != wire.RET_SUBMIT or reply.seq != seq:
            raise self.lose(f"reply to transfer {reply.seq} where {seq} is open")
        cancelled = reply.status in (-wire.ECONNRESET, -wire.ENOENT)
        if reply.status in (-wire.ENODEV, -wire.ESHUTDOWN):
            raise self.lose("the device was unplugged")
        return Completion(reply.status, reply.actual, data, timed_out=cancelled)

    # ------------------------------------------------------------------------- bytes
    def _next_seq(self) -> int:
        self._seq = self._seq % 0xFFFFFFFF + 1
        return self._seq

    def _send(self, head: bytes, data: bytes | memoryview = b"") -> None:
        """Both in one go, and no copy that joins them: a card has up to 11 MB a side."""
        try:
            self._sock.settimeout(FRAME_TIMEOUT_S)
            sent = self._sock.sendmsg((head, data))
            if sent < len(head) + len(data):
                self._sock.sendall(head[sent:])
                self._sock.sendall(memoryview(data)[max(0, sent - len(head)) :])
        except OSError as error:
            raise self.lose(f"the connection broke ({error})") from error

    def _receive(self, urb: Urb, deadline: float | None) -> tuple[Reply, bytes] | None:
        """The next reply with its payload; None at the deadline, with what came so far kept."""
        if len(self._buffer) < wire.REPLY_SIZE and not self._fill(wire.REPLY_SIZE, deadline):
            return None
        try:
            reply = wire.read_reply(self._buffer)
        except wire.WireError as error:
            raise self.lose(str(error)) from error
        if not 0 <= reply.actual <= urb.length:
            raise self.lose(f"{reply.actual} bytes moved of {urb.length}")
        end = wire.REPLY_SIZE + (reply.actual if urb.into_host else 0)
        if len(self._buffer) < end and not self._fill(end, time.monotonic() + FRAME_TIMEOUT_S):
            raise self.lose("the server stopped within a reply")
        data = bytes(self._buffer[wire.REPLY_SIZE : end])
        del self._buffer[:end]
        return reply, data

    def _fill(self, size: int, deadline: float | None) -> bool:
        while len(self._buffer) < size:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            try:
                self._sock.settimeout(left)
                chunk = self._sock.recv(max(size - len(self._buffer), 4096))
            except TimeoutError:
                return False
            except OSError as error:
                raise self.lose(f"the connection broke ({error})") from error
            if not chunk:
                raise self.lose("the server closed the connection")
            self._buffer += chunk
        return True


# ----------------------------------------------------------------------------- before a link
def list_devices(host: str, port: int) -> tuple[Exported, ...]:
    """What a server exports. Holds no device. `USBError` 19 when the server cannot be reached."""
    with _Talk(host, port) as talk:
        talk.send(wire.devlist_request())
        if wire.read_op(talk.exactly(wire.OP_SIZE), wire.REP_DEVLIST) != wire.ST_OK:
            raise wire.WireError("the server refuses to list its devices")
        count = int.from_bytes(talk.exactly(4), "big")
        if count > MAX_LISTED:
            raise wire.WireError(f"a list of {count} devices")
        found = []
        for _ in range(count):
            device = wire.read_device(talk.exactly(wire.DEVICE_SIZE))
            talk.exactly(4 * device.interfaces)
            found.append(device)
        return tuple(found)


def attach(host: str, port: int, busid: str) -> Link:
    """Import one device. `USBError` 16 when somebody else holds it, 19 when it is not there."""
    with _Talk(host, port) as talk:
        talk.send(wire.import_request(busid))
        status = wire.read_op(talk.exactly(wire.OP_SIZE), wire.REP_IMPORT)
        if status == wire.ST_OK:
            return Link(talk.keep(), wire.read_device(talk.exactly(wire.DEVICE_SIZE)))
    # Older Linux servers and others say "not available" for both, so the list has to decide.
    listed = status != wire.ST_NODEV and busid in {d.busid for d in list_devices(host, port)}
    if status == wire.ST_DEV_BUSY or listed:
        raise USBError(f"USB/IP: device {busid} is held by another client", status, errno.EBUSY)
    raise gone(f"{host}:{port} exports no device {busid}")


class _Talk:
    """A connection before an import; closed at the end unless kept. Its failures are ENODEV."""

    def __init__(self, host: str, port: int) -> None:
        self._name = f"{host}:{port}"
        self._kept = False
        try:
            self._sock = socket.create_connection((host, port), CONNECT_TIMEOUT_S)
        except OSError as error:
            raise gone(f"no server at {self._name} ({error})") from error
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._deadline = time.monotonic() + HANDSHAKE_TIMEOUT_S

    def __enter__(self) -> _Talk:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not self._kept or error is not None:
            self._sock.close()
        if isinstance(error, (wire.WireError, OSError)) and not isinstance(error, USBError):
            raise gone(f"{self._name} does not talk USB/IP ({error})") from error

    def keep(self) -> socket.socket:
        self._kept = True
        return self._sock

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._sock.settimeout(max(0.001, self._deadline - time.monotonic()))
            chunk = self._sock.recv(size - len(data))
            if not chunk:
                raise wire.WireError("closed within its answer")
            data += chunk
        return bytes(data)
