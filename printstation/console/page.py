"""Drawing the page: templates, what they may use, and the headers that keep it to itself."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import drivers
from printstation.api.needs import Station
from printstation.console import acts
from printstation.console.acts import CAUSE_CHOICES, CHECK, REPRINT, Opened
from printstation.console.forms import Form, fresh_key
from printstation.console.look import HELD_JOBS, NEXT_JOBS, look
from printstation.console.words import Language, Words, masked, two_sentences
from printstation.diagnostics.supply_kinds import is_low, supply_kind
from printstation.lifecycle.answers import NEEDS_CAUSE, needs_supervisor
from printstation.lifecycle.card import CardState
from printstation.lifecycle.job import JobState
from printstation.refusals import Refusal

HERE = Path(__file__).parent
STYLE = "/console/style.css"
REFRESH_S = 10
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "img-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    # Not `no-referrer`: forms would then be sent without the origin by which they are known.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Visit:
    """How the page was asked for. It remembers nothing: every link carries what matters."""

    language: Language
    usual: Language
    #: The form that is open.
    opened: Opened | None = None
    #: What was read from a card that is looked for.
    find: str = ""
    #: Whether the page stays as it is.
    still: bool = False

    def link(self, **changes: str) -> str:
        """The page in the same language."""
        wish = {"lang": self.language} if self.language != self.usual else {}
        found = {name: value for name, value in {**wish, **changes}.items() if value}
        return "/" + (f"?{urlencode(found)}" if found else "")

    def act(self, path: str) -> str:
        """Where a form goes, so that its answer comes in the same language."""
        return f"/console{path}" + self.link()[1:]


@dataclass(frozen=True)
class Notice:
    """A line on top: what was done, or why it was not. `about` is the form that it belongs to, `next` one that
    follows from what was done."""

    lines: tuple[str, ...]
    detail: str = ""
    about: str | None = None
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)
    next: Opened | None = None

    @property
    def bad(self) -> bool:
        """Whether nothing was done."""
        return self.status >= 400


def refused(
    words: Words, refusal: Refusal, about: str, form: Form | None, more: tuple[str, ...] = ()
) -> Notice:
    """The notice of a refusal, with what was typed."""
    typed = {} if form is None else form.values
    return Notice((*words.why(refusal), *more), refusal.detail, about, refusal.status, typed)


def draw(station: Station, visit: Visit, notice: Notice | None = None) -> HTMLResponse:
    """The whole page as it is now."""
    about = notice.about if notice is not None and notice.bad else None
    opened = acts.opened(station, about) if about else visit.opened
    seen = look(station, opened, visit.find)
    follows = notice.next if notice is not None else None
    if opened is not None and opened.act is REPRINT:
        follows = opened
    # A page on which somebody may be writing is never pulled away under his hands.
    quiet = not (seen.questions or opened or follows or visit.still or about)
    html = (
        templates()
        .get_template("page.html")
        .render(
            w=Words(visit.language),
            visit=visit,
            seen=seen,
            notice=notice,
            typed=lambda form: notice.typed if notice is not None and notice.about == form else {},
            about=about,
            opened=opened,
            follows=follows,
            quiet=quiet,
            now=station.clock.now(),
            local=lambda moment: _local(station, moment),
            figure=lambda number: _figure(number, visit.language),
            style=f"{STYLE}?{style()[1]}",
        )
    )
    return HTMLResponse(html, 200 if notice is None else notice.status, HEADERS)


def _figure(number: int, language: Language) -> str:
    """A number as it is written in this language."""
    text = f"{number:,}"
    return text.replace(",", ".") if language == "id" else text


def _local(station: Station, moment: str | datetime) -> str:
    """A stored time as the office's clock shows it."""
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return found.astimezone(station.config.zone).strftime("%d-%m-%Y %H:%M:%S")


@functools.cache
def style() -> tuple[bytes, str]:
    """The style sheet and its fingerprint. Reads the file once."""
    data = (HERE / "static" / "style.css").read_bytes()
    return data, hashlib.sha256(data).hexdigest()[:12]


@functools.cache
def templates() -> Environment:
    """The pages' templates and what they may use."""
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(
        causes=CAUSE_CHOICES,
        check=CHECK,
        card_states=tuple(CardState),
        fresh_key=fresh_key,
        held_jobs=HELD_JOBS,
        next_jobs=NEXT_JOBS,
        open_states=(JobState.PENDING, JobState.HELD, JobState.PROCESSING, JobState.STOPPED),
        reasons=drivers.reasons(),
        refresh_s=REFRESH_S,
        two_sentences=lambda text: tuple(two_sentences(text)),
    )
    found.filters["masked"] = masked
    found.filters["supply_kind"] = supply_kind
    found.tests["low_of"] = is_low
    found.tests["a_cause"] = lambda pair: pair.card in NEEDS_CAUSE
    found.tests["two_persons"] = needs_supervisor
    return found
