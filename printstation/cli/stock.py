"""`printstation stock`: what is there, deliveries, moves to and from hoppers, counts, what is missing."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from printstation.cli import show
from printstation.cli.options import AsJson, By, Key, Url, connect, person

app = typer.Typer(
    name="stock",
    help="Blanks, counted from rows. Exit codes: 0 done, 1 refused, 2 impossible.",
    no_args_is_help=True,
)

CardType = Annotated[str, typer.Option(help="As ktp-el-wni.")]
Count = Annotated[int, typer.Option(min=1, help="How many blanks.")]
Batch = Annotated[str | None, typer.Option(help="Only of this batch; else the oldest first.")]
Printer = Annotated[str, typer.Option(help="Whose hopper.")]
Reason = Annotated[str | None, typer.Option(help="Why it differs.")]
Supervisor = Annotated[str, typer.Option(help="The second person.")]
Place = Annotated[str, typer.Option(help="store, hopper:PRINTER, encoded, shelf or spoiled.")]


@app.command("show")
def show_stock(context: typer.Context, url: Url = None, as_json: AsJson = False) -> None:
    """How many cards are in which state."""
    found: dict[str, dict[str, int]] = connect(context, url).get("/v1/stock")
    if as_json:
        show.as_json(found)
        return
    rows = [
        {"type": card_type, "state": state, "cards": number}
        for card_type, states in found.items()
        for state, number in states.items()
        if number
    ]
    columns: list[show.Column] = [("type", "type"), ("state", "state"), ("cards", "cards")]
    show.table(rows, columns, "no cards yet; enter a delivery with `stock receive`")


def _act(
    context: typer.Context,
    url: str | None,
    path: str,
    body: dict[str, Any],
    key: str | None,
    sentence: str,
    as_json: bool,
) -> None:
    given = {name: value for name, value in body.items() if value is not None}
    done = connect(context, url).post(f"/v1/stock/{path}", given, key)
    if as_json:
        show.as_json(done)
    else:
        print(sentence)


@app.command()
def receive(
    context: typer.Context,
    delivery: Annotated[str, typer.Option(help="Number of the delivery letter; counts once.")],
    card_type: CardType,
    version: Annotated[str, typer.Option(help="Version of the blanks.")],
    batch: Annotated[str, typer.Option(help="Batch of the blanks.")],
    count: Count,
    expected: Annotated[int | None, typer.Option(min=1, help="What the letter says.")] = None,
    source: Annotated[str | None, typer.Option(help="centre, province or region.")] = None,
    reason: Reason = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Enter a delivery of blanks into the store."""
    body = {
        "delivery": delivery,
        "card_type": card_type,
        "version": version,
        "batch": batch,
        "count": count,
        "expected": expected,
        "source": source,
        "reason": reason,
        "by": person(by),
    }
    sentence = f"{count} {card_type} blanks of batch {batch} are stored"
    _act(context, url, "receipts", body, key, sentence, as_json)


def _move(printer: str, card_type: str, batch: str | None, count: int, by: str | None) -> Any:
    return {
        "printer": printer,
        "card_type": card_type,
        "batch": batch,
        "count": count,
        "by": person(by),
    }


@app.command()
def load(
    context: typer.Context,
    printer: Printer,
    card_type: CardType,
    count: Count,
    batch: Batch = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Book blanks from the store into a hopper; put them in by hand before or after."""
    body = _move(printer, card_type, batch, count, by)
    sentence = f"{count} {card_type} blanks are loaded in printer {printer}"
    _act(context, url, "loads", body, key, sentence, as_json)


@app.command()
def unload(
    context: typer.Context,
    printer: Printer,
    card_type: CardType,
    count: Count,
    batch: Batch = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Book blanks from a hopper back into the store."""
    body = _move(printer, card_type, batch, count, by)
    sentence = f"{count} {card_type} blanks of printer {printer} are stored"
    _act(context, url, "unloads", body, key, sentence, as_json)


@app.command("return")
def give_back(
    context: typer.Context,
    card_type: CardType,
    count: Count,
    document: Annotated[str, typer.Option(help="Number of the letter.")],
    supervisor: Supervisor,
    batch: Batch = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Stored blanks go back to the centre."""
    body = {
        "card_type": card_type,
        "batch": batch,
        "count": count,
        "document": document,
        "by": person(by),
        "supervisor": supervisor,
    }
    _act(context, url, "returns", body, key, f"{count} {card_type} blanks are returned", as_json)


@app.command()
def missing(
    context: typer.Context,
    card_type: CardType,
    count: Count,
    reason: Annotated[str, typer.Option(help="What is known of it.")],
    supervisor: Supervisor,
    place: Place = "store",
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Blanks of the store or of a hopper are missing."""
    body = {
        "card_type": card_type,
        "place": place,
        "count": count,
        "reason": reason,
        "by": person(by),
        "supervisor": supervisor,
    }
    _act(context, url, "missing", body, key, f"{count} {card_type} blanks are missing", as_json)


@app.command("count")
def count_place(
    context: typer.Context,
    card_type: CardType,
    place: Place,
    counted: Annotated[int, typer.Option(min=0, help="How many lie there; count first.")],
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Note what was counted at one place; then it is said what was expected there."""
    line = {"card_type": card_type, "place": place, "counted": counted}
    body = {"lines": [line], "by": person(by)}
    done = connect(context, url).post("/v1/counts", body, key)
    if as_json:
        show.as_json(done)
        return
    found = done["lines"][0]
    print(f"count {found['id']}: {counted} counted, {found['expected']} expected")
    if found["difference"]:
        columns: list[show.Column] = [
            (n, n) for n in ("kind", "came", "went", "first_at", "last_at")
        ]
        print(
            f"differs by {found['difference']:+d}; since {found['since']['at'] or 'the beginning'}:"
        )
        show.table(found["movements"], columns, "nothing moved")


@app.command()
def explain(
    context: typer.Context,
    count: Annotated[str, typer.Argument(metavar="COUNT", help="Id of the count.")],
    words: Annotated[str | None, typer.Option(help="Why it differs.")] = None,
    missing: Annotated[int, typer.Option(min=0, help="How many are carried as missing.")] = 0,
    supervisor: Annotated[str | None, typer.Option(help="The second person, then.")] = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Explain a count that differs, in words or as missing; once."""
    body = {
        "explanation": words,
        "missing": missing,
        "supervisor": supervisor,
        "by": person(by),
    }
    given = {name: value for name, value in body.items() if value is not None}
    done = connect(context, url).post(f"/v1/counts/{count}/explain", given, key)
    if as_json:
        show.as_json(done)
    else:
        print(f"count {count} is explained")
