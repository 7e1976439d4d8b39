"""An office's days in short words: a wall clock that tests set, honest counts, closes and what they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from printstation.clock import SystemClock
from tests.api.office import Office

KTP = "ktp-el-wni"
TWO = {"by": "Ani", "supervisor": "Budi"}
START = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


class Calendar(SystemClock):
    """A wall clock that the test sets; every look takes a millisecond."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


def receive(office: Office, count: int, batch: str = "B1", **more: Any) -> None:
    letter = {"delivery": f"SJ-{batch}", "card_type": KTP, "version": "1", "batch": batch}
    assert office.act("/stock/receipts", {**letter, "count": count, **more}).status_code == 201


def load(office: Office, count: int) -> None:
    body = {"printer": "tango", "card_type": KTP, "count": count}
    assert office.act("/stock/loads", body).status_code == 200


def count_all(office: Office) -> None:
    """An honest count of every place where blanks lie."""
    hopper = office.get("/printers/tango")["hopper"]
    stored = office.get("/stock").get(KTP, {}).get("stored", 0)
    lines = [
        {"card_type": KTP, "place": place, "counted": n}
        for place, n in (("store", stored), ("hopper:tango", hopper))
    ]
    assert office.act("/counts", {"lines": lines, "by": "Ani"}).status_code == 201


def close(office: Office, **more: Any) -> dict[str, Any]:
    count_all(office)
    answer = office.act("/shifts/close", {**TWO, **more})
    assert answer.status_code == 200, answer.text
    closed: dict[str, Any] = answer.json()
    return closed


def facts(office: Office, day: str) -> dict[str, Any]:
    found: dict[str, Any] = office.get(f"/reports/{day}")["facts"]
    return found


def row(office: Office, day: str) -> dict[str, Any]:
    """The blanks of ktp-el-wni, which add up."""
    (found,) = (row for row in facts(office, day)["types"] if row["card_type"] == KTP)
    came = sum(found[c] for c in ("opening", "received", "borrowed", "home", "corrected"))
    went = sum(found[c] for c in ("used", "spoiled", "lent", "returned", "missing"))
    assert came == went + found["remaining"], found
    return {name: n for name, n in found.items() if n and name not in ("card_type", "causes")}
