"""A print queue that fits a model, as long as a `with` lasts: the demo's cupsd, with that model's page in its PPD."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import drivers
from printstation.cli.demo import queue as demo
from printstation.cli.demo import queue_files as files
from printstation.cli.demo.children import children
from printstation.cli.failure import Failure
from printstation.clock import SystemClock

#: What the demo's PPD says: CR80, upright, in points; 300 dpi.
_PAGE, _DPI = "153.01 242.65", "300"
_POINTS = 72


def why_no_queue() -> str | None:
    """Why there can be none here; None where there can."""
    try:
        demo.refuse_without_cups()
    except Failure:
        return "the Debian package cups-daemon is missing"
    return None


@contextmanager
def queue_of(folder: Path, model: drivers.Model, speed: float) -> Iterator[str]:
    """The address of a queue whose "printer" takes `PRINT_S / speed` seconds for a card."""
    logs = folder / "logs"
    logs.mkdir(parents=True)
    queue = demo.Queue(folder / "cups", speed)
    # The page stands upright: the card's height is its width.
    page = " ".join(f"{_POINTS * px / model.dpi:.2f}" for px in (model.height_px, model.width_px))
    dpi = str(model.dpi)
    ppd = files.PPD.replace(_PAGE, page).replace(_DPI + "dpi", dpi + "dpi")
    ppd = ppd.replace(f"[{_DPI} {_DPI}]", f"[{dpi} {dpi}]")
    (folder / f"cups/etc/ppd/{files.QUEUE}.ppd").write_text(ppd)
    clock = SystemClock()
    with children(logs, clock) as running:
        queue.start(running, clock)
        yield f"ipp://127.0.0.1:{queue.port}/printers/{files.QUEUE}"
