"""A Matica printer's two halves: frames in, data and status out, with the faults of both.

What is half received outlives every host; the image buffers and the film do so too (exactly-once.md §4).
Byte-offset faults count from the first byte of the command that draws a card, at the earliest behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulator import bulkonly
from simulator.body import Body
from simulator.bulkonly import FRAME, Frames, Nonsense, Request
from simulator.device import Stalled
from simulator.dialogue import Host
from simulator.matica.body import MaticaBody
from simulator.matica.commands import Commands, begins_card, ends_card
from simulator.receiver import NEVER, Receiver

MAX_REPLIES = 64
#: Kinds of replies as `faults.py` has them; an action has none of its own, its movement's phase alone.
KINDS = {0x03: "status", 0x4D: "counter", 0x12: "device-id", 0x31: "", 0x2A: "", 0x00: ""}
STAGES = ("command", "data-out", "data-in", "status")


@dataclass
class Reply:
    """One transfer on the IN pipe, when it is ready, and which stage it is."""

    due: float
    stage: str
    data: bytes


class MaticaDialogue:
    """The half that answers. `stalls` counts by stage how often the pipe is still to be halted."""

    def __init__(self, host: Host, body: MaticaBody) -> None:
        self.commands = Commands(host, body)
        self.stalls = dict.fromkeys(STAGES, 0)
        self._body = body
        self._spec = body.spec
        self._replies: list[Reply] = []
        self._held: int | None = None

    def clear(self) -> None:
        self._replies.clear()
        self._held = None

    @property
    def answering(self) -> bool:
        """A status is due: no new command is taken before it."""
        return bool(self._replies) or self._held is not None

    def next_due(self, now: float) -> float | None:
        return min((reply.due for reply in self._replies if reply.due > now), default=None)

    def control_fault(self, kind: str) -> str:
        return ""

    def halt(self, stage: str) -> None:
        """STALL if one is armed at this stage. The host clears it; what was to be sent stays."""
        if self.stalls[stage]:
            self.stalls[stage] -= 1
            raise Stalled

    def read(self, size: int, now: float) -> bytes | None:
        """Up to `size` bytes of the first transfer, None while there is none."""
        if self._held is not None and not self.commands.working:
            failed = self._body.error is not None
            self._end(self._held, 0, bulkonly.FAILED if failed else bulkonly.PASSED, now)
            self._held = None
        if not self._replies or self._replies[0].due > now:
            return None
        first = self._replies[0]
        self.halt(first.stage)
        part, first.data = first.data[:size], first.data[size:]
        if not first.data:
            del self._replies[0]
        return part

    def carry_out(self, request: Request) -> None:
        """One complete command."""
        frame = request.frame
        fault = self._fault(frame.block[0])
        answer = self.commands.run(frame.block, request.data)
        due = self._body.now + self._spec.habits.reply_s
        if fault == "no-reply":
            return
        if fault is not None and fault not in ("wrong-reply", "lying-reply"):
            due += float(fault)
        data = answer.data[: frame.length] if frame.into_host else b""
        if fault == "wrong-reply":
            data = b"\xff" * len(data)
        if fault == "lying-reply":
            data = _lie(frame.block[0], data)
        if data:
            self._reply(Reply(due, "data-in", data))
        if answer.held:
            self._held = frame.tag
            return
        received = len(data) if frame.into_host else len(request.data)
        self._end(frame.tag, frame.length - received, answer.status, due)
        if fault == "wrong-reply" and not data:
            self._replies[-1].data = b"USBX" + self._replies[-1].data[4:]

    def _end(self, tag: int, residue: int, result: int, due: float) -> None:
        self._reply(Reply(due, "status", bulkonly.status(tag, residue, result)))

    def _reply(self, reply: Reply) -> None:
        if len(self._replies) < MAX_REPLIES:
            self._replies.append(reply)

    def _fault(self, op: int) -> str | None:
        """The reply fault that strikes this command: its name, for a late one its seconds."""
        if not self._body.faults.armed:
            return None
        phase = self._body.phase.name if self._body.phase is not None else ""
        kinds = [kind for kind in (KINDS.get(op, "query"), phase) if kind]
        fault = self._body.faults.strike_reply(kinds)
        if fault is None:
            return None
        self._body.world.touch()
        return str(fault.seconds) if fault.fault == "late-reply" else fault.fault


def _lie(op: int, data: bytes) -> bytes:
    """Ready, no card inside, one card less: what a device says that lies."""
    if op == 0x03:
        return b"\x70" + bytes(19)
    if op == 0x34:
        return b"\x04" + bytes(7)
    if op == 0x4D:
        total = int.from_bytes(data[8:12], "big") - 1
        return data[:8] + (total & 0xFFFFFFFF).to_bytes(4, "big") + data[12:]
    return data


class MaticaReceiver(Receiver):
    """The half that listens."""

    language = ""

    def __init__(
        self,
        body: MaticaBody,
        dialogue: MaticaDialogue,
    ) -> None:
        super().__init__(body)
        self._parser = Frames()
        self._dialogue = dialogue
        self._job_start: int | None = None
        self._broken = False

    # ------------------------------------------------------------------ seen from outside
    @property
    def parser(self) -> Frames:
        """What has been heard."""
        return self._parser

    @property
    def receiving(self) -> bool:
        return self.parser.in_data is not None

    def refuses(self, data: bytes) -> bool:
        """NAK: busy by fault, or the status of the last command was not fetched."""
        if self.busy_until > self._body.now or self._naks():
            return True
        return self._job_start is not None and self._turns_busy()

    def take(self, data: bytes, connected: Callable[[], bool]) -> int:
        """Hear until it ends, the device turns busy, a command is complete or the cable dies."""
        if self._broken:
            raise Stalled
        self._dialogue.halt("data-out" if self.receiving else "command")
        return super().take(data, connected) if connected() else 0

    def soft_reset(self) -> None:
        """Reset recovery: ready for the next command. Nothing that moves is stopped."""
        self.parser.reset()
        self._broken = False

    def forget(self) -> None:
        """Power is gone: so are all received bytes and images."""
        self.soft_reset()
        self.busy_until = NEVER
        self._job_start = None
        self._dialogue.commands.forget()

    def _naks(self) -> bool:
        return self._dialogue.answering

    # ------------------------------------------------------------------ byte faults
    def _portion(self, data: bytes) -> int:
        """No further than the end of a frame, nor than an armed byte of this card."""
        left = len(data)
        if self.parser.in_data is None:
            left = min(left, FRAME.size)
        offset = self._faults.next_byte(self._struck)
        if offset is None or self._job_start is None:
            return left
        return min(left, max(offset - (self.parser.offset - self._job_start), 1))

    def _card_since(self) -> int | None:
        return self._job_start

    # ------------------------------------------------------------------ hearing
    def _hear(self, data: bytes, connected: Callable[[], bool]) -> None:
        for event in self.parser.feed(data):
            if isinstance(event, Nonsense):
                self._broken = True
                raise Stalled
            if begins_card(event.frame.block):
                self._job_start = event.frame.offset
            self._dialogue.carry_out(event)
            if ends_card(event.frame.block):
                self._job_start = None
            if not connected():
                return
        self.last_byte = self._body.now


def halves(host: Host, body: Body) -> tuple[MaticaDialogue, MaticaReceiver]:
    """The row of `families.py`."""
    assert isinstance(body, MaticaBody)
    dialogue = MaticaDialogue(host, body)
    return dialogue, MaticaReceiver(body, dialogue)
