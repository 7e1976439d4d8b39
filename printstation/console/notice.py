"""The public notice of what is left, as a page and as one line: the office's answer to "is it out of stock?".

Counted from rows at the moment of asking. Holds no job, no resident and nobody's name.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, PlainTextResponse

from printstation.api.needs import Here, Station
from printstation.console.page import HEADERS, STYLE, style, templates
from printstation.console.words import Words
from printstation.documents import words
from printstation.reports.gather import Office
from printstation.reports.tally import BLANK
from printstation.store import cards

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Left:
    """Blanks of one type."""

    name: str
    cards: int


def left(station: Station) -> tuple[Left, ...]:
    """What is left of every type that residents are given, and of which there ever was a blank."""
    with station.store.read() as conn:
        rows = cards.balance(conn)
    return tuple(
        Left(
            words.word("card_type", kind.name),
            sum(rows[kind.name].get(state, 0) for state in BLANK),
        )
        for kind in station.config.card_types
        if kind.one_per_resident and kind.name in rows
    )


def _when(station: Station) -> str:
    now = station.clock.now()
    zone = Office(station.config).zone_name(now)
    local = now.astimezone(station.config.zone)
    return f"{words.short_date(local.date())} {words.clock_time(local, zone)}"


@router.get("/stock-notice")
def page(station: Here) -> HTMLResponse:
    """The page, Indonesian first."""
    html = (
        templates()
        .get_template("notice.html")
        .render(
            languages=(Words("id"), Words("en")),
            office=station.config.office,
            left=left(station),
            number=words.number,
            when=_when(station),
            style=f"{STYLE}?{style()[1]}",
        )
    )
    return HTMLResponse(html, headers=HEADERS)


@router.get("/stock-notice.txt")
def line(station: Here) -> PlainTextResponse:
    """One line, for a sign, a web site or a chat."""
    found = "; ".join(f"{row.name} {words.number(row.cards)}" for row in left(station))
    text = f"Sisa blangko {station.config.office.city} per {_when(station)}: {found or 'tidak ada'}"
    return PlainTextResponse(text + "\n", headers={"Cache-Control": "no-store"})
