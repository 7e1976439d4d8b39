"""`printstation printer clean · temperature`: what people do to keep a printer well."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from printstation.cli import show
from printstation.cli.options import AsJson, By, Key, Url, connect, person

Printer = Annotated[str, typer.Argument(metavar="PRINTER", help="Name of the printer.")]


def clean(
    context: typer.Context,
    printer: Printer,
    run: Annotated[
        bool, typer.Option("--run", help="The station starts the printer's cleaning run.")
    ] = False,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Record that a printer was cleaned, or have it start its cleaning run."""
    body = {"by": person(by), "run": run}
    done = connect(context, url).post(f"/v1/printers/{printer}/cleanings", body, key)
    _tell(done, as_json, "starts its cleaning run" if run else "is recorded as cleaned")


def temperature(
    context: typer.Context,
    printer: Printer,
    celsius: Annotated[int, typer.Argument(help="What the printer's display shows, in °C.")],
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Enter today's transfer temperature."""
    body = {"celsius": celsius, "by": person(by)}
    done = connect(context, url).post(f"/v1/printers/{printer}/temperature", body, key)
    _tell(done, as_json, f"is recorded at {celsius} °C")


def _tell(done: dict[str, Any], as_json: bool, what: str) -> None:
    if as_json:
        show.as_json(done)
        return
    reasons = ", ".join(reason["keyword"] for reason in done["reasons"]) or "no reasons"
    print(f"printer {done['name']} {what}; it is {done['state']} ({reasons})")
