"""A record of what goes over a printer's cable: asked for at the running station, kept in its memory, fetched once.

`drivers/transports/recorder.py` keeps it. Without pictures it holds nothing of a resident; with them it holds whoever
is printed meanwhile, so that its start is an entry of the journal with the name of who asked for it.
"""

from __future__ import annotations

from typing import Any

from drivers import Record, Tap
from printstation.acts.request import Request, once
from printstation.clock import Clock, rfc3339
from printstation.refusals import Refusal
from printstation.store import journal
from printstation.store.engine import Store, Tx

#: Whoever needs more starts another one.
LONGEST_S = 3600
USUAL_S = 60


def start(
    store: Store,
    clock: Clock,
    tap: Tap,
    *,
    request: Request,
    printer: str,
    model: str,
    seconds: float,
    images: bool,
    by: str,
) -> Record:
    """Begin a record; refuses `trace-runs` while another one does. The entry is on disk before the first byte."""
    running = tap.record()
    if running is not None and not running.ended:
        raise _runs(printer)

    def act(tx: Tx) -> dict[str, Any]:
        data = {"seconds": seconds, "images": images}
        journal.append(tx, "trace-started", printer=printer, by=by, data=data)
        return {"printer": printer}

    once(store, request, act)
    head: dict[str, object] = {"printer": printer, "model": model, "at": rfc3339(clock.now())}
    if not tap.start(seconds, images, head):
        raise _runs(printer)
    begun = tap.record()
    assert begun is not None
    return begun


def found(tap: Tap, printer: str) -> Record:
    """The record that there is; refuses `not-found`."""
    record = tap.record()
    if record is None:
        raise Refusal("not-found", f"nothing is recorded at printer {printer}; start a trace first")
    return record


def _runs(printer: str) -> Refusal:
    return Refusal("trace-runs", f"a trace of printer {printer} runs already; end it first")
