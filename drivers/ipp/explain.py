"""A queue's status in pieces: its state and every value of `printer-state-reasons`."""

from __future__ import annotations

from drivers.ipp.codes import codes, read
from drivers.ipp.seen import PrinterState
from drivers.meaning import Meaning

_STATES = {state.name.lower(): state for state in PrinterState}
_SUFFIXES = ("-error", "-warning", "-report")


def explain(raw: str) -> tuple[Meaning, ...]:
    """The state, and the words that are IPP keywords; the queue's own sentence is no code."""
    found: list[Meaning] = []
    words = raw.split()
    if words[:1] == ["queue"] and len(words) > 1 and words[1] in _STATES:
        state = _STATES[words[1]]
        stopped = "queue-stopped" if state is PrinterState.STOPPED else None
        found.append(Meaning(words[1], f"printer-state {state.value}", stopped))
        words = words[2:]
    for word in words:
        stem = word
        for suffix in _SUFFIXES:
            stem = stem.removesuffix(suffix)
        if stem not in codes() and stem == word:
            break  # the queue's own sentence begins here
        seen = read(word)
        says = "printer-state-reasons" if stem in codes() else "no row has this keyword"
        found.append(Meaning(word, says, seen.reason.keyword if seen else None))
    return tuple(found)
