"""ippeveprinter as a card printer that speaks IPP itself: started in a network of its own (ipp.md §10)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract import eve_inside
from tests.contract.card_device import COMMAND, Device
from tests.contract.cupsd_kit import alone

#: Program and the Debian package that has it.
PROGRAMS = {
    "ippeveprinter": "cups-ipp-utils",
    "avahi-daemon": "avahi-daemon",
    "dbus-daemon": "dbus-daemon",
    "unshare": "util-linux",
    "ip": "iproute2",
}
_PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_MISSING = [package for name, package in PROGRAMS.items() if not shutil.which(name, path=_PLACES)]
#: What a one-sided card printer says of itself, for its attributes file.
ATTRIBUTES = """ATTR mimeMediaType document-format-default "application/octet-stream"
ATTR mimeMediaType document-format-supported "application/octet-stream","image/pwg-raster"
ATTR keyword print-color-mode-default "color"
ATTR keyword print-color-mode-supported "color"
ATTR keyword media-default "iso_id-1_53.98x85.6mm"
ATTR keyword media-supported "iso_id-1_53.98x85.6mm"
ATTR collection media-size-supported { MEMBER integer x-dimension 5398 MEMBER integer y-dimension 8560 }
ATTR resolution printer-resolution-default 300dpi
ATTR resolution printer-resolution-supported 300dpi
ATTR keyword sides-default "one-sided"
ATTR keyword sides-supported "one-sided"
ATTR keyword job-sheets-default "none"
ATTR textWithoutLanguage printer-make-and-model "Testcard Two"
ATTR textWithoutLanguage printer-device-id "MFG:Testcard;MDL:Two;"
"""


def _may_unshare() -> bool:
    if _MISSING or os.geteuid() != 0:
        return False
    tried = subprocess.run(["unshare", "-n", "-m", "true"], capture_output=True, check=False)
    return tried.returncode == 0


def why_not() -> str | None:
    """Why it cannot be had here; None when it can."""
    if _MISSING:
        return f"the Debian package {' '.join(sorted(set(_MISSING)))} is missing"
    return None if _may_unshare() else "ippeveprinter wants a network of its own, which needs root"


class Eve(Device):
    """One printer. Its address here is a door into its network."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "card")
        self.folder = folder
        (folder / "spool").mkdir()
        (folder / "printer.conf").write_text(ATTRIBUTES)
        self.script(folder / "print", COMMAND)
        inside = [sys.executable, eve_inside.__file__, str(folder), str(folder / "print")]
        self.process = subprocess.Popen(
            ["unshare", "-n", "-m", *inside, "-a", str(folder / "printer.conf")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PATH": _PLACES},
        )
        assert self.process.stdout is not None
        if self.process.stdout.readline() != b"ready\n":
            self.end()
            raise AssertionError(f"ippeveprinter does not start\n{self.story()}")
        self._door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._bridge, daemon=True).start()

    @property
    def uri(self) -> str:
        return f"ipp://127.0.0.1:{self._door.getsockname()[1]}/ipp/print"

    def _bridge(self) -> None:
        while True:
            try:
                outside, _ = self._door.accept()
            except OSError:
                return
            inside = socket.socket(socket.AF_UNIX)
            inside.connect(os.fspath(self.folder / "door"))
            for ends in ((outside, inside), (inside, outside)):
                threading.Thread(target=eve_inside.pump, args=ends, daemon=True).start()

    def end(self) -> None:
        """Its world ends with its standard input."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def close(self) -> None:
        self.end()
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def story(self) -> str:
        log = self.folder / "eve.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-40:]) if log.exists() else ""


@contextmanager
def printing(folder: Path) -> Iterator[Eve]:
    """A printer that listens; whatever happens, nothing of it is left."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with alone():
        eve = Eve(folder)
        try:
            yield eve
        finally:
            eve.close()
