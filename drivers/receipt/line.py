"""The narrow door between a receipt printer and its cable: what of a `Port` is needed, on any kind of cable.

Errors are those of `drivers/contract.py`.
"""

from __future__ import annotations

from typing import Protocol


class Line(Protocol):
    """One open line, held by one thread; every `Port` is one."""

    def write(self, data: bytes, timeout_s: float) -> int:
        """Bytes that were taken; `TransferTimeout` (with `accepted`) when the deadline came first."""

    def read(self, size: int, timeout_s: float) -> bytes:
        """What came, at most `size`; `TransferTimeout` when nothing did."""

    def soft_reset(self) -> None:
        """Drop what the printer holds unprinted; `TransferStalled` on a cable that has no such request."""

    def close(self) -> None:
        """Let go. Never raises, may be repeated."""
