"""`printstation loan`: blanks lent to and borrowed from other offices."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from printstation.cli import show
from printstation.cli.options import AsJson, By, Key, Limit, Url, connect, person
from printstation.cli.stock import Batch, CardType, Count

app = typer.Typer(
    name="loan",
    help="Loans between offices. Exit codes: 0 done, 1 refused, 2 impossible.",
    no_args_is_help=True,
)

Loan = Annotated[str, typer.Argument(metavar="LOAN", help="Id of the loan.")]
Office = Annotated[str, typer.Option(help="The other office.")]
Version = Annotated[
    str | None, typer.Option(help="Version of the blanks, unless their batch is known here.")
]
Document = Annotated[str, typer.Option(help="Number of our letter; counts once.")]
Due = Annotated[str, typer.Option(help="When it is due, as 2026-12-31.")]
Theirs = Annotated[str | None, typer.Option(help="Number of the other office's letter.")]
COLUMNS: list[show.Column] = [
    *(
        (name, name)
        for name in ("id", "direction", "office", "card_type", "count", "outstanding", "due")
    ),
    ("overdue", "overdue"),
    ("settled", "settled_at"),
]


def _open(
    context: typer.Context, url: str | None, body: dict[str, Any], key: str | None, as_json: bool
) -> None:
    given = {name: value for name, value in body.items() if value is not None}
    done = connect(context, url).post("/v1/loans", given, key)
    if as_json:
        show.as_json(done)
    else:
        print(f"loan {done['id']}: {done['count']} {done['card_type']} blanks {done['direction']}")


@app.command()
def lend(
    context: typer.Context,
    office: Office,
    card_type: CardType,
    count: Count,
    document: Document,
    due: Due,
    version: Version = None,
    their_document: Theirs = None,
    batch: Batch = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Blanks of the store go to another office."""
    body = {
        "direction": "lent",
        "office": office,
        "card_type": card_type,
        "version": version,
        "batch": batch,
        "count": count,
        "document": document,
        "their_document": their_document,
        "due": due,
        "by": person(by),
    }
    _open(context, url, body, key, as_json)


@app.command()
def borrow(
    context: typer.Context,
    office: Office,
    card_type: CardType,
    batch: Annotated[str, typer.Option(help="Batch of the borrowed blanks.")],
    count: Count,
    document: Document,
    due: Due,
    version: Version = None,
    their_document: Theirs = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Blanks of another office come into the store."""
    body = {
        "direction": "borrowed",
        "office": office,
        "card_type": card_type,
        "version": version,
        "batch": batch,
        "count": count,
        "document": document,
        "their_document": their_document,
        "due": due,
        "by": person(by),
    }
    _open(context, url, body, key, as_json)


@app.command("list")
def list_loans(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="open, settled or all.")] = "open",
    overdue: Annotated[bool, typer.Option(help="Only those whose day is over.")] = False,
    limit: Limit = 100,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Loans, the oldest first; open ones unless another state is given."""
    wanted = None if state == "all" else state
    late = True if overdue else None
    found = connect(context, url).items("/v1/loans", limit, state=wanted, overdue=late)
    if as_json:
        show.as_json(found)
    else:
        show.table(found, COLUMNS, "no loans")


@app.command("return")
def give_back(
    context: typer.Context,
    loan: Loan,
    count: Count,
    document: Annotated[str | None, typer.Option(help="Number of the letter.")] = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Lent blanks came home, or borrowed ones were given back."""
    body = {"count": count, "document": document, "by": person(by)}
    given = {name: value for name, value in body.items() if value is not None}
    done = connect(context, url).post(f"/v1/loans/{loan}/returns", given, key)
    if as_json:
        show.as_json(done)
    else:
        print(f"loan {loan}: {done['outstanding']} of {done['count']} outstanding")


@app.command()
def settle(
    context: typer.Context,
    loan: Loan,
    reason: Annotated[str | None, typer.Option(help="Why blanks stay outstanding.")] = None,
    supervisor: Annotated[str | None, typer.Option(help="The second person, then.")] = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Settle a loan; lent blanks that stay outstanding become missing."""
    body = {"reason": reason, "supervisor": supervisor, "by": person(by)}
    given = {name: value for name, value in body.items() if value is not None}
    done = connect(context, url).post(f"/v1/loans/{loan}/settle", given, key)
    if as_json:
        show.as_json(done)
    else:
        print(f"loan {loan} is settled")
