"""The doctor beside a daemon, and beside another program that has its port."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from printstation.diagnostics.view import Line, State
from printstation.station import take_lock
from tests.unit.printstation.diagnostics.rig import Rig

OK, BROKEN = State.OK, State.BROKEN


def daemon_line(rig: Rig) -> Line:
    return next(line for line in rig.lines() if line.check == "daemon")


def test_the_lock_is_seen_and_not_touched(rig: Rig) -> None:
    (rig.proc / "locks").symlink_to("/proc/locks")
    with take_lock(rig.folder):
        assert "holds the data folder" in daemon_line(rig).seen
        assert rig.opened == [], "a printer was opened beside a daemon"
    assert daemon_line(rig).state is OK


class NoStation(BaseHTTPRequestHandler):
    """A web server of somebody else."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>It works!</h1>")

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


@contextmanager
def web_server() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), NoStation)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_another_program_at_our_port_is_found(rig: Rig) -> None:
    with web_server() as port:
        rig.settings["listen"] = f'"127.0.0.1:{port}"'
        line = daemon_line(rig)
    assert (line.state, "no station" in line.seen) == (BROKEN, True)
    assert "change `listen`" in line.do
