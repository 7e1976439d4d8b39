"""The live display: a table that is drawn anew on a terminal, a line a change elsewhere."""

from __future__ import annotations

import sys
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table


class Progress:
    """What the jobs are doing, as it changes."""

    def __init__(self, jobs: list[str]) -> None:
        self._last = dict.fromkeys(jobs, "")
        self._live = Live(console=Console(), auto_refresh=False) if sys.stdout.isatty() else None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, jobs: list[dict[str, Any]]) -> None:
        """Draw, or say what changed."""
        if self._live is not None:
            self._live.update(_table(jobs), refresh=True)
            return
        for job in jobs:
            where = f" at {job['printer']}" if job["printer"] else ""
            line = f"{job['reference']}: {job['state']}{where}"
            if line != self._last[job["id"]]:
                self._last[job["id"]] = line
                print(line, flush=True)


def _table(jobs: list[dict[str, Any]]) -> Table:
    done = sum(job["state"] == "completed" for job in jobs)
    table = Table(
        box=None, pad_edge=False, title=f"{done} of {len(jobs)} cards", title_justify="left"
    )
    for title in ("reference", "state", "printer", "card"):
        table.add_column(title, overflow="fold")
    for job in jobs:
        table.add_row(job["reference"], job["state"], job["printer"] or "", job["card"] or "")
    return table
