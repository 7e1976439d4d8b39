"""The narrow door between a receipt printer and its cable: bytes out, bytes in, close.

Less than a `Port`: a serial or network printer has no class requests. Errors are those of
`drivers/contract.py`.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from drivers.transports import open_port


class Line(Protocol):
    """One open line, held by one thread; `Port` has all of it."""

    def write(self, data: bytes, timeout_s: float) -> int:
        """Bytes that were taken; `TransferTimeout` (with `accepted`) when the deadline came first."""

    def read(self, size: int, timeout_s: float) -> bytes:
        """What came, at most `size`; `TransferTimeout` when nothing did."""

    def close(self) -> None:
        """Let go. Never raises, may be repeated."""


@runtime_checkable
class Resettable(Protocol):
    """A line that can empty the printer's buffers: USB has SOFT_RESET, the others have nothing."""

    def soft_reset(self) -> None:
        """Drop what the printer holds unprinted."""


def open_line(uri: str) -> Line:
    """Open the line at an address of any kind; errors as `open_port`."""
    return open_port(uri)
