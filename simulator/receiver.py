"""What the listening half of every family has: bytes until an armed offset, and what strikes exactly there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol

from simulator.body import Body
from simulator.faults import RECEIVING, Armed
from simulator.phases import Phase
from simulator.strikes import strike

NEVER = float("-inf")


class Parsed(Protocol):
    """A parser, as far as an offset goes."""

    @property
    def offset(self) -> int:
        """Bytes heard so far."""


class Receiver(ABC):
    """Outlives every host. Byte faults count from the start of a card's bytes."""

    def __init__(self, body: Body) -> None:
        self.last_byte = NEVER
        self.busy_until = NEVER
        self._body = body
        self._faults = body.faults
        self._struck: set[str] = set()  # byte faults that this card has had

    @property
    @abstractmethod
    def parser(self) -> Parsed:
        """What has been heard."""

    @abstractmethod
    def _card_since(self) -> int | None:
        """Offset at which the card that is being received began, None when none is."""

    @abstractmethod
    def _naks(self) -> bool:
        """Whether no more bytes are taken now, apart from being busy by fault."""

    @abstractmethod
    def _portion(self, data: bytes) -> int:
        """How much of `data` may be heard before an armed byte offset is reached."""

    @abstractmethod
    def _hear(self, data: bytes, connected: Callable[[], bool]) -> None:
        """Take these bytes in, event by event, while the cable is there."""

    def take(self, data: bytes, connected: Callable[[], bool]) -> int:
        """Hear `data` until it ends, the device turns busy or the cable dies; how much was heard."""
        taken = 0
        while taken < len(data):
            portion = self._portion(data[taken:])
            self._hear(data[taken : taken + portion], connected)
            taken += portion
            if connected():
                self._maybe_strike()
            stopped = self.busy_until > self._body.now or self._naks()
            if stopped or not connected():
                break
        return taken

    def _turns_busy(self) -> bool:
        """Whether a fault of receiving makes it busy with these very bytes."""
        fault = self._faults.strike(RECEIVING)
        if fault is not None:
            self.busy_until = self._body.now + fault.seconds
        return fault is not None

    def _maybe_strike(self) -> None:
        start = self._card_since()
        if start is None:
            self._struck.clear()
            return
        fault = self._faults.strike_byte(self.parser.offset - start, self._struck)
        if fault is not None:
            self._struck.add(fault.id)
            self._strike(fault)

    def _strike(self, fault: Armed) -> None:
        now = self._body.now
        if fault.fault == "busy":
            self._body.world.touch()
            self.busy_until = now + fault.seconds
        else:
            strike(self._body, fault, Phase("", now, now))
