"""Closing a day: every blank counted, every difference explained, two persons; then its facts never change.

The entry of the close is the head that is printed on the report: it vouches for the day's row, and the
whole journal before it hangs on its hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from printstation.acts.persons import supervised
from printstation.acts.request import Done, Request, once
from printstation.lifecycle.places import BLANKS, parse
from printstation.refusals import FieldError, Refusal
from printstation.reports import gather
from printstation.reports.facts import Facts, dump, load
from printstation.reports.gather import Office, Scope
from printstation.store import counts, filed, journal, shifts
from printstation.store.counts import Count
from printstation.store.engine import Store, Tx
from printstation.store.shifts import KIND, Shift


def close(
    store: Store,
    request: Request,
    office: Office,
    *,
    day: str | None,
    by: str,
    supervisor: str | None,
) -> Done:
    """Close a day of the office, today's unless another is named.

    Refuses a day that is closed, a clock that was set back behind the last close, blanks that nobody counted
    since then, and a count that differs without an explanation. Nothing is changed then.
    """

    def act(tx: Tx) -> dict[str, Any]:
        supervised(by, supervisor, "closing a day")
        last = shifts.last(tx.conn)
        named = _day(office, last, tx.at, day)
        lines = counts.unfiled(tx.conn)
        _explained(lines)
        _counted(tx, lines)
        facts = replace(
            gather.facts(tx.conn, office, _scope(tx, last, named)),
            by=by,
            supervisor=supervisor or "",
        )
        _file(tx, facts, lines)
        return {"day": named}

    return once(store, request, act)


def _day(office: Office, last: Shift | None, at: str, day: str | None) -> str:
    today = office.day_of(datetime.fromisoformat(at))
    named = day or today
    if last is not None and today == last.day and at > last.closed_at:
        raise Refusal(
            "day-closed",
            f"day {last.day} is closed already; what comes now belongs to the next close",
        )
    if last is not None and (today <= last.day or at <= last.closed_at):
        raise Refusal(
            "clock-back",
            f"day {last.day} is closed, and the clock says {today}; set it right, or close tomorrow",
        )
    if named > today or (last is not None and named <= last.day):
        since = f" and {last.day} is closed" if last else ""
        raise Refusal(
            "invalid",
            f"day {named} cannot be closed: today is {today}{since}",
            (FieldError("/day", "out-of-range", "name a day after the last closed one"),),
        )
    return named


def _explained(lines: Sequence[Count]) -> None:
    """Of each type and place the newest line counts; it agrees, or somebody said why not."""
    newest = {(line.card_type, line.place): line for line in lines}
    open_ones = [line for line in newest.values() if line.open]
    if open_ones:
        line = open_ones[0]
        raise Refusal(
            "count-differs",
            f"count {line.id} of {line.card_type} in {line.place} differs by {line.difference:+d}; "
            "explain it, carry it as missing, or count again",
            extra={"counts": [line.id for line in open_ones]},
        )


def _counted(tx: Tx, lines: Sequence[Count]) -> None:
    """Every place where blanks lie was counted since the last close."""
    done = {(line.card_type, parse(line.place)) for line in lines}
    due = sorted(
        (card_type, str(place))
        for (card_type, place), number in counts.lying(tx.conn).items()
        if number and place.kind in BLANKS and (card_type, place) not in done
    )
    if due:
        card_type, place = due[0]
        raise Refusal(
            "count-due",
            f"{card_type} in {place} was not counted since the last close; count it first",
            extra={"due": [{"card_type": kind, "place": where} for kind, where in due]},
        )


def _scope(tx: Tx, last: Shift | None, day: str) -> Scope:
    head = journal.head(tx.conn)
    return Scope(
        day,
        after=last.last_seq if last else 0,
        upto=head[0] if head else 0,
        as_of=datetime.fromisoformat(tx.at),
        before=load(last.facts) if last else None,
    )


def _file(tx: Tx, facts: Facts, lines: Sequence[Count]) -> None:
    for line in lines:
        filed.change(tx, "count", line.id, {"day": facts.day})
    shifts.add(
        tx,
        {
            "day": facts.day,
            "first_seq": facts.first_seq,
            "last_seq": facts.last_seq,
            "by": facts.by,
            "supervisor": facts.supervisor,
            "facts": dump(facts),
        },
    )
    data = {"day": facts.day, "supervisor": facts.supervisor, "last_seq": facts.last_seq}
    journal.append(tx, KIND, by=facts.by, data=data)
