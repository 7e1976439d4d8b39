"""The command line. Nothing heavy is imported here: `printstation --help` answers at once.

One module a noun; every module imports what it needs inside its commands. A failure is one line on stderr
and an exit code: 1 the station refuses, 2 the command cannot be carried out at all.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from printstation.cli import (
    audit,
    backup,
    card,
    demo,
    destruction,
    doctor,
    job,
    loan,
    printer,
    question,
    report,
    serve,
    show,
    slip,
    stock,
    supply,
    support,
)
from printstation.cli.failure import IMPOSSIBLE, Failure
from printstation.cli.layout import app as layout_app

app = typer.Typer(
    name="printstation",
    help="The daemon of a card-issuance station, and what people and scripts ask of it.\n\n"
    "Exit codes: 0 done; 1 the station refuses (the line says what to do); 2 wrong usage, wrong "
    "configuration, or no station answers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(serve.serve)
app.command()(demo.demo)
app.command()(audit.audit)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(doctor.doctor)
app.command()(support.support_bundle)
app.add_typer(job.app, name="job")
app.add_typer(card.app, name="card")
app.add_typer(stock.app, name="stock")
app.add_typer(loan.app, name="loan")
app.add_typer(report.app, name="report")
app.add_typer(printer.app, name="printer")
app.add_typer(question.app, name="question")
app.add_typer(destruction.app, name="destruction")
app.add_typer(supply.app, name="supply")
app.add_typer(slip.app, name="slip")
app.add_typer(layout_app, name="layout")


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        show.say(f"printstation {version('printstation')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            envvar="PRINTSTATION_CONFIG",
            help="Configuration (TOML); else ./printstation.toml.",
        ),
    ] = None,
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show it and exit."),
    ] = False,
) -> None:
    """Options of every command."""
    context.obj = config


def main(arguments: list[str] | None = None) -> None:
    """The console script."""
    if sys.stdout is None:  # closed by whoever started this, as a cron line with `>&-`
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - as long as the process lives
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that has no sign for a letter shows its number, rather than no answer at all.
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            app(args=arguments, prog_name="printstation")
        finally:
            sys.stdout.flush()
    except Failure as failure:
        print(f"printstation: {failure}", file=sys.stderr)
        sys.exit(failure.code)
    except (show.Enough, BrokenPipeError):
        _write_no_more()
        sys.exit(0)
    except OSError as error:
        _write_no_more()
        place = f"{error.filename}: " if error.filename is not None else ""
        print(f"printstation: {place}{error.strerror or error}", file=sys.stderr)
        sys.exit(IMPOSSIBLE)


def _write_no_more() -> None:
    """What is still buffered for stdout cannot be written: Python would say so once more when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
