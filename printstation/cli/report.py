"""`printstation report`: close a day, and fetch the papers of days and months."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from printstation.cli import show
from printstation.cli.failure import IMPOSSIBLE, Failure
from printstation.cli.options import AsJson, By, Key, Url, connect, person

app = typer.Typer(
    name="report",
    help="Closed days and their reports. Exit codes: 0 done, 1 refused, 2 impossible.",
    no_args_is_help=True,
)

Out = Annotated[Path | None, typer.Option(help="Where the file goes; else its figures are shown.")]


@app.command()
def close(
    context: typer.Context,
    supervisor: Annotated[str, typer.Option(help="The second person.")],
    day: Annotated[str | None, typer.Option(help="As 2026-11-25; else today.")] = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Close a day: every blank is counted and every difference explained by then."""
    body = {"day": day, "by": person(by), "supervisor": supervisor}
    given = {name: value for name, value in body.items() if value is not None}
    done = connect(context, url).post("/v1/shifts/close", given, key)
    if as_json:
        show.as_json(done)
    else:
        print(f"day {done['day']} is closed; the head of the journal is {done['head']}")


@app.command("day")
def of_day(
    context: typer.Context,
    day: Annotated[str, typer.Argument(help="As 2026-11-25.")],
    out: Out = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """The report of a day as PDF; provisional until the day is closed."""
    client = connect(context, url)
    if out is not None:
        _save(out, client.download(f"/v1/reports/{day}.pdf"))
        return
    found = client.get(f"/v1/reports/{day}")
    if as_json:
        show.as_json(found)
        return
    columns: list[show.Column] = [
        (name, name)
        for name in ("card_type", "opening", "received", "used", "spoiled", "remaining")
    ]
    state = "provisional" if found["provisional"] else "closed"
    print(f"day {day}, {state}, head {found['head'] or '-'}")
    show.table(found["facts"]["types"], columns, "no blanks")


@app.command("month")
def of_month(
    context: typer.Context,
    month: Annotated[str, typer.Argument(help="As 2026-11.")],
    out: Annotated[Path, typer.Option(help="Where the file goes; .csv is a table, else PDF.")],
    number: Annotated[str | None, typer.Option(help="The letter's number.")] = None,
    signer: Annotated[
        list[str] | None,
        typer.Option(help="Who signs, again for each; else the head of the office."),
    ] = None,
    title: Annotated[list[str] | None, typer.Option(help="What a signer is, in order.")] = None,
    nip: Annotated[list[str] | None, typer.Option(help="A signer's NIP, in order.")] = None,
    url: Url = None,
) -> None:
    """The recap of a month by cause, as PDF or CSV."""
    path = f"/v1/reports/{month}"
    if out.suffix == ".csv":
        _save(out, connect(context, url).download(f"{path}.csv"))
        return
    letter = {"number": number, "signer": signer, "title": title, "nip": nip}
    given = {name: value for name, value in letter.items() if value}
    _save(out, connect(context, url).download(f"{path}.pdf", **given))


def _save(out: Path, content: bytes) -> None:
    try:
        out.write_bytes(content)
    except OSError as error:
        raise Failure(f"{out}: {error.strerror}", IMPOSSIBLE) from error
    print(out)
