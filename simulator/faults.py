"""What can be made to go wrong, when, and which of it is armed at one printer.

A fault strikes when its device comes to a phase (in the middle of it; at `pick` when the card has
just been drawn) or when its parser has taken that many bytes of a job, counted from the SOH of the
job's first side (at the earliest where it is known to be a job), once a job. It is spent after `times`
strikes. What a strike does is in `body.py` and `printer.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

MOTIONS = ("pick", "heat", "B", "G", "R", "K", "overcoat", "flip", "transfer", "eject", "reject")
PANELS = ("B", "G", "R", "K")
# `wait`: a card is in the path and its next bytes have not come; `idle`: nothing to do; `throw`: a card
# is brought out that is not finished.
STATES = ("wait", "idle", "throw")
# A reply is a `status` (port status), a `query` (answer on the bulk pipe), a `counter` (the query for
# the lifetime counter), a `device-id`; or any reply while a movement is going on.
REPLIES = ("status", "query", "counter", "device-id")
RECEIVING = "receive"  # at any byte of a job: the default of faults that are about receiving

TABLE: dict[str, tuple[str, ...]] = {
    "hopper-empty": ("pick",),
    "double-pick": ("pick",),
    "jam": (*MOTIONS, "wait", "throw"),
    "cover-open": (*MOTIONS, "wait", "throw"),
    "ribbon-end": ("heat", *PANELS, "overcoat"),
    "wrong-ribbon": ("heat", *PANELS, "overcoat"),
    "overheat": ("heat", *PANELS, "overcoat", "transfer"),
    "reject": ("heat", *PANELS, "overcoat", "flip", "transfer", "eject"),
    "unplug": (*MOTIONS, *STATES),
    "power-loss": (*MOTIONS, *STATES),
    "busy": (RECEIVING,),
    "wrong-reply": (*REPLIES, *MOTIONS),
    "no-reply": (*REPLIES, *MOTIONS),
    "late-reply": ("query", "counter", "status", "device-id", *MOTIONS),
    "lying-reply": ("status", "query", "counter", *MOTIONS),
    "not-printed": PANELS,
    "phantom-card": ("pick",),
    "repeat-job": ("eject",),
    "counter-reset": (*MOTIONS, *STATES),
    "test-print": ("idle",),
}
REPLY_FAULTS = ("wrong-reply", "no-reply", "late-reply", "lying-reply")
# May be armed at a byte offset: they need no movement to strike.
AT_BYTE = ("unplug", "power-loss", "busy", "jam", "cover-open")

MAX_ARMED = 1000
MAX_TIMES = 1_000_000
DEFAULT_S = {"busy": 5.0, "late-reply": 5.0}
_KEYS = {"fault", "phase", "byte", "times", "seconds"}


class FaultError(ValueError):
    """A fault that does not exist or cannot be armed there; one line."""


@dataclass
class Armed:
    """One armed fault. Exactly one of `phase` and `byte` is set. `seconds`: how long busy or late."""

    id: str
    fault: str
    phase: str | None
    byte: int | None
    times: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        shown = {"id": self.id, "fault": self.fault, "times": self.times, "seconds": self.seconds}
        return {**shown, **({"phase": self.phase} if self.byte is None else {"byte": self.byte})}


def listing() -> list[dict[str, Any]]:
    """`GET /faults`: what there is, and the phases that each can be armed at."""
    return [{"name": name, "phases": list(phases)} for name, phases in TABLE.items()]


class Faults:
    """The armed faults of one printer."""

    def __init__(self) -> None:
        self.armed: list[Armed] = []
        self._last = 0

    def arm(self, wish: Mapping[str, Any]) -> str:
        """Arm one and give its id. Without phase and byte it takes the first phase of its row."""
        unknown = wish.keys() - _KEYS
        if unknown:
            raise FaultError(f"unknown key {min(unknown)}; known are {', '.join(sorted(_KEYS))}")
        name = wish.get("fault")
        if not isinstance(name, str) or name not in TABLE:
            raise FaultError(f"there is no fault {name}; known are {', '.join(TABLE)}")
        if len(self.armed) >= MAX_ARMED:
            raise FaultError(f"{MAX_ARMED} faults are armed already")
        byte = wish.get("byte")
        phase = self._phase(name, wish.get("phase"), byte)
        times = _number("times", wish.get("times", 1), 1, MAX_TIMES)
        seconds = wish.get("seconds", DEFAULT_S.get(name, 0.0))
        if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or seconds < 0:
            raise FaultError("seconds is a number, 0 or more")
        self._last += 1
        self.armed.append(Armed(f"f{self._last}", name, phase, byte, times, float(seconds)))
        return self.armed[-1].id

    @staticmethod
    def _phase(name: str, phase: Any, byte: Any) -> str | None:
        if byte is not None:
            _number("byte", byte, 0, 1 << 31)
            if phase is not None:
                raise FaultError("a fault has a phase or a byte, not both")
            if name not in AT_BYTE:
                raise FaultError(f"{name} cannot be armed at a byte; {', '.join(AT_BYTE)} can")
            return None
        if phase is None:
            return TABLE[name][0]
        if phase not in TABLE[name]:
            raise FaultError(f"{name} has no phase {phase}; it has {', '.join(TABLE[name])}")
        return str(phase)

    def disarm(self, fault_id: str | None) -> bool:
        """Take one away, or all with None. False when there is no such id."""
        kept = [armed for armed in self.armed if fault_id is not None and armed.id != fault_id]
        gone = len(kept) < len(self.armed)
        self.armed = kept
        return gone or fault_id is None

    def strike(self, phase: str) -> Armed | None:
        """The first fault of the world of things that is armed at this phase, one time spent."""
        for armed in self.armed:
            if armed.phase == phase and armed.fault not in REPLY_FAULTS:
                return self._spend(armed)
        return None

    def strike_reply(self, phases: Collection[str]) -> Armed | None:
        """The first reply fault that is armed at one of these phases, one time spent."""
        for armed in self.armed:
            if armed.phase in phases and armed.fault in REPLY_FAULTS:
                return self._spend(armed)
        return None

    def next_byte(self, struck: Collection[str]) -> int | None:
        """The nearest armed byte offset that this job has not had."""
        offsets = [a.byte for a in self.armed if a.byte is not None and a.id not in struck]
        return min(offsets, default=None)

    def strike_byte(self, taken: int, struck: Collection[str]) -> Armed | None:
        """The first fault whose offset is reached and that this job has not had, one time spent."""
        for armed in self.armed:
            if armed.byte is not None and armed.byte <= taken and armed.id not in struck:
                return self._spend(armed)
        return None

    def _spend(self, armed: Armed) -> Armed:
        armed.times -= 1
        if armed.times <= 0:
            self.armed.remove(armed)
        return armed

    def snapshot(self) -> dict[str, Any]:
        return {"last": self._last, "armed": [vars(armed).copy() for armed in self.armed]}

    def restore(self, kept: Mapping[str, Any]) -> None:
        self._last = kept["last"]
        self.armed = [Armed(**armed) for armed in kept["armed"]]


def _number(key: str, value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise FaultError(f"{key} is a whole number from {low} to {high}")
    return value
