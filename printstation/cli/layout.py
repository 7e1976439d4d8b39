"""`printstation layout`: see, check and draw layouts. Needs no running station and no printer."""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from printstation.cli import show
from printstation.cli.failure import IMPOSSIBLE, REFUSED, Failure
from printstation.cli.options import AsJson

if TYPE_CHECKING:
    from layouts import Layout

app = typer.Typer(
    name="layout",
    help="What a card looks like. Exit codes: 0 done, 1 cannot be printed, 2 impossible.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="A layout's name, or the folder of one of your own.")]
Values = Annotated[
    Path | None,
    typer.Option(
        help="JSON: a job as it is posted, or its `values` alone; the rest is of the sample."
    ),
]
Sample = Annotated[str | None, typer.Option(help="Which sample; else the first one.")]
Out = Annotated[Path, typer.Option(help="Folder for the pictures; it is created.")]


@app.command("list")
def list_layouts(as_json: AsJson = False) -> None:
    """The layouts that there are: name, version, sides, card types."""
    import layouts

    found = [_open(name) for name in layouts.names()]
    if as_json:
        show.as_json(
            [
                {
                    "name": layout.name,
                    "version": layout.version,
                    "card_types": list(layout.card_types),
                    "sides": list(layout.sides),
                    "samples": list(layout.sample_names),
                }
                for layout in found
            ]
        )
        return
    for layout in found:
        sides, types = " ".join(layout.sides), " ".join(layout.card_types)
        show.say(f"{layout.name}  version {layout.version}  {sides}  for {types}")


@app.command()
def check(name: Name, values: Values = None) -> None:
    """Load a layout and check every sample of it, or the job in a file."""
    import layouts

    layout = _open(name)
    names = layout.sample_names if values is None else (_first_sample(layout, None),)
    failed = 0
    for sample in names:
        problems = layouts.check(layout, *_content(layout, sample, values))
        failed += bool(problems)
        print(f"{values or sample}: {'cannot be printed' if problems else 'ok'}")
        for problem in problems:
            print(f"  {problem.pointer}: {problem.code}: {problem.detail}")
    if failed:
        raise typer.Exit(REFUSED)


@app.command()
def render(name: Name, out: Out, values: Values = None, sample: Sample = None) -> None:
    """Draw front and back as PNG, as a person sees them, and print their paths."""
    import layouts

    layout = _open(name)
    content = _content(layout, _first_sample(layout, sample), values)
    try:
        pictures = layouts.render(layout, *content)
    except layouts.Unprintable as error:
        raise Failure(f"cannot be printed: {error}", REFUSED) from error
    try:
        out.mkdir(parents=True, exist_ok=True)
        for side, picture in pictures.items():
            path = out / f"{side}.png"
            layouts.compose(picture).save(path)
            print(path)
    except OSError as error:
        raise Failure(f"{out}: {error.strerror}", IMPOSSIBLE) from error


def _open(name: str) -> Layout:
    import layouts

    try:
        return layouts.load_folder(Path(name)) if "/" in name else layouts.load(name)
    except (layouts.UnknownLayout, layouts.LayoutError) as error:
        raise Failure(str(error), IMPOSSIBLE) from error


def _first_sample(layout: Layout, wanted: str | None) -> str:
    if wanted is None and not layout.sample_names:
        raise Failure(f"layout {layout.name} has no samples", IMPOSSIBLE)
    name = wanted or (
        "plain" if "plain" in layout.sample_names else min(layout.sample_names, default="")
    )
    if name not in layout.sample_names:
        known = ", ".join(layout.sample_names)
        raise Failure(f"layout {layout.name} has no sample {name}; it has: {known}", IMPOSSIBLE)
    return name


def _content(
    layout: Layout, sample: str, file: Path | None
) -> tuple[dict[str, object], bytes | None, bytes | None, str]:
    """Values, photo, signature and reference, as the renderer takes them."""
    body: dict[str, Any] = layout.sample(sample)
    if file is not None:
        given = _read(file)
        body |= given if isinstance(given.get("values"), dict) else {"values": given}
    photo, signature = (_picture(body, key) for key in ("photo", "signature"))
    return body["values"], photo, signature, str(body["reference"])


def _read(file: Path) -> dict[str, Any]:
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}", IMPOSSIBLE) from error
    except ValueError as error:
        raise Failure(f"{file}: not JSON in UTF-8", IMPOSSIBLE) from error
    if not isinstance(given, dict):
        raise Failure(f"{file}: must be a JSON object", IMPOSSIBLE)
    return given


def _picture(body: dict[str, Any], key: str) -> bytes | None:
    text = body.get(key)
    if not text:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise Failure(f"{key}: not base64", IMPOSSIBLE) from error
