"""`printstation-sim`: serve the simulated printers, or decode a job file into card pictures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

app = typer.Typer(
    name="printstation-sim",
    help="Card printers that exist only here, on a real USB/IP cable.\n\n"
    "Exit codes: 0 done; 1 an address is taken; 2 wrong usage, or a file that cannot be used.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """The console script."""
    app(prog_name="printstation-sim")


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        _say(f"printstation-sim {version('printstation')}")
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show it and exit."),
    ] = False,
) -> None:
    """Options of every command."""


@app.command()
def serve(
    office: Annotated[
        Path | None, typer.Option(help="Office file (TOML); default: a tango and an enduro.")
    ] = None,
    usbip: Annotated[str, typer.Option(help="HOST:PORT of the cable.")] = "127.0.0.1:3240",
    control: Annotated[str, typer.Option(help="HOST:PORT of the control page and API.")] = (
        "127.0.0.1:8632"
    ),
    speed: Annotated[float, typer.Option(help="How much faster than life.")] = 1.0,
    state: Annotated[
        Path | None, typer.Option(help="Folder that keeps world, counters, ribbons and faults.")
    ] = None,
) -> None:
    """Export the printers of an office over USB/IP until SIGTERM.

    Prints `usbip on HOST:PORT` and `control on URL` once they answer; every address takes port 0.
    """
    from simulator import addresses, serve
    from simulator.office import OfficeError
    from simulator.simclock import SpeedError
    from simulator.state import StateError

    try:
        options = serve.Options(
            office, addresses.parse(usbip), addresses.parse(control), speed, state
        )
        serve.run(options, _say)
    except (addresses.AddressError, OfficeError, SpeedError, StateError) as error:
        _end(str(error), 2)
    except serve.PortTaken as error:
        _end(str(error), 1)


@app.command()
def decode(
    model: Annotated[str, typer.Argument(help="Model or device word, such as tango2e.")],
    file: Annotated[Path, typer.Argument(help="The bytes that went to the printer.")],
    out: Annotated[Path, typer.Option(help="Folder for pictures and descriptions.")],
) -> None:
    """Turn a printer's job bytes into card pictures, without a printer.

    Damage is `offset N: …` on stderr and exit code 2; complete cards before it are written.
    """
    from simulator import decode

    try:
        code = decode.decode(model, file.read_bytes(), out)
    except OSError as error:
        _end(f"{error.filename}: {error.strerror}", 2)
    raise typer.Exit(code)


def _say(line: str) -> None:
    print(line, flush=True)


def _end(line: str, code: int) -> NoReturn:
    print(f"printstation-sim: {line}", file=sys.stderr)
    raise typer.Exit(code)
