"""Lists in pages: `{items, next}`, with a cursor that says nothing to anybody but us."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from printstation.api.problems import wrong_field

T = TypeVar("T")
MAX_PAGE = 500
#: SQLite's largest row number.
MAX_SEQ = 2**63 - 1

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="entries in one page")]
Cursor = Annotated[str | None, Query(max_length=64, description="`next` of the page before")]


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is null on the last one."""

    items: list[T]
    next: str | None


def cursor(noun: str, seq: int) -> str:
    """The cursor of the place just after row `seq`."""
    return base64.urlsafe_b64encode(f"{noun}{seq}".encode()).decode().rstrip("=")


def after(noun: str, text: str | None, place: str = "/cursor") -> int:
    """The row number in a cursor, 0 without one; refuses `invalid` for one that we did not make."""
    if not text:
        return 0
    try:
        plain = base64.b64decode(
            text + "=" * (-len(text) % 4), altchars=b"-_", validate=True
        ).decode()
    except (binascii.Error, ValueError):
        plain = ""
    digits = plain.removeprefix(noun)
    if plain.startswith(noun) and digits.isascii() and digits.isdigit() and len(digits) < 20:
        seq = int(digits)
        if seq <= MAX_SEQ:
            return seq
    raise wrong_field(place, "no-cursor", "not a cursor of this list; take it as it was given")


def whole(noun: str, items: Sequence[T], limit: int, text: str | None) -> Page[T]:
    """One page of a list that is always held as a whole; its row numbers are the places in it."""
    first = after(noun, text)
    shown = items[first : first + limit]
    rest = first + limit < len(items)
    return Page(items=list(shown), next=cursor(noun, first + limit) if rest else None)


def next_of(noun: str, seqs: Sequence[int], limit: int) -> str | None:
    """The next page's cursor, given the row numbers of one row more than the page shows."""
    return cursor(noun, seqs[limit - 1]) if len(seqs) > limit else None
