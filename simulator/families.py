"""Which printer languages the simulator speaks: the two halves of each, and what its port shows.

A device file names its family; its printer is made of that family's dialogue and receiver. One row a family.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from simulator import usbclass
from simulator.body import Body
from simulator.dialogue import Host
from simulator.evolis.dialogue import EvolisDialogue
from simulator.evolis.receiver import EvolisReceiver
from simulator.magicard.dialogue import MagicardDialogue
from simulator.magicard.receiver import MagicardReceiver
from simulator.matica.body import MaticaBody, bring_back, keep
from simulator.matica.halves import halves as matica_halves


class Counted(Protocol):
    """A parser as others see it."""

    @property
    def offset(self) -> int:
        """Bytes heard so far."""


class Talking(Protocol):
    """The half that answers."""

    def clear(self) -> None:
        """Forget answers that nobody has read: the session ended."""

    def next_due(self, now: float) -> float | None:
        """When the next answer is ready."""

    def read(self, size: int, now: float) -> bytes | None:
        """Up to `size` bytes of the first answer, None while there is none."""

    def control_fault(self, kind: str) -> str:
        """Name of the fault that spoils this control reply, or nothing. Raises NoReply."""


class Hearing(Protocol):
    """The half that listens, and outlives every host."""

    busy_until: float
    last_byte: float
    language: str

    @property
    def parser(self) -> Counted:
        """What has been heard."""

    @property
    def receiving(self) -> bool:
        """In the middle of a card's bytes."""

    def refuses(self, data: bytes) -> bool:
        """NAK."""

    def take(self, data: bytes, connected: Callable[[], bool]) -> int:
        """Hear; how much was heard."""

    def soft_reset(self) -> None:
        """Drop what is half received."""

    def forget(self) -> None:
        """Power is gone."""


Halves = Callable[[Host, Body], tuple[Talking, Hearing]]


@dataclass(frozen=True)
class Family:
    """`halves(host, body)`; `port_error` is the port status of an error by its key.

    `body` are mechanics of its own, `keep` and `bring_back` what of them outlives a power cut.
    """

    halves: Halves
    port_error: Callable[[str], int]
    interface: usbclass.Interface = usbclass.PRINTER
    body: type[Body] = Body
    keep: Callable[[Body], dict[str, Any]] = lambda _: {}
    bring_back: Callable[[Body, Mapping[str, Any]], None] = lambda _, __: None


def _magicard(host: Host, body: Body) -> tuple[Talking, Hearing]:
    dialogue = MagicardDialogue(host, body)
    return dialogue, MagicardReceiver(body, dialogue.command)


def _evolis(host: Host, body: Body) -> tuple[Talking, Hearing]:
    dialogue = EvolisDialogue(host, body)
    return dialogue, EvolisReceiver(body, dialogue)


def _evolis_error(error: str) -> int:
    """evolis.md §6: media errors show paper and busy, mechanical ones a fault."""
    media = ("not-drawn", "ribbon-end", "wrong-ribbon")
    return usbclass.MEDIA_OUT & ~usbclass.ERROR if error in media else 0


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "evolis": Family(_evolis, _evolis_error),
        "magicard": Family(_magicard, lambda error: usbclass.ERROR),
        "matica": Family(
            matica_halves,
            lambda error: usbclass.ERROR,
            usbclass.STORAGE,
            MaticaBody,
            keep,
            bring_back,
        ),
    }
)
