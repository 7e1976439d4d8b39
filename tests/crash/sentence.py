"""The table of `exactly-once.md` §3 once more, from the page and from the transcript alone.

The judge compares it with every verdict: *unknown* only where the table says so, *printed* only where rows 3
or 6 say so. Nothing of `lifecycle/evidence.py` is used, since planted bugs change that one.
"""

from __future__ import annotations

import sqlite3

from tests.crash.transcript import Record


def wrong(feed: sqlite3.Row, record: Record | None, sensor: bool, doubted: bool) -> str | None:
    """Why this verdict is not the table's, or None. `doubted`: a reply of this printer was tampered with, or
    another unit hung there, at some time, so that a reading may be missing."""
    verdict, rule = feed["verdict"], feed["rule"]
    delta = _delta(feed)
    if verdict == "printed" and not (
        _row_3(feed, record, delta, sensor) or _row_6(feed, record, delta)
    ):
        return f"printed by rule {rule}, which the cable does not bear out: {record}"
    if verdict != "unknown" or (record is not None and record.lost):
        return None
    if rule == 1:
        explained = doubted or (feed["counter_kind"] != "none" and delta not in (0, 1))
        return None if explained else "unknown by rule 1, and no witness was broken"
    if _row_3(feed, record, delta, sensor):
        return "unknown, and row 3 says printed"
    if feed["counter_kind"] == "pick" and delta == 0:
        return "unknown, and row 5 says untouched"
    if _row_6(feed, record, delta):
        return "unknown, and row 6 says printed"
    return None


def _delta(feed: sqlite3.Row) -> int | None:
    before, after = feed["counter_before"], feed["counter_after"]
    if feed["counter_kind"] == "none" or before is None or after is None:
        return None
    return int(after) - int(before)


def _same_session(record: Record) -> bool:
    # Lost after everything was read, while the verdict waited for the database, changes nothing.
    return not record.lost or record.lost_late


def _row_3(feed: sqlite3.Row, record: Record | None, delta: int | None, sensor: bool) -> bool:
    return (
        record is not None
        and _same_session(record)
        # Busy after every byte had come: it was *sent*, whatever the rows say of that.
        and record.busy_after
        and record.ready_after_busy
        and not record.error
        and not feed["errors"]
        and (feed["counter_kind"] == "none" or delta == 1)
        and (not sensor or feed["path"] == 0)
    )


def _row_6(feed: sqlite3.Row, record: Record | None, delta: int | None) -> bool:
    return (
        record is not None
        and _same_session(record)
        and feed["sent_at"] is not None
        and feed["counter_kind"] == "eject"
        and delta == 1
        and not record.error
        and not feed["errors"]
    )
