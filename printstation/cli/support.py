"""`printstation support-bundle`: one file for whoever helps, without any resident in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from printstation.cli.failure import REFUSED, Failure
from printstation.cli.options import Url, config_path


def support_bundle(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="OUT.tar.gz", help="The file; a new one.")],
    log: Annotated[
        list[Path] | None,
        typer.Option(
            help="A log of the daemon; else every *.log in the data folder and beside the "
            "configuration. Repeatable."
        ),
    ] = None,
    url: Url = None,
) -> None:
    """Pack versions, configuration, journal extract, logs and what `doctor` says. Read-only.

    No NIK, no name, no picture is in it: words that are not the program's own are masked. Exit codes: 0
    written; 1 not written; 2 wrong usage.
    """
    from printstation.clock import SystemClock
    from printstation.diagnostics.bundle import BundleError, collect, logs_of, write
    from printstation.diagnostics.doctor import Wishes, look

    wishes = Wishes(url, os.environ.get("PRINTSTATION_TOKEN"))
    view = look(config_path(context), SystemClock(), wishes)
    logs = log or logs_of(view)
    try:
        members = collect(view, logs)
        write(members, out)
    except BundleError as error:
        raise Failure(str(error), REFUSED) from None
    print(f"written to {out}: {', '.join(members)}; look it through before you send it")
