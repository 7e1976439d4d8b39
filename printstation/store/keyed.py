"""Which key this database is kept with: its id, never the key.

Another key opens no payload, and it hides a resident's earlier job, whose keyed hash it cannot repeat
(`exactly-once.md` §8). So a start with another key is refused, as long as anything here was made with the first.
"""

from __future__ import annotations

from sqlalchemy import Connection, select, union_all
from sqlalchemy.dialects.sqlite import insert

from printstation.store.engine import Tx
from printstation.store.tables import idempotency, job, meta, payload

#: The row of `meta` that holds the id.
KEY_ID = "key"
_USED = union_all(select(job.c.id), select(idempotency.c.key)).limit(1)
_TOLD = select(meta.c.value).where(meta.c.name == KEY_ID)
#: What a database says that was made before that row: every sealed record names its key.
_SEALED = select(payload.c.key_id).limit(1)


def is_used(conn: Connection) -> bool:
    """Whether a row holds something that was hashed or sealed."""
    return conn.execute(_USED).first() is not None


def key_id(conn: Connection) -> str | None:
    """The id of the key that this database is kept with; None while any key will do."""
    if not is_used(conn):
        return None
    found: str | None = conn.execute(_TOLD).scalar() or conn.execute(_SEALED).scalar()
    return found


def remember(tx: Tx, key_id: str) -> None:
    """Keep the database with this key from now on."""
    row = insert(meta).values(name=KEY_ID, value=key_id)
    tx.conn.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": key_id}))


def is_remembered(conn: Connection, key_id: str) -> bool:
    """Whether that is written down already: most starts write nothing."""
    return conn.execute(_TOLD).scalar() == key_id


def is_contradicted(conn: Connection) -> bool:
    """Whether a sealed record names another key than the row: then somebody changed that row."""
    told = conn.execute(_TOLD).scalar()
    other = select(payload.c.job).where(payload.c.key_id != told).limit(1)
    return told is not None and conn.execute(other).first() is not None
