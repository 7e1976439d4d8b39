"""`printstation question`: what the station asks a person, and the answer."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from printstation.cli import show
from printstation.cli.options import AsJson, By, Key, Limit, Url, connect, person

app = typer.Typer(
    name="question",
    help="Questions that only a person can answer. Exit codes: 0 done, 1 refused, 2 impossible.",
    no_args_is_help=True,
)

Question = Annotated[str, typer.Argument(metavar="QUESTION", help="Id of the question.")]


def _answered(question: dict[str, Any]) -> str | None:
    answer = question["answer"]
    if answer is None:
        return None
    said = ", ".join(f"{name} {value}" for name, value in answer.items() if value is not None)
    return said or "-"


def _offers(question: dict[str, Any]) -> list[str]:
    return [
        pair["card"] if pair["job"] is None else f"{pair['card']}/{pair['job']}"
        for pair in question["answers"]
    ]


COLUMNS: list[show.Column] = [
    ("question", "id"),
    ("printer", "printer"),
    ("reason", "reason"),
    ("job", "job"),
    ("card", "card"),
    ("answers (card/job)", _offers),
    ("sentence", lambda question: question["sentence"]["en"]),
]


@app.command("list")
def list_questions(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="open, closed or all.")] = "open",
    printer: Annotated[str | None, typer.Option(help="Only about this printer.")] = None,
    job: Annotated[str | None, typer.Option(help="Only about this job.")] = None,
    limit: Limit = 100,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Questions, the oldest first; open ones unless another state is given."""
    wanted = None if state == "all" else state
    client = connect(context, url)
    found = client.items("/v1/questions", limit, state=wanted, printer=printer, job=job)
    columns = COLUMNS if wanted == "open" else [*COLUMNS, ("answer", _answered)]
    if as_json:
        show.as_json(found)
    else:
        show.table(found, columns, f"no {state} questions" if wanted else "no questions")


@app.command("show")
def show_question(
    context: typer.Context, question: Question, url: Url = None, as_json: AsJson = False
) -> None:
    """One question with its evidence and what may be answered."""
    found = connect(context, url).get(f"/v1/questions/{question}")
    if as_json:
        show.as_json(found)
    else:
        show.fields(found)


@app.command()
def answer(
    context: typer.Context,
    question: Question,
    card: Annotated[
        str | None, typer.Option(help="printed, spoiled, untouched or missing; as offered.")
    ] = None,
    job: Annotated[str | None, typer.Option(help="again or cancel; none with printed.")] = None,
    cause: Annotated[str | None, typer.Option(help="Why it is spoiled or missing.")] = None,
    number: Annotated[str | None, typer.Option(help="Scanned from the card that came out.")] = None,
    extra: Annotated[int | None, typer.Option(min=0, help="Further cards of this feed.")] = None,
    counted: Annotated[int | None, typer.Option(min=0, help="Blanks in the hopper now.")] = None,
    spoiled: Annotated[
        int | None, typer.Option(min=0, help="Cards found outside it that no row claims.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why more blanks lie there.")] = None,
    device_off: Annotated[
        str | None,
        typer.Option(
            metavar="SERIAL", help="State that this very unit is off, was power-cycled or is gone."
        ),
    ] = None,
    supervisor: Annotated[str | None, typer.Option(help="The second person, where needed.")] = None,
    by: By = None,
    key: Key = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question, once and for good: a pair that it offers, or a count."""
    body: dict[str, Any] = {
        "card": card,
        "job": job,
        "cause": cause,
        "number": number,
        "extra": extra,
        "counted": counted,
        "spoiled": spoiled,
        "reason": reason,
        "device": {"serial": device_off, "state": "off"} if device_off else None,
        "supervisor": supervisor,
        "by": person(by),
    }
    given = {name: value for name, value in body.items() if value is not None}
    closed = connect(context, url).post(f"/v1/questions/{question}/answer", given, key)
    if as_json:
        show.as_json(closed)
    else:
        print(f"question {question} is answered")
