"""The two vocabularies: why a printer is as it is, and why a job waits."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

import drivers
from printstation.api.paging import Cursor, Limit, Page, whole
from printstation.lifecycle.waits import waits

router = APIRouter(prefix="/v1", tags=["reasons"])
REASONS, WAITS = "r", "w"


class SentenceOut(BaseModel):
    """One sentence in Indonesian and in English."""

    id: str
    en: str


class ReasonOut(BaseModel):
    """One keyword of a printer's `reasons`."""

    keyword: str
    severity: str
    stops: bool
    who: str
    sentence: SentenceOut


class WaitOut(BaseModel):
    """One keyword of a job's `state_reasons`."""

    keyword: str
    waits_for: str
    sentence: SentenceOut


@router.get("/reasons")
def list_reasons(limit: Limit = 100, cursor: Cursor = None) -> Page[ReasonOut]:
    """Every keyword that a printer's `reasons` may hold, with its sentences and who acts."""
    items = [
        ReasonOut(
            keyword=row.keyword,
            severity=row.severity,
            stops=row.stops,
            who=row.who,
            sentence=SentenceOut(id=row.id, en=row.en),
        )
        for row in drivers.reasons().values()
    ]
    return whole(REASONS, items, limit, cursor)


@router.get("/waits")
def list_waits(limit: Limit = 100, cursor: Cursor = None) -> Page[WaitOut]:
    """Every keyword that a job's `state_reasons` may hold."""
    items = [
        WaitOut(
            keyword=row.keyword,
            waits_for=row.waits_for,
            sentence=SentenceOut(id=row.id, en=row.en),
        )
        for row in waits().values()
    ]
    return whole(WAITS, items, limit, cursor)
