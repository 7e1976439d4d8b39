"""What is known of a printer right now, as its worker last saw it: a value that others may read freely."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PrinterState(StrEnum):
    """IPP's three printer states (RFC 8011 §5.4.11)."""

    IDLE = "idle"
    PROCESSING = "processing"
    STOPPED = "stopped"


@dataclass(frozen=True)
class SeenReason:
    """A keyword of `drivers/reasons.toml` and what the device really said."""

    keyword: str
    raw: str = ""


@dataclass(frozen=True)
class PrinterView:
    """One printer. `reasons` are as they were seen; empty when nothing is to be said."""

    name: str
    model: str
    family: str
    uri: str
    state: PrinterState
    serial: str | None = None
    reasons: tuple[SeenReason, ...] = ()
    job: str | None = None
    counters: tuple[tuple[str, int], ...] = ()
    supplies: tuple[tuple[str, int | None, int | None], ...] = ()
    resumes_at: str | None = None
