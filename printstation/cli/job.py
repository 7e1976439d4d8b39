"""`printstation job`: submit, list, show, cancel, reprint, hold, release."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from printstation.cli import show
from printstation.cli.failure import IMPOSSIBLE, Failure
from printstation.cli.options import AsJson, By, Key, Limit, Url, connect, person

app = typer.Typer(
    name="job",
    help="Jobs: one resident's card each. Exit codes: 0 done, 1 refused, 2 impossible.",
    no_args_is_help=True,
)

Job = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job.")]
PICTURES = ("photo", "signature")
COLUMNS: list[show.Column] = [
    ("job", "id"),
    ("state", "state"),
    ("reference", "reference"),
    ("type", "card_type"),
    ("printer", "printer"),
    ("card", "card"),
    ("waits for", "waits_for"),
    ("question", "question"),
]


@app.command()
def submit(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="The job as JSON, as POST /v1/jobs takes it; - is stdin.")
    ],
    key: Key = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="Change a field, as reference=R-17 or values.name=…; photo=@FILE and "
            "signature=@FILE take a picture. May be given several times.",
        ),
    ] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Post a job; it is on the station's disk when this ends with 0."""
    body = read_job(file)
    for wish in change or ():
        set_field(body, wish)
    job = connect(context, url).post("/v1/jobs", body, key)
    if as_json:
        show.as_json(job)
        return
    print(f"job {job['id']} is {job['state']}, reference {job['reference']}")
    for warning in job.get("warnings") or ():
        print(f"  look once more at {warning['pointer']}: {warning['detail']}")


def read_job(file: Path) -> dict[str, Any]:
    """The body of a job from a file; a name of a picture beside it becomes the picture itself."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        body = json.loads(text)
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}", IMPOSSIBLE) from None
    except ValueError as error:
        place = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "its bytes"
        raise Failure(f"{file} is not JSON: look at {place}", IMPOSSIBLE) from None
    if not isinstance(body, dict):
        raise Failure(f"{file} holds no JSON object", IMPOSSIBLE)
    for field in PICTURES:
        name = body.get(field)
        if isinstance(name, str) and "." in name and "/" not in name:
            body[field] = picture(file.parent / name)
    return body


def picture(path: Path) -> str:
    """A picture file in base64."""
    try:
        return base64.b64encode(path.read_bytes()).decode()
    except OSError as error:
        raise Failure(f"picture {path} cannot be read: {error.strerror}", IMPOSSIBLE) from None


def set_field(body: dict[str, Any], wish: str) -> None:
    """Carry out one `FIELD=VALUE`; inner fields are joined by dots."""
    path, sign, value = wish.partition("=")
    *outer, name = path.split(".")
    if not sign or not name:
        raise Failure(f"--set {path}: write FIELD=VALUE", IMPOSSIBLE)
    inner: Any = body
    for part in outer:
        inner = inner.setdefault(part, {})
        if not isinstance(inner, dict):
            raise Failure(f"--set {path}: {part} has no fields", IMPOSSIBLE)
    inner[name] = _typed(path, value)


def _typed(path: str, value: str) -> Any:
    # Only these two are no texts; a NIK must stay one though it looks like a number.
    if path == "priority" and value.isdigit():
        return int(value)
    if path == "hold" and value in ("true", "false"):
        return value == "true"
    if path in PICTURES and value.startswith("@"):
        return picture(Path(value[1:]))
    return value


@app.command("list")
def list_jobs(
    context: typer.Context,
    state: Annotated[list[str] | None, typer.Option(help="Only in this state; repeatable.")] = None,
    reference: Annotated[str | None, typer.Option(help="Only with this reference.")] = None,
    limit: Limit = 100,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Jobs in the order in which they were posted."""
    found = connect(context, url).items("/v1/jobs", limit, state=state, reference=reference)
    if as_json:
        show.as_json(found)
    else:
        show.table(found, COLUMNS, "no such jobs")


@app.command("show")
def show_job(context: typer.Context, job: Job, url: Url = None, as_json: AsJson = False) -> None:
    """One job with its evidence."""
    found = connect(context, url).get(f"/v1/jobs/{job}")
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
    job = connect(context, url).post(f"/v1/jobs/{path}", body, key)
    if as_json:
        show.as_json(job)
        return
    asked = ", cancel requested" if job["cancel_requested"] else ""
    print(f"job {job['id']} is {job['state']}{asked}")


@app.command()
def cancel(
    context: typer.Context,
    job: Job,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Cancel what has not been fed; ask for it where the card is already moving."""
    _act(context, url, f"{job}/cancel", {"by": person(by)}, key, as_json)


@app.command()
def hold(
    context: typer.Context,
    job: Job,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Keep a pending job from starting."""
    _act(context, url, f"{job}/hold", {"by": person(by)}, key, as_json)


@app.command()
def release(
    context: typer.Context,
    job: Job,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Let a held job queue again."""
    _act(context, url, f"{job}/release", {"by": person(by)}, key, as_json)


@app.command()
def reprint(
    context: typer.Context,
    job: Job,
    card: Annotated[
        str, typer.Option(help="What became of the replaced card: spoiled or missing.")
    ] = "spoiled",
    cause: Annotated[str | None, typer.Option(help="Why, as damaged or lost.")] = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Make the successor of an ended job; its old card is spoiled or missing from then on."""
    body = {"card": card, "by": person(by), **({"cause": cause} if cause else {})}
    _act(context, url, f"{job}/reprint", body, key, as_json)
