"""`printstation demo`: one office in three processes, from the delivery of blanks to the cards in the world.

The simulator stands at the other end of a USB/IP cable and is met like any outside program: its command,
its control API. This package imports nothing of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

#: Two hoppers of 100 blanks.
MOST_CARDS = 200
USUAL, ONE_EACH = 3, 1


def demo(
    once: Annotated[bool, typer.Option(help="End when the cards are made.")] = False,
    cards: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_CARDS,
            help="How many residents; 3 unless told, 1 with --all-families.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for summary.json and the pictures; else one that is made for them."
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(help="Folder in which the station's configuration and database stay."),
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0.1, max=1000, help="How much faster than life.")
    ] = 20.0,
    all_families: Annotated[
        bool,
        typer.Option(
            "--all-families",
            help="The same values on a printer of each family; needs the Debian package cups-daemon.",
        ),
    ] = False,
) -> None:
    """Print cards of invented residents on two simulated printers and look at what came out.

    Exit codes: 0 every card is in the world with its own reference, the stock adds up and the audit
    agrees; 1 something differs; 2 could not run. Without --once it stays up until Ctrl-C.
    """
    from printstation.cli.demo.office import Wish, run

    residents = cards or (ONE_EACH if all_families else USUAL)
    run(Wish(once, residents, out, keep, speed, all_families))
