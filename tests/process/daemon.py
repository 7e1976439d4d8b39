"""`printstation serve` as an office starts it: a process, its line on stdout, its signals, its death."""

from __future__ import annotations

import selectors
import subprocess
import sys
import time
from pathlib import Path

#: A cold start on a loaded machine of two cores took 3 s.
START_S = 60.0
#: Between two looks of a person at anything.
LOOK_S = 0.02


def command(config: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One command of `printstation`, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "printstation.cli", "--config", str(config), *arguments],
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )


class Daemon:
    """A daemon that listens at `url`. Its log is `daemon.log` beside its configuration."""

    def __init__(self, config: Path) -> None:
        self._log = config.with_name("daemon.log")
        with self._log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "printstation.cli", "--config", str(config), "serve"],
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        try:
            self.url = self._listens()
        except BaseException:
            self.end()
            raise

    def _listens(self) -> str:
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(START_S), f"the daemon says nothing:\n{self.log}"
        line = self.process.stdout.readline().decode().strip()
        assert line.startswith("listening on http://"), f"{line!r}\n{self.log}"
        return line.removeprefix("listening on ")

    @property
    def log(self) -> str:
        """The end of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-60:])

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def breathe(self) -> None:
        """Let a moment pass; a daemon that ends by itself meanwhile is a failure."""
        try:
            code = self.process.wait(LOOK_S)
        except subprocess.TimeoutExpired:
            return
        raise AssertionError(f"the daemon ended by itself with {code}:\n{self.log}")

    def kill(self) -> None:
        """SIGKILL: the host dies, the printers keep their power."""
        self.process.kill()
        self._gone()

    def terminate(self) -> float:
        """SIGTERM, and how long it took; it must end with 0."""
        start = time.monotonic()
        self.process.terminate()
        code = self.process.wait(START_S)
        assert code == 0, f"exit code {code}:\n{self.log}"
        self._gone()
        return time.monotonic() - start

    def end(self) -> None:
        """Whatever it does: away with it."""
        if self.alive:
            self.process.kill()
        self._gone()

    def _gone(self) -> None:
        self.process.wait(START_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
