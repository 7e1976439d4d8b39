"""Idempotency keys: what was answered under a key, for as long as the rows that it made live."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from printstation.refusals import Refusal
from printstation.store.engine import Tx
from printstation.store.tables import idempotency

_ADD = insert(idempotency)
_KNOWN = select(idempotency.c.body, idempotency.c.answer).where(
    idempotency.c.key == bindparam("key"), idempotency.c.scope == bindparam("scope")
)


def replay(conn: Connection, key: str | None, scope: str, body: bytes) -> dict[str, Any] | None:
    """The stored answer of this very request, or None when it is new.

    Refuses `idempotency-key-reused` when the key stands for another body. `body` is the keyed hash of
    the canonical body; `scope` names method and path.
    """
    if key is None:
        return None
    row = conn.execute(_KNOWN, {"key": key, "scope": scope}).one_or_none()
    if row is None:
        return None
    if row.body != body:
        raise Refusal(
            "idempotency-key-reused",
            "this Idempotency-Key was used for another body; take a new key for a new request",
        )
    answer: dict[str, Any] = json.loads(row.answer)
    return answer


def remember(tx: Tx, key: str | None, scope: str, body: bytes, answer: dict[str, Any]) -> None:
    """Store the answer in the transaction of the act itself."""
    if key is not None:
        told = json.dumps(answer, ensure_ascii=False)
        tx.conn.execute(
            _ADD, {"key": key, "scope": scope, "body": body, "answer": told, "at": tx.at}
        )
