"""Lists: one shape, one bound, and pages that lose nothing and show nothing twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.office import Office, problem

LISTS = [
    "layouts",
    "jobs",
    "printers",
    "cards",
    "questions",
    "events",
    "reasons",
    "waits",
    "loans",
    "counts",
    "destructions",
    "supplies",
    "slips",
    "cards/uncollected",
    "printers/tango/upkeep",
]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_bounded_and_takes_only_its_own_cursors(office: Office, name: str) -> None:
    shown = office.get(f"/{name}", limit=500)
    assert {"items", "next"} <= set(shown)
    for wrong in ({"limit": 0}, {"limit": 501}, {"limit": "x"}, {"cursor": "zzz"}):
        problem(office.client.get(f"/v1/{name}", params=wrong), 422, "invalid")


@pytest.mark.parametrize("name", ["reasons", "waits", "printers", "layouts"])
@pytest.mark.parametrize("limit", [1, 2, 7])
def test_pages_together_are_the_whole_list(office: Office, name: str, limit: int) -> None:
    whole = office.get(f"/{name}", limit=500)
    walked: list[Any] = []
    cursor = None
    while True:
        asked = {"limit": limit} if cursor is None else {"limit": limit, "cursor": cursor}
        page = office.get(f"/{name}", **asked)
        assert len(page["items"]) <= limit
        walked += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert walked == whole["items"] != []
    assert whole["next"] is None
