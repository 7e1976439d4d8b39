"""A real cupsd on a loopback port, in a folder of its own, with a card queue whose backend is a script.

The backend stands for the device: it writes down every start and every finished card, keeps what it got,
and stays in its "print" until the test opens its gate (a FIFO) with the exit code to end with. So no test
sleeps, and a card lasts exactly as long as the test wants.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

QUEUE = "cards"
#: A start on a loaded machine of two cores took 0.4 s.
PATIENCE_S = 20.0
#: Between two looks.
LOOK_S = 0.005

CUPSD = shutil.which("cupsd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
needs_cupsd = pytest.mark.skipif(CUPSD is None, reason="the Debian package cups-daemon is missing")

HOOK = Path(__file__).parents[2] / "drivers/ipp/cups/printstation-stop-queue"
#: Starts backends for cupsd; it looks for it beside its own backends.
CUPS_EXEC = Path("/usr/lib/cups/daemon/cups-exec")
#: The only types of this server, so that it offers no conversion of anything.
MIME_TYPES = """application/vnd.cups-raster string(0,"RaS3") string(0,"RaS2")
application/octet-stream
"""

#: DEVICE_URI is card:/FOLDER. `starts` and `ends` get one line a run, `card-N` what run N was given.
BACKEND = """#!/bin/sh
[ $# -lt 5 ] && exit 0
folder="${DEVICE_URI#card:}"
run=$(($(wc -l < "$folder/starts") + 1))
echo "$$ $1 $3" >> "$folder/starts"
cat ${6:+"$6"} > "$folder/card-$run"
cat "$folder/says" >&2
[ -e "$folder/deaf" ] && trap "" TERM
echo "$run" >> "$folder/waits"
read -r code < "$folder/gate"
echo "$code $1" >> "$folder/ends"
[ "$code" = crash ] && kill -SEGV $$
exit "$code"
"""

CUPSD_CONF = """Listen 127.0.0.1:{port}
LogLevel warn
AccessLogLevel all
Browsing No
WebInterface No
DirtyCleanInterval {dirty}
PreserveJobHistory Yes
PreserveJobFiles No
JobRetryLimit 1
JobRetryInterval 1
JobKillDelay 1
MaxJobTime 600
MultipleOperationTimeout 60
DefaultPolicy open
<Location />
  Order allow,deny
  Allow from 127.0.0.1
</Location>
<Policy open>
  JobPrivateAccess default
  JobPrivateValues none
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""

FILES_CONF = """ServerRoot {folder}/etc
ServerBin {folder}/lib
DataDir {folder}/share
StateDir {folder}/run
CacheDir {folder}/cache
RequestRoot {folder}/spool
TempDir {folder}/spool/tmp
AccessLog {folder}/access_log
ErrorLog {folder}/error_log
PageLog {folder}/page_log
FileDevice No
SyncOnClose No
"""

PRINTER = """<Printer {name}>
UUID urn:uuid:{uuid}
Info {info}
MakeModel {make_model}
DeviceURI {device}
State Idle
Type 4
Accepting Yes
Shared {shared}
JobSheets none none
QuotaPeriod 0
PageLimit 0
KLimit 0
OpPolicy open
ErrorPolicy {policy}
{more}</Printer>
"""

#: Just enough of a vendor's PPD: card size, 300 dpi RGB raster, and the raster as it comes to the backend.
PPD = """*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "CARD.PPD"
*Manufacturer: "Testcard"
*Product: "(Testcard One)"
*ModelName: "Testcard One"
*ShortNickName: "Testcard One"
*NickName: "Testcard One"
*PSVersion: "(3010.000) 0"
*ColorDevice: True
*DefaultColorSpace: RGB
*cupsVersion: 2.3
*cupsModelNumber: 0
*cupsManualCopies: True
*cupsFilter: "application/vnd.cups-raster 0 -"
*1284DeviceID: "MFG:Testcard;MDL:One;SN:K7;"
*OpenUI *PageSize/Media: PickOne
*DefaultPageSize: CR80
*PageSize CR80/Card: "<</PageSize[153.01 242.65]/ImagingBBox null>>setpagedevice"
*CloseUI: *PageSize
*OpenUI *PageRegion/Media: PickOne
*DefaultPageRegion: CR80
*PageRegion CR80/Card: "<</PageSize[153.01 242.65]/ImagingBBox null>>setpagedevice"
*CloseUI: *PageRegion
*DefaultImageableArea: CR80
*ImageableArea CR80/Card: "0 0 153.01 242.65"
*DefaultPaperDimension: CR80
*PaperDimension CR80/Card: "153.01 242.65"
*OpenUI *Resolution/Resolution: PickOne
*DefaultResolution: 300dpi
*Resolution 300dpi/300 dpi: "<</HWResolution[300 300]>>setpagedevice"
*CloseUI: *Resolution
*OpenUI *ColorModel/Colour: PickOne
*DefaultColorModel: RGB
*ColorModel RGB/RGB: "<</cupsColorSpace 1/cupsColorOrder 0/cupsBitsPerColor 8>>setpagedevice"
*CloseUI: *ColorModel
"""


class Cupsd:
    """One server, one queue `cards`. `start` and `stop` may be called again: the spool stays."""

    def __init__(self, folder: Path, *, ppd: bool = True) -> None:
        assert CUPSD is not None
        self.folder = folder
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None
        for name in (
            "etc/ppd",
            "lib/backend",
            "lib/daemon",
            "share/mime",
            "run",
            "cache",
            "spool/tmp",
        ):
            (folder / name).mkdir(parents=True)
        self.card.mkdir()
        (folder / "share/mime/mime.types").write_text(MIME_TYPES)
        (folder / "share/mime/mime.convs").touch()
        (folder / "lib/daemon/cups-exec").symlink_to(CUPS_EXEC)
        backend = folder / "lib/backend/card"
        backend.write_text(BACKEND)
        backend.chmod(0o700)
        for name in ("starts", "waits", "ends", "says"):
            (self.card / name).touch()
        os.mkfifo(self.card / "gate")
        self.write("cupsd.conf", CUPSD_CONF.format(port=self.port, dirty=0))
        self.write("cups-files.conf", FILES_CONF.format(folder=folder))
        if ppd:
            self.write(f"ppd/{QUEUE}.ppd", PPD)
        self.add_queue()

    @property
    def card(self) -> Path:
        """Where the backend keeps its books."""
        return self.folder / "card"

    @property
    def uri(self) -> str:
        return f"ipp://127.0.0.1:{self.port}/printers/{QUEUE}"

    def write(self, name: str, text: str) -> None:
        """A file of the server's configuration."""
        (self.folder / "etc" / name).write_text(text)

    def edit(self, name: str, old: str, new: str) -> None:
        """Change the configuration; the old text must be there."""
        path = self.folder / "etc" / name
        text = path.read_text()
        assert old in text, text
        path.write_text(text.replace(old, new))

    def add_queue(self, name: str = QUEUE, **changes: str) -> None:
        """A queue in printers.conf, while the server does not run."""
        known = {
            "uuid": "6dd5be82-3a72-3b8a-5a4b-000000000001",
            "info": "Card printer",
            "make_model": "Testcard One",
            "device": f"card:{self.card}",
            "shared": "No",
            "policy": "abort-job",
            "more": "",
        }
        path = self.folder / "etc/printers.conf"
        before = path.read_text() if path.exists() else ""
        path.write_text(before + PRINTER.format(name=name, **{**known, **changes}))

    # ------------------------------------------------------------------ the process
    def start(self) -> None:
        etc = self.folder / "etc"
        assert self.process is None, "it runs already"
        self.process = subprocess.Popen(
            [str(CUPSD), "-f", "-c", str(etc / "cupsd.conf"), "-s", str(etc / "cups-files.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.until(self._listens, "cupsd listens")

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"cupsd ended: {self.story()}"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def kill(self) -> None:
        """SIGKILL; a backend lives on as an orphan."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and until it is gone."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        assert process is not None
        process.send_signal(how)
        process.wait(PATIENCE_S)

    def run_hook(self, *queues: str) -> None:
        """What the service drop-in runs before cupsd starts."""
        conf = self.folder / "etc/printers.conf"
        subprocess.run(
            [str(HOOK), str(conf), *(queues or (QUEUE,))], check=True, timeout=PATIENCE_S
        )

    def end(self) -> None:
        """Away with it, and with every backend that it started."""
        if self.process is not None:
            self.kill()
        self.end_orphans()

    def end_orphans(self) -> None:
        """Backends that outlived their cupsd."""
        for pid in self.backends():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    # ------------------------------------------------------------------ the device
    def starts(self) -> list[list[str]]:
        """[pid, job, name] of every run so far."""
        return [line.split(" ", 2) for line in (self.card / "starts").read_text().splitlines()]

    def ends(self) -> list[str]:
        """The exit code of every run that came to its own end."""
        return [line.split()[0] for line in (self.card / "ends").read_text().splitlines()]

    def waits(self) -> bool:
        """Whether the latest run has all its data and stays in its "print"."""
        return len((self.card / "waits").read_text().split()) == len(self.starts()) > 0

    def backends(self) -> list[int]:
        """Process ids of the runs that are not over."""
        mine = f"card:{self.card}"
        return [pid for pid, *_ in ((int(s[0]), s) for s in self.starts()) if _runs(pid, mine)]

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

    # ------------------------------------------------------------------ waiting
    def until(self, look: Callable[[], T | None], what: str) -> T:
        """Look again and again; fails with the server's log when it is not so in time."""
        end = time.monotonic() + PATIENCE_S
        while not (found := look()):
            if time.monotonic() > end:
                raise AssertionError(f"not in time: {what}\n{self.story()}")
            time.sleep(LOOK_S)
        return found

    def story(self) -> str:
        """The end of the server's log."""
        log = self.folder / "error_log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-40:]) if log.exists() else ""


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One print server at a time on this machine, in however many processes the tests run."""
    with open(Path(tempfile.gettempdir()) / "printstation-tests-cupsd.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def running(folder: Path, **how: bool) -> Iterator[Cupsd]:
    """A server that listens; whatever happens, nothing of it is left."""
    with alone():
        server = Cupsd(folder, **how)
        try:
            server.start()
            yield server
        finally:
            server.end()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _runs(pid: int, device: str) -> bool:
    """Whether this is still our backend and no other process of the same number."""
    try:
        return device.encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
