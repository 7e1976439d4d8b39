"""USB/IP between our client and our simulator; the peer is plain loopback TCP of the same bytes."""

from __future__ import annotations

import socket
import statistics
import threading
import time

import drivers
from bench.measure import Row, paired
from bench.simulated import Simulated

ROUNDS = 9
MEGABYTES = 32
BLOCK = 1 << 20
CONTROLS = 2000
MIN_MB_S = 100.0
MAX_US = 300.0


def rows() -> list[Row]:
    """Bulk OUT throughput and the control round trip."""
    with Simulated(speed=1.0) as simulated:
        port = drivers.open_port(simulated.uri("tango"))
        try:
            return [_bulk(port), _control(port)]
        finally:
            port.close()


def _bulk(port: drivers.Port) -> Row:
    # Filler bytes before a job are skipped by the device: nothing is printed.
    block = b"\x05" * BLOCK

    def ours() -> float:
        start = time.perf_counter()
        for _ in range(MEGABYTES):
            done = 0
            while done < BLOCK:
                done += port.write(block[done:], 10.0)
        return MEGABYTES / (time.perf_counter() - start)

    mine, theirs, ratio = paired(ROUNDS, ours, lambda: _tcp(block))
    return Row(
        "USB/IP bulk OUT, 1 MiB transfers",
        f"{mine:.0f} MB/s",
        f"plain TCP: {theirs:.0f} MB/s",
        ratio,
        f">= {MIN_MB_S:.0f} MB/s",
        mine >= MIN_MB_S,
    )


def _tcp(block: bytes) -> float:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drain() -> None:
            taken, _ = server.accept()
            with taken:
                while taken.recv(BLOCK):
                    pass

        thread = threading.Thread(target=drain)
        thread.start()
        start = time.perf_counter()
        with socket.create_connection(server.getsockname()) as out:
            for _ in range(MEGABYTES):
                out.sendall(block)
        thread.join()
        return MEGABYTES / (time.perf_counter() - start)


def _control(port: drivers.Port) -> Row:
    times = []
    for _ in range(CONTROLS):
        start = time.perf_counter()
        port.port_status()
        times.append((time.perf_counter() - start) * 1e6)
    median = statistics.median(times)
    return Row(
        "USB/IP control round trip",
        f"{median:.0f} us",
        "-",
        None,
        f"<= {MAX_US:.0f} us",
        median <= MAX_US,
    )
