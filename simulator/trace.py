"""A record that a station made of a printer's wire: the bytes that went out, and how many of them it left out.

The format is in `docs/diagnostics.md`: a line of JSON that says so, then one an event. What was left out counts with
its length, as zeros, so that every other byte stands where it stood.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

FORMAT = "printstation-trace 1"


@dataclass(frozen=True)
class Trace:
    """`left_out` bytes of the stream are zeros here and were pictures on the wire. `broken` says at which line the
    record ends, where that is no event; empty where it is whole."""

    stream: bytes
    left_out: int
    broken: str = ""


def read(data: bytes) -> Trace | None:
    """None for a file that is the bare stream itself. Whatever stands before a broken line counts."""
    if not data.startswith(b"{") or FORMAT.encode() not in data[:200]:
        return None
    stream = bytearray()
    left_out = 0
    for number, line in enumerate(data.splitlines()[1:], 2):
        try:
            event: dict[str, Any] = json.loads(line)
            if event["kind"] != "out":
                continue
            missing = int(event.get("left_out", 0))
            stream += bytes.fromhex(event["hex"]) if not missing else bytes(missing)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            broken = f"line {number}: no event of a trace ({type(error).__name__})"
            return Trace(bytes(stream), left_out, broken)
        left_out += missing
    return Trace(bytes(stream), left_out)
