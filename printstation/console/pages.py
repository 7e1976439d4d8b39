"""The page at `/` and its forms. Each form does what the API's route of the same name does, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from printstation.api import printers, questions
from printstation.api.needs import Here, Station
from printstation.console import forms
from printstation.console.forms import Form, Sent
from printstation.console.page import HEADERS, STYLE, Notice, Visit, draw, refused, style
from printstation.console.words import Words, table
from printstation.lifecycle.answers import QuestionReason
from printstation.refusals import Refusal
from printstation.store import cards
from printstation.store import questions as rows

router = APIRouter(include_in_schema=False)

#: Who pauses a printer until there are logins.
BY = "console"
#: The style sheet's address changes with its contents.
FOREVER = "public, max-age=31536000, immutable"
Came = Annotated[Sent, Depends(forms.sent)]


def _visit(request: Request, station: Station) -> Visit:
    asked = request.query_params
    usual = station.config.language
    count = asked.get("count", "")
    return Visit(
        language="en"
        if (lang := asked.get("lang", usual)) == "en"
        else "id"
        if lang == "id"
        else usual,
        usual=usual,
        count=count if station.config.printer(count) is not None else None,
        still=asked.get("still") == "1",
    )


@router.get("/")
def front(request: Request, station: Here) -> HTMLResponse:
    """Printers, questions, queue, stock and the last entries."""
    visit = _visit(request, station)
    return draw(station, visit, _done(request, station, Words(visit.language)))


@router.get(STYLE)
def sheet() -> Response:
    """The one style sheet."""
    headers = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"}
    return Response(style()[0], media_type="text/css", headers=headers)


def _done(request: Request, station: Station, w: Words) -> Notice | None:
    """What the form before did, told from the rows: an address alone cannot make the page say it."""
    done, what = request.query_params.get("done"), request.query_params.get("what", "")
    if done == "answer":
        told = _answered(station, what, w)
        return Notice(told) if told else None
    if station.config.printer(what) is None:
        return None
    if done == "count":
        with station.store.read() as conn:
            hopper = cards.in_hopper(conn, what)
        return Notice((w("done-count", printer=what, hopper=hopper),))
    return Notice((w(f"done-{done}", printer=what),)) if done in ("pause", "resume") else None


def _answered(station: Station, identity: str, w: Words) -> tuple[str, ...]:
    """What was answered, and by whom; nothing while the question is open or if there is none."""
    with station.store.read() as conn:
        question = rows.get(conn, identity)
    if question is None or question.answer is None:
        return ()
    by, said = question.answer.get("by", ""), _said(question, w)
    return (w("done-answer", id=question.id, by=by, said=said),)


def _said(question: rows.Question, w: Words) -> str:
    assert question.answer is not None
    card, job = question.answer.get("card"), question.answer.get("job")
    if card is None:
        return w("blanks", count=question.answer.get("counted"))
    if question.reason is QuestionReason.HAND_OVER:
        return w(f"hand-{card}")
    future = w(f"future-{job or 'none'}")
    return f"{w(f'fate-{card}')}, {future}"


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
        more = _answered(station, about, w) if refusal.code == "question-closed" else ()
        return draw(station, visit, refused(w, refusal, about, form, more))
    return RedirectResponse(visit.link(**done), 303, HEADERS)


@router.post("/console/questions/{question_id}")
def answer(question_id: str, request: Request, station: Here, came: Came) -> Response:
    """Close a question."""

    def act(form: Form) -> None:
        fields = forms.answer_fields(form.values)
        questions.answer_question(question_id, forms.posted(station, form, fields), station)

    return _act(request, station, came, question_id, act, done="answer", what=question_id)


@router.post("/console/printers/{name}/hopper-count")
def count(name: str, request: Request, station: Here, came: Came) -> Response:
    """Record what lies in a hopper."""

    def act(form: Form) -> None:
        fields = forms.count_fields(form.values)
        printers.count_hopper(name, forms.posted(station, form, fields), station)

    return _act(request, station, came, f"count-{name}", act, done="count", what=name)


@router.post("/console/printers/{name}/pause")
def pause(name: str, request: Request, station: Here, came: Came) -> Response:
    """Start no new card at this printer."""

    def act(form: Form) -> None:
        printers.pause_printer(name, forms.posted(station, form, {"by": BY}), station)

    return _act(request, station, came, f"pause-{name}", act, done="pause", what=name)


@router.post("/console/printers/{name}/resume")
def resume(name: str, request: Request, station: Here, came: Came) -> Response:
    """Let a paused printer go on."""

    def act(form: Form) -> None:
        printers.resume_printer(name, forms.posted(station, form, {"by": BY}), station)

    return _act(request, station, came, f"resume-{name}", act, done="resume", what=name)
