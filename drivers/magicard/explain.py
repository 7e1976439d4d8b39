"""A Magicard status in pieces: the port's byte, and the code of an answer to REQ,ERR."""

from __future__ import annotations

import re

from drivers.magicard.codes import codes, row_of
from drivers.magicard.wire import OK_CODE
from drivers.meaning import Meaning, port_bits

_PORT = re.compile(r"port ([0-9a-f]{2})")
_CODE = re.compile(r"(?<!\d)(\d\d:\d\d)(?!\d)([^,]*)")


def explain(raw: str) -> tuple[Meaning, ...]:
    """Every byte and code in it."""
    found: list[Meaning] = []
    for port in _PORT.findall(raw):
        found += port_bits(int(port, 16))
    for code, text in _CODE.findall(raw):
        if code == OK_CODE:
            found.append(Meaning(code, "no error"))
            continue
        row = row_of(code)
        says = text.strip() or ("no row has this code" if code not in codes() else row.keyword)
        found.append(Meaning(code, says + (" (invented)" if row.invented else ""), row.keyword))
    return tuple(found)
