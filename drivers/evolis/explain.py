"""An Evolis status in pieces: the port's byte, replies, sensors."""

from __future__ import annotations

import re

from drivers.contract import NotUnderstood
from drivers.evolis.codes import replies, reply_row, sensors
from drivers.evolis.wire import OK, is_error_text
from drivers.meaning import Meaning, port_bits

_PORT = re.compile(r"port ([0-9a-f]{2})")
_SENSOR = re.compile(r"^(.*?) (\d{1,2},\d{1,2} ?Volts)$", re.IGNORECASE)


def explain(raw: str) -> tuple[Meaning, ...]:
    """Every byte, reply and sensor value in it; its parts stand between commas and a blank."""
    found: list[Meaning] = []
    for part in raw.split(", "):
        port = _PORT.fullmatch(part)
        if port:
            found += port_bits(int(port[1], 16))
        elif (sensor := _SENSOR.match(part)) is not None:
            found.append(_sensed(sensor[1], sensor[2]))
        elif part == OK:
            found.append(Meaning(part, "no error"))
        elif part in replies() or is_error_text(part):
            row = reply_row(part)
            known = "a reply of the sheet" if part in replies() else "no row has this reply"
            found.append(Meaning(part, known, row.keyword if row else None))
    return tuple(found)


def _sensed(name: str, value: str) -> Meaning:
    for row in sensors().values():
        if row.name == name:
            try:
                reason = row.reason(value)
            except NotUnderstood:
                break
            return Meaning(value, name, reason.keyword if reason else None)
    return Meaning(value, name, "other")
