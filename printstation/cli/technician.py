"""`printstation printer status · settings · test · eject · reject · trace`: what a technician asks of one printer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from printstation.cli import show
from printstation.cli.failure import IMPOSSIBLE, Failure
from printstation.cli.options import AsJson, By, Key, Url, connect, person

if TYPE_CHECKING:
    from printstation.cli.client import Client

Printer = Annotated[str, typer.Argument(metavar="PRINTER", help="Name of the printer.")]
Supervisor = Annotated[str | None, typer.Option(help="Who saw it.")]
#: As the station bounds it.
LONGEST_S = 3600
LOOK_S = 0.5
#: A record with pictures shows residents: for its owner's eyes only.
PRIVATE = 0o600

PIECES: list[show.Column] = [
    ("raw", "raw"),
    ("says", "says"),
    ("reason", "keyword"),
    ("who acts", "who"),
]
CHANGES: list[show.Column] = [
    ("setting", "setting"),
    ("accepted", "accepted"),
    ("now", "now"),
]


def status(
    context: typer.Context, printer: Printer, url: Url = None, as_json: AsJson = False
) -> None:
    """The raw status and what each piece of it means; identity, counters, supplies, settings."""
    found = connect(context, url).get(f"/v1/printers/{printer}/diagnostics")
    if as_json:
        show.as_json(found)
        return
    _tell(found)


def _tell(found: dict[str, Any]) -> None:
    who = found["identity"] or {}
    words = [who.get(name) for name in ("manufacturer", "model", "serial", "firmware")]
    print(
        f"printer {found['printer']} is {found['state']}; model {found['model']} ({found['uri']})"
    )
    print(f"device: {', '.join(word for word in words if word) or 'never met'}")
    looked = found["status"]
    if looked is None:
        print("status: the device is not held")
    else:
        print(f"status: {looked['condition']}, said {looked['raw']!r} ({looked['seen_at']})")
        show.table(looked["meaning"], PIECES, "no code in it")
    print(f"counters: {_pairs(found['counters'])}")
    supplies = {s["name"]: show.text(s["remaining"]) or "?" for s in found["supplies"]}
    print(f"supplies: {_pairs(supplies)}")
    told = found["settings"]
    if told is None:
        print("settings: it tells none")
        return
    print(f"settings: {told['fingerprint']} ({_pairs(told['values'])})")
    if told["changed_at"]:
        print(f"changed by themselves since {told['changed_at']}; see, then `settings --accept`:")
        show.table(told["changes"], CHANGES, "they are as they were")


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items()) or "none"


def settings(
    context: typer.Context,
    printer: Printer,
    accept: Annotated[
        bool, typer.Option("--accept", help="They are right as they are now; ends the alarm.")
    ] = False,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """What the printer says of how it is set, and whether that changed by itself."""
    client = connect(context, url)
    path = f"/v1/printers/{printer}"
    if accept:
        found = client.post(f"{path}/settings", {"accept": True, "by": person(by)}, key)
    else:
        found = client.get(f"{path}/diagnostics")
    told = found["settings"]
    if as_json:
        show.as_json(told)
    elif told is None:
        print(f"printer {printer} tells no settings")
    else:
        state = "changed by themselves" if told["changed_at"] else "as accepted"
        print(f"settings of printer {printer} are {state}: {told['fingerprint']}")
        rows = [{"setting": name, "now": value} for name, value in told["values"].items()]
        accepted = {change["setting"]: change["accepted"] for change in told["changes"]}
        for row in rows:
            row["accepted"] = accepted.get(row["setting"], row["now"])
        show.table(rows, CHANGES, "none")


def test(
    context: typer.Context,
    printer: Printer,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Print a SPECIMEN card at this printer; it is booked as a test card."""
    done = connect(context, url).post(f"/v1/printers/{printer}/test", {"by": person(by)}, key)
    if as_json:
        show.as_json(done)
    else:
        print(f"test job {done['id']} ({done['reference']}) is {done['state']} for {printer}")


def eject(
    context: typer.Context,
    printer: Printer,
    supervisor: Supervisor = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Bring a card that is inside out to the output."""
    _bring_out(context, printer, "eject", supervisor, by, key, url, as_json)


def reject(
    context: typer.Context,
    printer: Printer,
    supervisor: Supervisor = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Bring a card that is inside to the reject tray."""
    _bring_out(context, printer, "reject", supervisor, by, key, url, as_json)


def _bring_out(
    context: typer.Context,
    printer: str,
    act: str,
    supervisor: str | None,
    by: str | None,
    key: str | None,
    url: str | None,
    as_json: bool,
) -> None:
    body = {"by": person(by), **({"supervisor": supervisor} if supervisor else {})}
    done = connect(context, url).post(f"/v1/printers/{printer}/{act}", body, key)
    if as_json:
        show.as_json(done)
    elif done["state"] == "done":
        print(f"printer {printer}: {act} is done")
    else:
        print(
            f"printer {printer}: {act} waits until nothing moves; the events tell when it is done"
        )


def trace(
    context: typer.Context,
    printer: Printer,
    out: Annotated[Path, typer.Option(help="File for the record; one line of JSON an event.")],
    seconds: Annotated[
        int, typer.Option(min=1, max=LONGEST_S, help="How long; Ctrl-C ends it earlier.")
    ] = 60,
    images: Annotated[
        bool, typer.Option("--images", help="Pictures too: the file then shows residents.")
    ] = False,
    by: By = None,
    url: Url = None,
) -> None:
    """Record what goes over this printer's cable; `printstation-sim decode MODEL FILE` reads it."""
    client = connect(context, url)
    body = {"seconds": seconds, "images": images, "by": person(by)}
    path = f"/v1/printers/{printer}/trace"
    with _opened(out) as file:
        try:
            client.post(path, body)
        except Failure:
            out.unlink()
            raise
        if images:
            print(
                f"{out} will hold the pictures of everybody who is printed meanwhile: delete it after use"
            )
        print(f"recording printer {printer} for {seconds} s; Ctrl-C ends it earlier", flush=True)
        try:
            _wait(client, path)
        except KeyboardInterrupt:
            print()
        ended = client.post(f"{path}/end")
        file.write(client.download(f"{path}/record"))
    client.delete(path)
    left = f", {ended['left_out']} bytes of pictures left out" if ended["left_out"] else ""
    full = "; it was full before its time" if ended["full"] else ""
    print(f"{out}: {ended['events']} events{left}{full}")


def _opened(out: Path) -> Any:
    """A new file that nobody else may read, made before anything is recorded."""
    try:
        return os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb")
    except FileExistsError:
        raise Failure(f"{out} is there already; name another file", IMPOSSIBLE) from None
    except OSError as error:
        raise Failure(f"{out} cannot be written: {error.strerror}", IMPOSSIBLE) from None


def _wait(client: Client, path: str) -> None:
    from printstation.clock import SystemClock

    clock = SystemClock()
    while client.get(path)["running"]:
        clock.sleep(LOOK_S)
