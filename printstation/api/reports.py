"""Reports of days and months: figures as JSON, papers as PDF, the month's recap as CSV too."""

from __future__ import annotations

import re
from datetime import date
from itertools import zip_longest
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from printstation.api.needs import Here, Station
from printstation.api.problems import wrong_field
from printstation.api.shifts import office_of
from printstation.api.words import Person, Word
from printstation.documents.office import Signer
from printstation.refusals import Refusal
from printstation.reports import days, months, papers
from printstation.reports.days import Day
from printstation.reports.months import Letter, Month

router = APIRouter(prefix="/v1/reports", tags=["reports"])
PDF, CSV = "application/pdf", "text/csv"
#: Signatures that fit under a letter.
MOST_SIGNERS = 3
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)


class ReportOut(BaseModel):
    """The figures of a day (`facts`), or of each day of a month (`days`).

    `provisional` while it is not closed; `told_in` is the later close that tells a day without its own.
    """

    period: str
    provisional: bool
    told_in: str | None = None
    head: str | None = None
    facts: dict[str, Any] | None = None
    days: list[dict[str, Any]] | None = None


def _period(text: str) -> str:
    """A day or a month as it is written in ISO 8601; refuses `not-found` for anything else."""
    try:
        date.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)
    except ValueError:
        raise Refusal(
            "not-found", "a report is of a day (2026-11-25) or of a month (2026-11)"
        ) from None
    return text


def _day(station: Station, day: str) -> Day:
    with station.store.read() as conn:
        return days.look(conn, office_of(station), day, station.clock.now())


def _month(station: Station, month: str) -> Month:
    with station.store.read() as conn:
        return months.look(conn, office_of(station), month, station.clock.now())


def _named(content: bytes | str, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=kind, headers=headers)


@router.get("/{period}.pdf", response_class=Response, responses={200: {"content": {PDF: {}}}})
def paper(
    period: str,
    station: Here,
    number: Word | None = None,
    signer: Annotated[list[Person], Query(max_length=MOST_SIGNERS)] = [],  # noqa: B006
    title: Annotated[list[Word], Query(max_length=MOST_SIGNERS)] = [],  # noqa: B006
    nip: Annotated[list[Word], Query(max_length=MOST_SIGNERS)] = [],  # noqa: B006
) -> Response:
    """A day's report, or a month's recap. A closed day gives the same bytes for ever.

    A recap may be given its letter's number and its signers (`signer`, `title` and `nip` go together in their
    order); else the head of the office signs.
    """
    if _MONTH.fullmatch(_period(period)):
        letter = Letter(number or "", _signers(station, signer, title, nip))
        content = months.paper(_month(station, period), letter)
        return _named(content, PDF, f"recap-{period}.pdf")
    return _named(papers.daily(_day(station, period)), PDF, f"report-{period}.pdf")


def _signers(
    station: Station, names: list[str], titles: list[str], nips: list[str]
) -> tuple[Signer, ...]:
    if max(len(titles), len(nips)) > len(names):
        raise wrong_field("/signer", "missing", "a title or a NIP needs its signer")
    if not names:
        return (months.head_of(station.config.office),)
    return tuple(
        Signer(name, "", nip, role=f"{title}," if title else "")
        for name, title, nip in zip_longest(names, titles, nips, fillvalue="")
    )


@router.get("/{period}.csv", response_class=Response, responses={200: {"content": {CSV: {}}}})
def table(period: str, station: Here) -> Response:
    """A month's recap by cause."""
    if not _MONTH.fullmatch(_period(period)):
        raise wrong_field("/period", "wrong-form", "a table is of a month, as 2026-11")
    return _named(months.table(_month(station, period)), CSV, f"recap-{period}.csv")


@router.get("/{period}")
def figures(period: str, station: Here) -> ReportOut:
    """The figures of a day, or of the closed days of a month and what came since."""
    if _MONTH.fullmatch(_period(period)):
        month = _month(station, period)
        told = [msgspec.to_builtins(facts) for facts in month.facts]
        return ReportOut(period=period, provisional=month.provisional, days=told)
    day = _day(station, period)
    return ReportOut(
        period=period,
        provisional=not day.closed,
        told_in=day.told_in,
        head=day.code or None,
        facts=msgspec.to_builtins(day.facts),
    )
