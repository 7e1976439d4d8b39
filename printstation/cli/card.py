"""`printstation card`: list and show single cards, blank or printed."""

from __future__ import annotations

from typing import Annotated

import typer

from printstation.cli import show
from printstation.cli.options import AsJson, Limit, Url, connect

app = typer.Typer(
    name="card",
    help="Cards, blank or printed. Exit codes: 0 done, 1 refused, 2 impossible.",
    no_args_is_help=True,
)

COLUMNS: list[show.Column] = [
    ("card", "id"),
    ("type", "card_type"),
    ("version", "version"),
    ("batch", "batch"),
    ("number", "number"),
    ("state", "state"),
    ("cause", "cause"),
    ("printer", "printer"),
    ("job", "job"),
]


@app.command("list")
def list_cards(
    context: typer.Context,
    state: Annotated[list[str] | None, typer.Option(help="Only in this state; repeatable.")] = None,
    job: Annotated[str | None, typer.Option(help="Only of this job.")] = None,
    batch: Annotated[str | None, typer.Option(help="Only of this batch.")] = None,
    limit: Limit = 100,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Cards in the order in which they were received."""
    found = connect(context, url).items("/v1/cards", limit, state=state, job=job, batch=batch)
    if as_json:
        show.as_json(found)
    else:
        show.table(found, COLUMNS, "no such cards")


@app.command("show")
def show_card(
    context: typer.Context,
    card: Annotated[str, typer.Argument(metavar="CARD", help="Id of the card.")],
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """One card."""
    found = connect(context, url).get(f"/v1/cards/{card}")
    if as_json:
        show.as_json(found)
    else:
        show.fields(found)
