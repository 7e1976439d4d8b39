"""The device behind a queue: a script that keeps books and stays in its "print" until the test ends it.

cupsd runs it as a backend, ippeveprinter as its command. A card lasts exactly as long as the test wants,
and no test sleeps: it looks until something is so, or fails with a server's log.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

#: A start on a loaded machine of two cores took 0.4 s.
PATIENCE_S = 30.0
#: Between two looks.
LOOK_S = 0.005

#: `starts`, `waits` and `ends` get a line a run, `card-N` what run N was given; `says` is what it writes to
#: stderr, `deaf` makes it ignore its end. A backend is asked for its devices without arguments.
PRINT = """
run=$(($(wc -l < "$folder/starts") + 1))
echo "$$ $job" >> "$folder/starts"
cat $file > "$folder/card-$run"
cat "$folder/says" >&2
[ -e "$folder/deaf" ] && trap "" TERM
echo "$run" >> "$folder/waits"
read -r code < "$folder/gate"
echo "$code" >> "$folder/ends"
[ "$code" = crash ] && kill -SEGV $$
exit "$code"
"""
BACKEND = """#!/bin/sh
[ $# -lt 5 ] && exit 0
folder="${DEVICE_URI#card:}" job="$1" file="$6"
"""
COMMAND = """#!/bin/sh
folder="FOLDER" job="$IPP_JOB_ID" file="$1"
"""


class Device:
    """One device, whose books lie in `card`."""

    def __init__(self, card: Path) -> None:
        self.card = card
        card.mkdir()
        for name in ("starts", "waits", "ends", "says"):
            (card / name).touch()
        os.mkfifo(card / "gate")

    def script(self, path: Path, head: str) -> None:
        """Its program, `head` being BACKEND or COMMAND."""
        path.write_text(head.replace("FOLDER", str(self.card)) + PRINT)
        path.chmod(0o700)

    def story(self) -> str:
        """What helps to see why; the servers add their logs."""
        return ""

    def starts(self) -> list[list[str]]:
        """[pid, job] of every run so far."""
        return [line.split() for line in (self.card / "starts").read_text().splitlines()]

    def ends(self) -> list[str]:
        """The exit code of every run that came to its own end."""
        return [line.split()[0] for line in (self.card / "ends").read_text().splitlines()]

    def waits(self) -> bool:
        """Whether the latest run has all its data and stays in its "print"."""
        return len((self.card / "waits").read_text().split()) == len(self.starts()) > 0

    def backends(self) -> list[int]:
        """Process ids of the runs that are not over."""
        return [int(pid) for pid, _ in self.starts() if _runs(int(pid), self.card.parent)]

    def kill_backend(self) -> None:
        """The kernel ends the run that waits, as when memory is short."""
        (pid,) = self.backends()
        os.kill(pid, signal.SIGKILL)

    def printed(self, run: int = 1) -> bytes:
        """What the device was given in its run number `run`."""
        return (self.card / f"card-{run}").read_bytes()

    def says(self, *lines: str) -> None:
        """What the next run writes to stderr once it has its data."""
        (self.card / "says").write_text("".join(f"{line}\n" for line in lines))

    def open_gate(self, code: int | str = 0) -> None:
        """Let the run that waits end with this code."""

        def waits() -> int | None:
            try:
                return os.open(self.card / "gate", os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                assert error.errno == errno.ENXIO, error
                return None

        gate = self.until(waits, "a backend waits at its gate")
        os.write(gate, f"{code}\n".encode())
        os.close(gate)

    def until(self, look: Callable[[], T | None], what: str) -> T:
        """Look again and again; fails with the server's log when it is not so in time."""
        end = time.monotonic() + PATIENCE_S
        while not (found := look()):
            if time.monotonic() > end:
                raise AssertionError(f"not in time: {what}\n{self.story()}")
            time.sleep(LOOK_S)
        return found


def _runs(pid: int, folder: Path) -> bool:
    """Whether this process still is there and runs our script, not another one of its number."""
    try:
        return os.fsencode(folder) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
