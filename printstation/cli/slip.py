"""`printstation slip`: pick-up slips and receipts on the receipt printer; no card ever waits for one."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from printstation.cli import show
from printstation.cli.options import AsJson, By, Key, Limit, Url, connect, person

app = typer.Typer(
    name="slip",
    help="Slips of the receipt printer. Exit codes: 0 done, 1 refused, 2 impossible.",
    no_args_is_help=True,
)

SlipId = Annotated[str, typer.Argument(metavar="SLIP", help="As T-0001.")]


@app.command("list")
def list_slips(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="Only in this state.")] = None,
    card: Annotated[str | None, typer.Option(help="Only of this card.")] = None,
    limit: Limit = 100,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Every slip, the oldest first, and why a waiting one waits."""
    query = {"state": state, "card": card}
    given = {name: value for name, value in query.items() if value is not None}
    found = connect(context, url).items("/v1/slips", limit, **given)
    if as_json:
        show.as_json(found)
        return
    columns: list[show.Column] = [
        *((name, name) for name in ("id", "kind", "card", "state")),
        ("copy", lambda slip: "salinan" if slip["is_copy"] else ""),
        ("waits for", lambda slip: ", ".join(each["keyword"] for each in slip["reasons"])),
    ]
    show.table(found, columns, "no such slips")


@app.command("print")
def ask(
    context: typer.Context,
    card: Annotated[str, typer.Argument(metavar="CARD", help="Id of the card.")],
    kind: Annotated[str, typer.Option(help="pick-up or hand-over.")] = "pick-up",
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Ask for a slip of a card; a hand-over asks for its receipt by itself."""
    body = {"kind": kind, "by": person(by)}
    _act(context, url, f"/v1/cards/{card}/slips", body, key, as_json)


@app.command()
def again(
    context: typer.Context,
    slip: SlipId,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Print a slip once more; it says salinan."""
    _act(context, url, f"/v1/slips/{slip}/again", {"by": person(by)}, key, as_json)


@app.command()
def cancel(
    context: typer.Context,
    slip: SlipId,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Give up a slip that waits."""
    _act(context, url, f"/v1/slips/{slip}/cancel", {"by": person(by)}, key, as_json)


def _act(
    context: typer.Context,
    url: str | None,
    path: str,
    body: dict[str, Any],
    key: str | None,
    as_json: bool,
) -> None:
    done = connect(context, url).post(path, body, key)
    if as_json:
        show.as_json(done)
        return
    copy = ", a copy" if done["is_copy"] else ""
    print(f"slip {done['id']} of card {done['card']} is {done['state']}{copy}")
