"""The settings of units as rows: what was seen, and what a technician knows of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.sqlite import insert

from printstation.store.engine import Tx
from printstation.store.tables import unit_settings

_BY_SERIAL = select(unit_settings).where(unit_settings.c.serial == bindparam("serial"))


@dataclass(frozen=True)
class UnitSettings:
    """By name, as the device words them. `changed_at`: since when they differ from the accepted ones."""

    accepted: Mapping[str, str]
    seen: Mapping[str, str]
    seen_at: str
    changed_at: str | None


def get(conn: Connection, serial: str) -> UnitSettings | None:
    """What is known of this unit; None for one that was never asked."""
    row = conn.execute(_BY_SERIAL, {"serial": serial}).one_or_none()
    if row is None:
        return None
    return UnitSettings(json.loads(row.accepted), json.loads(row.seen), row.seen_at, row.changed_at)


def put(tx: Tx, serial: str, found: UnitSettings) -> None:
    """Write it down."""
    values = {
        "accepted": canonical(found.accepted),
        "seen": canonical(found.seen),
        "seen_at": found.seen_at,
        "changed_at": found.changed_at,
    }
    added = insert(unit_settings).values(serial=serial, **values)
    tx.conn.execute(added.on_conflict_do_update(index_elements=["serial"], set_=values))


def canonical(settings: Mapping[str, str]) -> str:
    """The one way to write them: equal texts are equal settings."""
    return json.dumps(dict(settings), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
