"""ippeveprinter in a network of its own: run by `eve_kit.py` inside `unshare -n -m`, as root.

It needs D-Bus and Avahi, and a network where it may announce itself; here nobody else hears it. The way in
is a socket file, since a port of that network cannot be reached from outside.
Arguments: FOLDER COMMAND OPTION... Ends with its standard input.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

PORT = 8631
PATIENCE_S = 30.0
BUS = """<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen>
<auth>EXTERNAL</auth><policy context="default"><allow user="*"/><allow own="*"/>
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy></busconfig>
"""
AVAHI = "[server]\nallow-interfaces=lo\nenable-dbus=yes\n"


def until(look: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not look():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def reaches(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("localhost", port), 1):
        return True
    return False


def announces() -> bool:
    """Whether Avahi has found its host's name, before which it announces nothing."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as sock:
        sock.connect("/run/avahi-daemon/socket")
        sock.sendall(
            b"RESOLVE-HOSTNAME-IPV4 %s.local\n" % socket.gethostname().split(".")[0].encode()
        )
        return sock.recv(100).startswith(b"+")
    return False


def pump(source: socket.socket, target: socket.socket) -> None:
    """One direction of a bridge."""
    for end in (source, target):
        if end.family in (socket.AF_INET, socket.AF_INET6):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def bridge(door: socket.socket) -> None:
    while True:
        outside, _ = door.accept()
        inside = socket.create_connection(("localhost", PORT))
        for ends in ((outside, inside), (inside, outside)):
            threading.Thread(target=pump, args=ends, daemon=True).start()


def start(children: list[subprocess.Popen[bytes]], log: IO[bytes], *command: str) -> None:
    children.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL))


def prepare() -> None:
    """What D-Bus and Avahi want, in places that only this namespace sees."""
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
    for words in ("up", "multicast on"):
        subprocess.run(["ip", "link", "set", "lo", *words.split()], check=True)
    Path("/run/dbus").mkdir()
    Path("/run/bus.conf").write_text(BUS)
    Path("/run/avahi.conf").write_text(AVAHI)


def main() -> None:
    folder, command, *options = Path(sys.argv[1]), sys.argv[2], *sys.argv[3:]
    prepare()
    children: list[subprocess.Popen[bytes]] = []
    log = open(folder / "eve.log", "wb")  # noqa: SIM115 - as long as the printer
    try:
        start(children, log, "dbus-daemon", "--config-file=/run/bus.conf", "--nofork")
        until(Path("/run/dbus/system_bus_socket").exists, "no D-Bus")
        rights = ("--no-drop-root", "--no-rlimits", "--no-chroot")
        start(children, log, "avahi-daemon", "-f", "/run/avahi.conf", *rights)
        until(announces, "no Avahi")
        where = ("-n", "localhost", "-p", str(PORT), "-d", str(folder / "spool"))
        start(children, log, "ippeveprinter", *where, "-k", "-c", command, *options, "Cards")
        until(lambda: reaches(PORT), "no printer")
        door = socket.socket(socket.AF_UNIX)
        door.bind(os.fspath(folder / "door"))
        door.listen()
        threading.Thread(target=bridge, args=(door,), daemon=True).start()
        print("ready", flush=True)
        sys.stdin.read()
    finally:
        for child in reversed(children):
            child.kill()
            child.wait()


if __name__ == "__main__":
    main()
