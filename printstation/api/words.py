"""The forms of short texts that come from outside."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, StringConstraints

#: Who acts until there are logins, when a route names nobody.
APPLICATION = "api"


_NIK = re.compile(r"(?<!\d)\d{16}(?!\d)")


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("no control characters, and no blanks at either end")
    return text


def _no_nik(text: str) -> str:
    if _NIK.search(text):
        raise ValueError("16 digits look like a NIK; words here are journalled, name no resident")
    return text


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("in UTC this is a year that no calendar here has") from None


Person = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_printable)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_printable)]
#: Words that go into the journal, onto a report or a slip, where no resident may be named.
Reason = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(_printable),
    AfterValidator(_no_nik),
]
Note = Annotated[Word, AfterValidator(_no_nik)]
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Resident = Annotated[str, StringConstraints(pattern=r"^[0-9]{16}$")]
#: A moment with its offset, held in UTC.
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
