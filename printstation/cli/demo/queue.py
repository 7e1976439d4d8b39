"""A real cupsd on a loopback port, and the tray of the "printer" behind its one queue.

The Debian package cups-daemon has all that is needed. The raster is read here anew, by the sheet ipp.md §8: the
driver that wrote it has no part in judging it.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import struct
from io import BytesIO
from pathlib import Path

from printstation.cli.demo import queue_files as files
from printstation.cli.demo.children import Child, Children
from printstation.cli.demo.world import WorldCard, read_code
from printstation.cli.failure import IMPOSSIBLE, Failure
from printstation.clock import Clock

PRINTER = "queue"
MODEL = "ipp-card"
CUPSD_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin"
#: Starts backends for cupsd, which looks for it beside them.
CUPS_EXEC = tuple(Path(f"/usr/{where}/cups/daemon/cups-exec") for where in ("lib", "libexec"))
#: A start on a loaded machine of two cores took 0.4 s.
START_S = 30.0
LOOK_S = 0.05
#: How long a card "prints" in the printers' seconds, and at least: cupsd counts whole ones.
PRINT_S = 30.0
LEAST_S = 2.0
#: CUPS raster: sync word, then a header of 1796 bytes, in which width, height, bits and stride stand here.
SYNC = b"RaS3"
HEADER = 1796
NUMBERS = 372
FOLDERS = (
    "etc/ppd",
    "lib/backend",
    "lib/daemon",
    "share/mime",
    "run",
    "cache",
    "spool/tmp",
    "tray",
)


def refuse_without_cups() -> tuple[str, Path]:
    """Where cupsd and its helper are; raises Failure where they are not installed."""
    cupsd = shutil.which("cupsd", path=CUPSD_PATH)
    helper = next((path for path in CUPS_EXEC if path.exists()), None)
    if cupsd is None or helper is None:
        raise Failure(
            "the family ipp needs a print server: install the Debian package cups-daemon, "
            "or leave out --all-families",
            IMPOSSIBLE,
        )
    return cupsd, helper


class Queue:
    """One server with one queue. `Children` end it."""

    def __init__(self, folder: Path, speed: float) -> None:
        self._folder = folder
        self._tray = folder / "tray"
        self._cupsd, helper = refuse_without_cups()
        for name in FOLDERS:
            (folder / name).mkdir(parents=True)
        (folder / "lib/daemon/cups-exec").symlink_to(helper)
        (folder / "share/mime/mime.types").write_text(files.MIME_TYPES)
        (folder / "share/mime/mime.convs").touch()
        (folder / f"etc/ppd/{files.QUEUE}.ppd").write_text(files.PPD)
        (folder / "etc/printers.conf").write_text(files.PRINTERS_CONF.format(tray=self._tray))
        (folder / "etc/cups-files.conf").write_text(files.FILES_CONF.format(folder=folder))
        backend = folder / "lib/backend/card"
        looks = round(max(LEAST_S, PRINT_S / speed) * 10)
        backend.write_text(files.BACKEND.format(looks=looks))
        # cupsd runs a backend that only its owner may read as that owner.
        backend.chmod(0o700)
        self.port = 0

    def start(self, running: Children, clock: Clock) -> None:
        """Start it and wait until it listens; raises Failure with its log if it does not."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        etc = self._folder / "etc"
        (etc / "cupsd.conf").write_text(files.CUPSD_CONF.format(port=self.port))
        arguments = ["-f", "-c", str(etc / "cupsd.conf"), "-s", str(etc / "cups-files.conf")]
        server = running.program("print-server", [self._cupsd, *arguments])
        deadline = clock.monotonic() + START_S
        while not self._listens():
            if not server.alive or clock.monotonic() > deadline:
                raise self._fault(server)
            clock.sleep(LOOK_S)

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def _fault(self, server: Child) -> Failure:
        log = self._folder / "error_log"
        last = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
        return Failure("\n  ".join([str(server.fault("does not listen")), *last]), IMPOSSIBLE)

    def config(self) -> str:
        """The lines of the station's configuration. The backend waits for the "printer", so its end is an end."""
        return (
            f'\n[[printers]]\nname = "{PRINTER}"\nmodel = "{MODEL}"\n'
            f'uri = "ipp://127.0.0.1:{self.port}/printers/{files.QUEUE}"\n'
            'backend_waits = true\ncard_types = ["specimen"]\n'
        )

    def made(self) -> list[WorldCard]:
        """Every card in the tray."""
        return [self._card(path) for path in sorted(self._tray.glob("*.ras"))]

    def _card(self, path: Path) -> WorldCard:
        front = picture(path.read_bytes())
        code = read_code(front) if front else None
        return WorldCard(path.stem, PRINTER, "output", code, front, None)


def picture(raster: bytes) -> bytes | None:
    """The first page as a PNG, upright and landscape; None where it is not a whole page of RGB."""
    from PIL import Image

    if raster[:4] != SYNC or len(raster) < 4 + HEADER:
        return None
    numbers = struct.unpack_from(">6I", raster, 4 + NUMBERS)
    width, height, _, bits, pixel, stride = numbers
    page = raster[4 + HEADER : 4 + HEADER + height * stride]
    if (bits, pixel, stride) != (8, 24, 3 * width) or not page or len(page) != height * stride:
        return None
    # The page stands upright: the card's left edge is its lower one.
    upright = Image.frombytes("RGB", (width, height), page)
    with BytesIO() as file:
        upright.transpose(Image.Transpose.ROTATE_270).save(file, "PNG")
        return file.getvalue()
