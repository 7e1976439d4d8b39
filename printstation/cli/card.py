"""`printstation card`: single cards, blank or printed, from their encoding to the hand that takes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from printstation.cli import show
from printstation.cli.failure import IMPOSSIBLE, Failure
from printstation.cli.options import AsJson, By, Key, Limit, Url, connect, person

app = typer.Typer(
    name="card",
    help="Cards, blank or printed. Exit codes: 0 done, 1 refused, 2 impossible.",
    no_args_is_help=True,
)

CardId = Annotated[str, typer.Argument(metavar="CARD", help="Id of the card.")]

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
    ("shelf", "shelf"),
]


@app.command("list")
def list_cards(
    context: typer.Context,
    state: Annotated[list[str] | None, typer.Option(help="Only in this state; repeatable.")] = None,
    job: Annotated[str | None, typer.Option(help="Only of this job.")] = None,
    batch: Annotated[str | None, typer.Option(help="Only of this batch.")] = None,
    shelf: Annotated[str | None, typer.Option(help="Only on this shelf.")] = None,
    limit: Limit = 100,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Cards in the order in which they were received."""
    wanted = {"state": state, "job": job, "batch": batch, "shelf": shelf}
    found = connect(context, url).items("/v1/cards", limit, **wanted)
    if as_json:
        show.as_json(found)
    else:
        show.table(found, COLUMNS, "no such cards")


@app.command("show")
def show_card(
    context: typer.Context,
    card: CardId,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """One card."""
    found = connect(context, url).get(f"/v1/cards/{card}")
    if as_json:
        show.as_json(found)
    else:
        show.fields(found)


def _act(
    context: typer.Context,
    url: str | None,
    path: str,
    body: dict[str, Any],
    key: str | None,
    as_json: bool,
) -> None:
    given = {name: value for name, value in body.items() if value is not None}
    done = connect(context, url).post(f"/v1/cards/{path}", given, key)
    if as_json:
        show.as_json(done)
        return
    print(f"card {done['id']} is {done['state']}{_more(done)}")


def _more(done: dict[str, Any]) -> str:
    """What an answer says beside the card's state."""
    parts = [f"cause {done['cause']}"] if done["cause"] else []
    parts += [f"number {done['number']}"] if done["number"] else []
    parts += [f"shelf {done['shelf']}"] if done["shelf"] else []
    parts += [f"question {done['question']} is open"] if done.get("question") else []
    parts += [f"hand-over {done['handover']}"] if done.get("handover") else []
    parts += [f"card {done['surrendered']} is surrendered"] if done.get("surrendered") else []
    return "; " + ", ".join(parts) if parts else ""


@app.command()
def encode(
    context: typer.Context,
    card_type: Annotated[str, typer.Option(help="As ktp-el-wni.")],
    job: Annotated[str, typer.Option(help="Whose resident the card is encoded for.")],
    number: Annotated[str | None, typer.Option(help="Scanned; needed unless it failed.")] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="Gagal encode: the blank is spoiled.")
    ] = False,
    batch: Annotated[str | None, typer.Option(help="Only a blank of this batch.")] = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Record what came of encoding a stored blank."""
    body = {
        "card_type": card_type,
        "job": job,
        "number": number,
        "result": "gagal" if failed else "berhasil",
        "batch": batch,
        "by": person(by),
    }
    _act(context, url, "encode", body, key, as_json)


@app.command()
def check(
    context: typer.Context,
    card: CardId,
    spoiled: Annotated[
        str | None,
        typer.Option(metavar="CAUSE", help="It is spoiled, as print-failed; else accepted."),
    ] = None,
    number: Annotated[str | None, typer.Option(help="Scanned from the card in the hand.")] = None,
    shelf: Annotated[str | None, typer.Option(help="Where it waits for its holder.")] = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Accept a printed card by eye, or spoil it."""
    result = {"result": "spoiled", "cause": spoiled} if spoiled else {"result": "accepted"}
    body = {**result, "number": number, "shelf": shelf, "by": person(by)}
    _act(context, url, f"{card}/check", body, key, as_json)


@app.command()
def shelf(
    context: typer.Context,
    card: CardId,
    place: Annotated[str, typer.Argument(metavar="SHELF", help="As A-3.")],
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Say where an accepted card waits."""
    _act(context, url, f"{card}/shelf", {"shelf": place, "by": person(by)}, key, as_json)


@app.command("hand-over")
def hand_over(
    context: typer.Context,
    card: CardId,
    proxy_letter: Annotated[
        str | None, typer.Option(help="A proxy takes it: the number of the letter.")
    ] = None,
    police_letter: Annotated[
        str | None, typer.Option(help="The old card is lost: the number of the police letter.")
    ] = None,
    surrendered: Annotated[
        bool, typer.Option("--surrendered", help="The old card lies on the desk.")
    ] = False,
    old_card: Annotated[
        str | None, typer.Option(help="Its id, if this station printed it.")
    ] = None,
    old_number: Annotated[str | None, typer.Option(help="Its number.")] = None,
    old_type: Annotated[str | None, typer.Option(help="Its card type, if another one.")] = None,
    old_holder: Annotated[
        Path | None,
        typer.Option(help="JSON {name, nik, address} of the old card; else those of the new one."),
    ] = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Give an accepted card to its holder or a proxy, against its old card or a police letter."""
    old = {"card": old_card, "number": old_number, "card_type": old_type}
    named: dict[str, Any] = {name: value for name, value in old.items() if value is not None}
    if old_holder is not None:
        # From a file: words of the command line stand in the shell's history.
        named["holder"] = _holder(old_holder)
    paper = "police-letter" if police_letter else "none"
    body = {
        "receiver": "proxy" if proxy_letter else "holder",
        "proxy_letter": proxy_letter,
        "old_card": "surrendered" if surrendered or named else paper,
        "surrendered": named or None,
        "police_letter": police_letter,
        "by": person(by),
    }
    _act(context, url, f"{card}/hand-over", body, key, as_json)


@app.command()
def correct(
    context: typer.Context,
    card: CardId,
    fate: Annotated[str, typer.Argument(help="What it really is: printed, spoiled or missing.")],
    reason: Annotated[str, typer.Option(help="Why the earlier answer was wrong.")],
    supervisor: Annotated[str, typer.Option(help="The second person.")],
    cause: Annotated[str | None, typer.Option(help="Of a spoiled or missing card.")] = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Mend a wrong answer, or say that a missing card was found; two persons and a reason."""
    said = {"card": fate, "cause": cause, "reason": reason, "supervisor": supervisor}
    _act(context, url, f"{card}/correction", {**said, "by": person(by)}, key, as_json)


def _holder(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Failure(f"{path} is no JSON file with name, nik and address", IMPOSSIBLE) from None


@app.command()
def uncollected(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=0, help="Printed at least so many days ago.")] = 0,
    limit: Limit = 100,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Accepted cards that nobody has fetched: how many of which age, and the single ones."""
    client = connect(context, url)
    first = client.get("/v1/cards/uncollected", days=days, limit=1)
    found = client.items("/v1/cards/uncollected", limit, days=days)
    if as_json:
        show.as_json({**first, "items": found, "next": None})
        return
    columns: list[show.Column] = [("days", _span), ("cards", "count")]
    show.table(first["ages"], columns, "")
    print(f"{first['total']} cards are {days} days old or older")
    waiting: list[show.Column] = [
        *(("card", "card"), ("type", "card_type"), ("shelf", "shelf"), ("days", "days")),
        *(("ticket", "ticket"), ("job", "job")),
    ]
    show.table(found, waiting, "no such cards")


def _span(age: dict[str, Any]) -> str:
    return f"{age['from_days']}-{'' if age['to_days'] is None else age['to_days']}"
