"""`printstation destruction`: sessions in which cards are destroyed, and their minutes."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, Any

import typer

from printstation.cli import show
from printstation.cli.failure import IMPOSSIBLE, Failure
from printstation.cli.options import AsJson, By, Key, Limit, Url, connect, person

app = typer.Typer(
    name="destruction",
    help="Sessions of destruction. Exit codes: 0 done, 1 refused, 2 impossible.",
    no_args_is_help=True,
)

Session = Annotated[str, typer.Argument(help="As D-0001.")]
#: How a person stands on the command line.
FORM = "NAME/TITLE or NAME/TITLE/NIP"


def _people(given: list[str], second: str) -> list[dict[str, str]]:
    people = []
    for text in given:
        parts = [part.strip() for part in text.split("/")]
        if len(parts) not in (2, 3) or not all(parts):
            raise Failure(f"write each person as {FORM}", IMPOSSIBLE)
        people.append(dict(zip(("name", second, "nip"), parts, strict=False)))
    return people


def _tell(done: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show.as_json(done)
        return
    print(
        f"{done['id']} ({done['number']}) is {done['state']}: {len(done['cards'])} cards, "
        f"{len(done['supplies'])} supplies, {len(done['photos'])} photos"
    )


@app.command("open")
def open_session(
    context: typer.Context,
    number: Annotated[str, typer.Option(help="Letter number of the minutes.")],
    place: Annotated[str, typer.Option(help="Where.")],
    held_on: Annotated[str, typer.Option(help="The day, YYYY-MM-DD.")],
    signer: Annotated[list[str], typer.Option(help=f"{FORM}; may be given several times.")],
    witness: Annotated[list[str], typer.Option(help="NAME/AGENCY; may be given several times.")],
    method: Annotated[str, typer.Option(help="As burned, cut, shredded.")] = "burned",
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Plan a destruction."""
    body = {
        "number": number,
        "method": method,
        "place": place,
        "held_on": held_on,
        "signers": _people(signer, "title"),
        "witnesses": _people(witness, "agency"),
        "by": person(by),
    }
    _tell(connect(context, url).post("/v1/destructions", body, key), as_json)


@app.command("list")
def list_sessions(
    context: typer.Context, limit: Limit = 100, url: Url = None, as_json: AsJson = False
) -> None:
    """Every session, the oldest first."""
    found = connect(context, url).items("/v1/destructions", limit)
    if as_json:
        show.as_json(found)
        return
    rows = [{**each, "cards": len(each["cards"])} for each in found]
    columns: list[show.Column] = [
        (name, name) for name in ("id", "number", "state", "held_on", "cards")
    ]
    show.table(rows, columns, "no destruction yet; plan one with `destruction open`")


@app.command()
def add(
    context: typer.Context,
    session: Session,
    card: Annotated[list[str] | None, typer.Option(help="A spoiled card; several times.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every spoiled card that lies in no session.")
    ] = False,
    supply: Annotated[list[str] | None, typer.Option(help="A spent ribbon or film.")] = None,
    photo: Annotated[Path | None, typer.Option(help="A photo, JPEG or PNG.")] = None,
    caption: Annotated[str, typer.Option(help="What the photo shows.")] = "Pemusnahan",
    by: By = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Put cards, spent supplies or a photo into an open session."""
    client, who = connect(context, url), person(by)
    bodies: list[tuple[str, dict[str, Any]]] = []
    if everything:
        bodies.append(("cards", {"all": True, "by": who}))
    if card:
        bodies.append(("cards", {"cards": card, "by": who}))
    if supply:
        bodies.append(("supplies", {"supplies": supply, "by": who}))
    if photo is not None:
        bodies.append(("photos", {"caption": caption, "content": _content(photo), "by": who}))
    if not bodies:
        raise Failure("name something to add: --card, --all, --supply or --photo", IMPOSSIBLE)
    for part, body in bodies:
        done = client.post(f"/v1/destructions/{session}/{part}", body)
    _tell(done, as_json)


def _content(photo: Path) -> str:
    try:
        return base64.b64encode(photo.read_bytes()).decode("ascii")
    except OSError as error:
        raise Failure(f"{photo} cannot be read: {error.strerror}", IMPOSSIBLE) from None


@app.command()
def remove(
    context: typer.Context,
    session: Session,
    card: Annotated[list[str], typer.Option(help="A card of the session; several times.")],
    by: By = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Take cards out of an open session."""
    body = {"cards": card, "by": person(by)}
    _tell(connect(context, url).post(f"/v1/destructions/{session}/remove", body), as_json)


@app.command()
def minutes(
    context: typer.Context,
    session: Session,
    out: Annotated[Path, typer.Option(help="The PDF that is written.")],
    url: Url = None,
) -> None:
    """Write the minutes: a draft while the session is open, final once it is signed."""
    content = connect(context, url).download(f"/v1/destructions/{session}.pdf")
    try:
        out.write_bytes(content)
    except OSError as error:
        raise Failure(f"{out}: {error.strerror}", IMPOSSIBLE) from None
    print(out)


@app.command()
def sign(
    context: typer.Context,
    session: Session,
    supervisor: Annotated[str, typer.Option(help="Who supervises; another person.")],
    witness: Annotated[str, typer.Option(help="A witness of the session, by name.")],
    by: By = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """The minutes are signed; the list is final."""
    body = {"supervisor": supervisor, "witness": witness, "by": person(by)}
    _tell(connect(context, url).post(f"/v1/destructions/{session}/sign", body), as_json)


@app.command()
def close(
    context: typer.Context,
    session: Session,
    supervisor: Annotated[str, typer.Option(help="Who supervises; another person.")],
    by: By = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Everything in the session is destroyed; the names are erased."""
    body = {"supervisor": supervisor, "by": person(by)}
    _tell(connect(context, url).post(f"/v1/destructions/{session}/close", body), as_json)
