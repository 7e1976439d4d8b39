"""Acts on ribbons, films and cleaning kits: receive, load, take out, lose. Spent ones wait for destruction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from printstation.acts.persons import supervised
from printstation.acts.request import Done, Request, once
from printstation.refusals import FieldError, Refusal
from printstation.store import filed, journal, supplies
from printstation.store.engine import Store, Tx
from printstation.store.supplies import Supply
from printstation.store.tables import SupplyKind, SupplyState

#: Items of one lot in one delivery.
MOST_ITEMS = 500


@dataclass(frozen=True)
class Delivered:
    """What came: one item with its serial number, or `count` items of a lot."""

    kind: SupplyKind
    serial: str | None
    lot: str | None
    model: str | None
    rated: int | None
    count: int = 1


def receive(store: Store, request: Request, came: Delivered, by: str) -> Done:
    """Enter items, one row each. Refuses a serial number that is there, and one for several items."""

    def act(tx: Tx) -> dict[str, Any]:
        if came.serial is not None:
            _refuse_double(tx, came)
        ids = []
        for _ in range(came.count):
            identity = filed.next_id(tx, "supply", "S")
            row = {
                "id": identity,
                "kind": came.kind,
                "serial": came.serial,
                "lot": came.lot,
                "model": came.model,
                "rated": came.rated,
                "state": SupplyState.STORED,
                "received_at": tx.at,
            }
            filed.add(tx, "supply", row)
            ids.append(identity)
        data = {"supplies": ids, "supply": came.kind, "lot": came.lot, "serial": came.serial}
        journal.append(tx, "supplies-received", by=by, data=data)
        return {"ids": ids}

    return once(store, request, act)


def _refuse_double(tx: Tx, came: Delivered) -> None:
    assert came.serial is not None
    if came.count != 1:
        detail = "a serial number is one item's; leave it out, or enter the items one by one"
        raise Refusal("invalid", detail, (FieldError("/serial", "out-of-range", detail),))
    other = supplies.serial_used(tx.conn, came.kind, came.serial)
    if other is not None:
        raise Refusal(
            "number-used",
            f"supply {other} has this serial number",
            (FieldError("/serial", "used", f"supply {other} has it"),),
        )


def _known(tx: Tx, identity: str, *states: SupplyState, wish: str) -> Supply:
    found = supplies.get(tx.conn, identity)
    if found is None:
        raise Refusal("not-found", f"there is no supply {identity}")
    if found.state not in states:
        raise Refusal("supply-state", f"supply {identity} is {found.state}; it cannot be {wish}")
    return found


def load(store: Store, request: Request, identity: str, *, printer: str, by: str) -> Done:
    """Put a stored item into a printer. What lay there of its kind must be taken out first: only a person
    knows whether it is spent."""

    def act(tx: Tx) -> dict[str, Any]:
        item = _known(tx, identity, SupplyState.STORED, wish="loaded")
        other = supplies.loaded_in(tx.conn, printer, item.kind)
        if other is not None:
            raise Refusal(
                "supply-state",
                f"{item.kind} {other.id} is loaded in printer {printer}; take it out first",
            )
        changes = {
            "state": SupplyState.LOADED,
            "printer": printer,
            "loaded_at": tx.at,
            "loaded_feed": supplies.last_feed(tx.conn),
        }
        filed.change(tx, "supply", identity, changes)
        data = {"supply": identity, "kind": item.kind}
        journal.append(tx, "supply-loaded", printer=printer, by=by, data=data)
        return {"id": identity}

    return once(store, request, act)


def unload(store: Store, request: Request, identity: str, *, spent: bool, by: str) -> Done:
    """Take an item out of its printer: spent (it is kept for destruction), or back into the store."""

    def act(tx: Tx) -> dict[str, Any]:
        item = _known(tx, identity, SupplyState.LOADED, wish="taken out")
        changes = {
            "state": SupplyState.SPENT if spent else SupplyState.STORED,
            "used": item.used,
            "panels_used": item.panels_used,
            "loaded_at": None,
            "loaded_feed": None,
            "ended_at": tx.at if spent else None,
        }
        filed.change(tx, "supply", identity, changes)
        kind = "supply-spent" if spent else "supply-unloaded"
        sums = {"used": item.used, "panels_used": item.panels_used, "rated": item.rated}
        data = {"supply": identity, "kind": item.kind, **sums}
        journal.append(tx, kind, printer=item.printer, by=by, data=data)
        return {"id": identity}

    return once(store, request, act)


def lose(
    store: Store, request: Request, identity: str, *, reason: str, by: str, supervisor: str | None
) -> Done:
    """An item that cannot be found: two persons and a reason, since a spent one carries portraits."""

    def act(tx: Tx) -> dict[str, Any]:
        supervised(by, supervisor, "a missing supply")
        item = _known(tx, identity, SupplyState.STORED, SupplyState.SPENT, wish="missing")
        if item.destruction is not None:
            raise Refusal(
                "in-another-session",
                f"supply {identity} lies in session {item.destruction}; take it out first",
            )
        changes = {"state": SupplyState.MISSING, "ended_at": tx.at}
        filed.change(tx, "supply", identity, changes)
        data = {"supply": identity, "reason": reason, "supervisor": supervisor}
        journal.append(tx, "supply-missing", by=by, data=data)
        return {"id": identity}

    return once(store, request, act)
