"""`printstation printer`: list, show, pause, resume, hopper-count, scan, outside, find."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from printstation.cli import calibrate, check, find, show, technician, upkeep
from printstation.cli.options import AsJson, By, Key, Url, connect, person

app = typer.Typer(
    name="printer",
    help="Printers as their workers see them. Exit codes: 0 done, 1 refused, 2 impossible.",
    no_args_is_help=True,
)

app.command("find")(find.find)
app.command("check")(check.check)
app.command("calibrate")(calibrate.calibrate)
app.command("clean")(upkeep.clean)
app.command("temperature")(upkeep.temperature)
app.command("status")(technician.status)
app.command("settings")(technician.settings)
app.command("test")(technician.test)
app.command("eject")(technician.eject)
app.command("reject")(technician.reject)
app.command("trace")(technician.trace)

Printer = Annotated[str, typer.Argument(metavar="PRINTER", help="Name of the printer.")]
#: Printers of one station; more is a configuration of another kind of house.
MOST = 500


def _hopper(printer: dict[str, Any]) -> Any:
    hopper = printer.get("hopper")
    if isinstance(hopper, dict):
        return ", ".join(f"{name} {value}" for name, value in hopper.items() if value)
    return hopper


def _reasons(printer: dict[str, Any]) -> list[str]:
    return [reason["keyword"] for reason in printer["reasons"]]


COLUMNS: list[show.Column] = [
    ("printer", "name"),
    ("model", "model"),
    ("state", "state"),
    ("reasons", _reasons),
    ("hopper", _hopper),
    ("job", "job"),
    ("serial", "serial"),
]


@app.command("list")
def list_printers(context: typer.Context, url: Url = None, as_json: AsJson = False) -> None:
    """All printers of the configuration."""
    found = connect(context, url).items("/v1/printers", MOST)
    if as_json:
        show.as_json(found)
    else:
        show.table(found, COLUMNS, "no printers; name them in the configuration")


@app.command("show")
def show_printer(
    context: typer.Context, printer: Printer, url: Url = None, as_json: AsJson = False
) -> None:
    """One printer: its reasons and who acts on them, its hopper, counters and supplies."""
    found = connect(context, url).get(f"/v1/printers/{printer}")
    if as_json:
        show.as_json(found)
    else:
        show.fields(found)


def _act(
    context: typer.Context, url: str | None, path: str, body: dict[str, Any], as_json: bool
) -> None:
    found = connect(context, url).post(f"/v1/printers/{path}", body)
    if as_json:
        show.as_json(found)
    else:
        reasons = show.text(_reasons(found))
        print(f"printer {found['name']} is {found['state']} ({reasons})")


@app.command()
def pause(
    context: typer.Context,
    printer: Printer,
    by: By = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Start no further card at this printer."""
    _act(context, url, f"{printer}/pause", {"by": person(by)}, as_json)


@app.command()
def resume(
    context: typer.Context,
    printer: Printer,
    by: By = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """End a pause, or a reason that says that it waits for this."""
    _act(context, url, f"{printer}/resume", {"by": person(by)}, as_json)


@app.command("hopper-count")
def hopper_count(
    context: typer.Context,
    printer: Printer,
    counted: Annotated[int, typer.Argument(min=0, help="How many blanks lie in the hopper now.")],
    reason: Annotated[
        str | None, typer.Option(help="Why there are more than are recorded and stored.")
    ] = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Say how many blanks lie in a hopper; the rows follow."""
    body = {"counted": counted, "by": person(by), **({"reason": reason} if reason else {})}
    done = connect(context, url).post(f"/v1/printers/{printer}/hopper-count", body, key)
    if as_json:
        show.as_json(done)
    else:
        print(
            f"printer {printer}: {done['expected']} were recorded, {done['counted']} counted; "
            f"{done['missing']} are missing, {done['loaded']} were loaded from the store"
        )


@app.command()
def scan(
    context: typer.Context,
    printer: Printer,
    number: Annotated[str, typer.Argument(help="Scanned from the encoded card in the hand.")],
    job: Annotated[str | None, typer.Option(help="Only if it is the card of this job.")] = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Call an encoded card to a printer; push it in when the printer asks for it."""
    body = {"number": number, "by": person(by), **({"job": job} if job else {})}
    done = connect(context, url).post(f"/v1/printers/{printer}/scan", body, key)
    if as_json:
        show.as_json(done)
    else:
        print(f"card {done['card']} is called to printer {printer} for job {done['job']}")


@app.command()
def outside(
    context: typer.Context,
    printer: Printer,
    job: Annotated[str, typer.Argument(help="Whose card is printed.")],
    number: Annotated[str | None, typer.Option(help="Scanned from the card that goes in.")] = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Record that a card goes into the ministry's own printer; then answer what became of it."""
    body = {"job": job, "by": person(by), **({"number": number} if number else {})}
    done = connect(context, url).post(f"/v1/printers/{printer}/outside", body, key)
    if as_json:
        show.as_json(done)
    else:
        print(f"card {done['card']} is in printer {printer}; answer question {done['question']}")
