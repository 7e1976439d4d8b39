"""What every card-printer driver promises, and the plain words it speaks with.

This module knows no printer, no transport and nothing of the station: a driver *observes* and
*acts*; what became of a card is decided by `printstation/lifecycle/evidence.py` alone.
The rules behind each field are in the design page `exactly-once.md` (§ numbers below).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from PIL import Image


class Clock(Protocol):
    """Where a driver gets its time from; handed in, so that tests own it."""

    def monotonic(self) -> float:
        """Seconds that never run backwards."""

    def sleep(self, seconds: float) -> None:
        """Wait; a driver never waits in any other way."""


# --------------------------------------------------------------------------- what goes wrong
class DriverError(Exception):
    """Root of everything a driver raises. Tree:

    DriverError
    ├── TransportError        the cable
    │   ├── DeviceGone        unplugged or never there; every later call raises it as well
    │   ├── TransferStalled   the device refused this transfer (halted pipe, refused request)
    │   ├── TransferTimeout   nothing moved until the deadline (a NAKing printer); may be repeated
    │   └── DeviceBusy        somebody else holds the device
    ├── FeedBroken            the byte stream of a card was broken off; the card's fate is open
    ├── DiscardFailed         the device may still hold, move or print something of ours
    ├── NotUnderstood         an answer that fits no sheet (cut, garbled, of another family)
    └── WrongDevice           another model than the configuration says; names both
    """


class TransportError(DriverError):
    """The cable, not the printer, failed."""


class DeviceGone(TransportError):
    """The device cannot be reached."""


class TransferStalled(TransportError):
    """The device answered a transfer with a stall."""


class TransferTimeout(TransportError):
    """A transfer made no progress before its deadline. `accepted` bytes were acknowledged."""

    def __init__(self, message: str, accepted: int = 0) -> None:
        super().__init__(message)
        self.accepted = accepted


class DeviceBusy(TransportError):
    """Another process holds the device."""


class FeedBroken(DriverError):
    """`feed` ended before its last byte was acknowledged; `outcome` tells what is known."""


class DiscardFailed(DriverError):
    """`discard` could not promise what it must promise; ask again later."""


class NotUnderstood(DriverError):
    """The device answered something that its sheet does not have."""


class WrongDevice(DriverError):
    """The device on this address is of another model than configured."""


# --------------------------------------------------------------------------- what is seen
class Condition(StrEnum):
    """What the device says of itself right now."""

    READY = "ready"
    BUSY = "busy"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Reason:
    """One entry of a device's state, as a row of `reasons.toml` plus what the device really said."""

    keyword: str
    raw: str = ""


@dataclass(frozen=True)
class Identity:
    """Who answers at this address. `serial` is None when the device tells none."""

    manufacturer: str
    model: str
    serial: str | None
    firmware: str | None = None
    description: str = ""


@dataclass(frozen=True)
class Status:
    """One look at the device. `reasons` is empty when nothing is to be said."""

    condition: Condition
    reasons: tuple[Reason, ...] = ()
    raw: str = ""


@dataclass(frozen=True)
class Counters:
    """Lifetime counters; None where the device or its sheet has none. `cards` is the witness of §6."""

    cards: int | None = None
    prints: int | None = None
    cleanings: int | None = None


@dataclass(frozen=True)
class Supply:
    """A ribbon, film or cleaning kit as the device reports it; None where it tells nothing."""

    name: str
    remaining: int | None = None
    capacity: int | None = None


@dataclass(frozen=True)
class Before:
    """What step *feed* wrote down: the state of the witnesses before the card could move (§3)."""

    serial: str | None
    counter: int | None
    path: bool | None


@dataclass(frozen=True)
class Outcome:
    """Observations about the fed card, never a verdict (§3).

    `serial`, `counter` and `path` are read now; None means that it could not be read (or that the
    model has no such witness). The rest was seen since `feed` by *this* driver object: a driver
    opened after a restart reports `sent=False, acknowledged=None` and no history, since it has none.
    """

    serial: str | None = None
    counter: int | None = None
    path: bool | None = None
    sent: bool = False
    acknowledged: int | None = None
    in_doubt: int | None = None
    busy_since_sent: bool = False
    ready_now: bool = False
    errors: tuple[Reason, ...] = ()
    rejected: bool = False
    drew_no_card: bool = False
    may_still_move: bool = True


# --------------------------------------------------------------------------- what is printed
@dataclass(frozen=True)
class Face:
    """One side of one card: what is dye and what is resin.

    `rgb` is mode "RGB", `resin` is mode "L" with 255 where black resin lies and 0 elsewhere (only
    these two values); both of one size, landscape and upright, in dots of the model.
    """

    rgb: Image.Image
    resin: Image.Image


@dataclass(frozen=True)
class Staged:
    """A card ready to be sent: opaque to the station, made by `stage` for this model only."""

    payload: tuple[bytes, ...] = field(repr=False)
    sides: int = 1

    @property
    def size(self) -> int:
        """Bytes that `feed` will send."""
        return sum(len(part) for part in self.payload)


class Driver(Protocol):
    """One printer, held by one thread. Opening it (see `drivers.open_driver`) already obeyed §4.

    Every call may raise `TransportError`; after `DeviceGone` the object is of no further use but
    for `observed` and `close`. Every wait has a deadline from the model file.
    """

    def identify(self) -> Identity:
        """Who is there. Sends nothing that could move a card."""

    def status(self) -> Status:
        """One cheap look (no query on the bulk pipe while a card moves, except to name an error).

        Also feeds the memory that `outcome` reports: busy seen since *sent*, errors since *feed*.
        """

    def supplies(self) -> tuple[Supply, ...]:
        """Ribbon and the like; empty where the device tells nothing."""

    def counters(self) -> Counters:
        """Lifetime counters. Only asked while nothing moves."""

    def stage(self, faces: Sequence[Face]) -> Staged:
        """Separate and pack one card (front, then back). No I/O, no effect; may be repeated."""

    def feed(self, staged: Staged) -> None:
        """Send the first byte that can move a card, and all the others; return when the last is acknowledged.

        Writes in small chunks, keeps count, polls the device at least once a second meanwhile. Raises
        `FeedBroken` (device error, deadline) or `DeviceGone`; then `observed` tells acknowledged and
        in-doubt bytes, and nothing more is sent until `discard`.
        """

    def outcome(self, before: Before) -> Outcome:
        """Read serial, counter and path, and report them with everything seen since `feed`. Repeatable."""

    def observed(self) -> Outcome:
        """The memory part of `outcome` alone: no I/O, works after the device is gone."""

    def discard(self) -> None:
        """Return only when the device holds nothing of ours and cannot print it by itself, with a card
        left inside brought out (§5); otherwise raise `DiscardFailed` or a `TransportError`. Repeatable."""

    def eject(self) -> None:
        """Bring a card out of the path to the output."""

    def reject(self) -> None:
        """Bring a card out of the path to the reject tray, where the model has one."""

    def clean(self) -> None:
        """Start the cleaning run of the device."""

    def close(self) -> None:
        """Let go of the device. Never raises; sends nothing."""


@runtime_checkable
class FedByHand(Protocol):
    """A driver whose device can wait for one card that a person pushes in, blanks in its hopper or not
    (§9; `hand_feed_s` of its model says for how long)."""

    def stage_by_hand(self, faces: Sequence[Face]) -> Staged:
        """As `stage`, for a card that is not drawn from the hopper."""


@runtime_checkable
class Lays(Protocol):
    """A driver whose device takes a card's data as a step of its own, before anything can move (a queue's
    held job, ipp.md §9). The station calls it before step *feed* is written, so that whatever goes wrong on
    the way there leaves a card that was never fed."""

    def lay(self, staged: Staged) -> None:
        """Hand over the whole card without any effect, and check that it arrived; `feed` lets it go.

        What it raises leaves nothing that could print by itself."""

    def lift(self) -> None:
        """Take back what was laid and is not going to be fed. Repeatable."""


@runtime_checkable
class TellsSettings(Protocol):
    """A driver whose device says how it is set. Optional: what nobody can read, nobody can watch."""

    def settings(self) -> Mapping[str, str]:
        """What the device itself says of how it is set, by name, firmware included; nothing that changes in
        daily work (counts, supplies, a card inside, the unit's number). Only asked while nothing moves."""
