"""Layouts: what a job may bring, and complete examples to begin with."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

import layouts
from printstation.api.paging import Cursor, Limit, Page, whole
from printstation.refusals import Refusal

router = APIRouter(prefix="/v1/layouts", tags=["layouts"])
NOUN = "t"


class LayoutOut(BaseModel):
    """One layout; `values_schema` is the JSON Schema of a job's `values`."""

    name: str
    version: str
    card_types: list[str]
    sides: list[str]
    values_schema: dict[str, Any]
    samples: list[str]


def _known(name: str) -> layouts.Layout:
    try:
        return layouts.load(name)
    except layouts.UnknownLayout:
        raise Refusal(
            "not-found", f"there is no such layout; there are: {', '.join(layouts.names())}"
        ) from None


def _shape(layout: layouts.Layout) -> LayoutOut:
    return LayoutOut(
        name=layout.name,
        version=layout.version,
        card_types=list(layout.card_types),
        sides=list(layout.sides),
        values_schema=layout.values_schema(),
        samples=list(layout.sample_names),
    )


@router.get("")
def list_layouts(limit: Limit = 100, cursor: Cursor = None) -> Page[LayoutOut]:
    """Every layout."""
    found = [_shape(layouts.load(name)) for name in layouts.names()]
    return whole(NOUN, found, limit, cursor)


@router.get("/{name}")
def show_layout(name: str) -> LayoutOut:
    """One layout."""
    return _shape(_known(name))


@router.get("/{name}/samples/{sample}")
def show_sample(name: str, sample: str) -> dict[str, Any]:
    """A complete body for `POST /v1/jobs`; change `resident`, `reference` and equal values."""
    layout = _known(name)
    try:
        return layout.sample(sample)
    except layouts.UnknownSample:
        raise Refusal(
            "not-found", f"there is no such sample; there are: {', '.join(layout.sample_names)}"
        ) from None
