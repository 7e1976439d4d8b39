"""`printstation doctor`: one line a check, and what to do."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from printstation.cli import show
from printstation.cli.failure import REFUSED
from printstation.cli.options import AsJson, Url, config_path


def doctor(
    context: typer.Context,
    backup: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where backups lie: one of them, or a folder of them."),
    ] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Look at the machine, the data and the printers; change nothing. With or without a daemon.

    Each line is ok, attention or broken, with what was seen and what to do. Exit codes: 0 nothing is
    broken; 1 something is; 2 could not run.
    """
    from printstation.clock import SystemClock
    from printstation.diagnostics.doctor import Wishes, examine, look, worst
    from printstation.diagnostics.view import State

    wishes = Wishes(url, os.environ.get("PRINTSTATION_TOKEN"), backup)
    lines = examine(look(config_path(context), SystemClock(), wishes))
    state = worst(lines)
    if as_json:
        show.as_json({"state": state, "checks": [asdict(line) for line in lines]})
    else:
        width = max(len(line.check) for line in lines)
        for line in lines:
            print(f"{line.state:9}  {line.check:{width}}  {line.seen}")
            if line.do and line.state is not State.OK:
                print(f"{'':9}  {'':{width}}  -> {line.do}")
    if state is State.BROKEN:
        raise typer.Exit(REFUSED)
