"""A real cupsd on a loopback port, in a folder of its own, with a card queue whose backend is a script.

The backend is `card_device.py`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.card_device import BACKEND, PATIENCE_S, Device

QUEUE = "cards"
CUPSD = shutil.which("cupsd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
needs_cupsd = pytest.mark.skipif(CUPSD is None, reason="the Debian package cups-daemon is missing")

HOOK = Path(__file__).parents[2] / "drivers/ipp/cups/printstation-stop-queue"
#: Starts backends for cupsd; it looks for it beside its own backends.
CUPS_EXEC = Path("/usr/lib/cups/daemon/cups-exec")
#: The only types of this server, so that it offers no conversion of anything.
MIME_TYPES = """application/vnd.cups-raster string(0,"RaS3") string(0,"RaS2")
application/octet-stream
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
Type {type}
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


class Cupsd(Device):
    """One server, one queue `cards`. `start` and `stop` may be called again: the spool stays."""

    def __init__(self, folder: Path, *, ppd: bool = True) -> None:
        assert CUPSD is not None
        super().__init__(folder / "card")
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
        (folder / "share/mime/mime.types").write_text(MIME_TYPES)
        (folder / "share/mime/mime.convs").touch()
        (folder / "lib/daemon/cups-exec").symlink_to(CUPS_EXEC)
        self.script(folder / "lib/backend/card", BACKEND)
        self.write("cupsd.conf", CUPSD_CONF.format(port=self.port, dirty=0))
        self.write("cups-files.conf", FILES_CONF.format(folder=folder))
        if ppd:
            self.write(f"ppd/{QUEUE}.ppd", PPD)
        self.add_queue()

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
            "type": "2101260",  # with the bit of a colour printer
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
