"""The page at `/` and its forms. Each form does what the API's route of the same name does, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from printstation.api import questions
from printstation.api.needs import Here, Station
from printstation.console import acts, forms
from printstation.console.acts import ACTS, CHECK, Act
from printstation.console.forms import Form, Sent
from printstation.console.page import HEADERS, STYLE, Notice, Visit, draw, refused, style
from printstation.console.told import answered, told
from printstation.console.words import Words, table
from printstation.refusals import Refusal

router = APIRouter(include_in_schema=False)

#: The style sheet's address changes with its contents.
FOREVER = "public, max-age=31536000, immutable"
#: What is read from a card is no longer than a reference.
MAX_FIND = 64
Came = Annotated[Sent, Depends(forms.sent)]


def _visit(request: Request, station: Station) -> Visit:
    asked = request.query_params
    usual = station.config.language
    # `?count=PRINTER` is the older way to say `?form=count-PRINTER`.
    opened = acts.opened(station, asked.get("form") or f"count-{asked.get('count', '')}")
    return Visit(
        language="en"
        if (lang := asked.get("lang", usual)) == "en"
        else "id"
        if lang == "id"
        else usual,
        usual=usual,
        # What follows from an act has no address of its own.
        opened=opened if opened is None or opened.act.of != "job" else None,
        find=asked.get("find", "").strip()[:MAX_FIND],
        still=asked.get("still") == "1",
    )


@router.get("/")
def front(request: Request, station: Here) -> HTMLResponse:
    """Printers, questions, checks, queue, stock and the last entries."""
    visit = _visit(request, station)
    asked, words = request.query_params, Words(visit.language)
    return draw(station, visit, told(station, asked.get("done", ""), asked.get("what", ""), words))


@router.get(STYLE)
def sheet() -> Response:
    """The one style sheet."""
    headers = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"}
    return Response(style()[0], media_type="text/css", headers=headers)


def _act(
    request: Request,
    station: Station,
    came: Sent,
    about: str,
    act: Callable[[Form], object],
    **done: str,
) -> Response:
    """Do what a form asks, then lead to the page; a refusal shows the page with what was typed."""
    visit = _visit(request, station)
    w = Words(visit.language)
    if not came.own:
        return draw(
            station, visit, Notice((table("refusals")["forbidden"][w.language],), status=403)
        )
    form = None
    try:
        form = forms.read(came)
        act(form)
    except Refusal as refusal:
        more = _earlier(station, about, w) if refusal.code == "question-closed" else ()
        return draw(station, visit, refused(w, refusal, about, form, more))
    return RedirectResponse(visit.link(**done), 303, HEADERS)


def _earlier(station: Station, question: str, w: Words) -> tuple[str, ...]:
    with station.store.read() as conn:
        return answered(conn, question, w)


@router.post("/console/questions/{question_id}")
def answer(question_id: str, request: Request, station: Here, came: Came) -> Response:
    """Close a question."""

    def act(form: Form) -> None:
        fields = forms.answer_fields(form.values)
        questions.answer_question(question_id, forms.posted(station, form, fields), station)

    return _act(request, station, came, question_id, act, done="answer", what=question_id)


def _serve(row: Act) -> None:
    """The address of one row of the table."""

    def do(what: str, request: Request, station: Here, came: Came) -> Response:
        def act(form: Form) -> None:
            fields = acts.fields(row, what, form.values)
            row.call(station, what, forms.posted(station, form, fields))

        # The list of cards stays open for the next one.
        stays = {"form": CHECK.name} if row is CHECK else {}
        done = {"done": row.name, "what": what, **stays}
        return _act(request, station, came, row.form(what), act, **done)

    router.post(f"/console{row.path}", name=f"console {row.name}")(do)


for _row in ACTS.values():
    _serve(_row)
