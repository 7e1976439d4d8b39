"""`printstation serve`: the daemon. Its socket, its signals, its one line on stdout.

The first SIGTERM (or Ctrl-C) begins the stop: no new card starts, a moving one is awaited, the API answers
meanwhile. The second leaves at once; the next start settles what was moving.
"""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

import typer

from printstation import logs
from printstation.cli.failure import REFUSED, Failure
from printstation.cli.options import load_config

if TYPE_CHECKING:
    from printstation.config import Config

BACKLOG = 128
#: Open requests get this long once no card moves; streams have ended by then.
GRACE_S = 2


def serve(context: typer.Context) -> None:
    """Run the station until SIGTERM; prints `listening on URL` once it answers.

    A second SIGTERM leaves at once. Exit codes: 0 stopped; 1 cannot start, or left at once; 2 wrong
    configuration.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        # Until the web server takes them over nothing moves: what was begun is rolled back.
        signal.signal(number, _stopped_before_it_began)
    config = load_config(context)
    logs.set_up(config.log_level)
    with bind(*config.listen_at) as bound:
        _run(config, bound)


def _run(config: Config, bound: socket.socket) -> None:
    # Here and not above: `--help` must not pay for FastAPI.
    from printstation.cli.web import run
    from printstation.station import StationError, open_station

    try:
        station = open_station(config)
    except StationError as error:
        raise Failure(str(error), REFUSED) from None
    except OSError as error:
        line = f"the data folder {config.data_dir} cannot be used: {error.strerror}"
        raise Failure(line, REFUSED) from None
    try:
        # Only now: a request that comes too early is refused, not kept waiting for a migration.
        bound.listen(BACKLOG)
    except OSError as error:
        station.stop(now=True)
        raise _taken(*config.listen_at, error) from None
    run(station, bound, GRACE_S)


def _stopped_before_it_began(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def bind(host: str, port: int) -> socket.socket:
    """A socket that has the address; one line where that is taken. It can be bound again at once after a kill."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, or asyncio does not set TCP_NODELAY and an answer waits 40 ms for an ACK.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise _taken(host, port, error) from None
    return bound


def _taken(host: str, port: int, error: OSError) -> Failure:
    line = (
        f"cannot listen on {host}:{port}: {error.strerror}; end what holds it, or change `listen`"
    )
    return Failure(line, REFUSED)
