"""Processes of the demo: started, listened to until they say where they answer, and ended on every path."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from printstation.cli.failure import IMPOSSIBLE, Failure
from printstation.clock import Clock

#: Cold imports on a slow machine; both children usually answer within two seconds.
START_S = 30.0
#: The station promises 5 s when nothing moves, the simulator 2 s.
STOP_S = 8.0
#: What of a child's log is shown when it ends by itself.
LAST_LINES = 5


class Child:
    """One process with its own session, so that Ctrl-C reaches only us and we end it in order."""

    def __init__(self, name: str, arguments: Sequence[str], log: Path, clock: Clock) -> None:
        self.name = name
        self._log = log
        self._clock = clock
        self._unread = b""
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                list(arguments),
                stdout=subprocess.PIPE,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def says(self, what: str) -> str:
        """Wait for the line `WHAT ADDRESS` and return the address."""
        pattern = re.compile(re.escape(what) + r" (\S+)")
        deadline = self._clock.monotonic() + START_S
        while self._clock.monotonic() < deadline:
            line = self._line(deadline - self._clock.monotonic())
            if line is None:
                break
            found = pattern.fullmatch(line)
            if found:
                return found[1]
        raise self.fault(f"did not say `{what} …`")

    def _line(self, wait_s: float) -> str | None:
        """The next line of its output; None when there is none in time or ever."""
        assert self._process.stdout is not None
        while b"\n" not in self._unread:
            with selectors.DefaultSelector() as selector:
                selector.register(self._process.stdout, selectors.EVENT_READ)
                if not selector.select(wait_s):
                    return None
            data = os.read(self._process.stdout.fileno(), 4096)
            if not data:
                return None
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode(errors="replace").strip()

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def fault(self, what: str) -> Failure:
        """Why the demo cannot go on, with the end of this child's log."""
        lines = self._log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        return Failure("\n  ".join([f"the {self.name} {what}", *lines]), IMPOSSIBLE)

    def end(self) -> None:
        """SIGTERM, and SIGKILL if that is not heard in time."""
        if self.alive:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


class Children:
    """All processes of the demo, ended in the reverse of the order in which they were started."""

    def __init__(self, logs: Path, clock: Clock) -> None:
        self._logs = logs
        self._clock = clock
        self._all: list[Child] = []

    def start(self, name: str, module: str, arguments: Sequence[str]) -> Child:
        """Start a module of ours."""
        return self.program(name, [sys.executable, "-m", module, *arguments])

    def program(self, name: str, arguments: Sequence[str]) -> Child:
        """Start any program."""
        child = Child(name, arguments, self._logs / f"{name}.log", self._clock)
        self._all.append(child)
        return child

    def check(self) -> None:
        """Fail if one ended by itself."""
        for child in self._all:
            if not child.alive:
                raise child.fault("ended by itself")

    def end(self) -> None:
        """End all that still run."""
        while self._all:
            self._all.pop().end()


@contextmanager
def children(logs: Path, clock: Clock) -> Iterator[Children]:
    """Children that are ended when the block ends, also by an exception, SIGTERM or SIGHUP."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    started = Children(logs, clock)
    try:
        yield started
    finally:
        # A second signal must not leave a child behind.
        for number in (*before, signal.SIGINT):
            before.setdefault(number, signal.getsignal(number))
            signal.signal(number, signal.SIG_IGN)
        started.end()
        for number, handler in before.items():
            signal.signal(number, handler)
