"""`printstation supply`: ribbons, films and cleaning kits."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from printstation.cli import show
from printstation.cli.options import AsJson, By, Key, Limit, Url, connect, person

app = typer.Typer(
    name="supply",
    help="Ribbons, films, cleaning kits. Exit codes: 0 done, 1 refused, 2 impossible.",
    no_args_is_help=True,
)

Item = Annotated[str, typer.Argument(help="As S-0001.")]


@app.command("list")
def list_supplies(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="Only in this state.")] = None,
    limit: Limit = 100,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Every item, the oldest first."""
    query = {"state": state} if state else {}
    found = connect(context, url).items("/v1/supplies", limit, **query)
    if as_json:
        show.as_json(found)
        return
    names = ("id", "kind", "serial", "lot", "state", "printer", "used", "rated")
    columns: list[show.Column] = [(name, name) for name in names]
    show.table(found, columns, "no supplies; enter some with `supply receive`")


@app.command()
def receive(
    context: typer.Context,
    kind: Annotated[str, typer.Option(help="ribbon, film or cleaning-kit.")],
    serial: Annotated[str | None, typer.Option(help="Serial number of the one item.")] = None,
    lot: Annotated[str | None, typer.Option(help="Lot of the items.")] = None,
    rated: Annotated[int | None, typer.Option(min=1, help="Cards that it is rated for.")] = None,
    count: Annotated[int, typer.Option(min=1, help="How many.")] = 1,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Enter ribbons, films or kits."""
    given = {"kind": kind, "serial": serial, "lot": lot, "rated": rated, "count": count}
    body = {name: value for name, value in given.items() if value is not None}
    done = connect(context, url).post("/v1/supplies", {**body, "by": person(by)}, key)
    if as_json:
        show.as_json(done)
    else:
        print(f"{', '.join(item['id'] for item in done['items'])} stored")


def _act(
    context: typer.Context,
    url: str | None,
    item: str,
    word: str,
    body: dict[str, Any],
    as_json: bool,
) -> None:
    done = connect(context, url).post(f"/v1/supplies/{item}/{word}", body)
    if as_json:
        show.as_json(done)
    else:
        print(f"{done['kind']} {done['id']} is {done['state']}; {done['used']} cards used it")


@app.command()
def load(
    context: typer.Context,
    item: Item,
    printer: Annotated[str, typer.Option(help="Into which printer.")],
    by: By = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """An item was put into a printer."""
    _act(context, url, item, "load", {"printer": printer, "by": person(by)}, as_json)


@app.command()
def unload(
    context: typer.Context,
    item: Item,
    spent: Annotated[bool, typer.Option(help="Used up, or to be used again.")] = True,
    by: By = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """An item was taken out; a spent one is kept for destruction."""
    _act(context, url, item, "unload", {"spent": spent, "by": person(by)}, as_json)


@app.command()
def missing(
    context: typer.Context,
    item: Item,
    reason: Annotated[str, typer.Option(help="What is known.")],
    supervisor: Annotated[str, typer.Option(help="A second person.")],
    by: By = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """An item cannot be found."""
    body = {"reason": reason, "supervisor": supervisor, "by": person(by)}
    _act(context, url, item, "missing", body, as_json)
