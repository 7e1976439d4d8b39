"""The web server around a station: uvicorn as a guest in our loop, and the order in which things end.

Beginning of the stop, then the workers, then the server: requests are answered until no card moves.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Generator

import uvicorn

from printstation.api.app import create_app
from printstation.station import Station

log = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
#: Left by the second signal, before everything was settled.
LEFT = 1


class Web(uvicorn.Server):
    """uvicorn without signal handlers of its own; it tells when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def run(station: Station, bound: socket.socket, grace_s: int) -> None:
    """Serve until a signal; returns when everything has ended."""
    config = uvicorn.Config(
        create_app(station),
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=grace_s,
    )
    asyncio.run(_serve(station, Web(config), bound))


async def _serve(station: Station, web: Web, bound: socket.socket) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = 0

    # A plain handler and not the loop's: the second signal must get through whatever the loop does.
    def on_signal(number: int, _frame: object) -> None:
        nonlocal signals
        signals += 1
        if signals > 1:
            _leave_at_once()
        station.stopping = True
        loop.call_soon_threadsafe(stop.set)

    for number in SIGNALS:
        signal.signal(number, on_signal)
    serving = asyncio.create_task(web.serve(sockets=[bound]))
    up = asyncio.create_task(web.up.wait())
    await asyncio.wait({serving, up}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        serving.result()
        raise AssertionError("the web server ended before it began")
    try:
        if not stop.is_set():
            await asyncio.to_thread(station.start)
            print(f"listening on {_url_of(bound)}", flush=True)
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        log.info("stopping: no new card starts; a second signal leaves at once")
        station.begin_stop()
        await asyncio.to_thread(station.stop, False)
    finally:
        web.should_exit = True
        await serving
    log.info("stopped")


def _url_of(bound: socket.socket) -> str:
    """The address as a URL, with the port that the system chose."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _leave_at_once() -> None:
    """The second signal: no destructor, no join, no buffered word that matters."""
    os._exit(LEFT)
