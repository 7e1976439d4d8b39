"""What the talking half of every family has: answers that wait to be read, and the faults of replies."""

from __future__ import annotations

from typing import Protocol

from simulator.body import Body
from simulator.device import NoReply
from simulator.faults import Armed

MAX_REPLIES = 64


class Host(Protocol):
    """What the dialogue asks of the printer that it belongs to."""

    serial: str
    attach: str

    @property
    def language(self) -> str:
        """The LAN token of the last job."""

    def restart(self) -> None:
        """Off and on."""


class Dialogue:
    """Answers wait here until they are due and read; a new session starts without any."""

    #: What a wrong reply looks like: nothing that any sheet of this language has.
    wrong_answer: bytes

    def __init__(self, host: Host, body: Body) -> None:
        self._host = host
        self._body = body
        self._spec = body.spec
        self._replies: list[tuple[float, bytes]] = []

    def clear(self) -> None:
        self._replies.clear()

    def next_due(self, now: float) -> float | None:
        """When the first answer that is still being made is ready."""
        return min((due for due, _ in self._replies if due > now), default=None)

    def read(self, size: int, now: float) -> bytes | None:
        """Up to `size` bytes of the first answer, None while there is none."""
        if not self._replies or self._replies[0][0] > now:
            return None
        due, reply = self._replies.pop(0)
        if len(reply) > size:
            self._replies.insert(0, (due, reply[size:]))
        return reply[:size]

    def control_fault(self, kind: str) -> str:
        """Name of the fault that spoils this control reply, or nothing. Raises NoReply."""
        fault = self._fault(kind)
        name = fault.fault if fault is not None else ""
        if name in ("no-reply", "late-reply"):
            raise NoReply
        return name

    def _fault(self, kind: str) -> Armed | None:
        if not self._body.faults.armed:
            return None
        phase = self._body.phase.name if self._body.phase is not None else ""
        fault = self._body.faults.strike_reply((kind, phase))
        if fault is not None:
            self._body.world.touch()
        return fault

    def _reply(self, kind: str, reply: bytes, lie: bytes = b"") -> None:
        """Say it when it is due, unless a fault spoils it; `lie` is what a liar says instead."""
        habits = self._spec.habits
        delay = habits.error_reply_s if self._body.error is not None else habits.reply_s
        fault = self._fault(kind)
        if fault is not None:
            if fault.fault == "no-reply":
                return
            delay += fault.seconds if fault.fault == "late-reply" else 0.0
            reply = self.wrong_answer if fault.fault == "wrong-reply" else reply
            reply = lie or reply if fault.fault == "lying-reply" else reply
        if len(self._replies) < MAX_REPLIES:
            self._replies.append((self._body.now + delay, reply))
