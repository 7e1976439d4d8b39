"""The journal as a live stream of server-sent events (WHATWG HTML §9.2).

Woken by commits, not by a timer; the timer only looks whether the station stops, since a server waits
for open streams before it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator

from starlette.concurrency import run_in_threadpool

from printstation.api.needs import Station
from printstation.store import journal
from printstation.store.journal import Entry

#: How soon a stream ends after the station began to stop.
LOOK_S = 0.25
#: A comment line now and then shows a proxy, and us, that the other end is still there.
PING_S = 15.0
#: Entries read at once: a stream that is far behind takes bounded memory.
BATCH = 200

Listener = tuple[asyncio.AbstractEventLoop, asyncio.Event]


class Bell:
    """Rung by any thread after a commit; wakes every open stream."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def ring(self) -> None:
        """Wake all streams. A loop that is closed has no stream any more."""
        for loop, event in tuple(self._listeners):
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(event.set)

    @contextlib.contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that is set by each ring."""
        listener = (asyncio.get_running_loop(), asyncio.Event())
        self._listeners.add(listener)
        try:
            yield listener[1]
        finally:
            self._listeners.discard(listener)


def message(identity: str, data: object) -> str:
    """One event without a name, so that `onmessage` of a browser gets it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {identity}\ndata: {text}\n\n"


async def follow(
    station: Station, bell: Bell, after: int, show: Callable[[Entry], tuple[str, object]]
) -> AsyncIterator[str]:
    """Entries after `after`, then each new one; ends when the station stops."""

    def read(seq: int) -> list[Entry]:
        with station.store.read() as conn:
            return journal.after(conn, seq, BATCH)

    with bell.listening() as rung:
        # Something to read at once, so that the other end knows that it is connected.
        yield ": follow\n\n"
        quiet_s = 0.0
        while not station.stopping:
            rung.clear()
            entries = await run_in_threadpool(read, after)
            for entry in entries:
                after = entry.seq
                yield message(*show(entry))
            if entries:
                quiet_s = 0.0
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), LOOK_S)
            quiet_s += LOOK_S
            if quiet_s >= PING_S:
                quiet_s = 0.0
                yield ": here\n\n"
