"""How a device that is not the configured model is called: its own word, its ids, and the models that answer so."""

from __future__ import annotations

import re

from drivers.models import known_as, models

#: Longest name of a device that is shown.
MOST_NAME = 40


def found_as(told: str, usb_ids: tuple[int, int] | None = None) -> str:
    """`Primacy (0f49:0a01), which is primacy`, as far as that is known; no sign of the device steers a terminal."""
    name = "".join(sign if sign.isprintable() else "?" for sign in told[:MOST_NAME])
    ids = "" if usb_ids is None else f" ({usb_ids[0]:04x}:{usb_ids[1]:04x})"
    known = _answering(told) or ("" if usb_ids is None else known_as(usb_ids, told))
    return f"{name or 'an unnamed device'}{ids}{known}"


def _answering(told: str) -> str:
    """The models of the family that this name is an answer of; empty where none is."""
    ours = (each for each in models().values() if each.family == "evolis")
    names = [each.name for each in ours if told and re.fullmatch(each.evolis.type_text, told)]
    return f", which is {' or '.join(names)}" if names else ""
